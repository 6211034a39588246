// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// A virtual key, as a series. Its id is the hash of a secret that is chosen here; its
// alias is unique, and the present key's.
var key = keyresource.Kind[*keyModel]{
	TypeName:    "litellm_key",
	Noun:        "key",
	Description: keyDescription,
	Identity:    crud.Identity{"id"},
	Example:     "the 64 characters of its hash, or its alias",
	Named:       true,
	Redacted:    "sk-...abcd",
	Can:         keyCan,
	Own:         keyOwn,
	Series:      func(m *keyModel) *keyresource.Series { return &m.Series },
	Expiry:      func(m *keyModel) *keyresource.Expiry { return &m.Expiry },
	Bind: func(providerData any, m *keyModel) (keyseries.Vendor, error) {
		client, err := connect(providerData)
		if err != nil {
			return nil, err
		}
		return &keys{client: client, want: *m, team: m.TeamID.ValueString()}, nil
	},
	Parent: func(ctx context.Context, providerData any, m *keyModel) error {
		return keyTable.PlaceIsThere(ctx, providerData, m.TeamID.ValueString())
	},
	Moves: keyMoves,
}

// keyCan is what a proxy can do with its keys.
var keyCan = keyseries.Capabilities{
	End: keyseries.Later, Longest: apiclient.LongestLife, Recovery: keyseries.BySecret, Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUse: keyseries.UseHidden, Remains: true,
	Name: keyseries.NameRule{Unmarked: true, Unique: true, Renames: true},
	Words: keyseries.Words{
		Owner: "team", Tenant: "proxy", Credential: "API key",
		PersonalKey: "Create a key here, move the workload over, and delete the user's key",
	},
}

const keyDescription = "A series of virtual keys of a LiteLLM proxy: at any time one current key and, after a rotation, previous keys that still work.\n\nThe secret is chosen by this provider and encrypted to your age recipients before it is sent: if the answer of the proxy is lost, the key is found by its hash and works. Only the ciphertext is stored in state (`sealed_value`); `orgkeys_unsealed` or `age -d` opens it. Where the proxy chooses secrets itself, its secret is used.\n\nThe current key has `name` as its alias. Before a rotation the key is renamed to `<name>-g<generation>`, so that reports that group by alias, such as one of spending, follow the current key. It expires at the proxy after `overlap`, whether Terraform runs or not, and the first apply after that deletes it. A proxy takes up to a minute, longer under load, until all of its replicas refuse a key.\n\nBudgets and limits count per key: during an overlap the old and the new key may each use the full amount. A budget of the team limits all its keys together."

type keyModel struct {
	TeamID         types.String  `tfsdk:"team_id"`
	Models         types.Set     `tfsdk:"models"`
	MaxBudget      types.Float64 `tfsdk:"max_budget"`
	SoftBudget     types.Float64 `tfsdk:"soft_budget"`
	BudgetDuration types.String  `tfsdk:"budget_duration"`
	TPMLimit       types.Int64   `tfsdk:"tpm_limit"`
	RPMLimit       types.Int64   `tfsdk:"rpm_limit"`
	MaxParallel    types.Int64   `tfsdk:"max_parallel_requests"`
	AllowedRoutes  types.Set     `tfsdk:"allowed_routes"`
	Metadata       types.Map     `tfsdk:"metadata"`
	Disabled       types.Bool    `tfsdk:"disabled"`
	keyresource.Series
	keyresource.Expiry
}

// keys are the calls of a key series.
type keys struct {
	client *api.Client
	want   keyModel
	team   string // "" = none

	yielded api.Key // the key that the next one follows, whole; empty for the first of a series
}

var (
	_ keyseries.Vendor  = &keys{}
	_ keyseries.Ender   = &keys{}
	_ keyseries.Endless = &keys{}
	_ keyseries.Editor  = &keys{}
	_ keyseries.Chooser = &keys{}
	_ keyseries.Yielder = &keys{}
	_ keyseries.Finder  = &keys{}
	_ keyseries.Guarded = &keys{}
)

func (k *keys) Capabilities() keyseries.Capabilities { return keyCan }

func (k *keys) rename(ctx context.Context, id, alias string) (api.Key, error) {
	return k.client.UpdateKey(ctx, k.team, id, map[string]any{"key_alias": alias})
}

// Yield renames the current key before the next one is created, which gets what others have set: entries of the
// metadata, such as tags, guardrails and limits of models, and settings that are no arguments.
func (k *keys) Yield(ctx context.Context, id string, generation int64) (func(context.Context) error, error) {
	list, err := k.client.Keys(ctx, k.team) // just read
	if err != nil && !errors.Is(err, apiclient.ErrNoList) {
		return nil, err
	}
	var have *api.Key
	if err == nil {
		have = list.ByID[id]
	}
	if have == nil || !have.AliasShown() {
		alone, err := k.client.Key(ctx, k.team, id, time.Time{})
		if err != nil {
			return nil, err
		}
		have = &alone
	}
	alias, suffix := have.Alias, fmt.Sprintf("-g%d", generation)
	if !have.AliasShown() {
		alias = k.want.Name.ValueString() // which it has, or a killed run has done this
	}
	given := strings.HasSuffix(alias, suffix) || strings.HasSuffix(alias, suffix+"-"+id[:8])
	if alias == "" || given && alias != k.want.Name.ValueString() {
		if k.yielded, err = k.client.Key(ctx, k.team, id, time.Time{}); err != nil {
			return nil, err
		}
		return func(context.Context) error { return nil }, nil // a run that was killed has done it
	}
	renamed, err := k.rename(ctx, id, alias+suffix)
	if api.IsAliasTaken(err) {
		suffix += "-" + id[:8]
		renamed, err = k.rename(ctx, id, alias+suffix)
	}
	k.yielded = renamed // as it was read alone: lists of some versions do not show it whole
	if prefix, rewritten := strings.CutSuffix(renamed.Alias, alias+suffix); rewritten {
		alias = strings.TrimPrefix(alias, prefix) // which the proxy puts before every alias
	}
	back := func(ctx context.Context) error {
		_, err := k.rename(ctx, id, alias)
		return err
	}
	if api.IsUpdateRefused(err) {
		back = nil
	}
	if api.IsAliasRefused(err) {
		err = fmt.Errorf("%w: the alias %q is refused: %w. Ask the operator of the proxy to allow it (key_alias_pattern)", keyseries.ErrCannot, alias+suffix, err)
	}
	return back, err
}

func (k *keys) Edit(ctx context.Context, id string, change keyseries.Change) (keyseries.Key, error) {
	fields := map[string]any{}
	for _, name := range change.Own {
		switch name {
		case "metadata":
			have, err := k.client.Key(ctx, k.team, id, time.Time{})
			if err != nil {
				return keyseries.Key{}, err
			}
			fields[name] = metadataOf(k.want.Metadata, have.Metadata, markerOf(have))
		case "disabled":
			fields["blocked"] = k.want.Disabled.ValueBool()
			if k.want.Disabled.ValueBool() {
				if err := k.InUse(ctx, id, ""); err != nil {
					return keyseries.Key{}, err
				}
			}
		default:
			fields[name], _ = k.field(name)
		}
	}
	if change.Name != "" {
		fields["key_alias"] = change.Name
	}
	if len(fields) == 0 {
		return k.Get(ctx, id, time.Time{})
	}
	changed, err := k.client.UpdateKey(ctx, k.team, id, fields)
	if api.IsAliasTaken(err) {
		err = fmt.Errorf("%w. Choose another name", err)
	}
	if err != nil {
		return keyseries.Key{}, err
	}
	return seriesKey(&changed), nil
}

func (k *keys) EndAt(ctx context.Context, id string, end time.Time) (keyseries.Key, error) {
	ended, err := k.client.EndKey(ctx, k.team, id, end)
	switch {
	case errors.Is(err, apiclient.ErrEnded):
		return keyseries.Key{}, keyseries.ErrEnded
	case api.IsRefused(err) && !api.IsOverCeiling(err) && !apierr.MayBeDone(err): // a look after it may be refused, too
		return keyseries.Key{}, fmt.Errorf("%w: %w", keyseries.ErrCannot, err)
	case err != nil:
		return keyseries.Key{}, err
	}
	return seriesKey(&ended), nil
}

// NeverEnd implements [keyseries.Endless].
func (k *keys) NeverEnd(ctx context.Context, id string) error {
	return k.client.NeverEnd(ctx, k.team, id)
}

func (k *keys) List(ctx context.Context, how keyseries.How) (*keyseries.Listing, error) {
	read := map[keyseries.How]func(context.Context, string) (*api.List[*api.Key], error){
		keyseries.Remembered: k.client.Keys, keyseries.Fresh: k.client.FreshKeys, keyseries.AtStart: k.client.KeysAtStart,
	}[how]
	list, err := read(ctx, k.team)
	return vendorkit.Listing(how, list, err, seriesKey)
}

func (k *keys) Get(ctx context.Context, id string, created time.Time) (keyseries.Key, error) {
	got, err := k.client.Key(ctx, k.team, id, created)
	if err != nil {
		return keyseries.Key{}, k.regenerated(ctx, id, err)
	}
	key := seriesKey(&got)
	if key.OwnerID == "" && k.want.Generation.IsNull() { // an import, which refuses keys of users
		key.Person = got.UserID
	}
	return key, nil
}

// regenerated completes the error about a current key that is not there where another one
// has its alias: the proxy gives a regenerated key another hash.
func (k *keys) regenerated(ctx context.Context, id string, err error) error {
	if id != k.want.ID.ValueString() || k.want.Name.ValueString() == "" || !apierr.IsGone(err) && !apierr.IsNotFound(err) {
		return err
	}
	holders, lookErr := k.client.ByAlias(ctx, "", k.want.Name.ValueString())
	if lookErr != nil || len(holders) != 1 || holders[0].Hash == id {
		return err
	}
	text := fmt.Sprintf("key %s has its alias now, so it may have been regenerated outside Terraform: take the resource out of state and import that key, which gets a secret at its next rotation", holders[0].Hash)
	if gone, ok := apierr.AsGone(err); ok {
		return &apierr.Gone{What: gone.What, Why: gone.Why + "; " + text, Never: gone.Never}
	}
	return fmt.Errorf("%w. But %s", err, text)
}

var hashes = pattern.Lazy(`^[0-9a-f]{64}$`)

// Find takes the hash of a key, or its alias, and learns the key's team.
func (k *keys) Find(ctx context.Context, named string) (string, error) {
	if strings.HasPrefix(named, "sk-") {
		return "", errors.New("the import id looks like the secret of a key, which must not be in commands. Give the hash of the key or its alias")
	}
	find := k.client.AliasWherever
	if hashes().MatchString(named) {
		find = k.client.KeyWherever
	}
	found, err := find(ctx, named)
	if err != nil {
		return "", err
	}
	if !found.PlaceKnown() {
		return "", fmt.Errorf("the proxy does not show the team of key %s, so its owner is not known", found.Hash)
	}
	k.team = found.TeamID
	return found.Hash, nil
}

// Revoke deletes a key: blocking one may stay unseen by other replicas for long.
func (k *keys) Revoke(ctx context.Context, id string, created time.Time) error {
	return k.client.RevokeKey(ctx, k.team, id, created)
}

// InUse recognizes the key that the provider works with by its hash, which is its id.
func (k *keys) InUse(_ context.Context, id, _ string) error {
	if id != k.client.Self() {
		return nil
	}
	return fmt.Errorf("the provider itself uses key %s, so it is left as it is. Give the provider another key first (litellm.api_key or LITELLM_API_KEY)", id)
}

// noTeam is the owner of keys that belong to no team.
const noTeam = "no team"

func (k *keys) Owner() string { return ownerOf(k.team, true) }

func ownerOf(team string, known bool) string {
	if team == "" && known {
		return noTeam
	}
	return team
}

func (k *keys) RevokeCommand(id string) string {
	return vendorkit.Curl("Authorization: Bearer %s", "LITELLM_API_KEY", "POST", fmt.Sprintf(`-H 'Content-Type: application/json' -d '{"keys": ["%s"]}' %s/key/delete`, id, k.client.BaseURL()))
}

func (k *keys) Now() time.Time                                   { return k.client.Now() }
func (k *keys) Skew() (time.Duration, bool)                      { return k.client.Skew() }
func (k *keys) Sleep(ctx context.Context, d time.Duration) error { return k.client.Sleep(ctx, d) }

// own is the vendor's form of a key.
type own struct{ api.Key }

// seriesKey gives a key the form of its series. A marked key of no team may have a user whom the proxy stamps its new
// keys with, which nothing shows: the nonce decides then.
func seriesKey(k *api.Key) keyseries.Key {
	out := keyseries.Key{
		ID: k.Hash, Name: k.Alias, Mark: markerOf(*k).mark(), Redacted: k.Redacted, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, EndHidden: !k.EndShown(),
		LastUsedAt: k.LastActive, WasUsed: k.Used, OwnerID: ownerOf(k.TeamID, k.NoTeam), Own: own{*k},
	}
	switch marked := out.Mark.Series != ""; {
	case k.UserID == "", marked && k.OwnUser:
	case marked && k.NoTeam:
		out.OwnerID = ""
	default:
		out.Person = k.UserID
	}
	if k.AutoRotate {
		out.Blocked = "the proxy rotates it by itself (auto_rotate), and only one of the two may rotate a key. Turn auto_rotate off at the proxy, or take the key out of state (terraform state rm)."
	}
	return out
}
