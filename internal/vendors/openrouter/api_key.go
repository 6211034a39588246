// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// An API key of a workspace, as a series. Its end is fixed when it is created, so an
// overlap ends by deletion; name and limits change in place.
var apiKey = keyresource.Kind[*apiKeyModel]{
	TypeName:    "openrouter_api_key",
	Noun:        "API key",
	Description: apiKeyDescription,
	Identity:    crud.Identity{"id"},
	Example:     "the 64 characters of its hash",
	Redacted:    "sk-or-v1-abc...1c96",
	Can:         apiKeyCan,
	Own:         apiKeyOwn,
	Moves:       apiKeyMoves,
	Series:      func(m *apiKeyModel) *keyresource.Series { return &m.Series },
	Expiry:      func(m *apiKeyModel) *keyresource.Expiry { return &m.Expiry },
	Bind: func(providerData any, m *apiKeyModel) (keyseries.Vendor, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		if creator := m.CreatedBy.ValueString(); creator != "" {
			client.Stamped(creator)
		} else if m.Version.ValueInt64() != 0 {
			client.Ours(m.ID.ValueString())
		}
		return &keys{client: client, want: *m, workspace: m.place()}, nil
	},
	Look: func(ctx context.Context, providerData any) error {
		client, err := connect(providerData)
		if err != nil {
			return err
		}
		return client.CheckManages(ctx)
	},
	Parent: func(ctx context.Context, providerData any, m *apiKeyModel) error {
		return apiKeys.PlaceIsThere(ctx, providerData, m.place())
	},
}

var apiKeyCan = keyseries.Capabilities{
	End: keyseries.AtMint, Longest: apiclient.LongestLife, Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUse: keyseries.UseHidden,
	Name: keyseries.NameRule{Renames: true},
	Words: keyseries.Words{
		Owner: "workspace", Tenant: "organization", Credential: "management key",
		PersonalKey: "Create a key here, move the workload over, and delete the user's key",
	},
}

const apiKeyDescription = "A series of API keys of one workspace: at any time one current key and, after a rotation, previous keys that still work.\n\nThe secret is shown by the API only once. It is encrypted to your age recipients at once, and only the ciphertext is stored in state (`sealed_value`); `orgkeys_unsealed` or `age -d` opens it. The API cannot change when a key expires: a rotation creates and stores a new key, and the first apply after the overlap deletes the old one. Set `lifetime` too, so that keys expire even without an apply.\n\nLimits count per key: during an overlap the old and the new key may each spend the full amount. Name, limits, guardrail and `disabled` change in place. A change also applies to previous keys, except a change of the name."

type apiKeyModel struct {
	WorkspaceID types.String  `tfsdk:"workspace_id"`
	Limit       types.Float64 `tfsdk:"limit"`
	LimitReset  types.String  `tfsdk:"limit_reset"`
	Byok        types.Bool    `tfsdk:"include_byok_in_limit"`
	Disabled    types.Bool    `tfsdk:"disabled"`
	GuardrailID types.String  `tfsdk:"guardrail_id"`
	CreatedBy   types.String  `tfsdk:"created_by_user_id"`
	keyresource.Series
	keyresource.Expiry
}

// place is the id of the workspace as answers write it, "" where none is known.
func (m *apiKeyModel) place() string { return api.Canonical(m.WorkspaceID.ValueString()) }

// keys are the calls of a key series. Its workspace is "" for the default one, until an
// answer has shown which that is.
type keys struct {
	client    *api.Client
	want      apiKeyModel
	workspace string
	fresh     *api.Key // of the last mint, as the last answer showed it
	follows   string   // the key whose guardrail the next one gets, "" = none
}

var (
	_ keyseries.Vendor   = &keys{}
	_ keyseries.Editor   = &keys{}
	_ keyseries.Finisher = &keys{}
)

// own is the vendor's form of a key. Its guardrail is known once assignments were read.
type own struct {
	*api.Key
	client *api.Client
}

func (k *keys) Capabilities() keyseries.Capabilities { return apiKeyCan }

func (k *keys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	fields := map[string]any{}
	for _, name := range []string{"limit", "limit_reset", "include_byok_in_limit"} {
		if value := k.field(name); value != nil {
			fields[name] = value
		}
	}
	if k.follows = request.Follows(); slices.Contains(request.Changed, "guardrail_id") {
		k.follows = "" // it is taken away
	}
	if guardrail := k.want.GuardrailID.ValueString(); guardrail != "" {
		if err := k.client.CheckGuardrail(ctx, guardrail); err != nil {
			return keyseries.Minted{}, err
		}
	}
	minted, err := k.client.MintKey(ctx, k.workspace, request.Shown, request.Lifetime, fields)
	if err != nil {
		return keyseries.Minted{}, err
	}
	if k.workspace != "" && minted.WorkspaceID != "" && !sameID(minted.WorkspaceID, k.workspace) && minted.Name == request.Shown {
		return keyseries.Minted{}, k.misplaced(ctx, minted.Key)
	}
	if _, ours := (keyseries.Key{Name: minted.Name}).Marked(); !ours && k.client.IsAnothers(ctx, minted.Key) {
		return keyseries.Minted{}, &apierr.Error{
			Operation: "create API key", Outcome: apierr.Unknown,
			Message: fmt.Sprintf("the server answered with another key (%s, %q), which user %s created and which is left alone", minted.Hash, minted.Name, minted.CreatorID),
			Hint:    "Something between this machine and the API may mix up answers, such as a caching gateway. Check openrouter.base_url.",
		}
	}
	k.workspace, k.fresh = cmp.Or(minted.WorkspaceID, k.workspace), &minted.Key
	return keyseries.Minted{
		ID: minted.Hash, Name: minted.Name, CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Secret: minted.Secret,
		Own: own{&minted.Key, k.client},
	}, nil
}

// misplaced deletes a fresh key that the server has put into another workspace, where its series would never look.
func (k *keys) misplaced(ctx context.Context, fresh api.Key) error {
	err := k.client.RevokeKey(context.WithoutCancel(ctx), fresh.WorkspaceID, fresh.Hash, fresh.CreatedAt)
	if err != nil {
		return fmt.Errorf("the server created key %s in workspace %s instead of %s, and it could not be deleted: %w. To delete it: %s", fresh.Hash, fresh.WorkspaceID, k.workspace, err, k.RevokeCommand(fresh.Hash))
	}
	return fmt.Errorf("the server created key %s in workspace %s instead of %s, so the key was deleted again. Check workspace_id, which takes the id of a workspace, and openrouter.base_url: something between this machine and the API may change requests", fresh.Hash, fresh.WorkspaceID, k.workspace)
}

// Finish restricts a fresh key before its secret is handed over.
func (k *keys) Finish(ctx context.Context, id string) (handedOn []string, err error) {
	if guardrail := k.want.GuardrailID.ValueString(); guardrail != "" {
		err = k.client.Assign(ctx, k.workspace, id, guardrail)
	} else {
		handedOn, err = k.handOn(ctx, id)
	}
	if err != nil || !k.want.Disabled.ValueBool() {
		return handedOn, err
	}
	updated, err := k.client.UpdateKey(ctx, k.workspace, id, map[string]any{"disabled": true})
	if err == nil && k.fresh != nil {
		*k.fresh = updated
	}
	return handedOn, err
}

// handOn gives a fresh key the guardrail that nobody configured and that the key before it has, if any.
func (k *keys) handOn(ctx context.Context, id string) (handedOn []string, err error) {
	guardrail := k.theirs(ctx)
	if guardrail == "" {
		return nil, nil
	}
	if err := k.client.Assign(ctx, k.workspace, id, guardrail); err != nil {
		if !apierr.MayBeDone(err) && apierr.Status(err) != http.StatusTooManyRequests {
			err = apierr.Hinted(err, "The next key gets the guardrail of the key before it: take the guardrail away from that key, or set guardrail_id. Then apply again.")
		}
		return nil, fmt.Errorf("guardrail %s, which key %s has although guardrail_id is not set, could not be assigned to the new key: %w", guardrail, k.follows, err)
	}
	crud.Warn(ctx, crud.Named("API key", k.want.Name.ValueString(), id), "has the guardrail of the key before it",
		"Key %s has guardrail %s although guardrail_id is not set, and so has the new key. To manage it, set guardrail_id. To have none, set it, apply, and delete the line.", k.follows, guardrail)
	return []string{"guardrail_id"}, nil
}

// theirs is the guardrail that somebody assigned to the key before, "" for none: the next one must not do more.
func (k *keys) theirs(ctx context.Context) string {
	if k.follows == "" {
		return ""
	}
	list, err := k.client.Assignments(ctx)
	guardrail, _ := k.client.GuardrailOf(k.follows)
	if err == nil && len(list.Incomplete) > 0 {
		err = errors.New(list.Incomplete[0])
	}
	if guardrail == "" && err != nil {
		crud.Warn(ctx, crud.Named("API key", k.want.Name.ValueString(), k.follows), "may have a guardrail that the next key lacks",
			"It is not known whether somebody assigned a guardrail to key %s outside Terraform: %v. If so, assign it to the new key as well, or set guardrail_id.", k.follows, err)
	}
	return guardrail
}

// field is a configured argument as the API takes it, nil where it is taken away.
func (k *keys) field(name string) any {
	switch {
	case name == "limit" && !k.want.Limit.IsNull():
		return k.want.Limit.ValueFloat64()
	case name == "limit_reset" && !k.want.LimitReset.IsNull():
		return k.want.LimitReset.ValueString()
	case name == "include_byok_in_limit":
		return k.want.Byok.ValueBool()
	case name == "disabled":
		return k.want.Disabled.ValueBool()
	}
	return nil
}

func (k *keys) Edit(ctx context.Context, id string, change keyseries.Change) (keyseries.Key, error) {
	fields := map[string]any{}
	var assigned []string
	for _, name := range change.Own {
		if name == "guardrail_id" {
			if err := k.client.Assign(ctx, k.workspace, id, k.want.GuardrailID.ValueString()); err != nil {
				return keyseries.Key{}, err
			}
			assigned = []string{name}
			continue
		}
		fields[name] = k.field(name)
	}
	if change.Name != "" {
		fields["name"] = change.Name
	}
	key, err := k.update(ctx, id, fields)
	if err != nil && assigned != nil {
		err = &keyseries.Partly{Own: assigned, Err: err}
	}
	return key, err
}

// update changes fields of a key, and only reads it where there are none.
func (k *keys) update(ctx context.Context, id string, fields map[string]any) (keyseries.Key, error) {
	if len(fields) == 0 {
		key, err := k.Get(ctx, id, time.Time{})
		return key, apierr.AfterChange(err)
	}
	key, err := k.client.UpdateKey(ctx, k.workspace, id, fields)
	return seriesKey(k.client)(&key), err
}

// locate finds out in which workspace an imported key is, and learns its guardrail.
func (k *keys) locate(ctx context.Context) error {
	hash, guardrail := k.want.ID.ValueString(), k.want.GuardrailID.ValueString()
	if k.workspace == "" && hash != "" {
		key, err := k.client.KeyWherever(ctx, hash)
		if apierr.IsGone(err) {
			return nil // what is asked of the key itself will say so, and its revocation asks once more
		}
		if err != nil {
			return err
		}
		k.workspace = key.WorkspaceID
	} else if guardrail == "" {
		return nil
	}
	if guardrail == "" {
		_, err := k.client.Assignments(ctx)
		return err
	}
	return k.client.LearnGuardrail(ctx, hash, guardrail, crud.Moment(k.want.CreatedAt))
}

func (k *keys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	if how == keyseries.Remembered {
		if err := k.locate(ctx); err != nil {
			return nil, err
		}
	}
	read := map[keyseries.How]func(context.Context, string) (*api.List[*api.Key], error){
		keyseries.Remembered: k.client.Keys, keyseries.Fresh: k.client.FreshKeys, keyseries.AtStart: k.client.KeysAtStart,
	}[how]
	list, err := read(ctx, k.workspace)
	if err == nil {
		k.client.Learn(list)
	}
	return vendorkit.ListingAsKnown(how, list, err, k.client.Known(), seriesKey(k.client))
}

func (k *keys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.client.Key(ctx, k.workspace, id, created)
	if err != nil {
		return keyseries.Key{}, err
	}
	return seriesKey(k.client)(&key), nil
}

func (k *keys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.client.RevokeKey(ctx, k.workspace, id, created)
}

func (k *keys) Owner() string { return k.workspace }

func (k *keys) RevokeCommand(id string) string {
	return vendorkit.Curl("Authorization: Bearer %s", "OPENROUTER_MANAGEMENT_KEY", "DELETE", k.client.BaseURL()+"/keys/"+id)
}

func (k *keys) Now() time.Time                                   { return k.client.Now() }
func (k *keys) Skew() (time.Duration, bool)                      { return k.client.Skew() }
func (k *keys) Sleep(ctx context.Context, d time.Duration) error { return k.client.Sleep(ctx, d) }

// seriesKey gives a key the form of its series. Where the API stamps our keys with a
// user, the marker tells them from that user's own.
func seriesKey(client *api.Client) func(*api.Key) keyseries.Key {
	return func(key *api.Key) keyseries.Key {
		out := keyseries.Key{
			ID: key.Hash, Name: key.Name, Redacted: key.Label, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, EndHidden: key.EndHidden,
			WasUsed: key.Used, OwnerID: key.WorkspaceID, Own: own{key, client},
		}
		switch _, ours := out.Marked(); {
		case key.CreatorID == "" || ours && client.Stamps(*key):
		case ours && client.MayStamp(*key): // then the nonce decides
			out.OwnerID = ""
		default:
			out.Person = key.CreatorID
		}
		return out
	}
}
