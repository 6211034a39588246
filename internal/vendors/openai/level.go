// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// level is where limits, alerts and retention are, the same ones: a project or the organization.
type level struct {
	prefix   string // of type names and nouns
	of       string // for descriptions: "the project"
	beware   string // what descriptions add
	scope    map[string]schema.Attribute
	identity crud.Identity
	example  string
}

// organizationID stands for the organization in import ids: it has only one of each setting.
const organizationID = "organization"

var (
	projectLevel = level{
		prefix: "project", of: "the project",
		scope:    map[string]schema.Attribute{"project_id": crud.Parent("The id of the project. A change replaces the resource.")},
		identity: crud.Identity{"project_id"}, example: "proj_abc123",
	}
	organizationLevel = level{
		of:     "the organization",
		beware: "\n\nThe API does not show which organization it is: under the admin key of another one, the plan shows the other's value as a change, without a warning. Look at the key before you apply a change that you do not expect.",
		scope: map[string]schema.Attribute{"id": schema.StringAttribute{
			Computed: true, Default: stringdefault.StaticString(organizationID),
			MarkdownDescription: "Always `" + organizationID + "`: there is only one.",
		}},
		identity: crud.Identity{"id"}, example: organizationID,
	}
)

// typeName is that of an object of this level.
func (l level) typeName(name string) string {
	if l.prefix == "" {
		return "openai_" + name
	}
	return "openai_" + l.prefix + "_" + name
}

func (l level) noun(name string) string {
	if l.prefix == "" {
		return name
	}
	return l.prefix + " " + name
}

// placed is a model that says where its object is: the id of the project, "" for the organization.
type placed[M any] interface {
	*M
	place() (types.String, error)
}

// itsProject reads the project that an object is in, for [crud.Object.Parent].
func itsProject[M any, P placed[M]](ctx context.Context, c *api.Client, plan M) error {
	place, err := P(&plan).place()
	if err == nil && place.ValueString() != "" {
		err = projectIsThere(ctx, c, place)
	}
	return err
}

// inLevel is a model of one level with the fields F that both levels have.
type inLevel[M, F any] interface {
	placed[M]
	fields() *F
}

type inProject struct {
	ProjectID types.String `tfsdk:"project_id"`
}

//nolint:unparam // as every [placed]
func (p *inProject) place() (types.String, error) { return p.ProjectID, nil }

// inOrganization is the organization's only one of its kind.
type inOrganization struct {
	ID types.String `tfsdk:"id"`
}

func (o *inOrganization) place() (types.String, error) {
	if id := o.ID.ValueString(); id != "" && id != organizationID {
		return o.ID, &apierr.Gone{What: fmt.Sprintf("the id %q", id), Why: "the organization has only one, whose import id is " + organizationID, Never: true}
	}
	o.ID = types.StringValue(organizationID)
	return types.StringValue(""), nil
}

// ofOrganization is one of several of the organization.
type ofOrganization struct{}

//nolint:unparam // as every [placed]
func (*ofOrganization) place() (types.String, error) { return types.StringValue(""), nil }
