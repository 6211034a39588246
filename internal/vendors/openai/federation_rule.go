// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A federation rule lets workloads with tokens of an identity provider act as a service account.
var federationRule = crud.Object[*api.Client, federationRuleModel]{
	TypeName: "openai_federation_rule",
	Noun:     "federation rule",
	Identity: crud.Identity{"workload_identity_provider_id", "id"},
	Example:  "wip_abc123/wifr_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A federation rule. It says which tokens of a workload identity provider are exchanged for access, and as which service account. A token has to have every attribute that the rule names, with the value that it names.\n\nThe access that a workload gets lives at most an hour, and never longer than its token. The API allows only one rule for each account at a provider.",
		Attributes: map[string]schema.Attribute{
			"id":                            crud.ID("The rule's id. Never changes."),
			"workload_identity_provider_id": crud.Parent("The id of the provider whose tokens the rule is about. A change replaces the rule: until the new one is there, its workloads get no access."),
			"project_id":                    crud.Parent("The id of the service account's project. A change replaces the rule."),
			"service_account_id":            crud.Parent("The id of the service account that workloads act as. A change replaces the rule."),
			"attribute_matchers": schema.MapAttribute{
				Required: true, ElementType: types.StringType,
				MarkdownDescription: "The claims or attributes that a token must have, with their values; at least one. A claim is for example `sub`; an attribute is one that the provider derives, such as `openai.team`. A value may end in `*`, which stands for anything. `true`, `false` and numbers are sent as booleans and numbers. To send one as a string, put quotes inside the quotes: `\"\\\"true\\\"\"`. Changed in place; the next exchange uses the new value.",
				Validators:          []validator.Map{mapvalidator.SizeAtLeast(1), crud.NoNulls(), mapvalidator.ValueStringsAre(matcherText)},
			},
			"scopes": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Scopes that limit what the access may be used for, named as in the dashboard, such as `api.model.request`; the rights of the service account limit it too. Unset: everything the account may do. Changed in place. Scopes of the Administration API cannot be given.",
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), crud.NoNulls(), setvalidator.ValueStringsAre(crud.Name())},
			},
			"name": schema.StringAttribute{
				Optional: true, Validators: []validator.String{crud.Name()},
				MarkdownDescription: "The rule's name. Default: none. Changed in place. The API may refuse a name that another rule of the provider has.",
			},
			"description": description("rule"),
			"enabled":     enabled("rule"),
			"created_at":  crud.Fixed("When the rule was created, RFC 3339 in UTC."),
		},
	},
	Parent: func(ctx context.Context, c *api.Client, plan federationRuleModel) error {
		if _, err := c.IdentityProviders.Get(ctx, "", plan.ProviderID.ValueString(), time.Time{}); err != nil {
			return err
		}
		_, err := c.ServiceAccount(ctx, plan.ProjectID.ValueString(), plan.ServiceAccountID.ValueString(), time.Time{})
		return err
	},
	Plan: func(ctx context.Context, plan federationRuleModel, state *federationRuleModel) (federationRuleModel, error) {
		if state == nil {
			return plan, nil
		}
		if sameMatchers(plan.Matchers, state.Matchers) {
			plan.Matchers = state.Matchers
		}
		if object := plan.called(); plan.Scopes.IsNull() && !state.Scopes.IsNull() {
			crud.Warn(ctx, object, "becomes unrestricted", "Workloads that get access through it will be able to do everything its service account may do: its scopes are removed.")
		}
		return plan, nil
	},
	Look: func(ctx context.Context, c *api.Client, plan federationRuleModel) error {
		if plan.ProviderID.IsUnknown() || plan.ServiceAccountID.IsUnknown() {
			return nil
		}
		object := plan.called()
		for _, other := range c.FederationRules.First(ctx, plan.ProviderID.ValueString()).Items {
			if other.ServiceAccountID == plan.ServiceAccountID.ValueString() {
				crud.Warn(ctx, object, "may exist already", "The provider has the rule %[2]s for service account %[1]s already, and allows only one for each account. Unless this plan deletes it first, as a replacement without create_before_destroy does, applying fails. %[3]s", other.ServiceAccountID, other.ID, importAdvice(other.ProviderID+"/"+other.ID))
			}
		}
		return nil
	},
	Create: createFederationRule,
	Read:   readFederationRule,
	Update: func(ctx context.Context, c *api.Client, plan, state federationRuleModel) (federationRuleModel, error) {
		r, err := change(ctx, c.FederationRules, state.ProviderID.ValueString(), state.ID, state.CreatedAt, plan.fields(state), func(r api.FederationRule, name string) *string {
			return map[string]*string{"name": r.Name, "description": r.Description}[name]
		})
		return plan.from(r), err
	},
	Delete: func(ctx context.Context, c *api.Client, state federationRuleModel) error {
		return confirmedGone(ctx, c, state, c.FederationRules.Remove(ctx, state.ProviderID.ValueString(), state.ID.ValueString(), crud.Born(ctx, state.CreatedAt)))
	},
}

// createFederationRule finds a lost answer by the account and the name, which a rule need not have.
func createFederationRule(ctx context.Context, c *api.Client, plan federationRuleModel) (federationRuleModel, error) {
	provider, account := plan.ProviderID.ValueString(), plan.ServiceAccountID.ValueString()
	fields := plan.fields(federationRuleModel{})
	fields["project_id"], fields["service_account_id"] = plan.ProjectID.ValueString(), account
	known := func(account, name string) string { return strings.TrimSpace(account + " " + name) }
	made, how, err := c.FederationRules.Create(ctx, provider, known(account, plan.Name.ValueString()), fields, func(r api.FederationRule) (id, name string, created time.Time) {
		return r.ID, known(r.ServiceAccountID, shownText(r.Name)), r.CreatedAt
	})
	if err == nil {
		vendorkit.WarnRecovered(ctx, "federation rule", shownText(made.Name), made.ID, how)
	}
	same := func(other api.FederationRule) bool { return other.ServiceAccountID == account }
	return plan.from(made), taken(ctx, c.FederationRules, provider, err, same, "The provider has the rule %s for this account already, and allows only one for each account.")
}

func readFederationRule(ctx context.Context, c *api.Client, prior federationRuleModel) (federationRuleModel, error) {
	r, err := c.FederationRules.Get(ctx, prior.ProviderID.ValueString(), prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	return prior.from(r), confirmedGone(ctx, c, prior, err)
}

// confirmedGone believes that a rule is gone only where its project is known.
func confirmedGone(ctx context.Context, c *api.Client, rule federationRuleModel, err error) error {
	if apierr.IsGone(err) && rule.ProjectID.ValueString() != "" {
		if _, unknown := c.ConfirmProject(ctx, rule.ProjectID.ValueString(), time.Time{}); unknown != nil {
			return unknown
		}
	}
	return err
}

// federationRuleLookup finds a rule that another configuration manages.
var federationRuleLookup = crud.Lookup[*api.Client, federationRuleModel]{
	TypeName: federationRule.TypeName,
	Noun:     federationRule.Noun,
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "A federation rule of a workload identity provider, found by its id or by its exact name. If several have this name, the error lists their ids.",
		Attributes: vendorkit.Merge(crud.Shown(federationRule.Schema.Attributes), crud.ByIDOrName("rule"), map[string]dschema.Attribute{
			"workload_identity_provider_id": dschema.StringAttribute{Required: true, MarkdownDescription: "The id of the provider to look in.", Validators: []validator.String{crud.PathElement()}},
		}),
	},
	Find: func(ctx context.Context, c *api.Client, query federationRuleModel) (federationRuleModel, error) {
		if !query.ID.IsNull() {
			return readFederationRule(ctx, c, query)
		}
		provider := query.ProviderID.ValueString()
		list, err := c.FederationRules.All(ctx, provider)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "federation rules of provider "+provider, list)
		r, err := vendorkit.One("federation rule", "at provider "+provider, query.Name.ValueString(), list, func(r *api.FederationRule) string { return shownText(r.Name) })
		if err != nil {
			return query, err
		}
		return query.from(*r), nil
	},
}

// federationRuleListing finds the rules of one provider.
var federationRuleListing = listBelow[ofIdentityProvider](federationRule, "federation rules", theParent("workload_identity_provider_id", "The id of the provider."), below[api.FederationRule, federationRuleModel]{
	what: "federation rules", parent: "workload identity provider",
	of:    func(c *api.Client) *api.Objects[api.FederationRule] { return c.FederationRules },
	facts: func(r api.FederationRule) (id, name string) { return r.ID, cmp.Or(shownText(r.Name), r.ID) },
	shows: func(_ context.Context, _ *api.Client, into federationRuleModel, r api.FederationRule) (federationRuleModel, error) {
		return into.from(r), nil
	},
})

type ofIdentityProvider struct {
	ProviderID types.String `tfsdk:"workload_identity_provider_id"`
}

//nolint:unparam // as every [placed]
func (p *ofIdentityProvider) place() (types.String, error) { return p.ProviderID, nil }
