// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// thing is the toy object: its parent, a name that changes in place, and what the
// server tells.
type thing struct {
	ParentID types.String `tfsdk:"parent_id"`
	Name     types.String `tfsdk:"name"`
	Every    types.String `tfsdk:"every"`
	ID       types.String `tfsdk:"id"`
	MadeAt   types.String `tfsdk:"made_at"`
}

// store is the toy client, to tell that the right one arrives.
type store struct{ name string }

type (
	things  = crud.Object[*store, thing]
	lookups = crud.Lookup[*store, thing]
)

// newThings is an object whose calls all succeed; tests replace some of them.
func newThings() things {
	return things{
		TypeName: "thing", Noun: "thing", Identity: crud.Identity{"parent_id", "id"},
		Schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"parent_id": crud.Parent("parent"),
			"name":      schema.StringAttribute{Required: true, Validators: []validator.String{crud.Name()}},
			"every":     schema.StringAttribute{Optional: true, Validators: []validator.String{crud.DurationBetween(time.Minute, 48*time.Hour)}},
			"id":        crud.ID("id"),
			"made_at":   crud.Fixed("made"),
		}},
		Connect: crud.Client[*store],
		Create: func(_ context.Context, _ *store, plan thing) (thing, error) {
			plan.ID, plan.MadeAt = types.StringValue("t1"), types.StringValue("2027-03-01T12:00:00Z")
			return plan, nil
		},
		Read:   func(_ context.Context, _ *store, prior thing) (thing, error) { return prior, nil },
		Update: func(_ context.Context, _ *store, plan, _ thing) (thing, error) { return plan, nil },
		Delete: func(context.Context, *store, thing) error { return nil },
	}
}

func newLookups() lookups {
	return lookups{
		TypeName: "thing", Noun: "thing", Connect: crud.Client[*store],
		Schema: dschema.Schema{Attributes: map[string]dschema.Attribute{
			"parent_id": dschema.StringAttribute{Required: true},
			"name":      dschema.StringAttribute{Optional: true, Computed: true},
			"every":     dschema.StringAttribute{Computed: true},
			"id":        dschema.StringAttribute{Computed: true},
			"made_at":   dschema.StringAttribute{Computed: true},
		}},
		Find: func(_ context.Context, _ *store, query thing) (thing, error) {
			query.ID = types.StringValue("t1")
			return query, nil
		},
	}
}

// toy is a provider of one resource and one data source.
type toy struct {
	things  things
	lookups lookups
}

func (toy) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "toy"
}

func (toy) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (toy) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData = &store{"first"}, &store{"first"}
}

func (p toy) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{p.things.Resource()}
}

func (p toy) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{p.lookups.DataSource()}
}

// wire speaks the plugin protocol to the toy, as Terraform does.
type wire struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	form   tftypes.Type
	id     tftypes.Type

	private []byte // as the last answer left it
}

const name = "toy_thing"

func serve(t *testing.T, p provider.Provider) *wire {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(p)()
	must(t, err)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	must(t, err)
	calm(t, schemas.Diagnostics)
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	must(t, err)
	calm(t, identities.Diagnostics)
	nothing := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	empty, err := tfprotov6.NewDynamicValue(nothing, tftypes.NewValue(nothing, map[string]tftypes.Value{}))
	must(t, err)
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &empty})
	must(t, err)
	calm(t, configured.Diagnostics)
	return &wire{t: t, server: server, form: schemas.ResourceSchemas[name].ValueType(), id: identities.IdentitySchemas[name].ValueType()}
}

func serveThings(t *testing.T, object things) *wire {
	t.Helper()
	return serve(t, toy{things: object, lookups: newLookups()})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// texts are attributes: one that is not there is null, one that is "?" is unknown.
// Nil texts are no object at all.
type texts map[string]string

func (w *wire) pack(form tftypes.Type, values texts) *tfprotov6.DynamicValue {
	w.t.Helper()
	value := tftypes.NewValue(form, nil)
	if values != nil {
		attributes := map[string]tftypes.Value{}
		for key := range form.(tftypes.Object).AttributeTypes {
			switch text, ok := values[key]; {
			case !ok:
				attributes[key] = tftypes.NewValue(tftypes.String, nil)
			case text == "?":
				attributes[key] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			default:
				attributes[key] = tftypes.NewValue(tftypes.String, text)
			}
		}
		value = tftypes.NewValue(form, attributes)
	}
	packed, err := tfprotov6.NewDynamicValue(form, value)
	must(w.t, err)
	return &packed
}

func (w *wire) unpack(form tftypes.Type, packed *tfprotov6.DynamicValue) texts {
	w.t.Helper()
	if packed == nil {
		return nil
	}
	value, err := packed.Unmarshal(form)
	must(w.t, err)
	if value.IsNull() {
		return nil
	}
	var attributes map[string]tftypes.Value
	must(w.t, value.As(&attributes))
	out := texts{}
	for key, attribute := range attributes {
		var text string
		switch {
		case !attribute.IsKnown():
			out[key] = "?"
		case !attribute.IsNull():
			must(w.t, attribute.As(&text))
			out[key] = text
		}
	}
	return out
}

func (w *wire) unpackIdentity(identity *tfprotov6.ResourceIdentityData) texts {
	w.t.Helper()
	if identity == nil {
		return nil
	}
	return w.unpack(w.id, identity.IdentityData)
}

func (w *wire) packIdentity(values texts) *tfprotov6.ResourceIdentityData {
	w.t.Helper()
	if values == nil {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: w.pack(w.id, values)}
}

// told are the answer's parts that tests look at.
type told struct {
	state    texts
	identity texts
	replace  []string
	errors   []string
	warnings []string
}

func (a *told) hear(diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		text := d.Summary + "\n" + d.Detail
		if d.Attribute != nil {
			text = d.Attribute.String() + ": " + text
		}
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			a.errors = append(a.errors, text)
		} else {
			a.warnings = append(a.warnings, text)
		}
	}
}

func calm(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	var a told
	a.hear(diagnostics)
	if len(a.errors)+len(a.warnings) > 0 {
		t.Fatalf("%v %v", a.errors, a.warnings)
	}
}

func (w *wire) validate(config texts) (a told) {
	w.t.Helper()
	resp, err := w.server.ValidateResourceConfig(w.t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: w.pack(w.form, config)})
	must(w.t, err)
	a.hear(resp.Diagnostics)
	return a
}

func (w *wire) plan(prior, config texts) (a told) {
	w.t.Helper()
	proposed := maps.Clone(config)
	for _, computed := range []string{"id", "made_at"} {
		if value, ok := prior[computed]; ok && config != nil {
			proposed[computed] = value
		}
	}
	resp, err := w.server.PlanResourceChange(w.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: w.pack(w.form, prior), Config: w.pack(w.form, config), ProposedNewState: w.pack(w.form, proposed),
		PriorPrivate: w.private,
	})
	must(w.t, err)
	a.hear(resp.Diagnostics)
	a.state = w.unpack(w.form, resp.PlannedState)
	for _, path := range resp.RequiresReplace {
		a.replace = append(a.replace, path.String())
	}
	return a
}

// apply carries out what is planned: nil prior is a create, nil planned a delete.
func (w *wire) apply(prior, planned, config texts) (a told) {
	w.t.Helper()
	resp, err := w.server.ApplyResourceChange(w.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: w.pack(w.form, prior), PlannedState: w.pack(w.form, planned), Config: w.pack(w.form, config),
		PlannedPrivate: w.private,
	})
	must(w.t, err)
	w.private = resp.Private
	a.hear(resp.Diagnostics)
	a.state, a.identity = w.unpack(w.form, resp.NewState), w.unpackIdentity(resp.NewIdentity)
	return a
}

func (w *wire) read(state, identity texts) (a told) {
	w.t.Helper()
	resp, err := w.server.ReadResource(w.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: w.pack(w.form, state), CurrentIdentity: w.packIdentity(identity),
		Private: w.private,
	})
	must(w.t, err)
	w.private = resp.Private
	a.hear(resp.Diagnostics)
	a.state, a.identity = w.unpack(w.form, resp.NewState), w.unpackIdentity(resp.NewIdentity)
	return a
}

func (w *wire) importBy(id string, identity texts) (a told) {
	w.t.Helper()
	resp, err := w.server.ImportResourceState(w.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: name, ID: id, Identity: w.packIdentity(identity),
	})
	must(w.t, err)
	a.hear(resp.Diagnostics)
	for _, imported := range resp.ImportedResources {
		a.state, a.identity = w.unpack(w.form, imported.State), w.unpackIdentity(imported.Identity)
	}
	return a
}

func (w *wire) find(config texts) (a told) {
	w.t.Helper()
	resp, err := w.server.ReadDataSource(w.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: w.pack(w.form, config)})
	must(w.t, err)
	a.hear(resp.Diagnostics)
	a.state = w.unpack(w.form, resp.State)
	return a
}

// expect compares what was told: each error and warning must hold its part, and
// there must be no others.
func (a told) expect(t *testing.T, state texts, errors, warnings []string) {
	t.Helper()
	if !maps.Equal(a.state, state) || (a.state == nil) != (state == nil) {
		t.Errorf("state %v, want %v", a.state, state)
	}
	expectTexts(t, "errors", a.errors, errors)
	expectTexts(t, "warnings", a.warnings, warnings)
}

func expectTexts(t *testing.T, what string, got, parts []string) {
	t.Helper()
	if !slices.EqualFunc(got, parts, strings.Contains) {
		t.Errorf("%s\n%q\nwant %q", what, got, parts)
	}
}
