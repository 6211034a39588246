// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// RunKey are the attributes of a key that lives for one run; a vendor's model embeds it.
type RunKey struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	Lifetime  types.String `tfsdk:"lifetime"`
	Value     types.String `tfsdk:"value"`
	ExpiresAt types.String `tfsdk:"expires_at"`
}

const defaultRunLifetime = "1h"

// RunSchema joins the attributes of every run-scoped key with a vendor's own.
func RunSchema(description string, longest time.Duration, own map[string]schema.Attribute) schema.Schema {
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The key's name. At the vendor it is followed by a short marker.",
			Validators:          []validator.String{crud.Name()},
		},
		"lifetime": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The lifetime of the key, as a duration: if the run cannot revoke it, it expires at the vendor's server after this time. Default `1h`. Make it longer than the longest apply.",
			Validators:          []validator.String{crud.DurationBetween(leastSpan, longest)},
		},
		"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The key's id."},
		"value":      schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The secret."},
		"expires_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the key expires at the vendor's server, RFC 3339 in UTC."},
	}
	maps.Copy(attributes, own)
	return schema.Schema{MarkdownDescription: description, Attributes: attributes}
}

// Run is a vendor's sort of run-scoped key: created when opened, revoked when closed.
type Run[M any] struct {
	TypeName string
	Noun     string
	Schema   schema.Schema
	Can      keyseries.Capabilities
	Key      func(*M) *RunKey
	Bind     func(providerData any, model M) (keyseries.Vendor, error)
	// Parents are the model's ids that Bind needs again to close, by position.
	Parents func(*M) []*types.String
}

// Ephemeral gives the framework's form. It panics where keys cannot expire: a key of a run
// that was killed would work for ever.
func (r Run[M]) Ephemeral() func() ephemeral.EphemeralResource {
	if r.Can.End == keyseries.Never {
		panic("there is no run-scoped " + r.TypeName + ": such keys cannot expire")
	}
	return func() ephemeral.EphemeralResource { return &runKey[M]{run: r} }
}

type runKey[M any] struct {
	run  Run[M]
	data any
}

var (
	_ ephemeral.EphemeralResourceWithConfigure = &runKey[any]{}
	_ ephemeral.EphemeralResourceWithClose     = &runKey[any]{}
)

// opened is what closing needs to know; it holds no secret.
type opened struct {
	Parents []string  `json:"parents"`
	ID      string    `json:"id"`
	Created time.Time `json:"created,omitzero"`
	Expires time.Time `json:"expires"`
	// Open are attempts before the one that made the key: each may have made another.
	Open []keyseries.Attempt `json:"open,omitempty"`
}

func (k *runKey[M]) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + k.run.TypeName
}

func (k *runKey[M]) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = k.run.Schema
}

func (k *runKey[M]) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	k.data = req.ProviderData
}

func (k *runKey[M]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	key := k.run.Key(&m)
	vendor, err := k.run.Bind(k.data, m)
	memory := keyseries.New()
	var minted keyseries.Minted
	if err == nil {
		lifetime := duration(key.Lifetime)
		if key.Lifetime.IsNull() { // and stays so in the result: Terraform holds it to the configuration
			lifetime = duration(types.StringValue(defaultRunLifetime))
		}
		// Open from the mint on: whoever stops the process revokes what was not closed.
		minted, err = keyseries.Mint(keyseries.WithUndelivered(ctx, keyseries.OpenOf(ctx)), vendor, &memory, keyseries.Request{
			Name: key.Name.ValueString(), Lifetime: lifetime,
		}, func(minted keyseries.Minted) error { return k.backstop(vendor, minted, lifetime) })
		if err != nil { // nothing else looks for its attempts later
			err = keyseries.WaitOutOf(ctx, vendor, &memory, err)
		}
	}
	if err != nil {
		crud.AddError(&resp.Diagnostics, "create "+crud.Named(k.run.Noun, key.Name.ValueString(), "")+" for this run", apierr.Unmanaged(err)) // it is in no state
		return
	}
	key.ID, key.Value = types.StringValue(minted.ID), types.StringValue(minted.Secret.Reveal())
	key.ExpiresAt = crud.Timestamp(minted.ExpiresAt)
	note := opened{ID: minted.ID, Created: minted.CreatedAt, Expires: minted.ExpiresAt, Open: memory.Unsettled}
	for _, parent := range k.run.Parents(&m) {
		note.Parents = append(note.Parents, parent.ValueString())
	}
	data, err := json.Marshal(note)
	if err != nil {
		crud.AddError(&resp.Diagnostics, "note "+k.run.Noun+" "+minted.ID+" for closing", err)
		return
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateKey, data)...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
	if resp.Diagnostics.HasError() { // nobody will close what was not opened
		if err := revokeRun(ctx, vendor, note); err != nil {
			crud.AddError(&resp.Diagnostics, "revoke "+k.run.Noun+" "+minted.ID+" again", apierr.Unmanaged(err))
		}
	}
}

// backstop refuses a key that would outlive its lifetime: that is what ends the key of a run that
// was killed.
func (k *runKey[M]) backstop(vendor keyseries.Vendor, minted keyseries.Minted, lifetime time.Duration) error {
	created := minted.CreatedAt
	if created.IsZero() {
		created = vendor.Now()
	}
	if asked := created.Add(lifetime); keyseries.Late(minted.ExpiresAt, asked) {
		return fmt.Errorf("the server ignored the lifetime: the key it created would expire at %s, and not at %s. If this run were killed, the key would work until then", stamp(minted.ExpiresAt), stamp(asked))
	}
	return nil
}

// Close revokes the key. Trouble is a warning: the run's work is done, and the server
// expires the key by itself.
func (k *runKey[M]) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	data, diags := req.Private.GetKey(ctx, privateKey)
	resp.Diagnostics.Append(diags...)
	var note opened
	if len(data) == 0 || json.Unmarshal(data, &note) != nil {
		return
	}
	var m M
	for i, parent := range k.run.Parents(&m) {
		*parent = types.StringValue(note.Parents[i])
	}
	vendor, err := k.run.Bind(k.data, m)
	command := ""
	if err == nil {
		command = " To revoke it now: " + vendor.RevokeCommand(note.ID)
		err = revokeRun(ctx, vendor, note)
		k.closeAttempts(ctx, vendor, note, &resp.Diagnostics)
	}
	if err != nil {
		crud.Warn(crud.WithWarnings(ctx, &resp.Diagnostics), crud.Named(k.run.Noun, "", note.ID), "of this run was not revoked",
			"Key %s could not be revoked: %v. It expires at %s.%s", note.ID, apierr.Unmanaged(err), stamp(note.Expires), command)
	}
}

// closeAttempts looks once more for what attempts without an outcome left.
func (k *runKey[M]) closeAttempts(ctx context.Context, vendor keyseries.Vendor, note opened, diags *diag.Diagnostics) {
	if len(note.Open) == 0 {
		return
	}
	memory := keyseries.Memory{Unsettled: note.Open}
	if err := keyseries.WaitOut(ctx, vendor, &memory); err != nil {
		var names []string
		for _, attempt := range memory.Unsettled {
			names = append(names, strconv.Quote(attempt.Shown))
		}
		crud.Warn(crud.WithWarnings(ctx, diags), crud.Named(k.run.Noun, "", note.ID), "may have a second key of this run beside it",
			"Whether an earlier attempt created a key is not settled: %v. If it did, the key is called %s, and it expires at about %s.", apierr.Unmanaged(err), strings.Join(names, " or "), stamp(note.Expires))
	}
}

// closing bounds how long the end of a run waits for a busy API: nothing stops it.
const closing = 3 * time.Minute

// revokeRun revokes a key of this run; if it cannot, the end of the process tries again.
func revokeRun(ctx context.Context, vendor keyseries.Vendor, key opened) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	err := vendor.Revoke(ctx, key.ID, key.Created)
	if err == nil {
		keyseries.OpenOf(ctx).Forget(key.ID)
	}
	return err
}
