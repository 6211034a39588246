// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs

import (
	"context"
	"fmt"
	"iter"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
)

// A service account is created, and can be neither renamed nor deleted by the API.
var serviceAccount = crud.Object[*api.Client, serviceAccountModel]{
	TypeName: "elevenlabs_service_account",
	Noun:     "service account",
	Identity: crud.Identity{"id"},
	Example:  "user_abc123",
	Constant: []string{"name"},
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A service account of the workspace: an identity that owns keys instead of a user. A new service account has access to nothing in the workspace. On the vendor's web page, add it to a group or share something with it.\n\nThe API can neither rename nor delete a service account. A changed `name` is an error of the plan. A destroy deletes nothing at the vendor: the account is only removed from state, and a warning says where to remove it by hand.",
		Attributes: map[string]schema.Attribute{
			"id": crud.ID("The account's id. Never changes."),
			"name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The account's name. The API cannot change the name: rename the account on the vendor's web page first, then here. If it was renamed only there, every plan warns.",
				Validators:          []validator.String{crud.Name()},
			},
			"created_at": crud.Fixed("When the account was created, RFC 3339 in UTC."),
		},
	},
	Create: createServiceAccount,
	Read:   readServiceAccount,
	Plan: func(_ context.Context, plan serviceAccountModel, state *serviceAccountModel) (serviceAccountModel, error) {
		if state == nil || plan.Name.IsUnknown() || ident.SameName(plan.Name.ValueString(), state.Name.ValueString()) {
			return plan, nil
		}
		return plan, &crud.At{
			Path: path.Root("name"), Summary: crud.Named("Service account", state.Name.ValueString(), state.ID.ValueString()) + " cannot be renamed by the API",
			Detail: fmt.Sprintf("The configuration calls it %q, and the workspace has it as %q. Write name = %q, or rename it on the vendor's web page (workspace settings, service accounts) and plan again. For another account add another resource.",
				plan.Name.ValueString(), state.Name.ValueString(), state.Name.ValueString()),
		}
	},
	Update: func(_ context.Context, _ *api.Client, plan, state serviceAccountModel) (serviceAccountModel, error) {
		if plan.Name.IsUnknown() || !ident.SameName(plan.Name.ValueString(), state.Name.ValueString()) {
			return state, fmt.Errorf("the API cannot rename service account %s: plan again", state.ID.ValueString())
		}
		return state, nil // another spelling of the same name
	},
	Delete: func(ctx context.Context, _ *api.Client, state serviceAccountModel) error {
		crud.Warn(ctx, crud.Named("service account", state.Name.ValueString(), state.ID.ValueString()), "still exists", "The API cannot delete service accounts, so %q (%s) was only removed from state. Remove it on the vendor's web page (workspace settings, service accounts); keys of it that no resource manages keep working until then.", state.Name.ValueString(), state.ID.ValueString())
		return nil
	},
	Loss: func(context.Context, *api.Client, serviceAccountModel) (string, string) {
		return "will be forgotten, not deleted", "The API cannot delete service accounts: it stays in the workspace, with its keys that no resource manages, until it is removed on the vendor's web page."
	},
	Namesakes: func(ctx context.Context, c *api.Client, plan serviceAccountModel) (crud.Namesakes, error) {
		found := crud.Namesakes{Where: "the workspace"}
		if plan.Name.IsUnknown() {
			return found, nil
		}
		look := c.FirstAccounts(ctx)
		for _, a := range look.Items {
			if ident.SameName(a.Name, plan.Name.ValueString()) {
				found.IDs = append(found.IDs, a.ID)
			}
		}
		return found, look.Err
	},
}

type serviceAccountModel struct {
	ID        types.String `tfsdk:"id"`
	Name      types.String `tfsdk:"name"`
	CreatedAt types.String `tfsdk:"created_at"`
}

// from takes over what an answer shows.
func (m serviceAccountModel) from(a *api.Account) serviceAccountModel {
	m.ID = types.StringValue(a.ID)
	if a.Name != "" {
		m.Name = types.StringValue(a.Name)
	}
	if !a.CreatedAt.IsZero() || m.CreatedAt.IsUnknown() {
		m.CreatedAt = crud.Recorded(m.CreatedAt, a.CreatedAt)
	}
	return m
}

func createServiceAccount(ctx context.Context, c *api.Client, plan serviceAccountModel) (serviceAccountModel, error) {
	made, how, err := c.CreateAccount(ctx, plan.Name.ValueString())
	if err != nil {
		return plan, err
	}
	vendorkit.WarnRecovered(ctx, "service account", made.Name, made.ID, how)
	return plan.from(&made), nil
}

func readServiceAccount(ctx context.Context, c *api.Client, prior serviceAccountModel) (serviceAccountModel, error) {
	if !prior.Name.IsNull() { // the Read after an import shows nothing of the state's workspace
		c.Hold(prior.ID.ValueString())
	}
	a, err := c.Account(ctx, prior.ID.ValueString(), crud.Born(ctx, prior.CreatedAt))
	if err != nil {
		return prior, err
	}
	return prior.from(&a), nil
}

// accountColumns are what data sources show of a service account.
var accountColumns = map[string]dschema.Attribute{
	"id":         dschema.StringAttribute{Computed: true, MarkdownDescription: "The account's id."},
	"name":       dschema.StringAttribute{Computed: true, MarkdownDescription: "The account's name, which others may have too."},
	"created_at": dschema.StringAttribute{Computed: true, MarkdownDescription: "When the account was created, RFC 3339 in UTC."},
}

// serviceAccountLookup finds an account that another configuration manages, or none.
var serviceAccountLookup = crud.Lookup[*api.Client, serviceAccountModel]{
	TypeName: "elevenlabs_service_account",
	Noun:     "service account",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "A service account of the workspace, found by its id or by its exact name. If several accounts have this name, the error lists their ids.",
		Attributes:          vendorkit.Merge(accountColumns, crud.ByIDOrName("account")),
	},
	Find: func(ctx context.Context, c *api.Client, query serviceAccountModel) (serviceAccountModel, error) {
		list, err := c.Accounts(ctx)
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "service accounts", list)
		a, there := list.ByID[query.ID.ValueString()]
		switch {
		case query.ID.IsNull():
			a, err = vendorkit.One("service account", "in the workspace of the API key", query.Name.ValueString(), list, func(a *api.Account) string { return a.Name })
		case !there:
			err = fmt.Errorf("the workspace of the API key has no service account with the id %s. Check it, elevenlabs.api_key and elevenlabs.base_url", query.ID.ValueString())
		}
		if err != nil {
			return query, err
		}
		return query.from(a), nil
	},
}

// accounts are the service accounts of the workspace.
var accounts = vendorkit.Directory[*api.Client, *api.Account, *serviceAccountModel]{
	Noun: "service account",
	All:  func(ctx context.Context, c *api.Client) (*api.List[*api.Account], error) { return c.Accounts(ctx) },
	Walk: func(ctx context.Context, c *api.Client, note func(string)) iter.Seq2[*api.Account, error] {
		return c.WalkAccounts(ctx, note)
	},
	Facts: func(a *api.Account) (id, name string) { return a.ID, a.Name },
	Form:  func(a *api.Account) *serviceAccountModel { return new(serviceAccountModel{}.from(a)) },
	Order: func(a, b *api.Account) int { return a.CreatedAt.Compare(b.CreatedAt) },
}

var (
	serviceAccountInventory = accounts.Inventory(vendorkit.Of(serviceAccount), "The service accounts of the workspace, oldest first. A workspace without service accounts in its plan has an empty list.", accountColumns)
	serviceAccountListing   = accounts.Listing(vendorkit.Of(serviceAccount), "Finds the service accounts of the workspace, including those that Terraform manages already.")
)
