// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// settings are the arguments that are fields of the API by the same name.
var settings = []string{"models", "max_budget", "soft_budget", "budget_duration", "tpm_limit", "rpm_limit", "max_parallel_requests", "allowed_routes"}

// field is a setting as the API takes it; taken away it is nil, or an empty list.
func (k *keys) field(name string) (value any, configured bool) {
	switch v := k.values()[name].(type) {
	case types.Float64:
		return v.ValueFloat64Pointer(), !v.IsNull()
	case types.Int64:
		return v.ValueInt64Pointer(), !v.IsNull()
	case types.String:
		return v.ValueStringPointer(), !v.IsNull()
	case types.Set:
		texts := []string{}
		for _, element := range v.Elements() {
			if text, ok := element.(types.String); ok {
				texts = append(texts, text.ValueString())
			}
		}
		slices.Sort(texts)
		return texts, !v.IsNull()
	default:
		return nil, false
	}
}

func (k *keys) values() map[string]attr.Value {
	m := k.want
	return map[string]attr.Value{
		"models": m.Models, "max_budget": m.MaxBudget, "soft_budget": m.SoftBudget, "budget_duration": m.BudgetDuration,
		"tpm_limit": m.TPMLimit, "rpm_limit": m.RPMLimit, "max_parallel_requests": m.MaxParallel, "allowed_routes": m.AllowedRoutes,
	}
}

// shows reads an attribute from the vendor's form of a key, nil for what was not answered.
func shows(read func(api.Key) attr.Value) func(keyseries.Key) attr.Value {
	return func(k keyseries.Key) attr.Value {
		o, ok := k.Own.(own)
		if !ok {
			return nil
		}
		return read(o.Key)
	}
}

// showsField reads a field of that type.
func showsField[T any](name string, form func(*T) attr.Value) func(keyseries.Key) attr.Value {
	return shows(func(k api.Key) attr.Value {
		raw, answered := k.Fields[name]
		if name == "soft_budget" && (!answered || string(raw) == "null") {
			raw, answered = softBudget(k)
		}
		value, readable := api.Field[T](raw)
		if !answered || !readable {
			return nil
		}
		return form(value)
	})
}

// softBudget reads a soft_budget that is not shown as a field of the key: it is in the key's budget. Lists of some
// versions show neither of the two, as null, for a key that has both: only a key without a budget has none.
func softBudget(k api.Key) (raw json.RawMessage, answered bool) {
	var budget map[string]json.RawMessage
	_ = json.Unmarshal(k.Fields["litellm_budget_table"], &budget)
	if raw, answered = budget["soft_budget"]; answered {
		return raw, true
	}
	id, answered := k.Fields["budget_id"]
	return json.RawMessage("null"), answered && string(id) == "null"
}

func whole(v *int64) attr.Value { return types.Int64PointerValue(v) }

// line takes an empty text for none, as proxies write both.
func line(v *string) attr.Value {
	if v == nil {
		return types.StringNull()
	}
	return crud.Optional(*v)
}

func set(v *[]string) attr.Value {
	if v == nil || len(*v) == 0 {
		return types.SetNull(types.StringType)
	}
	return crud.Texts(*v)
}

// amount is an argument that is a number of dollars.
func amount(name, description string, at func(*keyModel) *types.Float64) keyresource.Argument[*keyModel] {
	return keyresource.Argument[*keyModel]{
		Name: name, Place: keyresource.At(at), Effect: keyresource.InPlace, Whole: true, Same: keyresource.SameAmount, Shown: showsField(name, keyresource.Amount),
		Attribute: schema.Float64Attribute{Optional: true, MarkdownDescription: description, Validators: []validator.Float64{float64validator.AtLeast(0)}},
	}
}

// limit is an argument that is a whole number.
func limit(name, description string, at func(*keyModel) *types.Int64) keyresource.Argument[*keyModel] {
	return keyresource.Argument[*keyModel]{
		Name: name, Place: keyresource.At(at), Effect: keyresource.InPlace, Whole: true, Shown: showsField(name, whole),
		Attribute: schema.Int64Attribute{Optional: true, CustomType: crud.Whole{}, MarkdownDescription: description, Validators: []validator.Int64{int64validator.AtLeast(0)}},
	}
}

// names is an argument that is a set of texts.
func names(name, description string, at func(*keyModel) *types.Set) keyresource.Argument[*keyModel] {
	return keyresource.Argument[*keyModel]{
		Name: name, Place: keyresource.At(at), Effect: keyresource.InPlace, Whole: true, Shown: showsField(name, set),
		Attribute: schema.SetAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description, Validators: []validator.Set{setvalidator.SizeAtLeast(1), crud.NoNulls(), setvalidator.ValueStringsAre(crud.NotEmpty())}},
	}
}

// keyOwn are the vendor's own attributes of a key series.
var keyOwn = []keyresource.Argument[*keyModel]{
	{
		Name: "team_id",
		Attribute: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The id of the team that owns the keys: they are then keys of a service account of the team, and belong to no user. Unset: keys of no team. A change replaces the series: the old keys are deleted.",
			Validators:          []validator.String{crud.PathElement()},
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !req.PlanValue.IsUnknown()
			}, "A change replaces the series.", "A change replaces the series.")},
		},
		Place: keyresource.At(func(m *keyModel) *types.String { return &m.TeamID }), Effect: keyresource.Replaces, NullIsNone: true,
		Shown: showsField("team_id", line),
		Notice: func(k keyseries.Key, before *keyModel) (what, text string) {
			o, ok := k.Own.(own)
			if ok && (o.TeamID != "" || o.NoTeam) && o.TeamID != before.TeamID.ValueString() {
				return "was moved to another team", fmt.Sprintf("The proxy shows team %q, and the configuration has %q. It stays as it is; the next rotation creates a key of the configured team.", o.TeamID, before.TeamID.ValueString())
			}
			if !ok || o.UserID == "" {
				return "", ""
			}
			return "belongs to a user", fmt.Sprintf("The proxy has stamped it with user %s: it stops working when that user is removed, and the user's budget and limits hold for it. Set team_id. Or give the provider the master key or a key of a proxy admin, and have default_user_id removed from the proxy's settings.", o.UserID)
		},
	},
	names("models", "The models that the keys may call. Unset: all models of the team or the proxy.", func(m *keyModel) *types.Set { return &m.Models }),
	amount("max_budget", "How much each key may spend, in US dollars: in all, or in each `budget_duration`. Unset: no limit of its own. During an overlap the old and the new key may each spend it.", func(m *keyModel) *types.Float64 { return &m.MaxBudget }),
	amount("soft_budget", "The spending, in US dollars, at which the proxy sends an alert; the keys go on working. Unset: none.", func(m *keyModel) *types.Float64 { return &m.SoftBudget }),
	{
		Name: "budget_duration",
		Attribute: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The period after which the spent amount is counted from 0 again, such as `30d` or `1mo`. The proxy begins days at midnight, weeks on Monday and months on the first. Unset: never.",
			Validators:          []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^[1-9][0-9]*(s|m|h|d|w|mo)$`), "must be a number and one of s, m, h, d, w and mo, such as 30d")},
		},
		Place: keyresource.At(func(m *keyModel) *types.String { return &m.BudgetDuration }), Effect: keyresource.InPlace, Whole: true,
		Shown: showsField("budget_duration", line),
	},
	limit("tpm_limit", "How many tokens a minute each key may use. Unset: no limit of its own.", func(m *keyModel) *types.Int64 { return &m.TPMLimit }),
	limit("rpm_limit", "How many requests a minute each key may send. Unset: no limit of its own.", func(m *keyModel) *types.Int64 { return &m.RPMLimit }),
	limit("max_parallel_requests", "How many requests of each key may run at a time. Unset: no limit of its own.", func(m *keyModel) *types.Int64 { return &m.MaxParallel }),
	names("allowed_routes", "The routes of the proxy that the keys may call, such as `/chat/completions` or `llm_api_routes`. Unset: all routes that its role allows.", func(m *keyModel) *types.Set { return &m.AllowedRoutes }),
	{
		Name: "metadata",
		Attribute: schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Entries of the keys' metadata. Other entries, which the proxy or other users set, are kept. The entry `orgkeys` is this provider's: it marks the keys of a series.",
			Validators:          []validator.Map{mapvalidator.SizeAtLeast(1), crud.NoNulls(), mapvalidator.KeysAre(crud.Reserved(api.MarkerEntry, "marks the keys of a series"))},
		},
		Place: keyresource.At(func(m *keyModel) *types.Map { return &m.Metadata }), Effect: keyresource.InPlace, Whole: true,
		Shown: shows(func(k api.Key) attr.Value {
			if _, answered := k.Fields["metadata"]; !answered {
				return nil
			}
			return ownMetadata(k)
		}),
		Notice: func(k keyseries.Key, before *keyModel) (what, text string) {
			o, ok := k.Own.(own)
			raw, answered := o.Fields["metadata"]
			if !ok || !answered || string(raw) == "null" || markerOf(o.Key).Series != "" || before.Version.IsNull() { // an imported key has none
				return "", ""
			}
			return "has lost its marker", fmt.Sprintf("Its metadata does not have the entry %q as it was created with: somebody replaced the metadata, or the proxy does not keep it. The key works, and the next rotation creates one with a marker. Until then, if an older state is restored, this key is not recognized as one of this series.", api.MarkerEntry)
		},
	},
	keyresource.Disabled(func(m *keyModel) *types.Bool { return &m.Disabled }, " The proxy calls such keys blocked.", func(k keyseries.Key) (disabled, told bool) {
		o, ok := k.Own.(own)
		_, answered := o.Fields["blocked"]
		return ok && o.Blocked, ok && answered
	}),
}
