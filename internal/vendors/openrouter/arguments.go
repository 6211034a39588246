// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
)

// shows reads an own argument from the vendor's form of a key.
func shows(read func(own) attr.Value) func(keyseries.Key) attr.Value {
	return func(key keyseries.Key) attr.Value {
		o, ok := key.Own.(own)
		if !ok {
			return nil
		}
		return read(o)
	}
}

// sameID reports whether two texts are one id: as a UUID it may be given in capitals.
func sameID(one, other string) bool { return api.Canonical(one) == api.Canonical(other) }

// keepsCase plans no change where an id is the one in state in another case: the spelling in state stays.
type keepsCase struct{}

// Description implements [planmodifier.String].
func (keepsCase) Description(context.Context) string {
	return "Upper and lower case of an id are no change."
}

// MarkdownDescription implements [planmodifier.String].
func (k keepsCase) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (keepsCase) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if planned, has := req.PlanValue.ValueString(), req.StateValue.ValueString(); planned != "" && has != "" && sameID(planned, has) {
		resp.PlanValue = req.StateValue
	}
}

// onlyID refuses in a plan what can only be a workspace's slug or name, which calls about keys do not take: a
// change from an id to the slug of the same workspace would delete the keys before a create fails. It is no
// validator, because those also see the random letters that a mock provider of a test gives for an id.
type onlyID struct{}

var notID = pattern.Lazy(`^[A-Za-z-]+$`)

// Description implements [planmodifier.String].
func (onlyID) Description(context.Context) string { return "Takes an id only." }

// MarkdownDescription implements [planmodifier.String].
func (o onlyID) MarkdownDescription(ctx context.Context) string { return o.Description(ctx) }

// PlanModifyString implements [planmodifier.String].
func (onlyID) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	given := req.ConfigValue.ValueString()
	if !notID().MatchString(given) {
		return
	}
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	resp.Diagnostics.AddAttributeError(req.Path, crud.Named("API key", name.ValueString(), "")+" has no id as its "+req.Path.String(), fmt.Sprintf(
		"%s is %q, but must be the id of a workspace, such as 0f8d1b6e-0000-4000-8000-000000000000, not its slug or name. Nothing was changed.\n\n"+
			`To find the id by the slug, use data "orgkeys_openrouter_workspace" "this" { slug = "…" } and give data.orgkeys_openrouter_workspace.this.id.`, req.Path, given))
}

// apiKeyOwn are the vendor's own attributes of a key series.
var apiKeyOwn = []keyresource.Argument[*apiKeyModel]{
	{
		Name: "workspace_id",
		Attribute: schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The id of the workspace that owns the keys. Unset: the default workspace. Give the id, not the slug: `data.orgkeys_openrouter_workspace` finds it. A change replaces the series: the old keys are deleted.",
			Validators:          []validator.String{crud.PathElement()},
			PlanModifiers:       []planmodifier.String{onlyID{}, keepsCase{}, crud.ReplaceKnown()},
		},
		Place:  keyresource.At(func(m *apiKeyModel) *types.String { return &m.WorkspaceID }),
		Effect: keyresource.Replaces,
		Shown:  shows(func(o own) attr.Value { return crud.Optional(o.WorkspaceID) }),
		Notice: func(key keyseries.Key, before *apiKeyModel) (what, text string) {
			o, ok := key.Own.(own)
			if has := before.WorkspaceID.ValueString(); ok && o.WorkspaceID != "" && has != "" && !sameID(o.WorkspaceID, has) {
				return "was moved to another workspace", fmt.Sprintf("The API shows workspace %q, and the state has %q. It stays as it is; the next rotation creates a key in the workspace that the state has.", o.WorkspaceID, has)
			}
			return "", ""
		},
	}, {
		Name: "limit",
		Attribute: schema.Float64Attribute{
			Optional:            true,
			MarkdownDescription: "How much each key may spend, in US dollars: in all, or in each period of `limit_reset`. Unset: no limit. During an overlap the old and the new key may each spend it; a budget of the workspace limits all its keys together.",
			Validators:          []validator.Float64{aboveZero{}},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.Float64 { return &m.Limit }), Effect: keyresource.InPlace, Whole: true,
		Same:  keyresource.SameAmount,
		Shown: shows(func(o own) attr.Value { return keyresource.Amount(o.Limit) }),
	}, {
		Name: "limit_reset",
		Attribute: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "When the spent amount is counted from 0 again: `daily`, `weekly` or `monthly`, at midnight UTC. Unset: never. Without `limit` it has no effect.",
			Validators:          []validator.String{stringvalidator.OneOf("daily", "weekly", "monthly")},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.String { return &m.LimitReset }), Effect: keyresource.InPlace, Whole: true,
		Shown: shows(func(o own) attr.Value { return crud.Optional(o.LimitReset) }),
	}, {
		Name: "include_byok_in_limit",
		Attribute: schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether what is spent through your own keys of other providers counts towards `limit`. Unset: no.",
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.Bool { return &m.Byok }), Effect: keyresource.InPlace, Whole: true,
		Same: func(want, have attr.Value, _ bool) bool { return isTrue(want) == isTrue(have) },
		Shown: shows(func(o own) attr.Value {
			if !o.Byok {
				return types.BoolNull() // as unset: an import of the usual key changes nothing
			}
			return types.BoolValue(true)
		}),
	},
	keyresource.Disabled(func(m *apiKeyModel) *types.Bool { return &m.Disabled }, "", func(key keyseries.Key) (disabled, told bool) {
		o, ok := key.Own.(own)
		return ok && o.Disabled, ok
	}),
	{
		Name: "guardrail_id",
		Attribute: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The id of the guardrail that restricts the keys: models, providers and spending. It is assigned to every generation before its secret is handed over. Unset: only the workspace's default guardrail; one that somebody assigns to the key outside Terraform is left alone, and a rotation assigns it to the new key too. One that a key has when it is imported is taken away by the first apply, as its plan says, unless the configuration has it.",
			Validators:          []validator.String{crud.PathElement()},
			PlanModifiers:       []planmodifier.String{keepsCase{}},
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.String { return &m.GuardrailID }), Effect: keyresource.InPlace, Whole: true, IfHeld: true,
		Spells: func(shown, configured attr.Value) bool {
			a, ok := shown.(types.String)
			b, both := configured.(types.String)
			return ok && both && a.IsNull() == b.IsNull() && sameID(a.ValueString(), b.ValueString())
		},
		Shown: shows(func(o own) attr.Value {
			id, known := o.client.GuardrailOf(o.Hash)
			if !known {
				return nil
			}
			return crud.Optional(id)
		}),
		Look: func(ctx context.Context, providerData any, plan *apiKeyModel) error {
			client, err := connect(providerData)
			if err != nil {
				return err
			}
			return client.CheckGuardrail(ctx, plan.GuardrailID.ValueString())
		},
		Review: func(key string, plan *apiKeyModel) (what, text string) {
			if !plan.GuardrailID.IsNull() {
				return "", ""
			}
			return "loses its guardrail", key + " will be restricted by nothing but the default guardrail of its workspace."
		},
	}, {
		Name: "created_by_user_id",
		Attribute: schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The user whom the API names as creator of the current key; null for none.",
		},
		Place: keyresource.At(func(m *apiKeyModel) *types.String { return &m.CreatedBy }),
		Shown: shows(func(o own) attr.Value { return crud.Optional(o.CreatorID) }),
		Notice: func(key keyseries.Key, before *apiKeyModel) (what, text string) {
			o, ok := key.Own.(own)
			if !ok || o.CreatorID == "" || before.CreatedBy.ValueString() == o.CreatorID {
				return "", ""
			}
			return "is stamped with a user", fmt.Sprintf("The API names user %s, who created the management key, as its creator. While such keys exist, the user cannot be removed from the workspace.", o.CreatorID)
		},
	},
}

func isTrue(value attr.Value) bool {
	b, ok := value.(types.Bool)
	return ok && b.ValueBool()
}

// aboveZero refuses a limit that would let a key do nothing.
type aboveZero struct{}

func (aboveZero) Description(context.Context) string { return "more than 0" }

func (a aboveZero) MarkdownDescription(ctx context.Context) string { return a.Description(ctx) }

func (aboveZero) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || req.ConfigValue.ValueFloat64() > 0 {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid limit",
		"limit must be more than 0: what a key with a limit of 0 may do is not documented. To stop a key, set disabled = true; for no limit leave limit out.")
}
