// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// One life under every switch that changes what the API shows.
func TestLifeUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]openroutersim.Policy{
		"usual":                       {},
		"secret inside":               {SecretInside: true},
		"stamped, offsets":            {CreatorShown: true, OffsetTimes: true},
		"expired hidden":              {ExpiredHidden: true},
		"strict updates, empty lists": {ImmutableRefused: true, UnknownWorkspaceEmpty: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openroutersim.Options{Policy: policy, MaxPage: 2}, keyType)
			for i := range 5 {
				w.SeedKey(openroutersim.Key{Name: fmt.Sprint(i), WorkspaceID: w.workspace})
			}
			config := settings{"name": "x", "workspace_id": w.workspace, "lifetime": "2h", "rotate_after": "1h", "overlap": "10m"}
			before := w.Apply(config)["id"]
			for range 3 {
				w.Advance(61 * time.Minute)
				after := w.Apply(config)["id"]
				same(t, "rotated", after != before, true)
				w.Advance(11 * time.Minute)
				w.Apply(config)
				same(t, "keys", len(w.Keys()), 6)
				before = after
			}
			w.Advance(3 * time.Hour) // it expires although nobody applies
			same(t, "quiet", w.Quiet(config), false)
			w.Apply(config)
			w.Apply(nil)
			w.SetPolicy(func(p *openroutersim.Policy) { p.ExpiredHidden = false })
			live := 0
			for _, key := range w.Keys() {
				if key.ExpiresAt.IsZero() || key.ExpiresAt.After(w.Server.Clock().Now()) {
					live++
				}
			}
			same(t, "left", live, 5)
		})
	}
}

// A rotation whose answer is lost, or that a lagging list hides, leaves one new key.
func TestLostRotations(t *testing.T) {
	t.Parallel()
	for _, stamped := range []bool{false, true} {
		for _, lag := range []int{0, 1, 2} {
			w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: stamped}}, keyType)
			config := settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "1"}, "overlap": "0s"}
			w.Apply(config)
			w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
			if lag > 0 {
				w.Inject(simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.StaleList, Lag: lag})
			}
			after := w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
			same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID, len(w.DeletedKeys())}, []any{1, after["id"], 2})
		}
	}
}

// A create whose outcome cannot be found out leaves nothing behind once it can.
func TestUnsettledCreate(t *testing.T) {
	t.Parallel()
	for _, spelled := range []func(string) string{nil, strings.ToLower, strings.ToUpper} {
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true}}, keyType)
		config := settings{"name": "x"}
		if spelled != nil {
			config["workspace_id"] = spelled(w.workspace)
		}
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
		w.Inject(simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.StatusBefore, Status: 403})
		if err := w.Try(config); err == nil {
			t.Error("the outcome is known")
		}
		same(t, "keys", len(w.Keys()), 1)
		w.ClearFaults()
		after := w.Apply(config)
		same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, after["id"]})
	}
}

// A guardrail that lists do not show yet is neither drift nor forgotten: its removal is sent. One that was taken away
// elsewhere is drift, once a list can be trusted.
func TestLaggingAssignments(t *testing.T) {
	t.Parallel()
	for _, lists := range [][]string{{openroutersim.OpListAssignments}, {openroutersim.OpListAssignments, openroutersim.OpGuardrailAssignment}} {
		w := begin(t, openroutersim.Options{}, keyType)
		for _, operation := range lists {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StaleList, LagTime: 30 * time.Second})
		}
		config := settings{"name": "x", "workspace_id": w.workspace}
		guarded := with(config, settings{"guardrail_id": w.SeedGuardrail("")})
		same(t, "state", w.Apply(guarded)["guardrail_id"], guarded["guardrail_id"])
		same(t, "assigned, and drift is said", []any{w.Count(openroutersim.OpAssignGuardrail), w.Says("has another value for guardrail_id")}, []any{1, false})
		w.Advance(25 * time.Second)
		w.Apply(config)
		w.Has("loses its guardrail")
		same(t, "guardrail", w.Keys()[0].GuardrailID, "")
	}
	for name, fault := range map[string]simkit.Fault{"taken away": {}, "deleted": {Operation: openroutersim.OpGuardrailAssignment, Kind: simkit.NotFoundBefore}} {
		w := begin(t, openroutersim.Options{}, keyType)
		config := settings{"name": "x", "workspace_id": w.workspace, "guardrail_id": w.SeedGuardrail("")}
		id := fmt.Sprint(w.Apply(config)["id"])
		w.Change(id, func(k *openroutersim.Key) { k.GuardrailID = "" })
		same(t, name+" from a young key is no drift yet", w.Quiet(config), true)
		w.Advance(2 * time.Minute)
		if fault.Kind != "" {
			w.Inject(fault)
		}
		same(t, name+" is drift", w.Quiet(config), false)
	}
}

// A key that the server puts into another workspace than asked for is not kept.
func TestAnotherWorkspaceAnswered(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.Altered, Set: map[string]any{"workspace_id": w.DefaultWorkspace()}, Times: 1})
	config := settings{"name": "x", "workspace_id": w.workspace}
	w.Refused(w.Try(config), "in workspace "+w.DefaultWorkspace()+" instead of "+w.workspace, "deleted again")
	same(t, "keys", []any{len(w.Keys()), len(w.DeletedKeys())}, []any{0, 1})
	w.Apply(config)
}

// A copied marker with another creator, or in another workspace, is left alone, also where the management key names no
// creator and our keys have none.
func TestCopiedMarker(t *testing.T) {
	t.Parallel()
	for _, unnamed := range []bool{false, true} {
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorUnnamed: unnamed}}, keyType)
		config := settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "1"}, "overlap": "0s"}
		w.Apply(config)
		name := w.Keys()[0].Name
		w.SeedKey(openroutersim.Key{Name: name, WorkspaceID: w.workspace, Creator: "user_member"})
		w.SeedKey(openroutersim.Key{Name: name})
		w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
		same(t, "said", w.Says("carries the marker of this series"), true)
		w.Apply(nil)
		same(t, "keys", len(w.Keys()), 2)
	}
}

// Refreshes of many keys cost the pages of one list, and a small constant.
func TestCalls(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{MaxPage: 25}, keyType)
	all := map[string]settings{}
	for i := range 30 {
		all[fmt.Sprint("k", i)] = settings{"name": fmt.Sprint(i), "workspace_id": w.workspace}
	}
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	w.ResetJournal()
	if plan, err := w.PlanAll(all); err != nil || !plan.Quiet() {
		t.Fatalf("%v, not quiet", err)
	}
	if calls := len(w.Journal()); calls > 3 {
		t.Errorf("%d calls for 30 keys", calls)
	}
}

// A state older than the server is told, and nothing is revoked.
func TestOlderState(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	old := *w.State.State["x"]
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	w.State.State["x"] = &old
	w.Advance(time.Minute)
	w.Refused(w.Try(config), "older than the server")
	same(t, "keys", len(w.Keys()), 2)
}

// The newer state of an older one may have been written with a management key of another user: with its current
// key gone, nothing is created beside the key that may be in use, and a destroy names it.
func TestOlderStateOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, lifetime := range []any{nil, "2h"} { // revoked, or expired by now
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true}}, keyType)
		config := settings{"name": "x", "workspace_id": w.workspace, "lifetime": lifetime, "overlap": "1h", "rotate_when_changed": map[string]string{"a": "1"}}
		w.Apply(config)
		old := *w.State.State["x"]
		w.Advance(90 * time.Minute)
		w.Setenv("OPENROUTER_MANAGEMENT_KEY", w.SeedManagementKey("user_bob"))
		newer := with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
		w.Apply(newer)
		w.Advance(61 * time.Minute)
		used := fmt.Sprint(w.Apply(newer)["id"])
		w.at(w.Server)
		w.ResetJournal()
		for _, again := range []settings{config, newer} {
			state := old
			w.State.State["x"] = &state
			w.Said()
			w.Refused(w.Try(again), "older than the server", "key "+used, "belongs to the user user_bob, so import it with that user's management key")
		}
		w.Apply(nil)
		w.Has("Key "+used, "is left alone", "DELETE", w.URL()+"/keys/"+used)
		same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID, w.Count(openroutersim.OpCreateKey)}, []any{1, used, 0})
	}
}

// A key that a lost answer left with the management key of one user is remembered and named by an apply with that of
// another, and revoked by the next one with its own.
func TestLostAnswerOfAnotherUser(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true}}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace, "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	bob := w.SeedManagementKey("user_bob")
	w.Setenv("OPENROUTER_MANAGEMENT_KEY", bob)
	config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
	w.ResetJournal()
	plan, err := w.Plan(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.StatusBefore, Status: 403, Skip: w.Count(openroutersim.OpListKeys)},
	)
	w.Refused(w.Carry(plan, config), "is not settled")
	w.ClearFaults()
	same(t, "keys", len(w.Keys()), 2)
	lost := w.Keys()[1].ID

	w.at(w.Server)
	for range 2 {
		w.Advance(time.Hour)
		current := w.Apply(config)["id"]
		w.Has("may be the key of an unfinished attempt", "belongs to the user user_bob", "DELETE", w.URL()+"/keys/"+lost)
		same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID, w.Keys()[1].ID}, []any{2, lost, current})
	}
	w.Setenv("OPENROUTER_MANAGEMENT_KEY", bob)
	current := w.Apply(config)["id"]
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, current})
}

// A create whose answers are lost leaves no key, also where the API stamps keys with a user whom the management key
// does not name: nobody else has seen the nonce.
func TestLostCreateOfAnUnnamedUser(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, CreatorUnnamed: true}}, keyType)
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 2})
	err := w.Try(settings{"name": "x", "workspace_id": w.workspace})
	same(t, "created, keys, said", []any{err == nil, len(w.Keys()), w.Says("is not revoked")}, []any{false, 0, false})
}

// A server that cuts names, and with them markers, and names a creator: the answer is about the key that was asked for all
// the same, unless its creator is another user.
func TestStampedAndCut(t *testing.T) {
	t.Parallel()
	for _, unnamed := range []bool{false, true} {
		for _, rotates := range []bool{false, true} {
			w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, CreatorUnnamed: unnamed, LongestName: 20}}, keyType)
			config := settings{"name": strings.Repeat("payments ", 3) + "x", "workspace_id": w.workspace, "overlap": "0s"}
			if rotates {
				w.Apply(config)
				config["rotate_when_changed"] = map[string]string{"a": "1"}
				w.Apply(config)
				config["rotate_when_changed"] = map[string]string{"a": "2"}
			}
			w.Said()
			id := w.Apply(config)["id"]
			same(t, fmt.Sprint(unnamed, rotates), []any{len(w.Keys()), w.Keys()[0].ID, w.Says("has lost its marker")}, []any{1, id, true})
		}
	}
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, LongestName: 20}}, keyType)
	other := strings.Repeat("ab", 32) // created meanwhile
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.Altered, Set: map[string]any{"hash": other, "name": "theirs", "creator_user_id": "user_bob"}})
	w.Refused(w.Try(settings{"name": "x", "workspace_id": w.workspace}), "answered with another key ("+other)
}

// A key that the API shows in another workspace warns in every plan.
func TestMovedToAnotherWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace}
	id := fmt.Sprint(w.Apply(config)["id"])
	same(t, "quiet", []any{w.Quiet(config), w.Says("another workspace")}, []any{true, false})
	other := w.SeedWorkspace("other", "other")
	w.Change(id, func(k *openroutersim.Key) { k.WorkspaceID = other })
	for range 2 {
		w.Quiet(config)
		w.Has("was moved to another workspace", other, w.workspace)
	}
}

// A rename keeps the marker also of a key that somebody renamed outside Terraform, and warns where the server drops it.
func TestRenameKeepsTheMarker(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, LongestName: 64}}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace}
	id := fmt.Sprint(w.Apply(config)["id"])
	marker := strings.TrimPrefix(w.Keys()[0].Name, "x ")
	w.Change(id, func(k *openroutersim.Key) { k.Name = "foo" })
	w.Apply(with(config, settings{"name": "w2"}))
	same(t, "renamed", w.Keys()[0].Name, "w2 "+marker)
	w.Said()
	long := strings.Repeat("y", 60)
	w.Apply(with(config, settings{"name": long}))
	same(t, "cut", []any{strings.HasPrefix(w.Keys()[0].Name, long), w.Says("has lost its marker", "choose a shorter name")}, []any{true, true})
	w.Apply(with(config, settings{"name": "short"}))
	series, _, _ := strings.Cut(marker, ".")
	same(t, "marked again", strings.HasPrefix(w.Keys()[0].Name, "short "+series+"."), true)

	hash, _ := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace}) // an adopted key gets none
	w.Adopt(hash)
	w.Apply(with(config, settings{"name": "new"}))
	same(t, "adopted", w.Keys()[1].Name, "new")
}

// Where a server cuts names, the key of a lost attempt and the keys of a newer state are found by what it left of them:
// they are named in each plan, and by the destroy, and left alone.
func TestKeysWithoutTheirMarker(t *testing.T) {
	t.Parallel()
	for _, longest := range []int{16, 24} {
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{LongestName: longest}}, keyType)
		config := settings{"name": "worker", "workspace_id": w.workspace, "overlap": "3d", "rotate_when_changed": map[string]string{"a": "1"}}
		w.Apply(config)
		w.SeedKey(openroutersim.Key{Name: "worker", WorkspaceID: w.workspace}) // somebody else's
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
		config["rotate_when_changed"] = map[string]string{"a": "2"}
		w.Said()
		current := w.Apply(config)["id"]
		lost := ""
		for _, key := range w.Keys() {
			if key.Name != "worker" && key.ID != current && key.ID != w.Keys()[0].ID {
				lost = key.ID
			}
		}
		command := "DELETE " + w.URL() + "/keys/" + lost
		w.Has("has lost its marker", "may be of this series", lost, command)
		w.Advance(time.Hour)
		for range 2 {
			w.Quiet(config)
			w.Has("may be of this series", command)
		}
		plan, err := w.Plan(nil)
		same(t, "destroy plan", []any{err, w.Says("may be of this series", command)}, []any{nil, true})
		same(t, "destroy", []any{w.Carry(plan, nil), w.Says("may be of this series", command, "were never settled")}, []any{nil, true})
		same(t, "keys", len(w.Keys()), 2)
	}
}

// A list may show for a while what this state has revoked: at such a server, too, it is named only after an hour.
func TestRevokedKeyWithoutItsMarker(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{LongestName: 16}}, keyType)
	config := settings{"name": "worker", "workspace_id": w.workspace, "guardrail_id": w.SeedGuardrail(""), "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 403},
		simkit.Fault{Operation: openroutersim.OpDeleteKey, Kind: simkit.StatusBefore, Status: 200, Body: `{"deleted":true}`}, // which it did, as far as the client can know
	)
	w.Refused(w.Try(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})), "was revoked again")
	w.ClearFaults()
	w.Said()
	w.Advance(time.Minute)
	same(t, "so far", []any{len(w.Keys()), w.Quiet(config), w.Says("may be of this series")}, []any{2, true, false})
	w.Advance(time.Hour)
	w.Quiet(config)
	w.Has("may be of this series", w.Keys()[1].ID)
}

// An older state at such a server names the keys of the newer one in the plan that rotates once more.
func TestOlderStateWithoutMarkers(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{LongestName: 16}}, keyType)
	config := settings{"name": "worker", "workspace_id": w.workspace, "overlap": "3d", "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	older := maps.Clone(w.State.State)
	config["rotate_when_changed"] = map[string]string{"a": "2"}
	w.Advance(time.Hour)
	newer := w.Apply(config)["id"]
	w.State.State = older
	w.Said()
	w.Apply(config)
	w.Has("may be of this series", "has lost its marker", "If this state is older than the server", fmt.Sprint("DELETE ", w.URL(), "/keys/", newer))
}
