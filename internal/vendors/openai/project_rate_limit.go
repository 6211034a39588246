// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// rateLimitNames are the limits of a model.
var rateLimitNames = slices.Sorted(maps.Keys((&rateLimitModel{}).limits()))

// A rate limit bounds what a project can use of one model. It is there with the model: a create
// changes it, and a destroy writes back what was there before.
var projectRateLimit = crud.Object[*api.Client, rateLimitModel]{
	TypeName:  projectLevel.typeName("rate_limit"),
	Noun:      projectLevel.noun("rate limit"),
	Identity:  crud.Identity{"project_id", "model"},
	Example:   "proj_abc123/gpt-4.1",
	Untold:    rateLimitNames,
	LeftAlone: rateLimitNames,
	Restores:  rateLimitNames,
	Connect:   connect,
	Parent: func(ctx context.Context, c *api.Client, plan rateLimitModel) error {
		return projectIsThere(ctx, c, plan.ProjectID)
	},
	Schema: schema.Schema{
		MarkdownDescription: "How much of one model a project can use. The limits of the organization apply as well. Every model of a project has limits, so creating the resource changes them; a limit that is not configured is left alone, also after its argument is removed.\n\nDestroying it writes back the values from before, and the plan shows them. They are not known after an import or after a tainted resource was replaced: after a destroy the limits then stay as they are, and the plan says so.",
		Attributes: vendorkit.Merge(projectLevel.scope, map[string]schema.Attribute{
			"model":                            crud.Parent("The id of the model, as the project's limits call it. A change replaces the resource."),
			"max_requests_per_1_minute":        rateLimitAttribute("requests per minute"),
			"max_tokens_per_1_minute":          rateLimitAttribute("tokens per minute"),
			"max_images_per_1_minute":          rateLimitAttribute("images per minute; only for models that have this limit"),
			"max_audio_megabytes_per_1_minute": rateLimitAttribute("megabytes of audio per minute; only for models that have this limit"),
			"max_requests_per_1_day":           rateLimitAttribute("requests per day; only for models that have this limit"),
			"batch_1_day_max_input_tokens":     rateLimitAttribute("input tokens of batches per day; only for models that have this limit"),
		}),
	},
	Plan: func(ctx context.Context, plan rateLimitModel, state *rateLimitModel) (rateLimitModel, error) {
		if state != nil && plan.Model.Equal(state.Model) && plan.ProjectID.Equal(state.ProjectID) {
			plan.warnMissing(ctx, *state)
		}
		return plan, nil
	},
	Look: func(ctx context.Context, c *api.Client, plan rateLimitModel) error {
		if plan.ProjectID.IsUnknown() || plan.Model.IsUnknown() {
			return nil
		}
		has, err := limitOf(ctx, c, plan)
		if apierr.IsGone(err) {
			return nil // that the project is archived, the apply says
		}
		if err == nil {
			plan.warnMissing(ctx, plan.shows(has))
		}
		return err
	},
	Turn: func(c *api.Client, plan rateLimitModel) (end func()) {
		return c.RateLimitTurn(plan.ProjectID.ValueString(), plan.Model.ValueString())
	},
	Before: func(ctx context.Context, c *api.Client, plan rateLimitModel) (rateLimitModel, error) {
		has, err := limitOf(ctx, c, plan)
		return plan.shows(has), err
	},
	Create: func(ctx context.Context, c *api.Client, plan rateLimitModel) (rateLimitModel, error) {
		return writeRateLimit(ctx, c, plan, rateLimitModel{})
	},
	Read: func(ctx context.Context, c *api.Client, prior rateLimitModel) (rateLimitModel, error) {
		has, err := c.RateLimit(ctx, prior.ProjectID.ValueString(), prior.Model.ValueString())
		if apierr.IsGone(err) && projectIsThere(ctx, c, prior.ProjectID) == nil {
			err = apierr.Next(err, "Take it out of the configuration, too: a limit comes with a model of the project and cannot be created.")
		}
		return prior.shows(has), err
	},
	Update: writeRateLimit,
	Delete: func(ctx context.Context, _ *api.Client, state rateLimitModel) error {
		crud.Warn(ctx, state.named(), "stays as it is", "%s", limitStays)
		return nil
	},
	Loss: func(context.Context, *api.Client, rateLimitModel) (what, detail string) {
		return "stays as it is", limitStays
	},
	Restore: func(ctx context.Context, c *api.Client, state rateLimitModel, former map[string]any) error {
		now, left, err := c.RestoreRateLimit(ctx, state.ProjectID.ValueString(), state.Model.ValueString(), former)
		var values, others []string
		for _, name := range slices.Sorted(maps.Keys(former)) {
			limit, shown := now.Limits[name]
			switch _, stays := left[name]; {
			case stays:
				values = append(values, fmt.Sprintf("%s = %v", name, former[name]))
			case err != nil || fmt.Sprint(former[name]) == fmt.Sprint(limit):
			case shown:
				others = append(others, fmt.Sprintf("%s is %d at the server, not %v.", name, limit, former[name]))
			default:
				others = append(others, fmt.Sprintf("%s = %v was sent, and the server does not confirm it.", name, former[name]))
			}
		}
		if len(values) > 0 {
			others = append(others, fmt.Sprintf("%s Note the former values, which no later destroy knows: %s. A later destroy of the other resource may write back what this one had written.", writtenHere, strings.Join(values, ", ")))
		}
		if len(others) > 0 {
			crud.Warn(ctx, state.named(), "does not get back its former values", "%s", strings.Join(others, " "))
		}
		return c.LeftProject(ctx, state.ProjectID.ValueString(), err)
	},
	Moves: rateLimitMoves,
}

const limitStays = "The limits from before Terraform managed them are not known, for example after an import, or were the configured ones already, and the API cannot reset limits. They stay as they are. To change them, apply other values first."

func rateLimitAttribute(what string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true, Computed: true, CustomType: crud.Whole{}, PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		MarkdownDescription: "The most " + what + ". Changed in place. Unset: left alone, whatever it is.",
		Validators:          []validator.Int64{int64validator.AtLeast(0)},
	}
}

type rateLimitModel struct {
	ProjectID        types.String `tfsdk:"project_id"`
	Model            types.String `tfsdk:"model"`
	RequestsPerMin   types.Int64  `tfsdk:"max_requests_per_1_minute"`
	TokensPerMin     types.Int64  `tfsdk:"max_tokens_per_1_minute"`
	ImagesPerMin     types.Int64  `tfsdk:"max_images_per_1_minute"`
	AudioPerMin      types.Int64  `tfsdk:"max_audio_megabytes_per_1_minute"`
	RequestsPerDay   types.Int64  `tfsdk:"max_requests_per_1_day"`
	BatchInputPerDay types.Int64  `tfsdk:"batch_1_day_max_input_tokens"`
}

func (m *rateLimitModel) limits() map[string]*types.Int64 {
	return map[string]*types.Int64{
		"max_requests_per_1_minute": &m.RequestsPerMin, "max_tokens_per_1_minute": &m.TokensPerMin, "max_images_per_1_minute": &m.ImagesPerMin,
		"max_audio_megabytes_per_1_minute": &m.AudioPerMin, "max_requests_per_1_day": &m.RequestsPerDay, "batch_1_day_max_input_tokens": &m.BatchInputPerDay,
	}
}

func (m rateLimitModel) named() string {
	return crud.Named(projectLevel.noun("rate limit"), "", m.ProjectID.ValueString()+"/"+m.Model.ValueString())
}

// shows is the model with the limits of an answer.
func (m rateLimitModel) shows(has api.RateLimit) rateLimitModel {
	for name, at := range m.limits() {
		*at = types.Int64Null()
		if limit, shown := has.Limits[name]; shown {
			*at = types.Int64Value(limit)
		}
	}
	return m
}

// everywhere are the limits that every model has; an answer without one of the others says that its model does not.
var everywhere = []string{"max_requests_per_1_minute", "max_tokens_per_1_minute"}

// warnMissing warns of limits of a plan that the model does not show. Whether it has them, only a write tells.
func (m rateLimitModel) warnMissing(ctx context.Context, has rateLimitModel) {
	var names, missing []string
	planned, limits := m.limits(), has.limits()
	for _, name := range rateLimitNames {
		switch {
		case !limits[name].IsNull():
			names = append(names, name)
		case !planned[name].IsNull() && !planned[name].IsUnknown() && !slices.Contains(everywhere, name):
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		crud.Warn(ctx, m.named(), "shows no "+strings.Join(missing, ", "), "The server shows these limits of the model: %s. It probably refuses the others: remove the arguments if it does.", strings.Join(names, ", "))
	}
}

func writeRateLimit(ctx context.Context, c *api.Client, plan, state rateLimitModel) (rateLimitModel, error) {
	has, err := c.UpdateRateLimit(ctx, plan.ProjectID.ValueString(), plan.Model.ValueString(), crud.Changes(plan, state, rateLimitNames...))
	return plan.shows(has), err
}

// limitOf reads a limit that must be there: where it is not, the error names those there are.
func limitOf(ctx context.Context, c *api.Client, plan rateLimitModel) (api.RateLimit, error) {
	project := plan.ProjectID.ValueString()
	has, err := c.RateLimit(ctx, project, plan.Model.ValueString())
	if !apierr.IsGone(err) {
		return has, err
	}
	list, listErr := c.RateLimits.All(ctx, project)
	if listErr != nil {
		return has, err
	}
	var models []string
	for _, one := range list.ByID {
		models = append(models, one.Model)
	}
	slices.Sort(models)
	return has, fmt.Errorf("project %s has no rate limit for the model %q. It has some for: %s. Limits come with the models of a project and cannot be created", project, plan.Model.ValueString(), strings.Join(models, ", "))
}

// rateLimitInventory lists the limits of a project.
var rateLimitInventory = crud.Lookup[*api.Client, rateLimitsModel]{
	TypeName: projectLevel.typeName("rate_limits"),
	Noun:     "rate limits of project",
	Connect:  connect,
	Schema: dschema.Schema{
		MarkdownDescription: "How much of each model a project can use, in the order of the models.",
		Attributes: map[string]dschema.Attribute{
			"project_id": dschema.StringAttribute{Required: true, MarkdownDescription: "The id of the project.", Validators: []validator.String{crud.PathElement()}},
			"rate_limits": dschema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The limits, one row for each model; null where a model does not have one.",
				NestedObject: dschema.NestedAttributeObject{Attributes: crud.Shown(projectRateLimit.Schema.Attributes)},
			},
		},
	},
	Find: func(ctx context.Context, c *api.Client, query rateLimitsModel) (rateLimitsModel, error) {
		list, err := c.RateLimits.All(ctx, query.ProjectID.ValueString())
		if err != nil {
			return query, err
		}
		vendorkit.WarnIncomplete(ctx, "rate limits of project "+query.ProjectID.ValueString(), list)
		query.RateLimits = []rateLimitModel{}
		for _, one := range list.ByID {
			query.RateLimits = append(query.RateLimits, rateLimitModel{ProjectID: query.ProjectID, Model: types.StringValue(one.Model)}.shows(*one))
		}
		slices.SortFunc(query.RateLimits, func(a, b rateLimitModel) int {
			return strings.Compare(a.Model.ValueString(), b.Model.ValueString())
		})
		return query, nil
	},
}

type rateLimitsModel struct {
	ProjectID  types.String     `tfsdk:"project_id"`
	RateLimits []rateLimitModel `tfsdk:"rate_limits"`
}

// rateLimitListing finds the limits of a project.
var rateLimitListing = listBelow[inProject](projectRateLimit, "rate limits", theParent("project_id", "The id of the project."), below[api.RateLimit, rateLimitModel]{
	what: "rate limits", parent: "project", text: ", one for each model",
	of:    func(c *api.Client) *api.Objects[api.RateLimit] { return c.RateLimits },
	facts: func(has api.RateLimit) (model, name string) { return has.Model, has.Model },
	shows: func(_ context.Context, _ *api.Client, into rateLimitModel, has api.RateLimit) (rateLimitModel, error) {
		return into.shows(has), nil
	},
})
