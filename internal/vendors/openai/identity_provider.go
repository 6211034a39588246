// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// An identity provider is an issuer whose tokens workloads exchange for access, without a key.
var identityProvider = crud.Object[*api.Client, identityProviderModel]{
	TypeName: "openai_workload_identity_provider",
	Noun:     "workload identity provider",
	Identity: crud.Identity{"id"},
	Example:  "wip_abc123",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A workload identity provider: an OIDC issuer, such as GitHub Actions or a Kubernetes cluster, whose tokens workloads exchange for access of at most an hour, without an API key. `orgkeys_openai_federation_rule` resources say which tokens act as which service account.\n\nEverything is changed in place. Destroying it deletes the provider; the API refuses as long as it has rules, including those that this configuration does not know, and the error lists them.",
		Attributes: map[string]schema.Attribute{
			"id": crud.ID("The provider's id, which workloads name when they exchange a token. Never changes."),
			"name": schema.StringAttribute{
				Required: true, Validators: []validator.String{crud.Name()},
				MarkdownDescription: "The provider's name. Changed in place. The API may refuse a name that another provider of the organization has.",
			},
			"issuer": schema.StringAttribute{
				Required: true, Validators: []validator.String{issuerAddress},
				MarkdownDescription: "The issuer's address, as the claim `iss` of its tokens has it; a trailing slash makes no difference. Changed in place: tokens of the former issuer are no longer accepted.",
			},
			"audience": schema.StringAttribute{
				Required: true, Validators: []validator.String{crud.Name()},
				MarkdownDescription: "What the claim `aud` of a token must be, such as `https://api.openai.com/v1`. Changed in place: workloads have to ask their issuer for tokens with the new one.",
			},
			"description": description("provider"),
			"enabled":     enabled("provider"),
			"attribute_transformations": schema.ListNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Attributes that are derived from a token's claims, for the matchers of rules; at most 20, in any order. Default: none. Changed in place.",
				Validators:          []validator.List{listvalidator.SizeAtMost(20), crud.NoNulls()},
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"attribute": schema.StringAttribute{
						Required: true, Validators: []validator.String{crud.Name(), stringvalidator.UTF8LengthAtMost(256)},
						MarkdownDescription: "The attribute's name, at most 256 characters, such as `openai.team`. The API adds `openai.` in front of a name that does not begin with it.",
					},
					"expression": schema.StringAttribute{
						Required: true, Validators: []validator.String{stringvalidator.UTF8LengthBetween(1, 4096)},
						MarkdownDescription: "Its value, as an expression of CEL over the claims, at most 4096 characters, such as `assertion.repository`. A token is refused if the result is not a string, a number or a boolean.",
					},
				}},
			},
			"verification": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "The source of the keys with which the issuer signs tokens: exactly one of `discovery_url` and `jwks`. Unset: discovery at the usual address below the issuer's. Changed in place; the next exchange uses the new value.",
				Attributes: map[string]schema.Attribute{
					"discovery_url": schema.StringAttribute{
						Optional: true, Validators: []validator.String{webAddress, stringvalidator.ExactlyOneOf(path.MatchRelative().AtParent().AtName("jwks"))},
						MarkdownDescription: "The address of the issuer's discovery document.",
					},
					"jwks": schema.StringAttribute{
						Optional: true, Validators: []validator.String{publicKeySet},
						MarkdownDescription: "The issuer's public keys as JSON (a JSON Web Key Set), each with a `kid`, for an issuer that cannot be reached from outside. Compared as JSON. New keys have to be added before the issuer signs with them. A private key in it is an error.",
					},
				},
			},
			"created_at": crud.Fixed("When the provider was created, RFC 3339 in UTC."),
		},
	},
	Plan: func(_ context.Context, plan identityProviderModel, state *identityProviderModel) (identityProviderModel, error) {
		if state != nil {
			plan = plan.spelledAs(*state)
		}
		return plan, nil
	},
	Create: func(ctx context.Context, c *api.Client, plan identityProviderModel) (identityProviderModel, error) {
		fields := plan.fields(identityProviderModel{})
		fields["type"] = "oidc"
		made, how, err := c.IdentityProviders.Create(ctx, "", plan.Name.ValueString(), fields, api.IdentityProvider.Facts)
		if err == nil {
			vendorkit.WarnRecovered(ctx, "workload identity provider", made.Name, made.ID, how)
		}
		same := func(other api.IdentityProvider) bool { return ident.SameName(other.Name, plan.Name.ValueString()) }
		return plan.from(made), taken(ctx, c.IdentityProviders, "", err, same, "The organization has a workload identity provider of this name already, %s.")
	},
	Read: func(ctx context.Context, c *api.Client, prior identityProviderModel) (identityProviderModel, error) {
		p, err := c.IdentityProviders.Get(ctx, "", prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
		return prior.from(p), err
	},
	Update: func(ctx context.Context, c *api.Client, plan, state identityProviderModel) (identityProviderModel, error) {
		p, err := change(ctx, c.IdentityProviders, "", state.ID, state.CreatedAt, plan.fields(state), func(p api.IdentityProvider, _ string) *string { return p.Description })
		return plan.from(p), err
	},
	Delete: func(ctx context.Context, c *api.Client, state identityProviderModel) error {
		err := c.IdentityProviders.Delete(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
		for range 2 { // a rule that was just deleted may count still
			if !refusedAsItIs(err) {
				return err
			}
			if left := rulesOf(ctx, c, state.ID.ValueString()); left != "" {
				return apierr.Hinted(err, fmt.Sprintf("It has federation rules that were not deleted before it: %s. Delete them first: if this configuration manages them, let them refer to this provider's id, and Terraform deletes them before it; otherwise where they are managed, or in the dashboard.", left))
			}
			if sleepErr := c.Sleep(ctx, 2*time.Second); sleepErr != nil {
				return err
			}
			err = c.IdentityProviders.Delete(ctx, "", state.ID.ValueString(), crud.Born(ctx, state.CreatedAt))
		}
		return err
	},
	Loss: func(_ context.Context, _ *api.Client, state identityProviderModel) (what, detail string) {
		return "will be deleted", "No workload can exchange a token through it any more. Workloads name its id, " + state.ID.ValueString() + ", and a provider that is created again gets another one. To stop it for a time, set enabled = false."
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan identityProviderModel) (crud.Namesakes, error) {
		return identityProviders.Namesakes(plan.Name, c.IdentityProviders.First(ctx, ""))
	},
}

// rulesOf names the rules that a provider has, "" if there are none or they cannot be read.
func rulesOf(ctx context.Context, c *api.Client, provider string) string {
	list, err := c.FederationRules.Fresh(ctx, provider)
	if err != nil {
		return ""
	}
	var all []string
	for _, id := range slices.Sorted(maps.Keys(list.ByID)) {
		all = append(all, strings.TrimPrefix(crud.Named("", shownText(list.ByID[id].Name), id), " "))
	}
	return strings.Join(all, ", ")
}

var identityProviders = vendorkit.Directory[*api.Client, *api.IdentityProvider, *identityProviderModel]{
	Noun: "workload identity provider",
	All: func(ctx context.Context, c *api.Client) (*api.List[*api.IdentityProvider], error) {
		return c.IdentityProviders.All(ctx, "")
	},
	Walk: func(ctx context.Context, c *api.Client, note func(string)) iter.Seq2[*api.IdentityProvider, error] {
		return c.IdentityProviders.Walk(ctx, "", note)
	},
	Facts: func(p *api.IdentityProvider) (id, name string) { return p.ID, p.Name },
	Form:  func(p *api.IdentityProvider) *identityProviderModel { return new(identityProviderModel{}.from(*p)) },
}

var (
	identityProviderLookup = identityProviders.Lookup(vendorkit.Of(identityProvider), "A workload identity provider of the organization, found by its id or by its exact name, so that another configuration can add rules to it. If several have this name, the error lists their ids.",
		func(m *identityProviderModel) (id, name types.String) { return m.ID, m.Name })
	identityProviderListing = identityProviders.Listing(vendorkit.Of(identityProvider), "Finds the workload identity providers of the organization, including those that Terraform manages already.")
)
