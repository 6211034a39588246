// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

var (
	roleAssignmentListing        = assignmentListing[assignmentQuery](organizationLevel, roleAssignment, "the roles of the organization that one user, service account or group was given", assignmentQueryAttributes())
	projectRoleAssignmentListing = assignmentListing[projectAssignmentQuery](projectLevel, projectRoleAssignment, "the roles that one user, service account or group was given in one project",
		vendorkit.Merge(assignmentQueryAttributes(), inProjectQuery))
)

type assignmentQueryFields struct {
	UserID  types.String `tfsdk:"user_id"`
	GroupID types.String `tfsdk:"group_id"`
}

func (q *assignmentQueryFields) fields() *assignmentQueryFields { return q }

type assignmentQuery struct {
	ofOrganization
	assignmentQueryFields
}

type projectAssignmentQuery struct {
	inProject
	assignmentQueryFields
}

func assignmentQueryAttributes() map[string]lschema.Attribute {
	who := func(noun, other string) lschema.StringAttribute {
		return lschema.StringAttribute{
			Optional: true, MarkdownDescription: "The id of the " + noun + ". Give this or `" + other + "`.",
			Validators: []validator.String{crud.PathElement(), stringvalidator.ExactlyOneOf(path.MatchRoot("user_id"), path.MatchRoot("group_id"))},
		}
	}
	return map[string]lschema.Attribute{"user_id": who("user or service account", "group_id"), "group_id": who("group", "user_id")}
}

// assignmentListing finds the direct assignments of one user or group.
func assignmentListing[Q, M any, P inLevel[Q, assignmentQueryFields]](at level, object crud.Object[*api.Client, M], what string, query map[string]lschema.Attribute) crud.Listing[*api.Client, Q, M] {
	return crud.Listing[*api.Client, Q, M]{
		TypeName: object.TypeName,
		Noun:     object.Noun + "s",
		Identity: object.Identity,
		Connect:  connect,
		Schema: lschema.Schema{
			MarkdownDescription: "Finds " + what + ", including those that Terraform manages already. Inherited ones are left out.",
			Attributes:          query,
		},
		Find: func(ctx context.Context, c *api.Client, query Q) iter.Seq2[crud.Found[M], error] {
			project, _ := P(&query).place()
			m := assignmentFields{UserID: P(&query).fields().UserID, GroupID: P(&query).fields().GroupID}
			who := m.who(project.ValueString())
			return crud.Each(assignments(at)(c).Walk(ctx, who, keyinventory.MayLack(ctx, "roles of "+who)), func(one *api.Assignment) *crud.Found[M] {
				if !one.Direct {
					return nil
				}
				ids := []string{one.ID, strings.Replace(m.who(""), "s/", "/", 1)}
				if id := project.ValueString(); id != "" {
					ids = append([]string{id}, ids...)
				}
				return &crud.Found[M]{ID: ids, DisplayName: one.Name, Complete: func(_ context.Context, imported M) (M, error) { return imported, nil }}
			})
		},
	}
}
