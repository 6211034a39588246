// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// A spend alert is a mail about what a project or the organization has spent.
var (
	projectSpendAlert      = spendAlert[projectSpendAlertModel](projectLevel, "proj_abc123/alert_abc123", "project_id", "id")
	organizationSpendAlert = spendAlert[organizationSpendAlertModel](organizationLevel, "alert_abc123", "id")

	projectSpendAlertListing      = spendAlertListing[inProject](projectSpendAlert, projectLevel)
	organizationSpendAlertListing = spendAlertListing[ofOrganization](organizationSpendAlert, organizationLevel)
)

type spendAlertFields struct {
	ID         types.String `tfsdk:"id"`
	Amount     types.String `tfsdk:"amount"`
	Interval   types.String `tfsdk:"interval"`
	Recipients types.Set    `tfsdk:"email_recipients"`
	Prefix     types.String `tfsdk:"subject_prefix"`
}

func (f *spendAlertFields) fields() *spendAlertFields { return f }

type projectSpendAlertModel struct {
	inProject
	spendAlertFields
}

type organizationSpendAlertModel struct {
	ofOrganization
	spendAlertFields
}

// shows puts an answer into the fields; what it does not show stays.
func (f *spendAlertFields) shows(a api.SpendAlert) {
	f.ID, f.Amount, f.Interval = types.StringValue(a.ID), amountAs(f.Amount, a.Cents), intervalAs(f.Interval, a.Interval)
	if shown := crud.Texts(a.Recipients); !sameAddresses(f.Recipients, shown) {
		f.Recipients = shown
	}
	if a.Prefix != nil {
		f.Prefix = crud.Optional(*a.Prefix)
	}
}

// sameAddresses compares them as mail does.
func sameAddresses(a, b types.Set) bool {
	folded := func(set types.Set) (all []string) {
		for _, one := range set.Elements() {
			all = append(all, strings.ToLower(one.String()))
		}
		slices.Sort(all)
		return all
	}
	return a.IsNull() == b.IsNull() && slices.Equal(folded(a), folded(b))
}

// unknown reports whether it is not known yet what a plan asks for.
func (f *spendAlertFields) unknown() bool {
	return f.Amount.IsUnknown() || f.Interval.IsUnknown() || f.Prefix.IsUnknown() || f.Recipients.IsUnknown() ||
		slices.ContainsFunc(f.Recipients.Elements(), attr.Value.IsUnknown)
}

// asked is the alert that a plan asks for.
func (f *spendAlertFields) asked() api.SpendAlert {
	cents, _ := centsOf(f.Amount.ValueString()) // validated
	a := api.SpendAlert{Cents: &cents, Interval: f.Interval.ValueString(), Prefix: f.Prefix.ValueStringPointer()}
	for _, one := range f.Recipients.Elements() {
		if text, ok := one.(types.String); ok {
			a.Recipients = append(a.Recipients, text.ValueString())
		}
	}
	return a
}

func spendAlert[M any, P inLevel[M, spendAlertFields]](at level, example string, identity ...string) crud.Object[*api.Client, M] {
	scope := at.scope
	if at.prefix == "" {
		scope = nil // the organization has several
	}
	noun := at.noun("spend alert")
	return crud.Object[*api.Client, M]{
		TypeName: at.typeName("spend_alert"),
		Noun:     noun,
		Called:   "amount",
		Identity: identity,
		Example:  example,
		Connect:  connect,
		Parent:   itsProject[M, P],
		Schema: schema.Schema{
			MarkdownDescription: "A mail that is sent when the spending of " + at.of + " reaches an amount. It stops nothing: that is what a spend limit is for. An alert above the spend limit is refused. If one apply changes both, the alert waits for the limit. With `-parallelism=1` an apply cannot wait: name the limit in `depends_on` of the alert.\n\nDestroying it deletes the alert.",
			Attributes: vendorkit.Merge(scope, map[string]schema.Attribute{
				"id":       crud.ID("The alert's id. Never changes."),
				"amount":   amountAttribute(0, "The spending in US dollars at which the mail is sent, such as `80` or `\"79.50\"`; may be 0. Compared as a number of cents: another spelling of the same amount is no change. Changed in place."),
				"interval": intervalAttribute("The period in which spending is counted."),
				"email_recipients": schema.SetAttribute{
					Required: true, ElementType: types.StringType,
					MarkdownDescription: "The addresses that get the mail, at least one. Changed in place.",
					Validators:          []validator.Set{crud.NoNulls(), setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(crud.Name())},
				},
				"subject_prefix": schema.StringAttribute{
					Optional: true, MarkdownDescription: "The beginning of the mail's subject. Unset: nothing. Changed in place.",
					Validators: []validator.String{crud.NotEmpty()},
				},
			}),
		},
		Look: func(ctx context.Context, c *api.Client, plan M) error {
			place, _ := P(&plan).place()
			if place.IsUnknown() || P(&plan).fields().unknown() {
				return nil
			}
			asked := P(&plan).fields().asked()
			for _, other := range c.SpendAlerts.First(ctx, place.ValueString()).Items {
				if other.Described() == asked.Described() {
					id := strings.TrimPrefix(place.ValueString()+"/"+other.ID, "/")
					crud.Warn(ctx, crud.Named(noun, "", id), "exists already", "It sends the same mail as a planned one: %s. Unless this plan replaces it, there will be two. %s", other.Described(), importAdvice(id))
				}
			}
			return nil
		},
		Create: func(ctx context.Context, c *api.Client, plan M) (M, error) {
			place, _ := P(&plan).place()
			made, how, err := c.CreateSpendAlert(ctx, place.ValueString(), P(&plan).fields().asked())
			if err == nil {
				vendorkit.WarnRecovered(ctx, noun, "", made.ID, how)
				P(&plan).fields().shows(made)
			}
			return plan, err
		},
		Read: func(ctx context.Context, c *api.Client, prior M) (M, error) {
			place, _ := P(&prior).place()
			got, err := c.SpendAlerts.Get(ctx, place.ValueString(), P(&prior).fields().ID.ValueString(), crud.CreatedAt(ctx))
			if err == nil {
				P(&prior).fields().shows(got)
			}
			return prior, err
		},
		Update: func(ctx context.Context, c *api.Client, plan, state M) (M, error) {
			place, _ := P(&state).place()
			got, err := c.UpdateSpendAlert(ctx, place.ValueString(), P(&state).fields().ID.ValueString(), crud.CreatedAt(ctx), P(&plan).fields().asked())
			if err == nil {
				P(&plan).fields().shows(got)
			}
			return plan, err
		},
		Delete: func(ctx context.Context, c *api.Client, state M) error {
			place, _ := P(&state).place()
			return c.DeleteSpendAlert(ctx, place.ValueString(), P(&state).fields().ID.ValueString(), crud.CreatedAt(ctx))
		},
		Moves: at.spendAlertMoves(),
	}
}

func spendAlertListing[Q, M any, P inLevel[M, spendAlertFields], R placed[Q]](object crud.Object[*api.Client, M], at level) crud.Listing[*api.Client, Q, M] {
	attributes := map[string]lschema.Attribute{}
	if at.prefix != "" {
		attributes["project_id"] = lschema.StringAttribute{Required: true, MarkdownDescription: "The id of the project.", Validators: []validator.String{crud.PathElement()}}
	}
	return crud.Listing[*api.Client, Q, M]{
		TypeName: object.TypeName,
		Noun:     object.Noun + "s",
		Identity: object.Identity,
		Connect:  connect,
		Schema:   lschema.Schema{MarkdownDescription: "Finds the spend alerts of " + at.of + ", including those that Terraform manages already.", Attributes: attributes},
		Find: func(ctx context.Context, c *api.Client, query Q) iter.Seq2[crud.Found[M], error] {
			place, _ := R(&query).place()
			parent := place.ValueString()
			listed := object.Noun + "s"
			if parent != "" {
				listed += " of project " + parent
			}
			return vendorkit.As(c.SpendAlerts.Walk(ctx, parent, keyinventory.MayLack(ctx, listed)), func(a *api.SpendAlert) crud.Found[M] {
				id := []string{parent, a.ID}
				if parent == "" {
					id = id[1:]
				}
				return crud.Found[M]{ID: id, DisplayName: a.Described(), Complete: func(_ context.Context, imported M) (M, error) {
					P(&imported).fields().shows(*a)
					return imported, nil
				}}
			})
		},
	}
}
