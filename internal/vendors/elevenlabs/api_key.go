// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// An API key of a service account, as a series. It never expires, so that only an apply ends
// an overlap; name and limits change in place.
var apiKey = keyresource.Kind[*apiKeyModel]{
	TypeName:    "elevenlabs_api_key",
	Noun:        "API key",
	Description: apiKeyDescription,
	Identity:    crud.Identity{"service_account_id", "id"},
	Example:     "user_abc123/key_abc123",
	Redacted:    "...9c1e",
	Can:         apiKeyCan,
	Own:         apiKeyOwn,
	Series:      func(m *apiKeyModel) *keyresource.Series { return &m.Series },
	Bind: func(providerData any, m *apiKeyModel) (keyseries.Vendor, error) {
		client, err := connect(providerData)
		return &keys{Client: client, want: *m, account: m.ServiceAccountID.ValueString()}, err
	},
	Parent: func(ctx context.Context, providerData any, m *apiKeyModel) error {
		return apiKeys.PlaceIsThere(ctx, providerData, m.ServiceAccountID.ValueString())
	},
	Moves: []crud.Move{{
		Type: "elevenlabs_service_account_key", Providers: []string{"elevenlabs", "orgkeys"},
		From: map[string]string{"service_account_id": "user_id"},
		IDs: func(ctx context.Context, source crud.Attributes) []string {
			id := source.Text("id")
			source.WarnPlaintext(ctx, id, "api_key")
			return []string{source.Text("user_id"), id}
		},
	}},
}

var apiKeyCan = keyseries.Capabilities{
	End: keyseries.Never, Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUse: keyseries.UseHidden, NeverOmitted: true,
	Name: keyseries.NameRule{Renames: true, Longest: 63}, // the limit is not known
	Words: keyseries.Words{
		Owner: "service account", Tenant: "workspace", Credential: "API key",
		PersonalKey: "Create a key of a service account here, move the workload over, and delete the user's key",
	},
}

const apiKeyDescription = "A series of API keys of one service account: at any time one current key and, after a rotation, previous keys that still work.\n\nThe secret is shown by the API only once. It is encrypted to your age recipients at once, and only the ciphertext is stored in state (`sealed_value`); `orgkeys_unsealed` or `age -d` opens it.\n\n**The vendor's keys never expire**: a key works until it is rotated or deleted, and there is no `lifetime`. A rotation creates and stores a new key, and the first apply after the overlap disables and deletes the old one: `previous[].expires_at` is the earliest time for that; the vendor itself does not stop the key. Apply on a schedule.\n\nName, permissions, limits and `disabled` change in place. A change also applies to previous keys, except a change of the name. If the vendor or the holder disabled a key, every plan warns, and the key is never enabled again: rotate it."

type apiKeyModel struct {
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Permissions      types.Set    `tfsdk:"permissions"`
	CharacterLimit   types.Int64  `tfsdk:"character_limit"`
	AllowedIPs       types.Set    `tfsdk:"allowed_ips"`
	Disabled         types.Bool   `tfsdk:"disabled"`
	keyresource.Series
}

// keys are the calls of a key series.
type keys struct {
	*api.Client
	want    apiKeyModel
	account string
}

var (
	_ keyseries.Vendor   = &keys{}
	_ keyseries.Editor   = &keys{}
	_ keyseries.Finisher = &keys{}
	_ keyseries.Stopper  = &keys{}
	_ keyseries.Guarded  = &keys{}
)

func (k *keys) Capabilities() keyseries.Capabilities { return apiKeyCan }

func (k *keys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	fields := map[string]any{"name": request.Shown}
	for _, name := range []string{"permissions", "character_limit", "allowed_ips"} {
		if value := k.field(name); value != cleared {
			fields[name] = value
		}
	}
	minted, err := k.MintKey(ctx, k.account, fields)
	return keyseries.Minted{ID: minted.ID, Secret: minted.Secret}, err
}

// Finish disables a fresh key that is to begin so: creates cannot.
func (k *keys) Finish(ctx context.Context, id string) (handedOn []string, err error) {
	if !k.want.Disabled.ValueBool() {
		return nil, nil
	}
	return nil, k.Stop(ctx, id)
}

// Stop disables a key.
func (k *keys) Stop(ctx context.Context, id string) error {
	return k.UpdateKey(ctx, k.account, id, k.created(id), map[string]any{isEnabled: false})
}

const (
	all       = "all"   // every permission
	cleared   = "clear" // of an argument that is taken away
	isEnabled = "is_enabled"
)

// field is a configured argument as the API takes it.
func (k *keys) field(name string) any {
	switch {
	case name == "permissions" && slices.Contains(textsOf(k.want.Permissions), all):
		return all
	case name == "permissions":
		return textsOf(k.want.Permissions)
	case name == "character_limit" && !k.want.CharacterLimit.IsNull():
		return k.want.CharacterLimit.ValueInt64()
	case name == "allowed_ips" && !k.want.AllowedIPs.IsNull():
		return textsOf(k.want.AllowedIPs)
	}
	return cleared
}

func (k *keys) Edit(ctx context.Context, id string, change keyseries.Change) (keyseries.Key, error) {
	fields := map[string]any{}
	for _, name := range change.Own {
		if name != "disabled" {
			fields[name] = k.field(name)
		}
	}
	if slices.Contains(change.Own, "disabled") {
		enable := !k.want.Disabled.ValueBool()
		fields[isEnabled] = enable
		if enable {
			key, err := k.Key(ctx, k.account, id, k.created(id))
			if err != nil {
				return keyseries.Key{}, err
			}
			if key.Reason != "" {
				delete(fields, isEnabled)
			}
		} else if err := k.spare(ctx, id, "", "disabled"); err != nil {
			return keyseries.Key{}, err
		}
	}
	if change.Name != "" {
		fields["name"] = change.Name
	}
	if len(fields) == 0 {
		return keyseries.Key{ID: id}, nil
	}
	if err := k.UpdateKey(ctx, k.account, id, k.created(id), fields); err != nil {
		if slices.Contains(change.Own, "allowed_ips") && k.want.AllowedIPs.IsNull() && api.NoAddressLists(err) {
			// A key that does not name the list is created all the same.
			err = fmt.Errorf("%w: %w", keyseries.ErrCannot, apierr.With(err, func(e *apierr.Error) { e.Hint = "" }))
		}
		return keyseries.Key{}, err
	}
	changed := keyseries.Key{ID: id, Name: change.Name}
	if change.Name == "" {
		return changed, nil
	}
	// The answer shows no name, and the server may spell it in its own way. A look that shows another one may lag.
	if read, err := k.Key(ctx, k.account, id, k.created(id)); err == nil && ident.MayBecome(change.Name, read.Name) {
		changed.Name = read.Name
	}
	return changed, nil
}

func (k *keys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context) (*api.List[*api.Key], error){
		keyseries.Fresh: k.FreshKeys, keyseries.AtStart: k.KeysAtStart,
		keyseries.Remembered: func(ctx context.Context) (*api.List[*api.Key], error) {
			if k.want.ID.ValueString() != "" && !k.want.Generation.IsNull() { // neither a create nor the Read after an import
				k.Hold(k.account)
			}
			return k.Keys(ctx, k.account, crud.Moment(k.want.CreatedAt))
		},
	}[how]
	list, err := read(ctx)
	return vendorkit.Listing(how, list, err, seriesKey)
}

// created is when the current key was created, the zero time for another one.
func (k *keys) created(id string) time.Time {
	if id != k.want.ID.ValueString() {
		return time.Time{}
	}
	return crud.Moment(k.want.CreatedAt)
}

func (k *keys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.Key(ctx, k.account, id, created)
	return seriesKey(&key), err
}

func (k *keys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.DeleteKey(ctx, k.account, id, created)
}

func (k *keys) Owner() string { return k.account }

// InUse keeps the provider from locking itself out: exact for a key minted here, by the end of
// the secret for another one.
func (k *keys) InUse(ctx context.Context, id, fingerprint string) error {
	return k.spare(ctx, id, fingerprint, "revoked")
}

// spare is [keys.InUse] for what is not done to the provider's own key.
func (k *keys) spare(ctx context.Context, id, fingerprint, done string) error {
	const advice = "Give the provider another API key first (elevenlabs.api_key or ELEVENLABS_API_KEY): the new one of this series or, for a destroy, one of another series. Then apply again"
	if fingerprint != "" {
		if k.Uses(fingerprint) {
			return fmt.Errorf("the provider itself uses API key %s, so it is not %s. %s", id, done, advice)
		}
		return nil
	}
	key, err := k.Key(ctx, k.account, id, k.created(id))
	switch {
	case apierr.IsGone(err):
		return nil
	case err != nil:
		return fmt.Errorf("it is not known whether the provider itself uses API key %s: %w", id, err)
	case key.Redacted == "": // another API key for the provider would show no more of this one
		return fmt.Errorf("the API shows nothing of the secret of API key %s, so it may be the one that the provider itself uses, and it is not %s. If it is another one, delete it by hand: %s", id, done, k.RevokeCommand(id))
	case k.MayUse(key.Redacted):
		return fmt.Errorf("the provider itself seems to use API key %s, as far as the API shows its secret, so it is not %s. %s", id, done, advice)
	}
	return nil
}

func (k *keys) RevokeCommand(id string) string {
	return vendorkit.Curl("xi-api-key: %s", "ELEVENLABS_API_KEY", "DELETE", k.KeyAddress(k.account, id))
}

// seriesKey gives a key the form of its series.
func seriesKey(key *api.Key) keyseries.Key {
	out := keyseries.Key{
		ID: key.ID, Name: key.Name, Redacted: key.Redacted, CreatedAt: key.CreatedAt,
		WasUsed: key.Used, OwnerID: key.AccountID, Own: *key,
	}
	if key.Reason != "" {
		why := map[string]string{
			"exposed_publicly":       "The vendor found its secret in public. Rotate the key now, and find out where the secret was published",
			"self_disabled":          "Whoever holds it disabled it. Find out why, and rotate the key",
			"trial_ended":            "The trial of the workspace has ended. Choose a plan, then rotate it",
			"subscription_downgrade": "The plan of the workspace no longer covers it. Change the plan, then rotate it",
		}[key.Reason]
		out.Trouble = keyseries.Trouble{
			What:   "was disabled by the vendor or its holder",
			Text:   fmt.Sprintf("It refuses every call; the reason is %q. It is never enabled again, not even with disabled = false.", key.Reason),
			Advice: cmp.Or(why, "Find out why, and rotate the key") + " (rotate_when_changed).",
		}
	}
	return out
}
