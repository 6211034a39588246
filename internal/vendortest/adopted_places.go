// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Whom adopted keys act for, and what they are in.

// importsAdopted: an import takes over what a key is, and says that it is a user's.
func importsAdopted(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	user, _ := a.Sim.Seed(NewKey{Name: "playground", User: "user_1", End: a.start.Add(time.Hour)})
	got, said, err := a.Import(row.Type, user)
	Same(t, "import", []any{got["name"], got["on_destroy"], got["owner_type"], got["owner_id"], got[row.PlaceID], got["expires_at"], err, strings.Contains(said, "belongs to a user")},
		[]any{"playground", "forget", "user", "user_1", nil, a.in(time.Hour), nil, true})
	_, _, err = a.Import(row.Type, "key_nope")
	a.Refused(err, row.NotThere("key_nope")...)
}

// movesAdopted: a moved block takes over a key of another provider by its id, and says that a destroy leaves it.
func movesAdopted(t *testing.T, row AdoptedRow) {
	for _, from := range row.Moves {
		a := row.usual(t)
		kind, provider := movedFrom(from)
		got, said, err := a.Move(row.Type, kind, provider, Settings{"id": a.key, "name": "x", "status": "active"})
		Same(t, from, []any{got["id"], got["name"], strings.Contains(said, "is left as it is by a destroy"), err}, []any{a.key, billing, true, nil})
	}
}

// ownersOfAdopted: inventories, lookups and lists say whom a key acts for, and what it is in.
func ownersOfAdopted(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	a.Advance(time.Second) // they are listed in this order
	user, _ := a.Sim.Seed(NewKey{Name: "playground", User: "user_1"})
	a.Advance(time.Second)
	old, _ := a.Sim.Seed(NewKey{Name: "old", PlaceID: a.Elsewhere.ID})
	dead, _ := a.Sim.Seed(NewKey{Name: billing, PlaceID: a.Place.ID})
	a.Sim.Die(dead, row.Dead[0])
	a.Advance(2 * day)
	rows := func(config Settings) (all []Settings) {
		got, err := a.Data(row.Type+"s", config)
		Same(t, "inventory", err, nil)
		found, _ := got["api_keys"].([]any)
		for _, one := range found {
			shown, _ := one.(Settings)
			all = append(all, shown)
		}
		return all
	}
	owner := row.Servers[0].Owner
	for ownerType, id := range map[any]string{owner[0]: a.key, "user": user, "organization": old} {
		found := rows(Settings{"owner_type": ownerType})
		Same(t, text(ownerType), []any{len(found), found[0]["id"]}, []any{1, id})
	}
	all, name := rows(nil), row.Place+"_name"
	Same(t, "row", []any{all[0]["name"], all[0][name], all[0]["owner_type"], all[0]["owner_id"], all[0]["status"], all[0]["age_days"], all[0]["unused_days"]},
		[]any{billing, a.Place.Name, owner[0], owner[1], row.On, 2, nil})
	Same(t, "elsewhere", []any{all[2][row.PlaceID], all[2][name], all[2]["owner_id"]}, []any{a.Elsewhere.ID, a.Elsewhere.Name, nil})
	_, err := a.Data(row.Type, Settings{"id": dead, row.PlaceID: a.Elsewhere.ID})
	a.Refused(err, "it is in "+row.Place+" "+a.Place.ID+", and was looked for in "+a.Elsewhere.ID)
	_, err = a.Data(row.Type, Settings{"name": billing, row.PlaceID: a.Place.ID + "0"})
	a.Refused(err, row.NotThere(a.Place.ID+"0")...)

	names, keys := a.List(row.Type, nil)
	Same(t, "listed", []any{names, keys[1]["owner_id"]}, []any{[]string{"old", "playground (user_1)", billing + " (" + text(owner[1]) + ")"}, "user_1"})
}

// sparesPlaces: a place takes its keys with it, so the one of the provider's own key is not destroyed, nor one that may
// be it.
func sparesPlaces(t *testing.T, row AdoptedRow) {
	if row.PlaceType == "" {
		return
	}
	a := row.usual(t)
	places := Begin(t, a.World, row.PlaceType)
	id := text(places.Apply(Settings{"name": "search"})["id"])
	own, plain := a.Sim.Seed(NewKey{Name: "admin", Admin: true, PlaceID: id})
	_, other := a.Sim.Seed(NewKey{Name: "other", Admin: true, PlaceID: a.Place.ID})
	a.Setenv(row.Env, plain)
	places.Refused(places.Try(nil), locksOut, own)
	for _, fault := range []simkit.Fault{
		{Kind: simkit.StatusBefore, Status: 403},
		a.without(nil),
		{Kind: simkit.Altered, Set: Settings{row.End: "2099-01-01T00:00:00Z"}}, // the rows are left out
	} {
		a.inject(List, fault)
		places.Refused(places.Try(nil), row.MayBe)
		a.Engine.ClearFaults()
	}
	status := func() string { return a.Sim.Stored()[1].Status }
	Same(t, "own key", status(), row.On)
	a.Setenv(row.Env, other)
	places.Apply(nil)
	Same(t, "went with its place", status() == row.On, false)
}
