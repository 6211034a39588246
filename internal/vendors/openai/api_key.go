// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// An API key of a service account, as a series. The API shows its secret once and its
// scopes never; expiry and scopes of an existing key can change, its name cannot.
var apiKey = keyresource.Kind[*apiKeyModel]{
	TypeName:    "openai_api_key",
	Noun:        "API key",
	Description: apiKeyDescription,
	Identity:    crud.Identity{"project_id", "id"},
	Example:     "proj_abc123/key_abc123",
	Redacted:    redactedExample,
	Can:         apiKeyCan,
	Own:         apiKeyOwn,
	Series:      func(m *apiKeyModel) *keyresource.Series { return &m.Series },
	Expiry:      func(m *apiKeyModel) *keyresource.Expiry { return &m.Expiry },
	Bind: func(providerData any, m *apiKeyModel) (keyseries.Vendor, error) {
		return bindKeys(providerData, m.ProjectID.ValueString(), m.ServiceAccountID.ValueString(), restriction(m.Scopes))
	},
	Parent: func(ctx context.Context, providerData any, m *apiKeyModel) error {
		client, err := connect(providerData)
		if err == nil {
			_, err = client.ServiceAccount(ctx, m.ProjectID.ValueString(), m.ServiceAccountID.ValueString(), time.Time{})
		}
		return err
	},
	Moves: apiKeyMoves,
}

var apiKeyCan = keyseries.Capabilities{
	End: keyseries.Later, Longest: longestLifetime,
	Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUse: keyseries.UseTime, OneKey: true, NeverOmitted: true,
	Words: words,
}

// words are OpenAI's nouns.
var words = keyseries.Words{
	Owner: "service account", Tenant: "organization", Credential: "admin key",
	PersonalKey: "Create a service account and a key of it, move the workload over, and have the user revoke theirs",
}

// longestLifetime is the API's limit.
const longestLifetime = 365 * 24 * time.Hour

const redactedExample = "sk-abc...def"

const apiKeyDescription = "A series of API keys of one service account: at any time one current key and, after a rotation, previous keys that still work.\n\nThe secret is shown by the API only once. It is encrypted to your age recipients at once, and only the ciphertext is stored in state (`sealed_value`); `orgkeys_unsealed` or `age -d` opens it. A rotation is an update in place: the new key is created and stored first, then the old one's expiry is set at the server, `overlap` later. Destroying or replacing the resource revokes the current key and the previous ones; keys that another run created (`leftovers`) are named and left alone."

type apiKeyModel struct {
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Scopes           types.Set    `tfsdk:"scopes"`
	keyresource.Series
	keyresource.Expiry
}

var apiKeyOwn = []keyresource.Argument[*apiKeyModel]{
	{
		Name:      "project_id",
		Attribute: crud.Parent("The id of the project. A change replaces the series: the old keys are revoked."),
		Place:     keyresource.At(func(m *apiKeyModel) *types.String { return &m.ProjectID }),
		Effect:    keyresource.Replaces,
	}, {
		Name:      "service_account_id",
		Attribute: crud.Parent("The id of the service account that owns the keys. A change replaces the series: the old keys are revoked."),
		Place:     keyresource.At(func(m *apiKeyModel) *types.String { return &m.ServiceAccountID }),
		Effect:    keyresource.Replaces,
		Shown:     shownAccount,
	}, {
		Name: "scopes",
		Attribute: schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Scopes that limit what the key may do, named as in the dashboard, such as `api.model.request`; the rights of the service account limit it too. Unset, or `[\"all\"]`: everything the account may do. Changed in place. The API never shows a key's scopes, so a change outside Terraform cannot be noticed. After an import, unset scopes are left alone, and written ones apply at once (`[\"all\"]` lifts every restriction), and a rotation needs them written out.",
			Validators: []validator.Set{
				scopeSet{},
				crud.NoNulls(),
			},
		},
		Place:    keyresource.At(func(m *apiKeyModel) *types.Set { return &m.Scopes }),
		Effect:   keyresource.InPlace,
		Same:     sameScopes,
		SpellOut: "no API shows which scopes it has: a new key without scopes could do more than the old one. Write the list of scopes, or scopes = [\"all\"] for everything the account may do.",
		Review: func(key string, plan *apiKeyModel) (what, text string) {
			if len(restriction(plan.Scopes)) > 0 {
				return "", ""
			}
			return "becomes unrestricted", key + " will be able to do everything its service account may do: its scopes are removed."
		},
	},
}

// shownAccount leaves the account open where an answer does not show it: the configured one
// is adopted then.
func shownAccount(key keyseries.Key) attr.Value {
	if key.OwnerID == "" {
		return nil
	}
	return types.StringValue(key.OwnerID)
}

// all is how a configuration spells "everything the account may do".
const all = "all"

// restriction is what the API is sent for a configuration's scopes: nothing for
// everything.
func restriction(scopes types.Set) []string {
	var out []string
	for _, element := range scopes.Elements() {
		if text, ok := element.(types.String); ok && text.ValueString() != all {
			out = append(out, text.ValueString())
		}
	}
	return out
}

// sameScopes: not set means everything for a key created here, and "not known" for an
// adopted one, because no read shows a key's scopes.
func sameScopes(want, have attr.Value, adopted bool) bool {
	if adopted {
		return want.Equal(have)
	}
	everything := types.SetValueMust(types.StringType, []attr.Value{types.StringValue(all)})
	normal := func(value attr.Value) attr.Value {
		if value.IsNull() {
			return everything
		}
		return value
	}
	return normal(want).Equal(normal(have))
}

// bindKeys gives the calls of the keys of one account; no scopes = everything it may do.
func bindKeys(providerData any, projectID, accountID string, scopes []string) (keyseries.Vendor, error) {
	client, err := connect(providerData)
	if err != nil {
		return nil, err
	}
	return &projectKeys{client, projectID, accountID, scopes}, nil
}

// projectKeys are the calls of a key series at this vendor.
type projectKeys struct {
	client    *api.Client
	projectID string
	accountID string
	scopes    []string // as configured; none = everything the account may do
}

var (
	_ keyseries.Vendor = &projectKeys{}
	_ keyseries.Ender  = &projectKeys{}
	_ keyseries.Editor = &projectKeys{}
)

func (k *projectKeys) Capabilities() keyseries.Capabilities { return apiKeyCan }

func (k *projectKeys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	minted, err := seriesMinted(k.client.MintKey(ctx, k.projectID, k.accountID, api.MintRequest{Name: request.Shown, Scopes: k.scopes, Lifetime: request.Lifetime}))
	if apierr.Status(err) == http.StatusConflict {
		err = noRoom{err}
	}
	return minted, err
}

func (k *projectKeys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context, string) (*api.List[*api.APIKey], error){
		keyseries.Remembered: k.client.Keys, keyseries.Fresh: k.client.FreshKeys, keyseries.AtStart: k.client.KeysAtStart,
	}[how]
	list, err := read(ctx, k.projectID)
	return vendorkit.Listing(how, list, err, seriesKey)
}

func (k *projectKeys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.client.Key(ctx, k.projectID, id, created)
	if err != nil {
		return keyseries.Key{}, err
	}
	return seriesKey(&key), nil
}

func (k *projectKeys) EndAt(ctx context.Context, id string, end time.Time) (keyseries.Key, error) {
	created := k.client.KeyCreated(k.projectID, id, time.Time{})
	key, err := k.client.EndKeyAt(ctx, k.projectID, id, end)
	switch {
	case errors.Is(err, api.ErrEnded):
		return keyseries.Key{}, keyseries.ErrEnded
	case err != nil:
		return keyseries.Key{}, k.unsupported(ctx, id, created, err)
	}
	return seriesKey(&key), nil
}

// Edit changes the scopes: nothing else of a key can be edited.
func (k *projectKeys) Edit(ctx context.Context, id string, _ keyseries.Change) (keyseries.Key, error) {
	created := k.client.KeyCreated(k.projectID, id, time.Time{})
	return keyseries.Key{ID: id}, k.unsupported(ctx, id, created, k.client.SetKeyScopes(ctx, k.projectID, id, k.scopes))
}

// noRoom is the error of an organization that allows one key per account. Its text is
// that of the API's error.
type noRoom struct{ error }

func (n noRoom) Unwrap() []error { return []error{keyseries.ErrNoRoom, n.error} }

// unsupported distinguishes an organization without the call for changing a key (404 or 405
// although the key is there) from a key that is gone. created may be zero.
func (k *projectKeys) unsupported(ctx context.Context, id string, created time.Time, err error) error {
	switch apierr.Status(err) {
	case http.StatusMethodNotAllowed:
		return fmt.Errorf("%w (%w)", keyseries.ErrCannot, err)
	case http.StatusNotFound:
		_, getErr := k.client.Key(ctx, k.projectID, id, created)
		switch {
		case getErr == nil:
			return fmt.Errorf("%w (%w)", keyseries.ErrCannot, err)
		case apierr.IsGone(getErr):
			return getErr
		}
	}
	return err
}

func (k *projectKeys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.client.RevokeKey(ctx, k.projectID, id, created)
}

func (k *projectKeys) Owner() string { return k.accountID }

func (k *projectKeys) RevokeCommand(id string) string {
	if k.client.KeepsKeys() {
		return "this organization revokes no single key: delete its service account, which revokes all its keys: " +
			revokeCommand(k.client, "/organization/projects/"+k.projectID+"/service_accounts/"+k.accountID)
	}
	return revokeCommand(k.client, "/organization/projects/"+k.projectID+"/api_keys/"+id)
}

func (k *projectKeys) Now() time.Time              { return k.client.Now() }
func (k *projectKeys) Skew() (time.Duration, bool) { return k.client.Skew() }
func (k *projectKeys) Sleep(ctx context.Context, d time.Duration) error {
	return k.client.Sleep(ctx, d)
}

func seriesKey(key *api.APIKey) keyseries.Key {
	out := keyseries.Key{
		ID: key.ID, Name: key.Name, Redacted: key.Redacted,
		CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, EndHidden: !key.EndShown, LastUsedAt: key.LastUsedAt, UseHidden: !key.UseShown,
		OwnerID: key.OwnerID, Own: *key,
	}
	if !key.OwnerActive {
		out.Trouble = keyseries.Trouble{
			What:   "has an owner without access",
			Text:   fmt.Sprintf("It exists, but its owner %s has no access to the project now, so the key does nothing.", key.OwnerID),
			Advice: "Give the service account a role or put it into a group that has one.",
		}
	}
	if key.OwnerType == "user" {
		out.Person = cmp.Or(secret.PrintableLine(key.OwnerName), key.OwnerID, "whose name the API does not show") // for messages
	}
	return out
}
