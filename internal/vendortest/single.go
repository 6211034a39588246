// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// single is a life with the key "a" alone, for promises that are written out.
type single struct {
	*trial
	t *testing.T
}

func newSingle(t *testing.T, row Row) *single {
	t.Helper()
	x, err := newTrial(t.Context(), t, row, normal(), &tally{})
	if err != nil {
		t.Fatal(err)
	}
	x.keys["b"].there = false
	a := x.keys["a"]
	a.lifetime, a.rotateAfter = "", ""
	x.hold(2)
	return &single{x, t}
}

// run is an apply with all its checks.
func (s *single) run(o run) {
	s.t.Helper()
	if err := s.apply(s.t.Context(), o); err != nil {
		s.t.Fatalf("%v\n%s", err, strings.Join(s.log, "\n"))
	}
}

func (s *single) applied() { s.t.Helper(); s.run(run{refresh: true}) }

// due gives the key a reason to rotate.
func (s *single) due() {
	s.keys["a"].triggers = map[string]string{"why": fmt.Sprint(len(s.w.Sim.Keys()), s.now())}
}

// works says that a key's secret is accepted.
func (s *single) works(id string) bool {
	key, there := s.key(id)
	return there && key.Works
}

// mustWork fails unless a key works, or does not.
func (s *single) mustWork(id, when string, want bool) {
	s.t.Helper()
	if s.works(id) != want {
		s.t.Fatalf("%s: key %s works: %v, want %v\n%s", when, id, !want, want, strings.Join(s.log, "\n"))
	}
}

// lostAnswers: whatever single answer is lost, in a create or in a rotation, the apply heals it
// and leaves exactly one key, whose secret is stored.
func lostAnswers(t *testing.T, row Row) {
	faults := []simkit.Fault{{Kind: simkit.CutAfter}, {Kind: simkit.Truncated}, {Kind: simkit.StatusAfter, Status: 502}}
	for rotates, operations := range map[bool][]Operation{false: {Mint, List, Get}, true: {Mint, Edit, Revoke, List, Get}} {
		for _, operation := range operations {
			for _, f := range faults {
				f.Operation, f.Times = row.Operations[operation], 1
				if f.Operation == "" {
					continue
				}
				t.Run(fmt.Sprintf("%s of %s, rotation %v", f.Kind, f.Operation, rotates), func(t *testing.T) {
					t.Parallel()
					lostAnswer(t, row, f, rotates, operation == Edit)
				})
			}
		}
	}
}

func lostAnswer(t *testing.T, row Row, f simkit.Fault, rotates, runsOut bool) {
	t.Helper()
	s := newSingle(t, row)
	s.keys["a"].overlap = "0s"
	if runsOut { // the end of an old key is written into it
		s.keys["a"].overlap = "1h"
	}
	if rotates {
		s.applied()
		s.due()
	}
	s.w.Engine.Inject(f)
	s.transient = true
	s.applied()
	s.w.Advance(2 * time.Hour)
	s.applied()
	alive := s.ours()
	if _, there := alive[s.id("a")]; len(alive) != 1 || !there {
		t.Errorf("%d keys live, and %q in state is one of them: %v\n%s", len(alive), s.id("a"), there, strings.Join(s.log, "\n"))
	}
	s.mustWork(s.id("a"), "in the end", true)
}

// overlap: the old key works at least as long, and longer only where nothing but an apply
// ends it.
func overlap(t *testing.T, row Row) {
	s := newSingle(t, row)
	s.keys["a"].overlap = "1h"
	s.applied()
	old := s.id("a")
	s.due()
	s.applied()
	if s.id("a") == old {
		t.Fatal("there was no rotation")
	}
	if ids := s.previous("a"); !slices.Equal(ids, []string{old}) {
		t.Errorf("previous keys are %v, want %s", ids, old)
	}
	s.mustWork(old, "right after the rotation", true)
	s.w.Advance(59 * time.Minute)
	s.mustWork(old, "within the overlap", true)
	s.w.Advance(2 * time.Minute)
	s.mustWork(old, "after the overlap, without an apply", row.Can.End != keyseries.Later)
	s.applied()
	s.mustWork(old, "after the first apply behind the overlap", false)
	if ids := s.previous("a"); len(ids) > 0 {
		t.Errorf("previous keys are still %v", ids)
	}

	s.keys["a"].overlap = "0s"
	old = s.id("a")
	s.due()
	s.applied()
	s.mustWork(old, "after a rotation without an overlap", false)
	s.mustWork(s.id("a"), "after a rotation without an overlap", true)
}

// lifetime: the server ends a key by itself, where keys can end; elsewhere there is no such
// argument.
func lifetime(t *testing.T, row Row) {
	s := newSingle(t, row)
	if row.Can.End == keyseries.Never {
		s.keys["a"].lifetime = "2h"
		if _, err := s.ws.Plan(t.Context(), s.settings(false, ""), true); err == nil {
			t.Error("keys never end, but lifetime is taken")
		}
		return
	}
	s.keys["a"].lifetime = "2h"
	s.applied()
	id := s.id("a")
	s.w.Advance(119 * time.Minute)
	s.mustWork(id, "within the lifetime", true)
	s.w.Advance(2 * time.Minute)
	s.mustWork(id, "after the lifetime, without an apply", false)
	s.applied()
	if generation := fmt.Sprint(s.held("a")["generation"]); s.id("a") == id || generation != "2" {
		t.Errorf("an expired key is a due rotation: %s, generation %s", s.id("a"), generation)
	}

	id = s.id("a")
	s.keys["a"].lifetime = "72h"
	s.applied()
	if changed := s.id("a") != id; changed != (row.Can.End == keyseries.AtMint) {
		t.Errorf("a longer lifetime rotates the key: %v", changed)
	}
	if end := text(s.held("a")["expires_at"]); end == "" {
		t.Error("no expires_at")
	}
}

// name: a change renames where keys can be renamed, and rotates elsewhere.
func name(t *testing.T, row Row) {
	s := newSingle(t, row)
	s.applied()
	before, _ := s.key(s.id("a"))
	s.keys["a"].name = "billing"
	s.applied()
	after, _ := s.key(s.id("a"))
	if renamed := before.ID == after.ID; renamed != row.Can.Name.Renames {
		t.Errorf("renamed in place: %v", renamed)
	}
	if before.series() != after.series() || before.series() == "" {
		t.Errorf("the mark of the series is %q, before %q", after.series(), before.series())
	}
	if plain := after.plain(); plain != "billing" {
		t.Errorf("the server has the name %q", plain)
	}
}

// killed plays a rotation whose run is killed before it can save anything, and gives its key.
func (s *single) killed() (left string) {
	s.t.Helper()
	s.due()
	before := s.ours()
	s.run(run{refresh: true, lost: true})
	for id := range s.ours() {
		if _, old := before[id]; !old {
			left = id
		}
	}
	if left == "" {
		s.t.Fatal("there was no rotation")
	}
	return left
}

// left checks what an apply did with a key that its state does not know.
func (s *single) left(id string, cleared, failed bool) {
	s.t.Helper()
	if got := !s.works(id); got != cleared {
		s.t.Errorf("the unused key %s was revoked: %v\n%s", id, got, strings.Join(s.log, "\n"))
	}
	if got := slices.ContainsFunc(s.ws.Said, func(said protocol.Said) bool { return said.Error }); got != failed {
		s.t.Errorf("the apply failed: %v, want %v", got, failed)
	}
	if !s.said("", id) {
		s.t.Errorf("%s is not named", id)
	}
}

// leftover: where a state was lost after a rotation, the newer key is revoked by the next one
// only if nothing but this series can have created it and nobody used it.
func leftover(t *testing.T, row Row) {
	s := newSingle(t, row)
	s.keys["a"].overlap = "7d"
	s.applied()
	left := s.killed()
	s.w.Advance(25 * time.Hour)
	s.due()
	s.applied()
	s.left(left, row.Can.ClearsUnused(), row.stops())
}

// putBackNearItsEnd: a rotation leaves the expiry of a key that expires within the overlap as it is.
// If an older state and its configuration are put back, the newer key may have been delivered.
func putBackNearItsEnd(t *testing.T, row Row) {
	if row.Can.End == keyseries.Never {
		return
	}
	s := newSingle(t, row)
	a := s.keys["a"]
	a.lifetime, a.overlap = "10d", "7d"
	s.applied()
	older := a.triggers
	s.w.Advance(4 * day)
	left := s.killed()
	a.triggers = older
	s.w.Advance(25 * time.Hour)
	s.applied()
	s.left(left, false, row.Can.Proof == keyseries.ByOwner)
}

// own: a change of a vendor's argument does what the argument says, also together with a
// rotation; what the keys then have at the server is looked at after every apply.
func own(t *testing.T, row Row) {
	for _, own := range row.Own {
		values := slices.DeleteFunc(slices.Clone(own.Values), func(value any) bool { return value == nil })
		if len(values) < 2 {
			t.Fatalf("%s has too few values to change it", own.Name)
		}
		s := newSingle(t, row)
		a := s.keys["a"]
		a.overlap, a.own[own.Name] = "7d", values[0]
		s.applied()
		id := s.id("a")
		a.own[own.Name] = values[1]
		s.applied()
		if rotated := s.id("a") != id; rotated != (own.Effect == keyresource.Rotates) {
			t.Errorf("a change of %s rotates the key: %v", own.Name, rotated)
		}
		id = s.id("a")
		a.own[own.Name] = values[0]
		s.due()
		s.applied()
		if s.id("a") == id || !slices.Contains(s.previous("a"), id) {
			t.Errorf("%s changed together with a rotation: the key is %s, the previous ones %v", own.Name, s.id("a"), s.previous("a"))
		}
		a.own[own.Name] = values[1] // with a previous key
		s.applied()
	}
}
