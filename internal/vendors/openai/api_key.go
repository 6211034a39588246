// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// An API key of a service account, as a series. The API shows its secret once and its
// scopes never; expiry and scopes of an existing key can change, its name cannot.
var apiKey = keyresource.Kind[apiKeyModel]{
	TypeName: "openai_api_key",
	Noun:     "API key",
	Identity: crud.Identity{"project_id", "id"},
	Example:  "proj_abc123/key_abc123",
	Schema:   keyresource.Schema(apiKeyDescription, longestLifetime, apiKeyCan, apiKeyAttributes),
	Can:      apiKeyCan,
	Series:   func(m *apiKeyModel) *keyresource.Series { return &m.Series },
	Scopes:   func(m *apiKeyModel) *types.Set { return &m.Scopes },
	Parents:  func(m *apiKeyModel) []types.String { return []types.String{m.ProjectID, m.ServiceAccountID} },
	Settings: sealSettings,
	Bind: func(providerData any, m apiKeyModel) (keyseries.Vendor, error) {
		return bindKeys(providerData, m.ProjectID, m.ServiceAccountID)
	},
	Adopt: func(m *apiKeyModel, key keyseries.Key) { m.ServiceAccountID = types.StringValue(key.OwnerID) },
	Moves: apiKeyMoves,
}

var apiKeyCan = keyseries.Capabilities{End: keyseries.Later, Edits: true, Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUseTold: true}

// longestLifetime is the API's limit.
const longestLifetime = 365 * 24 * time.Hour

const apiKeyDescription = "A series of API keys of one service account: at any time one current key and, after a rotation, previous keys that are still running out.\n\nThe secret is shown by the API only once. It is encrypted to your age recipients at once, and only the ciphertext is stored in state (`sealed_value`); `orgkeys_unsealed` or `age -d` opens it. A rotation is an update in place: the new key is created and stored first, then the old one is given an end at the server, `overlap` later. Destroying or replacing the resource revokes the current key and the previous ones; keys that another run created (`leftovers`) are named and left alone."

type apiKeyModel struct {
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Scopes           types.Set    `tfsdk:"scopes"`
	keyresource.Series
}

var apiKeyAttributes = map[string]schema.Attribute{
	"project_id":         crud.Parent("The id of the project. A change replaces the series: the old keys are revoked."),
	"service_account_id": crud.Parent("The id of the service account that owns the keys. A change replaces the series: the old keys are revoked."),
	"scopes": schema.SetAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		MarkdownDescription: "What the key may do at most, as the dashboard's scope names, such as `api.model.request`; the service account's own rights are the other limit. Unset, or `[\"all\"]`: everything the account may do. Changed in place. The API never shows a key's scopes, so a change made elsewhere cannot be noticed; after an import unset means untouched, written ones apply at once (`[\"all\"]` lifts every restriction), and a rotation needs them spelled out.",
		Validators: []validator.Set{
			scopeSet{},
			crud.NoNulls(),
			setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
		},
	},
}

// scopeSet refuses what means the opposite of what it looks like.
type scopeSet struct{}

func (scopeSet) Description(context.Context) string {
	return "not empty, and \"all\" only alone"
}

func (s scopeSet) MarkdownDescription(ctx context.Context) string { return s.Description(ctx) }

func (scopeSet) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := req.ConfigValue.Elements()
	if len(elements) == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "scopes must not be empty",
			"At the API an empty list lifts every restriction: the key could do everything its service account may do. Leave scopes out, or write [\"all\"], if you mean that; for a key that only reads write [\"api.all.read\"].")
	}
	for _, element := range elements {
		if text, ok := element.(types.String); ok && text.ValueString() == keyseries.All && len(elements) > 1 {
			resp.Diagnostics.AddAttributeError(req.Path, "\"all\" stands alone",
				"scopes = [\"all\"] means everything the service account may do, so other scopes beside it have no meaning.")
		}
	}
}

// bindKeys gives the calls of the keys of one account.
func bindKeys(providerData any, projectID, accountID types.String) (keyseries.Vendor, error) {
	client, err := connect(providerData)
	if err != nil {
		return nil, err
	}
	return &projectKeys{client, projectID.ValueString(), accountID.ValueString()}, nil
}

// projectKeys are the calls of a key series at this vendor.
type projectKeys struct {
	client    *api.Client
	projectID string
	accountID string
}

var (
	_ keyseries.Vendor = &projectKeys{}
	_ keyseries.Ender  = &projectKeys{}
	_ keyseries.Editor = &projectKeys{}
)

func (k *projectKeys) Capabilities() keyseries.Capabilities { return apiKeyCan }

func (k *projectKeys) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	return seriesMinted(k.client.MintKey(ctx, k.projectID, k.accountID, api.MintRequest{Name: request.Name, Scopes: request.Scopes, Lifetime: request.Lifetime}))
}

func (k *projectKeys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context, string) (*api.List[api.APIKey], error){
		keyseries.Remembered: k.client.Keys, keyseries.Fresh: k.client.FreshKeys, keyseries.AtStart: k.client.KeysAtStart,
	}[how]
	return listing(how, seriesKey)(read(ctx, k.projectID))
}

func (k *projectKeys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	key, err := k.client.Key(ctx, k.projectID, id, created)
	if err != nil {
		return keyseries.Key{}, err
	}
	return seriesKey(key), nil
}

func (k *projectKeys) EndAt(ctx context.Context, id string, end time.Time) (keyseries.Key, error) {
	key, err := k.client.EndKeyAt(ctx, k.projectID, id, end)
	switch {
	case errors.Is(err, api.ErrEnded):
		return keyseries.Key{}, keyseries.ErrEnded
	case err != nil:
		return keyseries.Key{}, k.unsupported(ctx, id, err)
	}
	return seriesKey(key), nil
}

func (k *projectKeys) SetScopes(ctx context.Context, id string, scopes []string) error {
	return k.unsupported(ctx, id, k.client.SetKeyScopes(ctx, k.projectID, id, scopes))
}

// unsupported tells an organization without the call for changing a key (404 or 405
// although the key is there) from a key that is gone.
func (k *projectKeys) unsupported(ctx context.Context, id string, err error) error {
	switch apierr.Status(err) {
	case http.StatusMethodNotAllowed:
		return fmt.Errorf("%w (%w)", keyseries.ErrCannot, err)
	case http.StatusNotFound:
		if _, getErr := k.client.Key(ctx, k.projectID, id, time.Time{}); getErr == nil {
			return fmt.Errorf("%w (%w)", keyseries.ErrCannot, err)
		}
	}
	return err
}

func (k *projectKeys) Revoke(ctx context.Context, id string) error {
	return k.client.RevokeKey(ctx, k.projectID, id)
}

func (k *projectKeys) Owner() string { return k.accountID }

func (k *projectKeys) RevokeCommand(id string) string {
	return revokeCommand(k.client, "/organization/projects/"+k.projectID+"/api_keys/"+id)
}

func (k *projectKeys) Now() time.Time              { return k.client.Now() }
func (k *projectKeys) Skew() (time.Duration, bool) { return k.client.Skew() }
func (k *projectKeys) Sleep(ctx context.Context, d time.Duration) error {
	return k.client.Sleep(ctx, d)
}

func seriesKey(key api.APIKey) keyseries.Key {
	out := keyseries.Key{
		ID: key.ID, Name: key.Name, Redacted: key.Redacted,
		CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, LastUsedAt: key.LastUsedAt,
		OwnerID: key.OwnerID, OwnerActive: key.OwnerActive,
	}
	if key.OwnerType == "user" {
		out.Person = secret.PrintableLine(key.OwnerName) // for messages
		if out.Person == "" {
			out.Person = key.OwnerID
		}
	}
	return out
}
