// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// What calls cost: a list, and where keys have a place one call that confirms it.
const (
	mostOfAPlan     = 3
	mostOfAnApply   = 3 // once, beside what each key costs
	mostOfARotation = 3 // unless the row says otherwise: a look, since a saved plan may be old; the mint; the end of the old key
)

// CallBounds holds plans and applies to their number of calls: that of a plan does not grow
// with the number of keys, and nothing is created or revoked twice.
func CallBounds(t *testing.T, row Row) {
	const keys = 30
	w := row.Start(t, 0)
	if places, ok := w.Sim.(Places); ok {
		places.New()
	}
	ws, err := protocol.NewWorkspace(t.Context(), w.Serve, row.Type, true)
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{row: row, w: w, ws: ws}
	f.apply(t.Context(), t, 1)
	f.want(t, "a create", mostOfAnApply, Mint, 1)
	f.apply(t.Context(), t, keys)
	f.want(t, fmt.Sprint(keys-1, " creates"), mostOfAnApply+cmp.Or(row.Creation, 1)*(keys-1), Mint, keys-1)
	f.plan(t.Context(), t)
	f.want(t, fmt.Sprint("a plan of ", keys, " keys"), mostOfAPlan, Mint, 0)
	f.reason++
	f.apply(t.Context(), t, keys)
	f.want(t, fmt.Sprint(keys, " rotations"), mostOfAnApply+cmp.Or(row.Rotation, mostOfARotation)*keys, Mint, keys)
	f.apply(t.Context(), t, 0)
	f.want(t, fmt.Sprint("the destroy of ", keys, " series"), mostOfAnApply+2*keys, Revoke, 2*keys)
	if err := leaks(w.Secrets(), nil, ws, nil); err != nil {
		t.Error(err)
	}
}

// fleet is a configuration of many keys in one place.
type fleet struct {
	row    Row
	w      *World
	ws     *protocol.Workspace
	reason int
	keys   int
}

func (f *fleet) settings() map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for i := range f.keys {
		attributes := map[string]any{}
		maps.Copy(attributes, f.w.Sim.Arguments())
		for _, own := range f.row.Own {
			if own.Values[0] != nil {
				attributes[own.Name] = own.Values[0]
			}
		}
		attributes["name"] = fmt.Sprint("worker-", i)
		attributes["rotate_when_changed"] = map[string]string{"reason": fmt.Sprint(f.reason)}
		out[fmt.Sprintf("k%02d", i)] = protocol.Settings{Attributes: attributes}
	}
	return out
}

// apply brings the number of keys about; the journal then has the calls of the apply alone.
func (f *fleet) apply(ctx context.Context, t *testing.T, keys int) {
	t.Helper()
	f.keys = keys
	plan, err := f.ws.Plan(ctx, f.settings(), true)
	if err != nil {
		t.Fatal(err)
	}
	f.w.Engine.ResetJournal()
	if err := f.ws.Apply(ctx, plan, f.settings()); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) plan(ctx context.Context, t *testing.T) {
	t.Helper()
	f.w.Engine.ResetJournal()
	plan, err := f.ws.Plan(ctx, f.settings(), true)
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Quiet() {
		t.Error("after an apply there is something to do")
	}
}

// want holds the calls since the journal was emptied against their bound, and those of one
// operation against their number.
func (f *fleet) want(t *testing.T, what string, most int, operation Operation, times int) {
	t.Helper()
	calls := f.w.Engine.Count("")
	if calls > most {
		by := map[string]int{}
		for _, entry := range f.w.Engine.Journal() {
			by[entry.Operation]++
		}
		t.Errorf("%s: %d calls, want at most %d: %v", what, calls, most, by)
	}
	got := f.w.Engine.Count(f.row.Operations[operation])
	if operation == Mint {
		got = f.w.minted(f.row)
	}
	if got != times {
		t.Errorf("%s: %d calls of %s, want %d", what, got, f.row.Operations[operation], times)
	}
	t.Logf("%s, %s: %d calls", f.row.Name, what, calls)
}
