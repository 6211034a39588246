// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// adoptedSilentChange: a change that is answered with nothing is done: it is sent once, and a read shows it.
func adoptedSilentChange(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	a.inject(Edit, simkit.Fault{Kind: simkit.StatusAfter, Status: 200, Body: " "})
	Same(t, "state", a.Apply(Settings{"id": a.key, "name": "ledger"})["name"], "ledger")
	a.holds("changed", "ledger", row.On, 1)
}

// adoptedMarker: the API creates no keys, so what looks like a marker of a series is a part of the name.
func adoptedMarker(t *testing.T, row AdoptedRow) {
	const name = "ledger (ok-k3v6zq2mda.x5b7qd2k)"
	a := row.usual(t)
	first := a.seed(name)
	second := a.seed(name)
	got, err := a.Data("orgkeys_api_keys", nil)
	rows, _ := got["api_keys"].([]any)
	Same(t, "inventory", []any{len(rows), err}, []any{3, nil})
	for _, one := range rows {
		if shown, _ := one.(Settings); shown["id"] != a.key {
			Same(t, "row", []any{shown["name"], shown["series"], shown["managed"]}, []any{name, nil, false})
		}
	}
	_, err = a.Data(row.Type, Settings{"name": name})
	a.Refused(err, first, second)
	_, err = a.Data(row.Type, Settings{"name": "ledger"})
	a.Refused(err, "ledger")
}

// revokesAdopted: the action ends a key for good, also where one 404 is answered or no answer shows a status; one that
// has ended is left as it is, and one that is not there is an error.
func revokesAdopted(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	dead := a.seed("dead")
	a.Sim.Die(dead, row.Dead[0])
	a.inject(Get, simkit.Fault{Kind: simkit.NotFoundBefore, Times: 1})
	Same(t, "revoked", errors.Join(a.revoke(a.key), a.revoke(a.key), a.revoke(dead)), nil)
	a.holds("revoked", billing, row.Ends[row.Last], 1)
	for _, operation := range []Operation{Edit, Get} {
		a.inject(operation, simkit.Fault{Kind: simkit.Altered, Omit: []string{"status"}})
	}
	Same(t, "revoked where no status is shown", a.revoke(a.seed("shy")), nil)
	a.Engine.ClearFaults()
	nowhere := a.key + "0"
	err := a.revoke(nowhere)
	a.Refused(err, "Nothing was revoked")
	a.Refused(err, row.NotThere(nowhere)...)
}

// withoutNamesOfPlaces: these are a kindness: neither the emergency exit nor an inventory needs them.
func withoutNamesOfPlaces(t *testing.T, row AdoptedRow) {
	for _, status := range []int{403, 500} {
		a := row.usual(t)
		for _, operation := range row.Places {
			a.Engine.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: status})
		}
		names := "names of " + row.Place + "s are missing"
		inventory := func(kind string) (Settings, []any) {
			answer, err := a.Process().Data(t.Context(), kind, nil)
			got, err := a.Answered(answer, err)
			rows, _ := got["api_keys"].([]any)
			if err != nil || len(rows) != 1 || len(answer.Diagnostics) != 1 {
				t.Fatalf("%s: %v, rows %v, said %v", kind, err, rows, answer.Diagnostics)
			}
			Same(t, "said", strings.Contains(answer.Diagnostics[0].Detail, names), true)
			return got, rows
		}
		_, rows := inventory(row.Type + "s")
		shown, _ := rows[0].(Settings)
		Same(t, "row", []any{shown["id"], shown[row.PlaceID], shown[row.Place+"_name"]}, []any{a.key, a.Place.ID, nil})
		all, _ := inventory("orgkeys_api_keys")
		Same(t, "incomplete", all["incomplete"], []any{})
		Same(t, "revoked", a.revoke(a.key), nil)
		a.holds("revoked", billing, row.Ends[row.Last], 1)

		// Where the keys cannot be read either, nothing else is said.
		a.Engine.Inject(simkit.Fault{Operation: row.Operations[List], Kind: simkit.StatusBefore, Status: status})
		answer, err := a.Process().Data(t.Context(), "orgkeys_api_keys", nil)
		got, err := a.Answered(answer, err)
		incomplete, _ := got["incomplete"].([]any)
		Same(t, "without keys", []any{len(incomplete), len(answer.Diagnostics), err}, []any{1, 1, nil})
	}
}

// adoptedCredential: a key that may not manage keys says so, and none of that sort is read from the environment.
func adoptedCredential(t *testing.T, row AdoptedRow) {
	for _, server := range row.Servers {
		a := row.begin(t, server)
		_, plain := a.Sim.Seed(NewKey{Name: "x"})
		_, able := a.Sim.Seed(NewKey{Name: "admin", Admin: true}) // so that it would do
		a.Setenv(row.Env, plain)
		_, err := a.Plan(Settings{"id": a.key})
		a.Refused(err, row.CannotManage)
		a.Setenv(row.Env, "")
		a.Setenv(row.Unread, able)
		_, err = a.Plan(Settings{"id": a.key})
		a.Refused(err, row.Env)
	}
}

// findsAdopted: the inventory has the keys that may work, oldest first; a lookup by id finds dead ones too, and a key
// that is elsewhere than it is looked for is not found there.
func findsAdopted(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	a.Advance(time.Second)
	off := a.seed("old")
	a.Sim.Set(off, "", row.Off)
	for _, status := range row.Dead {
		a.Sim.Die(a.seed(billing), status)
	}
	gone := a.Sim.Stored()[2].ID
	a.Advance(2 * day)
	ids := func(kind string, config Settings) (all []string, disabled int) {
		got, err := a.Data(kind, config)
		Same(t, kind, err, nil)
		rows, _ := got["api_keys"].([]any)
		for _, one := range rows {
			shown, _ := one.(Settings)
			all = append(all, text(shown["id"]))
			if shown["disabled"] == true {
				disabled++
			}
		}
		return all, disabled
	}
	for _, c := range []struct {
		config Settings
		want   []string
	}{{nil, []string{a.key, off}}, {Settings{row.PlaceID: a.Place.ID}, []string{a.key}}, {Settings{"older_than": "3d"}, nil}} {
		found, _ := ids(row.Type+"s", c.config)
		Same(t, "inventory", found, c.want)
	}
	_, disabled := ids("orgkeys_api_keys", nil)
	a.inject(List, simkit.Fault{Kind: simkit.Altered, Omit: []string{"status"}})
	_, shown := ids("orgkeys_api_keys", nil)
	Same(t, "disabled, and where no status is shown", []any{disabled, shown}, []any{1, 0})
	a.Engine.ClearFaults()

	for want, config := range map[string]Settings{a.key: {"name": billing, row.PlaceID: a.Place.ID}, off: {"name": "old"}, gone: {"id": gone}} {
		got, err := a.Data(row.Type, config)
		Same(t, "lookup", []any{got["id"], err}, []any{want, nil})
	}
	nowhere := a.key + "0"
	_, err := a.Data(row.Type, Settings{"id": nowhere})
	a.Refused(err, row.NotThere(nowhere)...)
	_, err = a.Data(row.Type+"s", Settings{row.PlaceID: a.Place.ID + "0"})
	a.Refused(err, row.NotThere(a.Place.ID+"0")...)
	_, err = a.Data(row.Type, Settings{"id": off, row.PlaceID: a.Place.ID})
	a.Refused(err, row.Noun+" "+off+" was not found: it is in no "+row.Place+", and was looked for in "+a.Place.ID)

	_, listed := a.List(row.Type, nil)
	Same(t, "listed", []any{len(listed), listed[0]["on_destroy"], listed[1]["on_destroy"]}, []any{2, "forget", "forget"})
	_, listed = a.List(row.Type, Settings{row.PlaceID: a.Place.ID})
	Same(t, "listed", []any{len(listed), listed[0]["id"]}, []any{1, a.key})
}
