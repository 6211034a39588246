// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// Attributes are a configuration, or what a state holds of a resource.
type Attributes = map[string]any

// Desk is where a test works with a vendor's objects by hand: it configures, plans and applies
// resources of one type, and asks whatever else the provider offers. Its time moves only by
// [World.Advance] and by waits.
type Desk struct {
	*World
	ws *protocol.Workspace
	t  testing.TB
}

// NewDesk begins without a resource. The identity of the world is given to the provider.
func NewDesk(t testing.TB, w *World, typeName string) *Desk {
	t.Helper()
	w.Setenv("ORGKEYS_SEAL_IDENTITY", w.Identity)
	ws, err := protocol.NewWorkspace(t.Context(), w.Serve, typeName, true)
	if err != nil {
		t.Fatal(err)
	}
	return &Desk{w, ws, t}
}

// one is the name of the resource that [Desk.Apply] configures.
const one = "x"

// wanted are resources by name.
func wanted(all map[string]Attributes) map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for name, attributes := range all {
		out[name] = protocol.Settings{Attributes: attributes}
	}
	return out
}

// Planned plans resources after a refresh; the error has what was said.
func (d *Desk) Planned(all map[string]Attributes) (*protocol.Plan, error) {
	d.t.Helper()
	d.ws.Said = nil
	plan, err := d.ws.Plan(d.t.Context(), wanted(all), true)
	return plan, d.told(err)
}

// Try plans and applies resources; the error is that of either, with what was said.
func (d *Desk) Try(all map[string]Attributes) error {
	d.t.Helper()
	plan, err := d.Planned(all)
	if err != nil {
		return err
	}
	return d.told(d.ws.Apply(d.t.Context(), plan, wanted(all)))
}

func (d *Desk) told(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %v", err, d.ws.Said)
}

// TryOne is [Desk.Try] of one resource; nil destroys it.
func (d *Desk) TryOne(config Attributes) error {
	d.t.Helper()
	if config == nil {
		return d.Try(nil)
	}
	return d.Try(map[string]Attributes{one: config})
}

// Apply is [Desk.TryOne] that must succeed and leave nothing to do; it gives the attributes in
// state. What both plans said is kept.
func (d *Desk) Apply(config Attributes) Attributes {
	d.t.Helper()
	if err := d.TryOne(config); err != nil {
		d.t.Fatal(err)
	}
	said := d.ws.Said
	if !d.Quiet(config) {
		d.t.Errorf("a plan after the apply is not quiet")
	}
	d.ws.Said = append(said, d.ws.Said...)
	return d.Held(one)
}

// Quiet plans one resource and reports that there is nothing to do.
func (d *Desk) Quiet(config Attributes) bool {
	d.t.Helper()
	all := map[string]Attributes{one: config}
	if config == nil {
		all = nil
	}
	plan, err := d.Planned(all)
	if err != nil {
		d.t.Fatal(err)
	}
	return plan.Quiet()
}

// Held are the attributes of a resource in state, nil for none.
func (d *Desk) Held(name string) Attributes {
	if held := d.ws.State[name]; held != nil && held.Current != nil {
		return held.Current.Attributes()
	}
	return nil
}

// State is what state holds of each resource, by name.
func (d *Desk) State() map[string]*protocol.Instance { return d.ws.State }

// Says tells whether some diagnostic of the last plan or apply holds a text.
func (d *Desk) Says(text string) bool {
	return strings.Contains(fmt.Sprint(d.ws.Said), text)
}

// Process is another configured process of the provider.
func (d *Desk) Process() *protocol.Process {
	d.t.Helper()
	p, err := protocol.Start(d.t.Context(), d.Serve)
	if err != nil {
		d.t.Fatal(err)
	}
	if said, err := p.Configure(d.t.Context(), nil); err != nil || protocol.Failure(said) != nil {
		d.t.Fatal(err, said)
	}
	return p
}

// failure is the error of a call, also of its diagnostics.
func failure(err error, said func() []*tfprotov6.Diagnostic) error {
	if err != nil {
		return err
	}
	return protocol.Failure(said())
}

// Data reads a data source.
func (d *Desk) Data(kind string, config Attributes) (Attributes, error) {
	d.t.Helper()
	answer, err := d.Process().Data(d.t.Context(), kind, config)
	if err := failure(err, func() []*tfprotov6.Diagnostic { return answer.Diagnostics }); err != nil {
		return nil, err
	}
	return protocol.Attributes(answer.Value), nil
}

// Imported is what an import and the read after it bring into state.
func (d *Desk) Imported(kind, id string) (Attributes, error) {
	d.t.Helper()
	r, err := d.Process().Resource(kind)
	if err != nil {
		d.t.Fatal(err)
	}
	imported, err := r.Import(d.t.Context(), id, nil)
	if err := failure(err, func() []*tfprotov6.Diagnostic { return imported.Diagnostics }); err != nil {
		return nil, err
	}
	read, err := r.Read(d.t.Context(), protocol.Held{Value: imported.Value, Private: imported.Private, Identity: imported.Identity})
	if err := failure(err, func() []*tfprotov6.Diagnostic { return read.Diagnostics }); err != nil {
		return nil, err
	}
	return protocol.Attributes(read.Value), nil
}

// Listed are the names that a list resource finds, sorted.
func (d *Desk) Listed(kind string, config Attributes) []string {
	d.t.Helper()
	all, err := d.Process().List(d.t.Context(), kind, config, 0, true)
	if err != nil {
		d.t.Fatal(err)
	}
	names := map[string]bool{}
	for found, err := range all {
		if err := failure(err, func() []*tfprotov6.Diagnostic { return found.Diagnostics }); err != nil {
			d.t.Fatal(err)
		}
		names[found.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Invoked invokes an action.
func (d *Desk) Invoked(kind string, config Attributes) error {
	d.t.Helper()
	_, said, err := d.Process().Invoke(d.t.Context(), kind, config)
	return failure(err, func() []*tfprotov6.Diagnostic { return said })
}
