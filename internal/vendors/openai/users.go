// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

type userModel struct {
	ID             types.String `tfsdk:"id"`
	Email          types.String `tfsdk:"email"`
	Name           types.String `tfsdk:"name"`
	Role           types.String `tfsdk:"role"`
	ServiceAccount types.Bool   `tfsdk:"service_account"`
	SCIM           types.Bool   `tfsdk:"scim_managed"`
	AddedAt        types.String `tfsdk:"added_at"`
}

func userOf(u *api.User) userModel {
	return userModel{
		types.StringValue(u.ID), crud.Optional(u.Email), crud.Optional(u.Name), crud.Optional(u.Role),
		types.BoolValue(u.ServiceAccount), types.BoolValue(u.SCIM), crud.Timestamp(u.AddedAt),
	}
}

func userAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":              schema.StringAttribute{Computed: true, MarkdownDescription: "The user's id."},
		"email":           schema.StringAttribute{Computed: true, MarkdownDescription: "The user's e-mail address; null for service accounts and where the API does not show it."},
		"name":            schema.StringAttribute{Computed: true, MarkdownDescription: "The user's name, which others may have too."},
		"role":            schema.StringAttribute{Computed: true, MarkdownDescription: "The user's role in the organization: `owner` or `reader`; null where the API does not show it."},
		"service_account": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether this is a service account, which the API may list as a user too."},
		"scim_managed":    schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether an identity provider manages the user (SCIM)."},
		"added_at":        schema.StringAttribute{Computed: true, MarkdownDescription: "When the user joined the organization, RFC 3339 in UTC."},
	}
}

// byIDOrAddress are the arguments of a look-up of a user: exactly one of an id and an e-mail address.
func byIDOrAddress(id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		id: schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: "The user's id. Give this or `email`.",
			Validators: []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot(id), path.MatchRoot("email"))},
		},
		"email": schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: "The user's e-mail address; case does not matter. Give this or `" + id + "`.",
			Validators: []validator.String{crud.NotEmpty()},
		},
	}
}

// userByAddress finds the user of the organization with an e-mail address.
func userByAddress(ctx context.Context, c *api.Client, address string) (api.User, error) {
	list, err := c.Users.All(ctx, "")
	if err != nil {
		return api.User{}, err
	}
	one, err := oneByAddress("user", "in this organization", address, list.ByID, func(u *api.User) (id, email string) { return u.ID, u.Email })
	if err != nil && len(list.Incomplete) > 0 {
		err = fmt.Errorf("%w (the list of users may be incomplete: %s)", err, list.Incomplete[0])
	}
	return one, err
}

// memberByAddress says whether an address is that of a user of the organization.
func memberByAddress(ctx context.Context, c *api.Client, address string) (u api.User, member bool, err error) {
	list, err := c.Users.All(ctx, "")
	if err != nil {
		return u, false, err
	}
	for _, u := range list.ByID {
		if strings.EqualFold(u.Email, address) {
			return *u, true, nil
		}
	}
	return u, false, nil
}

// oneByAddress is [crud.One] by an e-mail address.
func oneByAddress[T any](noun, where, address string, all map[string]*T, facts func(*T) (id, email string)) (match T, err error) {
	var ids []string
	for _, one := range all {
		if id, email := facts(one); email != "" && strings.EqualFold(email, address) {
			match, ids = *one, append(ids, id)
		}
	}
	slices.Sort(ids)
	switch len(ids) {
	case 0:
		return match, fmt.Errorf("there is no %s with the e-mail address %q %s. Users join by an invite (orgkeys_openai_invite) or come from an identity provider", noun, address, where)
	case 1:
		return match, nil
	}
	return match, fmt.Errorf("%d %ss %s have the e-mail address %q: %s. Give the id of the right one", len(ids), noun, where, address, strings.Join(ids, ", "))
}

// userLookup finds one user.
var userLookup = crud.Lookup[*api.Client, userModel]{
	TypeName: "openai_user",
	Noun:     "user",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "A user of the organization, found by their id or e-mail address.",
		Attributes:          vendorkit.Merge(userAttributes(), byIDOrAddress("id")),
	},
	Find: func(ctx context.Context, c *api.Client, query userModel) (userModel, error) {
		if !query.ID.IsNull() {
			u, err := c.Users.Get(ctx, "", query.ID.ValueString(), time.Time{})
			return userOf(&u), err
		}
		u, err := userByAddress(ctx, c, query.Email.ValueString())
		found := userOf(&u)
		found.Email = query.Email // as it is written
		return found, err
	},
}

// userInventory lists all users.
var userInventory = crud.Lookup[*api.Client, usersModel]{
	TypeName: "openai_users",
	Noun:     "users",
	Connect:  connect,
	Schema: schema.Schema{
		MarkdownDescription: "The users of the organization, in the order of their names, at one request per hundred. Where the API lists service accounts too, they are marked.",
		Attributes: map[string]schema.Attribute{"users": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The users.", NestedObject: schema.NestedAttributeObject{Attributes: userAttributes()},
		}},
	},
	Find: func(ctx context.Context, c *api.Client, _ usersModel) (usersModel, error) {
		list, err := c.Users.All(ctx, "")
		if err != nil {
			return usersModel{}, err
		}
		vendorkit.WarnIncomplete(ctx, "users", list)
		return usersModel{sortedRows(list.ByID, func(u *api.User) string { return u.Name }, userOf)}, nil
	},
}

type usersModel struct {
	Users []userModel `tfsdk:"users"`
}

// sorted gives objects by id in the order of their names.
func sortedRows[T, M any](byID map[string]T, name func(T) string, form func(T) M) []M {
	out := make([]M, 0, len(byID))
	for _, id := range slices.SortedFunc(maps.Keys(byID), func(a, b string) int {
		return cmp.Or(cmp.Compare(name(byID[a]), name(byID[b])), cmp.Compare(a, b))
	}) {
		out = append(out, form(byID[id]))
	}
	return out
}
