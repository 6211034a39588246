// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// AdoptedRow is one kind of key that its vendor's API does not create.
type AdoptedRow struct {
	Type         string // of the resource
	Noun         string // "API key"
	Action       string // the type of the action that revokes
	Env          string // the variable of the provider's environment with the credential
	Unread       string // the one that often has a key that may not manage keys, of which an error says CannotManage
	CannotManage string
	// Servers are those that keys have to be adopted from: the usual one first.
	Servers []AdoptedServer
	// Operations are List, Get and Edit.
	Operations map[Operation]string
	// On and Off are the statuses of a key that works, and of one that was switched off; Dead those of keys that never
	// work again.
	On, Off string
	Dead    []string
	// Ends are the statuses that the values of on_destroy beside forget give a key. Last is the final one of them, and
	// Final what a plan says of it.
	Ends        map[string]string
	Last, Final string
	Place       string   // what keys are in: "folder"
	PlaceID     string   // the attribute with its id
	Places      []string // the operations that read them
	PlaceType   string   // of the resource of them, which has no more than a name; "" = there is none
	Moves       []string // types of other providers, as in "acme/acme_key": the key's id is in their state
	// Hint and End are the API's fields with what it shows of a secret, and with a key's expiry; Others are further ones
	// that answers may leave out.
	Hint, End string
	Others    []string
	// Apart: the credential that the world begins with is in no list of keys.
	Apart bool
	MayBe string // what an error advises about a key that may be the provider's own
	// NotThere is what an error says of an id that nothing has.
	NotThere func(id string) []string
}

// AdoptedServer is a server as it is usual, or older or stricter.
type AdoptedServer struct {
	Text string
	// Begin starts a world with one key of a service in it, called billing and on; its lists have two keys a page.
	Begin func(t *testing.T) *AdoptedWorld
	// Owner are owner_type and owner_id of that key.
	Owner [2]any
	// Unlisted is the status of keys that its lists leave out; "" = none.
	Unlisted string
}

// AdoptedWorld is a stage with a key to adopt.
type AdoptedWorld struct {
	*Stage
	Sim AdoptedSim
	// Place is what the key is in, Elsewhere another place.
	Place, Elsewhere keyinventory.Place
}

// AdoptedSim is a simulator of keys that users create.
type AdoptedSim interface {
	Seed(key NewKey) (id, plain string)
	// Stored are all keys, in order of creation.
	Stored() []AdoptedKey
	// Set gives a key name and status, past the API; "" leaves what it has. Die gives it one of Dead, and HideHint hides
	// what answers show of its secret, or shows it.
	Set(id, name, status string)
	Die(id, status string)
	HideHint(id string, hidden bool)
}

// NewKey is a key as a user creates one.
type NewKey struct {
	Name          string
	Admin         bool // the provider may work with it
	End           time.Time
	User, PlaceID string // "" = none
}

// AdoptedKey is a key as the server stores it.
type AdoptedKey struct{ ID, Name, Status string }

// Adopted plays what holds for keys that are adopted, whoever their vendor is.
func Adopted(t *testing.T, row AdoptedRow) {
	for name, promise := range map[string]func(*testing.T, AdoptedRow){
		"adoption": adopts, "decomposed name": adoptsDecomposed, "refusal": refusesToAdopt, "dead keys": dead,
		"change": changesAdopted, "not found": adoptedNotFound, "calls": adoptedCalls, "expiry left out": adoptedEndLeftOut,
		"read faults": adoptedReadFaults, "review": review, "review without a clock": reviewWithoutAClock,
		"destroy": destroysAdopted, "words of a failure": failsToEnd, "another address": adoptedElsewhere, "destroy under faults": destroysUnderFaults,
		"own key": spares, "own key without a hint": sparesWithoutAHint, "own key behind any hint": sparesBehindAnyHint,
		"change answered with nothing": adoptedSilentChange, "name like a marker": adoptedMarker, "revocation": revokesAdopted,
		"no names of places": withoutNamesOfPlaces, "credential": adoptedCredential, "found": findsAdopted,
		"import": importsAdopted, "moves": movesAdopted, "owners and places": ownersOfAdopted, "place of own key": sparesPlaces,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); promise(t, row) })
	}
}

const billing = "billing"

// adopting is a test with one key to adopt.
type adopting struct {
	*AdoptedWorld
	row   AdoptedRow
	key   string
	start time.Time
}

func (r AdoptedRow) begin(t *testing.T, on AdoptedServer) *adopting {
	t.Helper()
	w := on.Begin(t)
	return &adopting{w, r, w.Sim.Stored()[0].ID, w.Clock.Now()}
}

func (r AdoptedRow) usual(t *testing.T) *adopting { t.Helper(); return r.begin(t, r.Servers[0]) }

// ways are all values of on_destroy with the statuses that they give.
func (r AdoptedRow) ways() map[string]string {
	all := maps.Clone(r.Ends)
	all["forget"] = r.On
	return all
}

// in is a moment so long after the world began, as state has it.
func (a *adopting) in(d time.Duration) string { return a.start.Add(d).Format(time.RFC3339) }

// writes are the changes of keys that were sent.
func (a *adopting) writes() int { return a.Engine.Count(a.row.Operations[Edit]) }

// inject has one operation answer otherwise.
func (a *adopting) inject(operation Operation, fault simkit.Fault) {
	fault.Operation = a.row.Operations[operation]
	a.Engine.Inject(fault)
}

// holds fails unless the key is stored like this after so many writes.
func (a *adopting) holds(what string, name, status string, writes int) {
	a.T.Helper()
	k := a.Sim.Stored()[0]
	Same(a.T, what, []any{k.Name, k.Status, a.writes()}, []any{name, status, writes})
}

func (a *adopting) seed(name string) (id string) {
	id, _ = a.Sim.Seed(NewKey{Name: name})
	return id
}

// adopts: an adoption sends nothing where name and status are unset or agree, and else the difference, which the plan
// shows.
func adopts(t *testing.T, row AdoptedRow) {
	for name, c := range map[string]struct{ config, sent Settings }{
		"unset":         {Settings{}, Settings{}},
		"agrees":        {Settings{"name": billing, "status": row.On}, Settings{}},
		"another name":  {Settings{"name": "ledger"}, Settings{"name": "ledger"}},
		"switched off":  {Settings{"status": row.Off}, Settings{"status": row.Off}},
		"name to agree": {Settings{"name": billing, "status": row.Off}, Settings{"status": row.Off}},
	} {
		for _, server := range row.Servers {
			t.Run(name+" "+server.Text, func(t *testing.T) {
				t.Parallel()
				a := row.begin(t, server)
				config := With(Settings{"id": a.key}, c.config)
				Same(t, "quiet", a.Quiet(config), false)
				for argument, value := range c.sent {
					a.Has(fmt.Sprintf(`%s" (%s) will change its %s to "%s"`, billing, a.key, argument, value))
				}
				a.holds("a plan sends nothing", billing, row.On, 0)
				got := a.Apply(config)
				want := With(Settings{"name": billing, "status": row.On}, c.sent)
				Same(t, "state", []any{got["name"], got["status"], got["on_destroy"], got[row.PlaceID], got["owner_type"], got["owner_id"], got["created_at"], got["expires_at"]},
					[]any{want["name"], want["status"], "forget", a.Place.ID, server.Owner[0], server.Owner[1], a.in(0), nil})
				sent := Settings{}
				for _, entry := range a.Engine.Journal() {
					sent = With(sent, entry.Fields)
				}
				Same(t, "sent", sent, c.sent)
				a.Apply(nil)
				a.holds("forgotten", fmt.Sprint(want["name"]), fmt.Sprint(want["status"]), min(len(c.sent), 1))
			})
		}
	}
}

// adoptsDecomposed: a name that was stored in decomposed letters is the configured one: nothing is announced, and
// nothing sent.
func adoptsDecomposed(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	const decomposed = "Bru\u0308cke"
	a.Sim.Set(a.key, decomposed, "")
	config := Settings{"id": a.key, "name": "Br\u00fccke"}
	got := a.Apply(config)
	Same(t, "state", []any{got["name"], a.Says("will change its name")}, []any{"Br\u00fccke", false})
	a.holds("adopted", decomposed, row.On, 0)
	a.Apply(With(config, Settings{"status": row.Off}))
	a.holds("switched off", decomposed, row.Off, 1)
}

// refusesToAdopt: what cannot be brought back is not adopted, nor what is not there.
func refusesToAdopt(t *testing.T, row AdoptedRow) {
	for _, status := range row.Dead {
		a := row.usual(t)
		config := Settings{"id": a.key, "status": row.On}
		plan, err := a.Plan(config)
		Same(t, "plan", err, nil)
		a.Sim.Die(a.key, status)
		a.Refused(a.Carry(plan, config), status)
		_, err = a.Plan(config)
		a.Refused(err, status)
		_, _, err = a.Import(row.Type, a.key)
		a.Refused(err, status)
		_, err = a.Plan(Settings{"id": "key_nope"})
		a.Refused(err, row.NotThere("key_nope")...)
		Same(t, "writes", a.writes(), 0)
	}
}

// changesAdopted: name and status change in place; unset they are left alone.
func changesAdopted(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	config := Settings{"id": a.key}
	a.Apply(config)
	a.Sim.Set(a.key, "theirs", row.Off)
	got := a.Apply(config)
	Same(t, "left alone", []any{got["name"], got["status"]}, []any{"theirs", row.Off})
	config = With(config, Settings{"name": "ours", "status": row.On})
	a.Apply(config)
	a.holds("changed", "ours", row.On, 1)
	a.Sim.Set(a.key, "theirs", "")
	Same(t, "drift is hidden", a.Quiet(config), false)
	a.Apply(With(config, Settings{"review_after": "90d", "on_destroy": slices.Sorted(maps.Keys(row.Ends))[0]}))
	a.Apply(config)
	a.holds("our own arguments send nothing", "ours", row.On, 2)
}

// adoptedNotFound: a 404 of a change is no proof that the key is another organization's: a look decides.
func adoptedNotFound(t *testing.T, row AdoptedRow) {
	for _, lost := range []bool{false, true} {
		a := row.usual(t)
		a.Apply(Settings{"id": a.key})
		a.inject(Edit, simkit.Fault{Kind: simkit.NotFoundBefore})
		if lost {
			a.inject(Get, simkit.Fault{Kind: simkit.NotFoundBefore})
		}
		err := fmt.Sprint(a.Try(Settings{"id": a.key, "name": "other"}))
		for _, text := range row.NotThere(a.key) {
			Same(t, err, []any{strings.Contains(err, "still exists"), strings.Contains(err, text)}, []any{!lost, lost})
		}
		a.Engine.ClearFaults()
		a.Apply(Settings{"id": a.key, "name": "other"})
		sent := 2
		if !lost {
			sent = 3 // what a look finds is changed once more
		}
		a.holds("after it", "other", row.On, sent)
	}
}

// adoptedCalls: many keys cost the pages of their list, and one call for each change.
func adoptedCalls(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	all := map[string]Settings{}
	for i := range 9 {
		all[fmt.Sprint("k", i)] = Settings{"id": a.seed("x"), "name": fmt.Sprint(i)}
	}
	Adopts(a.Stage, 5, all)
}

// adoptedEndLeftOut: an answer that leaves out when a key expires does not say that it never does.
func adoptedEndLeftOut(t *testing.T, row AdoptedRow) {
	a := row.usual(t)
	id, _ := a.Sim.Seed(NewKey{Name: "ending", End: a.start.Add(90 * day)})
	config := Settings{"id": id}
	end := a.Apply(config)["expires_at"]
	Same(t, "expires_at", end, a.in(90*day))
	for _, operation := range []Operation{List, Get, Edit} {
		a.inject(operation, simkit.Fault{Kind: simkit.Altered, Omit: []string{row.End}})
	}
	Same(t, "state", a.Apply(With(config, Settings{"name": "renamed"}))["expires_at"], end)
	got, err := a.Data("orgkeys_api_keys", Settings{"never_expires": true})
	Same(t, "inventory", []any{got["api_keys"], strings.Contains(fmt.Sprint(got["incomplete"]), "the API does not show the expiry of some keys"), err}, []any{[]any{}, true, nil})
}

// adoptedReadFaults: no answer to a read takes a key out of state, nor does what answers leave out.
func adoptedReadFaults(t *testing.T, row AdoptedRow) {
	for _, server := range row.Servers {
		if server.Unlisted == "" {
			continue
		}
		t.Run(server.Text, func(t *testing.T) {
			t.Parallel()
			Survives(t, row.Operations[Get], func(t *testing.T) (*Stage, Settings, func()) {
				t.Helper()
				a := row.begin(t, server)
				a.seed("neighbour")
				return a.Stage, Settings{"id": a.key, "name": billing}, func() { a.Sim.Die(a.key, server.Unlisted) }
			})
		})
	}
	omits := func(change Settings, fields ...string) {
		Omits(t, func(t *testing.T) (*Stage, Settings) {
			t.Helper()
			a := row.usual(t)
			return a.Stage, With(Settings{"id": a.key}, change)
		}, fields...)
	}
	omits(Settings{"name": "ledger", "status": row.Off}, append([]string{"name", "status", "created_at", row.End}, row.Others...)...)
	omits(Settings{"name": "ledger"}, row.Hint) // a key without one may be the provider's own
}
