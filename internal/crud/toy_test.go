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

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
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

// born is the server's time, which stands still.
var born = time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)

func (*store) Now() time.Time { return born }

type (
	things  = crud.Object[*store, thing]
	lookups = crud.Lookup[*store, thing]
)

// newThings is an object whose calls all succeed; tests replace some of them.
func newThings() things {
	return things{
		TypeName: "thing", Noun: "thing", Identity: crud.Identity{"parent_id", "id"}, Example: "p0/t0",
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
	*protocol.Resource
	t *testing.T

	private []byte // as the last answer left it
}

const name = "toy_thing"

func serve(t *testing.T, p provider.Provider) *wire {
	t.Helper()
	process, err := protocol.Start(t.Context(), providerserver.NewProtocol6WithError(p))
	must(t, err)
	said, err := process.Configure(t.Context(), nil)
	must(t, err)
	calm(t, said)
	resource, err := process.Resource(name)
	must(t, err)
	return &wire{Resource: resource, t: t}
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

// attributes are the texts as the driver takes them.
func (x texts) attributes() map[string]any {
	if x == nil {
		return nil
	}
	out := map[string]any{}
	for key, text := range x {
		if out[key] = text; text == "?" {
			out[key] = protocol.Unknown
		}
	}
	return out
}

// value is an object of the toy's type, or none.
func (w *wire) value(values texts) tftypes.Value {
	w.t.Helper()
	if values == nil {
		return w.Null()
	}
	value, err := protocol.Value(w.Object, values.attributes())
	must(w.t, err)
	return value
}

func (w *wire) packed(identity texts) *tfprotov6.ResourceIdentityData {
	w.t.Helper()
	packed, err := w.PackIdentity(identity.attributes())
	must(w.t, err)
	return packed
}

// written are attributes as texts; what is null is left out.
func written(attributes map[string]any) texts {
	if attributes == nil {
		return nil
	}
	out := texts{}
	for key, value := range attributes {
		switch text, _ := value.(string); {
		case text == "(unknown)":
			out[key] = "?"
		case value != nil:
			out[key] = text
		}
	}
	return out
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

// tell is what an answer says.
func (w *wire) tell(answer protocol.Answer, err error) (a told) {
	w.t.Helper()
	must(w.t, err)
	a.hear(answer.Diagnostics)
	identity, err := w.Identified(answer.Identity)
	must(w.t, err)
	a.state, a.identity, a.replace = written(protocol.Attributes(answer.Value)), written(identity), answer.Replaces
	return a
}

func (w *wire) validate(config texts) (a told) {
	w.t.Helper()
	said, err := w.ValidateConfig(w.t.Context(), w.value(config))
	must(w.t, err)
	a.hear(said)
	return a
}

func (w *wire) plan(prior, config texts) told {
	w.t.Helper()
	return w.tell(w.Plan(w.t.Context(), protocol.Held{Value: w.value(prior), Private: w.private}, w.value(config)))
}

// apply carries out what is planned: nil prior is a create, nil planned a delete.
func (w *wire) apply(prior, planned, config texts) told {
	w.t.Helper()
	answer, err := w.Apply(w.t.Context(), w.value(prior), w.value(config), protocol.Answer{Value: w.value(planned), Private: w.private})
	w.private = answer.Private
	return w.tell(answer, err)
}

func (w *wire) read(state, identity texts) told {
	w.t.Helper()
	answer, err := w.Read(w.t.Context(), protocol.Held{Value: w.value(state), Identity: w.packed(identity), Private: w.private})
	w.private = answer.Private
	return w.tell(answer, err)
}

func (w *wire) importBy(id string, identity texts) told {
	w.t.Helper()
	answer, err := w.Import(w.t.Context(), id, identity.attributes())
	w.private = answer.Private
	return w.tell(answer, err)
}

func (w *wire) find(config texts) told {
	w.t.Helper()
	return w.tell(w.Data(w.t.Context(), name, config.attributes()))
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
