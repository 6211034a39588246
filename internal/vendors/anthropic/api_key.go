// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/api"
)

// An API key that somebody created in the Console: adopted, renamed, switched off.
var apiKey = crud.Object[*api.Client, apiKeyModel]{
	TypeName: "anthropic_api_key",
	Noun:     "API key",
	Identity: crud.Identity{"id"},
	Example:  "apikey_01Rj2N8SVvo6BePZj99NhmiT",
	Untold:   []string{"name", "status"},
	Connect:  connect,
	Schema:   apiKeySchema,
	Look: func(ctx context.Context, c *api.Client, plan apiKeyModel) error {
		if plan.ID.IsUnknown() {
			return nil
		}
		key, err := adoptable(c.KeyAtStart(ctx, plan.ID.ValueString()))
		if err != nil {
			return err
		}
		has := apiKeyModel{}.from(key)
		for name, value := range plan.changes(has) {
			crud.Warn(ctx, has.object(), fmt.Sprintf("will change its %s to %q", name, value), "Adopting it changes what it has now: its name is %q, its status %s.", key.Name, key.Status)
		}
		has.warnUser(ctx)
		has.ReviewAfter = plan.ReviewAfter
		has.warnReview(ctx, plan, has.lookedAt(ctx, c))
		return nil
	},
	Create: func(ctx context.Context, c *api.Client, plan apiKeyModel) (apiKeyModel, error) {
		key, err := adoptable(c.KeyAtStart(ctx, plan.ID.ValueString()))
		if err != nil {
			return plan, err
		}
		return write(ctx, c, plan, apiKeyModel{}.from(key))
	},
	Read: func(ctx context.Context, c *api.Client, prior apiKeyModel) (apiKeyModel, error) {
		key, err := c.Key(ctx, prior.ID.ValueString(), c.Keys.All)
		fresh := prior.OnDestroy.IsNull() // imported or moved
		if fresh {
			key, err = adoptable(key, err)
			prior.OnDestroy = types.StringValue(forget)
		}
		if err != nil {
			return prior, err
		}
		found := prior.from(key)
		crud.NoteLook(ctx, found.lookedAt(ctx, c))
		if fresh {
			found.warnUser(ctx)
		}
		return found, nil
	},
	Update: write,
	Ends:   func(state apiKeyModel) string { return state.OnDestroy.ValueString() },
	Delete: func(ctx context.Context, c *api.Client, state apiKeyModel) error {
		status := map[string]string{deactivate: api.Inactive, archive: api.Archived}[state.OnDestroy.ValueString()]
		if status == "" || state.dead() {
			return nil
		}
		if err := refuseOwn(ctx, c, state.ID.ValueString(), state.PartialKeyHint.ValueString()); err != nil {
			return err
		}
		return c.SwitchOff(ctx, state.ID.ValueString(), status)
	},
	Plan: planKey,
	Replaces: func(plan, has apiKeyModel) string {
		if plan.ID.IsUnknown() || plan.ID.Equal(has.ID) {
			return ""
		}
		return fmt.Sprintf("on_destroy (%s) applies to the old key", has.OnDestroy.ValueString())
	},
	Loss: func(_ context.Context, _ *api.Client, state apiKeyModel) (string, string) {
		if state.OnDestroy.ValueString() != archive || state.dead() {
			return "", ""
		}
		return "will be archived", "Archiving is final: the key stops working, and nothing brings it back. To keep it, set on_destroy to forget or deactivate and apply that first."
	},
	Moves: apiKeyMoves,
}

// What on_destroy may be.
const (
	forget     = "forget"
	deactivate = "deactivate"
	archive    = "archive"
)

type apiKeyModel struct {
	ID             types.String `tfsdk:"id"`
	Name           types.String `tfsdk:"name"`
	Status         types.String `tfsdk:"status"`
	ReviewAfter    types.String `tfsdk:"review_after"`
	OnDestroy      types.String `tfsdk:"on_destroy"`
	WorkspaceID    types.String `tfsdk:"workspace_id"`
	OwnerType      types.String `tfsdk:"owner_type"`
	OwnerID        types.String `tfsdk:"owner_id"`
	CreatedAt      types.String `tfsdk:"created_at"`
	ExpiresAt      types.String `tfsdk:"expires_at"`
	PartialKeyHint types.String `tfsdk:"partial_key_hint"`
}

var apiKeySchema = schema.Schema{
	MarkdownDescription: "An API key that was created in the Console: the API creates no keys and shows no secret. Creating this resource adopts the key. It changes nothing at the vendor, unless `name` or `status` differ; the plan shows such a change. There is no rotation: `review_after` warns when a user has to replace the key.\n\nA key that was archived or has expired cannot be brought back. It stays in state with that `status`, nothing is sent for it, and every plan warns.",
	Attributes: map[string]schema.Attribute{
		"id": crud.Parent("The id of the key, as the Console, the inventory and `terraform query` show it. A change adopts the other key, and `on_destroy` applies to the old one."),
		"name": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays,
			MarkdownDescription: "The key's name, up to 500 characters. Changed in place. Unset: left alone.",
			Validators:          []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(500)},
		},
		"status": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: stays,
			MarkdownDescription: "`active`, or `inactive` for a key that refuses every call. Changed in place. Unset: left alone. If the key was archived or has expired, it has that status, whatever is configured.",
			Validators:          []validator.String{stringvalidator.OneOf(api.Active, api.Inactive)},
		},
		"review_after": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The age, such as `90d`, from which every plan warns that a user has to replace the key in the Console. Unset: no warning. A change sends nothing.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(forget),
			MarkdownDescription: "What a destroy or a changed `id` does to the key: `forget` leaves it as it is, `deactivate` makes it inactive, `archive` archives it for good. Default: `forget`. A changed value takes effect only if it is applied before the destroy.",
			Validators:          []validator.String{stringvalidator.OneOf(forget, deactivate, archive)},
		},
		"workspace_id":     crud.Fixed("The id of the key's workspace; null for a key of the whole organization."),
		"owner_type":       crud.Fixed("Whom the key acts for: `service_account`, `user`, or `organization` for an older key without either; null if it is of another kind."),
		"owner_id":         crud.Fixed("The id of the service account or user; null for a key of the organization."),
		"created_at":       crud.Fixed("When the key was created, RFC 3339 in UTC."),
		"expires_at":       crud.Fixed("When the key expires, RFC 3339 in UTC; null if never. Chosen in the Console when the key is created."),
		"partial_key_hint": crud.Fixed("What the API shows of the secret: its first and last characters."),
	},
}

func (m apiKeyModel) from(key api.Key) apiKeyModel {
	m.ID, m.Name, m.Status = types.StringValue(key.ID), crud.Optional(key.Name), crud.Optional(key.Status)
	m.WorkspaceID, m.OwnerType, m.OwnerID = crud.Optional(key.WorkspaceID), crud.Optional(key.OwnerType), crud.Optional(key.OwnerID)
	m.CreatedAt = crud.Timestamp(key.CreatedAt)
	if !key.EndHidden || m.ExpiresAt.IsUnknown() { // else it is the one that is known
		m.ExpiresAt = crud.Timestamp(key.ExpiresAt)
	}
	m.PartialKeyHint = crud.Optional(key.Hint)
	return m
}

func (m apiKeyModel) dead() bool { return api.Key{Status: m.Status.ValueString()}.Dead() }

// changes are what differs from the server's own, as the API takes it: nothing for a key that
// cannot be brought back.
func (m apiKeyModel) changes(has apiKeyModel) map[string]any {
	out := crud.Changes(m, has, "name", "status")
	maps.DeleteFunc(out, func(_ string, value any) bool { return value == nil || has.dead() })
	return out
}

// adoptable refuses a key that cannot be brought back.
func adoptable(key api.Key, err error) (api.Key, error) {
	if err == nil && key.Dead() {
		err = &crud.At{
			Path: path.Root("id"), Summary: crud.Named("API key", key.Name, key.ID) + " " + deadly(key.Status),
			Detail: fmt.Sprintf("API key %s %s. It no longer works and cannot be brought back, so it is not adopted. Give the id of a key that works, such as data.orgkeys_anthropic_api_keys lists; forget a moved one with a removed block (destroy = false).", key.ID, deadly(key.Status)),
		}
	}
	return key, err
}

func deadly(status string) string {
	if status == api.Expired {
		return "has expired"
	}
	return "is archived"
}

// write sends what differs, if anything does.
func write(ctx context.Context, c *api.Client, plan, has apiKeyModel) (apiKeyModel, error) {
	changes := plan.changes(has)
	if len(changes) == 0 {
		has.ReviewAfter, has.OnDestroy = plan.ReviewAfter, plan.OnDestroy
		return has, nil
	}
	if changes["status"] == api.Inactive {
		if err := refuseOwn(ctx, c, has.ID.ValueString(), has.PartialKeyHint.ValueString()); err != nil {
			return has, err
		}
	}
	key, err := c.UpdateKey(ctx, has.ID.ValueString(), changes)
	if err == nil && key.Dead() {
		err = fmt.Errorf("the key %s meanwhile and cannot be brought back. Plan again", deadly(key.Status))
	}
	if err != nil {
		return has, err
	}
	return plan.from(key), nil
}

// refuseOwn refuses to switch off the key that the provider works with, or that may be it.
func refuseOwn(ctx context.Context, c *api.Client, id, hint string) error {
	own, err := c.IsOwn(ctx, id, hint)
	_, end, _ := secret.Ends(hint) // its beginning would be taken for a secret, and removed from the message
	switch {
	case err != nil:
		return fmt.Errorf("API key %s may be the one that the provider works with: the API does not show the end of it, and the list of keys could not be read: %w. %s", id, err, otherKey)
	case own:
		return fmt.Errorf("API key %s is or may be the one that the provider works with, as far as the API shows it (its end: %s): it would lock itself out. %s", id, cmp.Or(end, "not shown"), otherKey)
	}
	return nil
}

// refuseOwnIn is refuseOwn for what is archived with a workspace.
func refuseOwnIn(ctx context.Context, c *api.Client, workspaceID string) error {
	if c.IsAdminKey() {
		return nil
	}
	list, err := c.Keys.All(ctx)
	if err == nil && len(list.Incomplete) > 0 {
		err = errors.New(list.Incomplete[0])
	}
	if err != nil {
		return fmt.Errorf("the key that the provider works with may be in the workspace, and the list of keys could not be read completely: %w. Give an Admin key, which no list shows, as anthropic.admin_key, or archive the workspace in the Console", err)
	}
	for _, id := range slices.Sorted(maps.Keys(list.ByID)) {
		key := list.ByID[id]
		if key.WorkspaceID != workspaceID || key.Dead() || key.Status == api.Inactive {
			continue
		}
		if err := refuseOwn(ctx, c, id, key.Hint); err != nil {
			return err
		}
	}
	return nil
}

// otherKey is how a key is switched off that may be the provider's own.
const otherKey = "Give an Admin key, which no list shows, as anthropic.admin_key first. Or switch it off in the Console, if it is another key"

func (m apiKeyModel) object() string {
	return crud.Named("API key", m.Name.ValueString(), m.ID.ValueString())
}

func (m apiKeyModel) warnUser(ctx context.Context) {
	if m.OwnerType.ValueString() == keyinventory.OwnedByUser {
		crud.Warn(ctx, m.object(), "belongs to a user", "It acts for user %s and stops working when that user leaves the organization. Create a key of a service account in the Console, and move the workload over.", m.OwnerID.ValueString())
	}
}

// lookedAt is the moment of a look, zero with a warning where no clock can be trusted with an age.
func (m apiKeyModel) lookedAt(ctx context.Context, c *api.Client) time.Time {
	skew, known := c.Skew()
	switch {
	case known && skew.Abs() <= keyseries.MaxSkew:
		return c.Now()
	case m.ReviewAfter.ValueString() == "":
	case known:
		crud.Warn(ctx, m.object(), "was read while this machine's clock is wrong", "This machine's clock differs from the server's by %s. Whether the key is older than review_after is not decided until the clock is right.", skew.Abs().Round(time.Second))
	default:
		crud.Warn(ctx, m.object(), "was read without the server's time", "The server's answers carry no time. Until they do, it is not decided whether the key is older than review_after.")
	}
	return time.Time{}
}

// planKey leaves a key that cannot be brought back as it is, and warns of what only a person
// can do.
func planKey(ctx context.Context, plan apiKeyModel, state *apiKeyModel) (apiKeyModel, error) {
	if state == nil || !plan.ID.IsUnknown() && !plan.ID.Equal(state.ID) {
		return plan, nil
	}
	planned := *state
	planned.ID, planned.ReviewAfter, planned.OnDestroy = plan.ID, plan.ReviewAfter, plan.OnDestroy
	if state.dead() {
		crud.Warn(ctx, state.object(), deadly(state.Status.ValueString()), "It no longer works and cannot be brought back, so nothing is sent for it. Create another key in the Console and give its id, or take this resource out of the configuration.")
		return planned, nil
	}
	planned.Name, planned.Status = plan.Name, plan.Status
	state.warnReview(ctx, plan, crud.LookedAt(ctx))
	return planned, nil
}

// dated is the end of the name that a warning proposed before.
var dated = pattern.Lazy(`-\d{4}-\d{2}-\d{2}$`)

func (m apiKeyModel) warnReview(ctx context.Context, plan apiKeyModel, at time.Time) {
	age := plan.ReviewAfter.ValueString()
	after, err := span.Parse(age)
	created := crud.Moment(m.CreatedAt)
	if err != nil || created.IsZero() || at.Sub(created) < after {
		return
	}
	if cmp.Or(plan.Status.ValueString(), m.Status.ValueString()) == api.Inactive {
		crud.Warn(ctx, m.object(), "is inactive and older than review_after", "It was created at %s, which is longer ago than review_after (%s). An inactive key does not work: when nothing needs it any more, set on_destroy = \"archive\", apply, and remove this resource.", m.CreatedAt.ValueString(), age)
		return
	}
	where := ""
	if id := m.WorkspaceID.ValueString(); id != "" {
		where = " in workspace " + id
	}
	crud.Warn(ctx, m.object(), "has to be replaced by a user", "It was created at %s, which is longer ago than review_after (%s). The API cannot create keys: create one called %q in the Console%s, hand it to the workload, and declare it in a second resource. Then set status = \"inactive\" here. With no more than a new id here, this key stays active and is in no state, unless on_destroy was applied before with another value than forget.",
		m.CreatedAt.ValueString(), age, dated().ReplaceAllString(m.Name.ValueString(), "")+at.UTC().Format("-2006-01-02"), where)
}

// otherProviders differ in their namespaces and are all called anthropic. OpenTofu gives the
// old provider for the first instance of a resource only: once that has moved, it names ours.
var otherProviders = []string{"anthropic", "orgkeys"}

var workspaceMoves = []crud.Move{{
	Type: "anthropic_workspace", Providers: otherProviders,
	IDs: func(_ context.Context, source crud.Attributes) []string { return []string{source.Text("id")} },
}}

var apiKeyMoves = []crud.Move{{
	Type: "anthropic_api_key", Providers: otherProviders,
	IDs: func(ctx context.Context, source crud.Attributes) []string {
		id := source.Text("id", "api_key_id")
		crud.Warn(ctx, crud.Named("API key", source.Text("name"), id), "is left as it is by a destroy",
			"A destroy by the other provider may have deactivated it. Here on_destroy says what a destroy does, and its default is forget: set on_destroy to deactivate to go on as before.")
		return []string{id}
	},
}}
