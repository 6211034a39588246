// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A spend limit stops what would cost more, in a project or in the whole organization.
var (
	projectSpendLimit      = spendLimit[projectSpendLimitModel](projectLevel)
	organizationSpendLimit = spendLimit[organizationSpendLimitModel](organizationLevel)
)

type spendLimitFields struct {
	Amount      types.String `tfsdk:"amount"`
	Interval    types.String `tfsdk:"interval"`
	Enforcement types.String `tfsdk:"enforcement"`
}

func (f *spendLimitFields) fields() *spendLimitFields { return f }

type projectSpendLimitModel struct {
	inProject
	spendLimitFields
}

type organizationSpendLimitModel struct {
	inOrganization
	spendLimitFields
}

const month = "month"

// intervalAttribute is the argument of limits and alerts.
func intervalAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(month),
		MarkdownDescription: description + " `" + month + "` is the only value, and the default.",
		Validators:          []validator.String{stringvalidator.OneOf(month)},
	}
}

// intervalAs is an answered interval; an answer without one says nothing.
func intervalAs(has types.String, got string) types.String {
	switch {
	case got != "":
		return types.StringValue(got)
	case has.ValueString() != "":
		return has
	}
	return types.StringValue(month)
}

func spendLimit[M any, P inLevel[M, spendLimitFields]](at level) crud.Object[*api.Client, M] {
	return settingObject[M, api.SpendLimit, P](crud.Object[*api.Client, M]{
		TypeName: at.typeName("spend_limit"),
		Noun:     at.noun("spend limit"),
		Identity: at.identity,
		Example:  at.example,
		Schema: schema.Schema{
			MarkdownDescription: "The hard spend limit of " + at.of + ": once it is reached, requests to models are refused until the interval is over or the limit is raised. There is at most one limit, so creating the resource adopts a limit that is set already; the plan then shows its amount. If the limit is refused because of spend alerts above it, and the same apply lowers or deletes these, the limit waits for them.\n\nDestroying it removes the limit." + at.beware,
			Attributes: vendorkit.Merge(at.scope, map[string]schema.Attribute{
				"amount":      amountAttribute(1, "The limit in US dollars, at least 0.01, such as `100` or `\"99.50\"`. Compared as a number of cents: another spelling of the same amount is no change. Changed in place."),
				"interval":    intervalAttribute("The period in which spending is counted."),
				"enforcement": schema.StringAttribute{Computed: true, MarkdownDescription: "`enforcing` while the limit is reached and requests are refused, else `inactive`."},
			}),
		},
		Plan: func(_ context.Context, plan M, state *M) (M, error) {
			if state != nil {
				if f, has := P(&plan).fields(), P(state).fields(); f.Amount.Equal(has.Amount) && f.Interval.Equal(has.Interval) {
					f.Enforcement = has.Enforcement // nothing is written
				}
			}
			return plan, nil
		},
		Moves: at.spendLimitMoves(),
	}, setting[M, api.SpendLimit]{
		of: func(c *api.Client) *api.Setting[api.SpendLimit] { return c.SpendLimits },
		sends: func(plan, _ M) map[string]any {
			f := P(&plan).fields()
			cents, _ := centsOf(f.Amount.ValueString()) // validated
			return map[string]any{"threshold_amount": cents, "currency": api.Currency, "interval": f.Interval.ValueString()}
		},
		shows: func(into *M, got api.SpendLimit) {
			f := P(into).fields()
			f.Amount, f.Interval = amountAs(f.Amount, got.Cents), intervalAs(f.Interval, got.Interval)
			f.Enforcement = crud.Optional(got.Enforcement)
		},
		present: func(got api.SpendLimit) string {
			if got.Cents == nil {
				return "an unknown amount"
			}
			return fmt.Sprintf("amount = %s", dollarsOf(*got.Cents))
		},
	})
}
