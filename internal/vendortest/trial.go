// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// Random sequences of applies, changes, outside trouble and faults go through the real
// protocol against the simulator. After every step the promises about keys are checked
// by what the simulator and the state hold, not by what the provider believes.

// tolerance is what whole seconds and the time of a few calls amount to.
const tolerance = 5 * time.Second

// keySettings is the configuration of one key.
type keySettings struct {
	there                                bool
	name, lifetime, rotateAfter, overlap string
	recipients                           []string
	own                                  map[string]any // the vendor's arguments
	triggers                             map[string]string
	storage                              string
	createBeforeDestroy                  bool
	unknown                              bool // the triggers are known only during apply
}

// settings are the configuration of the key in a place, whose arguments they become part of.
func (k keySettings) settings(place map[string]any, final bool) protocol.Settings {
	attributes := maps.Clone(place)
	attributes["name"] = k.name
	for name, text := range map[string]string{"lifetime": k.lifetime, "rotate_after": k.rotateAfter, "overlap": k.overlap, "secret_storage": k.storage} {
		if text != "" {
			attributes[name] = text
		}
	}
	for name, value := range k.own {
		if value != nil {
			attributes[name] = value
		}
	}
	if k.recipients != nil {
		attributes["seal_recipients"] = k.recipients
	}
	if k.triggers != nil {
		attributes["rotate_when_changed"] = k.triggers
		if k.unknown && !final {
			attributes["rotate_when_changed"] = protocol.Unknown
		}
	}
	return protocol.Settings{Attributes: attributes, CreateBeforeDestroy: k.createBeforeDestroy}
}

// trial is one sequence while it is played.
type trial struct {
	row  Row
	w    *World
	ws   *protocol.Workspace
	r    *rand.Rand
	log  []string
	keys map[string]*keySettings // by resource name

	odd            Oddity
	maxPage        int
	parentsGone    bool
	other          string // a second identity and its public key
	otherRecipient string
	identities     []string // configured

	transient bool // the fault set for the next apply strikes once and must be healed
	lasting   bool // … stays until the apply is over
	hidden    bool // … hides objects from lists
	moved     bool // something changed outside since the last refresh
	// rolledBack: a state was lost, so it may be older than the server.
	rolledBack bool
	taken      bool // a name that is wanted belongs to a key that no state knows
	stuck      bool // … and stops every apply until a person takes the series out of it

	listed    int                        // keys that there were before the apply
	began     time.Time                  // when the last run of the CLI did
	promised  map[string]time.Time       // previous key → when it must be dead
	strangers map[string]bool            // keys that were there from the beginning
	touched   map[string]bool            // keys whose life others changed
	orphans   map[string]bool            // keys of lost creates: nobody can know them, they are reported
	told      map[string]bool            // keys that were named on a screen
	thin      map[string]bool            // series whose private state a killed provider lost: known by their keys alone
	legit     map[string]map[string]bool // resource → plaintexts that may lie in its state
	seen      *tally
}

// tally counts what the sequences really did: a property that is never put to the
// test holds for nothing.
type tally map[string]int

func (y *tally) add(what string) { (*y)[what]++ }

func (x *trial) note(format string, args ...any) {
	x.log = append(x.log, x.w.now().UTC().Format("2006-01-02 15:04:05 ")+fmt.Sprintf(format, args...))
}

type run struct {
	refresh, planOnly bool
	lost, crash       bool // everything, or the provider alone, is killed before anything is saved
	wait              time.Duration
	replace           string
}

func newTrial(ctx context.Context, t testing.TB, row Row, s surroundings, seen *tally) (*trial, error) {
	t.Helper()
	w := row.Start(t, s.maxPage)
	w.Clock.Advance(s.drift)
	ws, err := protocol.NewWorkspace(ctx, w.Serve, row.Type, s.identities)
	if err != nil {
		return nil, err
	}
	ws.PlansOrphansFirst = s.orphans
	second, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	x := &trial{
		row: row, w: w, ws: ws, r: rand.New(rand.NewPCG(1, 2)), maxPage: s.maxPage, strangers: map[string]bool{},
		other: second.String(), otherRecipient: second.Recipient().String(),
		keys: map[string]*keySettings{
			"a": {there: true, name: row.named("worker", "a"), rotateAfter: "40d", triggers: map[string]string{"why": "a"}, own: map[string]any{}},
			"b": {there: true, name: row.named("worker", "b"), rotateAfter: "60d", overlap: "36h", own: map[string]any{}},
		},
		promised: map[string]time.Time{}, touched: map[string]bool{}, orphans: map[string]bool{}, told: map[string]bool{}, thin: map[string]bool{},
		legit: map[string]map[string]bool{"a": {}, "b": {}}, seen: seen,
	}
	// Time goes on between the calls, by fractions of seconds too.
	ws.Tick = func() { w.Advance(time.Duration(x.r.IntN(900)) * time.Millisecond) }
	if row.Can.End != keyseries.Never {
		x.keys["a"].lifetime = "80d"
	}
	for _, own := range row.Own { // "a" begins without what may be left out
		x.keys["a"].own[own.Name], x.keys["b"].own[own.Name] = own.Values[0], own.Values[len(own.Values)/2]
	}
	if s.odd < len(row.Oddities) {
		x.odd = row.Oddities[s.odd]
		x.odd.Apply(w)
		x.note("The server: %s", x.odd.Text)
	}
	x.newParents()
	for _, key := range w.Sim.Keys() {
		x.strangers[key.ID] = true
	}
	return x, nil
}

func (x *trial) newParents() {
	if places, ok := x.w.Sim.(Places); ok {
		places.New()
	}
	x.parentsGone = false
}

// lose takes the present place away; again moves the configuration to a new one.
func (x *trial) lose(way int, again bool) {
	if places, ok := x.w.Sim.(Places); ok && !x.parentsGone {
		places.Lose(way)
	}
	x.goneParents(again)
}

func (x *trial) setAccess(access bool) {
	if owner, ok := x.w.Sim.(Access); ok && !x.parentsGone {
		owner.SetAccess(access)
	}
}

func (x *trial) goneParents(again bool) {
	x.parentsGone = true
	for id := range x.promised { // keys go with their parents
		if key, there := x.key(id); !there || key.Gone {
			x.touched[id] = true
		}
	}
	if again {
		x.newParents()
	}
}

func (x *trial) hold(which int) {
	x.identities = [][]string{nil, {x.w.Identity}, {x.w.Identity, x.other}}[which]
	x.w.Setenv("ORGKEYS_SEAL_IDENTITY", strings.Join(x.identities, "\n"))
}

func (x *trial) held(name string) map[string]any {
	if instance := x.ws.State[name]; instance != nil {
		return instance.Current.Attributes()
	}
	return nil
}

func (x *trial) id(name string) string { return text(x.held(name)["id"]) }

func (x *trial) previous(name string) []string { return previousIDs(x.held(name)) }

func text(v any) string {
	s, _ := v.(string)
	return s
}

func previousIDs(attributes map[string]any) []string { return idsIn(attributes, "previous") }

// idsIn are the ids in a list of objects.
func idsIn(attributes map[string]any, name string) []string {
	var ids []string
	list, _ := attributes[name].([]any)
	for _, one := range list {
		element, _ := one.(map[string]any)
		ids = append(ids, text(element["id"]))
	}
	return ids
}

func (x *trial) key(id string) (Key, bool) { return x.w.key(id) }

func (x *trial) revoke(id string) {
	if _, ok := x.key(id); ok {
		x.touched[id] = true
		x.w.Sim.Revoke(id)
	}
}

func (x *trial) shorten(id string, d time.Duration) {
	end := x.now().Add(d)
	if key, ok := x.key(id); ok && (key.ExpiresAt.IsZero() || end.Before(key.ExpiresAt)) {
		x.touched[id] = true
		x.w.Sim.EndAt(id, end)
	}
}

func (x *trial) now() time.Time { return x.w.now() }

// ours are the keys made here that are not dead, by id.
func (x *trial) ours() map[string]Key {
	out := map[string]Key{}
	for _, key := range x.w.Sim.Keys() {
		if _, ours := key.mark(); ours && !key.Ended && !key.Gone && !x.strangers[key.ID] {
			out[key.ID] = key
		}
	}
	return out
}

func (x *trial) settings(final bool, replace string) map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for name, key := range x.keys {
		if key.there {
			settings := key.settings(x.w.Sim.Arguments(), final)
			settings.Replace = name == replace
			out[name] = settings
		}
	}
	return out
}

func (x *trial) fired() bool {
	return slices.ContainsFunc(x.w.Engine.Journal(), func(entry simkit.Entry) bool { return entry.Fault != "" })
}

// forget drops what an apply returned, as when everything is killed before it is saved.
func (x *trial) forget(stored map[string]*protocol.Instance) {
	x.seen.add("state lost")
	x.rolledBack = true
	x.ws.State = stored
	x.moved = true
	known := x.series()
	for id, key := range x.ours() {
		x.touched[id] = true // how far it got, nobody knows
		delete(x.promised, id)
		if !known[key.series()] {
			x.orphans[id] = true
		}
	}
}

// takeOut is the way on that the last error named: the series leave the state, and their keys
// live on, known to nobody but a person.
func (x *trial) takeOut() {
	for name := range x.ws.State {
		if x.said("", "is older than the server", x.id(name)) {
			x.note("terraform state rm %s", name)
			delete(x.ws.State, name)
		}
	}
	x.stuck = false
	known := x.series()
	for id, key := range x.ours() {
		if !known[key.series()] {
			x.orphans[id], x.touched[id] = true, true
			delete(x.promised, id)
		}
	}
}

// giveName is what a person does about a key that no state knows and that has a wanted name.
func (x *trial) giveName() {
	x.taken = false
	for id, key := range x.unknown() {
		x.note("%s (%s) is revoked by hand", id, key.Name)
		x.revoke(id)
	}
}

// older says that this server changes no existing key, though others of the vendor do.
func (x *trial) older() bool { return x.odd.NoEdits }

// applyEnds says that only an apply ends the overlap of a key.
func (x *trial) applyEnds() bool { return x.older() || x.row.Can.End != keyseries.Later }

// open gives the plaintext if an identity at hand opens it.
func (x *trial) open(sealed string) string { return openWith(sealed, x.identities...) }

func openWith(sealed string, identities ...string) string {
	if len(identities) == 0 {
		return ""
	}
	parsed, err := seal.ParseIdentities(secret.New(strings.Join(identities, "\n")))
	if err != nil {
		return ""
	}
	plaintext, err := parsed.Open(sealed)
	if err != nil {
		return ""
	}
	return plaintext.Reveal()
}
