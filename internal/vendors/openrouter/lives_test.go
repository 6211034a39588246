// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const keyType = "orgkeys_openrouter_api_key"

type settings = vendortest.Settings

var same, with = vendortest.Same, vendortest.With

// world is a stage with a workspace.
type world struct {
	*vendortest.Stage
	*openroutersim.Server
	workspace string
}

func begin(t *testing.T, o openroutersim.Options, typeName string) *world {
	t.Helper()
	opened := open(t, o)
	sim, _ := opened.Sim.(*keysIn)
	return &world{vendortest.Begin(t, opened, typeName), sim.Server, sim.SeedWorkspace("Payments", "payments")}
}

// at has the provider work with a server.
func (w *world) at(server *openroutersim.Server) {
	w.Setenv("OPENROUTER_MANAGEMENT_KEY", server.AdminKey())
	w.Setenv("ORGKEYS_OPENROUTER_BASE_URL", server.URL())
}

// A key is created in its workspace, restricted before it is handed over, rotated with an
// overlap that an apply ends, and deleted.
func TestLife(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	config := settings{
		"name": "payments", "workspace_id": w.workspace, "limit": 5.5, "limit_reset": "daily", "guardrail_id": guardrail,
		"lifetime": "90d", "rotate_after": "60d", "overlap": "1h",
	}
	first := w.Apply(config)
	key := w.Keys()[0]
	same(t, "key", []any{key.WorkspaceID, key.Limit, key.LimitReset, key.GuardrailID, key.ExpiresAt.Sub(key.Born())}, []any{w.workspace, 5.5, "daily", guardrail, 90 * 24 * time.Hour})
	same(t, "state", []any{first["id"], first["created_by_user_id"], first["disabled"], first["generation"]}, []any{key.ID, nil, false, 1})

	w.Advance(61 * 24 * time.Hour)
	second := w.Apply(config)
	same(t, "generation", []any{second["generation"], len(w.Keys()), w.Keys()[1].GuardrailID}, []any{2, 2, guardrail})
	w.Advance(30 * time.Minute)
	same(t, "quiet during the overlap", w.Quiet(config), true)
	w.Advance(time.Hour)
	w.Apply(config)
	same(t, "keys after the overlap", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, second["id"]})

	w.Apply(nil)
	same(t, "keys", len(w.Keys()), 0)
}

// What is left out is left to the vendor: the default workspace is learned and kept.
func TestDefaultWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x"}
	first := w.Apply(config)
	same(t, "workspace", first["workspace_id"], w.DefaultWorkspace())
	again := w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "1"}}))
	same(t, "workspace", []any{again["workspace_id"], again["id"] == first["id"]}, []any{w.DefaultWorkspace(), true})
	rotated := w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}, "overlap": "0s"}))
	same(t, "rotated", []any{rotated["workspace_id"], rotated["generation"], len(w.Keys())}, []any{w.DefaultWorkspace(), 2, 1})
	moved := w.Apply(with(config, settings{"workspace_id": w.workspace}))
	same(t, "replaced", []any{moved["generation"], w.Keys()[0].WorkspaceID}, []any{1, w.workspace})
}

// Own arguments change in place, on previous keys too, also together with a rotation; what
// is taken away is cleared.
func TestOwnArguments(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	one, two := w.SeedGuardrail(""), w.SeedGuardrail("")
	config := settings{"name": "x", "workspace_id": w.workspace, "limit": 5.0, "guardrail_id": one, "rotate_when_changed": map[string]string{"a": "1"}}
	first := w.Apply(config)
	config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}, "limit": 4.0, "guardrail_id": two})
	w.Apply(config)
	for _, key := range w.Keys() {
		same(t, "after the rotation", []any{key.Limit, key.GuardrailID}, []any{4, two})
	}
	config = with(config, settings{"name": "renamed", "limit": nil, "include_byok_in_limit": true, "guardrail_id": nil, "disabled": true})
	second := w.Apply(config)
	for _, key := range w.Keys() {
		same(t, "after the change", []any{key.Limit, key.GuardrailID, key.Byok, key.Disabled}, []any{0, "", true, true})
	}
	same(t, "renamed", []any{strings.HasPrefix(w.Keys()[1].Name, "renamed (ok-"), second["id"] == first["id"], second["generation"]}, []any{true, false, 2})
}

// A limit that is no binary fraction is the same at the server, also after an import.
func TestLimitOfCents(t *testing.T) {
	t.Parallel()
	limit, _, err := big.ParseFloat("0.1", 10, 512, big.ToNearestEven) // as Terraform reads it
	if err != nil {
		t.Fatal(err)
	}
	w := begin(t, openroutersim.Options{}, keyType)
	for _, change := range []settings{{}, {"limit_reset": "daily"}} {
		w.Apply(with(settings{"name": "x", "limit": limit}, change))
		same(t, "key and what was said", []any{w.Keys()[0].Limit, w.Says("has another value for limit")}, []any{0.1, false})
	}
	hash, _ := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace, Limit: 0.1})
	w.Adopt(hash)
	same(t, "quiet", w.Quiet(settings{"name": "old", "workspace_id": w.workspace, "limit": limit}), true)
	// The API keeps a reset without a limit.
	hash, _ = w.SeedKey(openroutersim.Key{Name: "free", WorkspaceID: w.workspace, LimitReset: "monthly"})
	w.Adopt(hash)
	same(t, "quiet", w.Quiet(settings{"name": "free", "workspace_id": w.workspace, "limit_reset": "monthly"}), true)
}

// A key that was disabled elsewhere warns and is left alone; other drift is shown.
func TestDrift(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace, "limit": 5.0}
	id := w.Apply(config)["id"].(string)
	w.Change(id, func(k *openroutersim.Key) { k.Disabled = true })
	same(t, "quiet", []any{w.Quiet(config), w.Says("is disabled")}, []any{true, true})
	w.UseKey(id)
	same(t, "quiet although used", w.Quiet(config), true)
	w.Change(id, func(k *openroutersim.Key) { k.Limit = 50 })
	same(t, "quiet", w.Quiet(config), false)
	w.Apply(config)
	same(t, "key", []any{w.Keys()[0].Limit, w.Keys()[0].Disabled}, []any{5, true})
	same(t, "quiet, and said again", []any{w.Quiet(config), w.Says("is disabled")}, []any{true, true})
	disabled := with(config, settings{"disabled": true})
	same(t, "as configured", []any{w.Quiet(disabled), w.Says("is disabled")}, []any{true, false})
	w.Apply(with(config, settings{"disabled": false}))
	same(t, "disabled", w.Keys()[0].Disabled, false)
}

// A guardrail that was assigned elsewhere to the key of a series without one is left alone, whichever series is read first,
// and a rotation hands it on.
func TestGuardrailAssignedElsewhere(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{"a", "c"} {
		w := begin(t, openroutersim.Options{}, keyType)
		config := settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "1"}}
		all := map[string]settings{plain: config, "b": with(config, settings{"guardrail_id": w.SeedGuardrail("")})}
		for range 2 {
			if err := w.TryAll(all); err != nil {
				t.Fatal(err)
			}
		}
		other := w.SeedGuardrail("")
		w.Change(fmt.Sprint(w.Held(plain)["id"]), func(k *openroutersim.Key) { k.GuardrailID = other })
		w.Said()
		plan, err := w.PlanAll(all)
		same(t, "plan beside b of "+plain, []any{plan.Quiet(), w.Says("has another value for guardrail_id"), err}, []any{true, false, nil})

		ours := all["b"]["guardrail_id"]
		for name := range all {
			all[name] = with(all[name], settings{"rotate_when_changed": map[string]string{"a": "2"}})
		}
		if err := w.TryAll(all); err != nil {
			t.Fatal(err)
		}
		same(t, "rotated beside b of "+plain, []any{w.guardrailOf(plain), w.guardrailOf("b"), w.Held(plain)["guardrail_id"], w.Says("has the guardrail of the key before it")}, []any{other, ours, nil, true})
		w.Said()
		plan, err = w.PlanAll(all)
		same(t, "plan after that", []any{plan.Quiet(), w.Says("guardrail"), err}, []any{true, false, nil})
	}
}

// guardrailOf is what the current key of a resource has at the server.
func (w *world) guardrailOf(name string) string {
	for _, key := range w.Keys() {
		if key.ID == w.Held(name)["id"] {
			return key.GuardrailID
		}
	}
	return ""
}

// A rotation gives the next key no guardrail that its own plan takes away, goes on with a warning where it cannot be read
// whether there is one, and leaves no key that lacks one.
func TestGuardrailInARotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   simkit.Fault
		removed bool
		says    string // a warning, or the error
		fails   bool
	}{
		"taken away": {removed: true},
		"unread":     {fault: simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.StatusBefore, Status: 403}, says: "may have a guardrail that the next key lacks"},
		"refused":    {fault: simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 403}, says: "although guardrail_id is not set, could not be assigned", fails: true},
		"deleted":    {fault: simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.NotFoundBefore}, says: "take the guardrail away from that key, or set guardrail_id", fails: true},
	} {
		w := begin(t, openroutersim.Options{}, keyType)
		guardrail := w.SeedGuardrail("")
		config := settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "1"}}
		if c.removed {
			config["guardrail_id"] = guardrail
		}
		first := w.Apply(config)["id"]
		w.Change(fmt.Sprint(first), func(k *openroutersim.Key) { k.GuardrailID = guardrail })
		if c.fault.Operation != "" {
			w.Inject(c.fault)
		}
		w.Said()
		err := w.Try(settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": "2"}})
		said := w.Said()
		same(t, name, []any{err != nil, w.Attributes()["id"] == first, strings.Contains(said, c.says), strings.Contains(said, "Check guardrail_id")}, []any{c.fails, c.fails, true, false})
		if c.fails {
			same(t, name+": keys", []any{len(w.Keys()), w.guardrailOf("x")}, []any{1, guardrail})
		} else {
			same(t, name+": the new key", w.guardrailOf("x"), "")
		}
	}
}

// Rotations that hand guardrails on read the list of assignments once, however many they are.
func TestCallsOfHandedOnGuardrails(t *testing.T) {
	t.Parallel()
	lists := map[int]int{}
	for _, n := range []int{2, 6} {
		w := begin(t, openroutersim.Options{}, keyType)
		all := map[string]settings{}
		apply := func(why string) {
			for i := range n {
				all[fmt.Sprint("k", i)] = settings{"name": fmt.Sprint("k", i), "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": why}}
			}
			same(t, "applied", w.TryAll(all), nil)
		}
		apply("1")
		guardrail := w.SeedGuardrail("")
		for _, key := range w.Keys() {
			w.Change(key.ID, func(k *openroutersim.Key) { k.GuardrailID = guardrail })
		}
		w.ResetJournal()
		apply("2")
		for name := range all {
			same(t, name, w.guardrailOf(name), guardrail)
		}
		lists[n] = w.Count(openroutersim.OpListAssignments)
	}
	same(t, "lists", []any{lists[2] > 0, lists[6]}, []any{true, lists[2]})
}

// A change that is carried out half, and one that fails beside somebody else's guardrail, are said in every plan until
// the guardrail is written out; nothing is sent by itself. What was refused has changed nothing.
func TestGuardrailOfAFailedChange(t *testing.T) {
	t.Parallel()
	fault := func(operation string, status int) simkit.Fault {
		return simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: status}
	}
	for name, c := range map[string]struct {
		faults []simkit.Fault
		change settings
		theirs bool   // somebody else assigns a guardrail
		says   string // the error
		doubt  bool
	}{
		"half done":              {[]simkit.Fault{fault(openroutersim.OpUpdateKey, 400)}, settings{"limit": 5.0}, false, "The key has its new guardrail_id already", true},
		"done, and not read":     {[]simkit.Fault{fault(openroutersim.OpGetKey, 403)}, nil, false, "The key has its new guardrail_id already", true},
		"in trouble":             {[]simkit.Fault{fault(openroutersim.OpAssignGuardrail, 503)}, settings{"limit": 5.0}, true, "503", true},
		"refused":                {[]simkit.Fault{fault(openroutersim.OpAssignGuardrail, 400)}, settings{"limit": 5.0}, true, "400", false},
		"there is no such thing": {nil, settings{"limit": 5.0, "guardrail_id": "nope"}, false, "has no guardrail nope", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openroutersim.Options{}, keyType)
			config := settings{"name": "x", "workspace_id": w.workspace}
			w.Apply(config)
			ours, theirs := w.SeedGuardrail(""), ""
			if c.theirs {
				theirs = w.SeedGuardrail("")
				w.Change(w.Keys()[0].ID, func(k *openroutersim.Key) { k.GuardrailID = theirs })
			}
			w.Inject(c.faults...)
			w.Refused(w.Try(with(with(config, settings{"guardrail_id": ours}), c.change)), c.says)
			w.ClearFaults()
			for range 2 {
				w.Apply(config)
				same(t, "said", w.Says("may have other guardrail_id", "delete the line"), c.doubt)
			}
			if got := w.Keys()[0].GuardrailID; c.theirs && got != theirs {
				t.Errorf("the guardrail is %q", got)
			}
			w.Apply(with(config, settings{"guardrail_id": ours}))
			w.Apply(config)
			same(t, "in the end", []any{w.Keys()[0].GuardrailID, w.Quiet(config)}, []any{"", true})
			w.Said()
			same(t, "said", []any{w.Quiet(config), w.Says("guardrail")}, []any{true, false})
		})
	}
}

// What a given up change may have left on a key, a rotation hands on: it is said then, and in each plan after it.
func TestGuardrailInDoubtIsHandedOn(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	ours := w.SeedGuardrail("")
	at := func(why string) settings {
		return settings{"name": "x", "workspace_id": w.workspace, "overlap": "0s", "rotate_when_changed": map[string]string{"a": why}}
	}
	w.Apply(at("1"))
	w.Inject(simkit.Fault{Operation: openroutersim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 400})
	w.Refused(w.Try(with(at("1"), settings{"guardrail_id": ours, "limit": 5.0})), "The key has its new guardrail_id already")
	w.ClearFaults()
	w.Said()
	w.Apply(at("2"))
	same(t, "rotated", []any{len(w.Keys()), w.Keys()[0].GuardrailID, w.Says("has the guardrail of the key before it")}, []any{1, ours, true})
	w.Apply(at("2"))
	same(t, "said", w.Says("may have other guardrail_id", "delete the line"), true)
}

// Nor is anything in doubt where only a look failed.
func TestGuardrailOfALookThatFailed(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace}
	w.Apply(config)
	w.Inject(simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.NotFoundBefore})
	w.Inject(simkit.Fault{Operation: openroutersim.OpGetKey, Kind: simkit.StatusBefore, Status: 503})
	w.Refused(w.Try(with(config, settings{"guardrail_id": w.SeedGuardrail("")})), "HTTP 503")
	w.ClearFaults()
	w.Said()
	same(t, "quiet, said", []any{w.Quiet(config), w.Says("may have other guardrail_id")}, []any{true, false})
}

// Where a rotation finds none to hand on, nothing is in doubt of the new key.
func TestGuardrailInDoubtThatIsNotThere(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]func(w *world, id string){
		"not carried out": func(*world, string) {},
		"the key is lost": func(w *world, id string) { w.DeleteKey(id) },
		"no list shows it": func(w *world, _ string) {
			w.Inject(simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.StatusBefore, Status: 403})
		},
	} {
		w := begin(t, openroutersim.Options{}, keyType)
		ours := w.SeedGuardrail("")
		at := func(why string) settings {
			return settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": why}}
		}
		w.Apply(at("0")) // so that the series stays in state without its current key
		w.Apply(at("1"))
		w.Inject(simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 500})
		w.Refused(w.Try(with(at("1"), settings{"guardrail_id": ours})))
		w.ClearFaults()
		w.Said()
		same(t, name+": in doubt", []any{w.Quiet(at("1")), w.Says("may have other guardrail_id")}, []any{true, true})
		lost(w, w.Keys()[1].ID)
		w.Apply(at("2"))
		w.ClearFaults()
		w.Said()
		w.Apply(at("2"))
		same(t, name+": said", w.Says("may have other guardrail_id"), false)
	}
}

// A guardrail that is taken away, and that a previous key keeps because its call failed, is taken from it by the next apply.
func TestGuardrailTakenFromPreviousKeys(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		w := begin(t, openroutersim.Options{}, keyType)
		at := func(why string) settings {
			return settings{"name": "x", "workspace_id": w.workspace, "rotate_when_changed": map[string]string{"a": why}}
		}
		guardrail := settings{"guardrail_id": w.SeedGuardrail("")}
		w.Apply(with(at("1"), guardrail))
		w.Apply(with(at("2"), guardrail))
		if fault := (simkit.Fault{Operation: openroutersim.OpUnassignGuardrail, Kind: simkit.StatusBefore, Status: 403, Skip: 1, Times: 1}); lost {
			fault.Kind, fault.Skip, fault.Times = simkit.CutAfter, 0, 5
			w.Inject(fault)
			same(t, "lost", w.Try(at("2")) != nil, true)
		} else {
			w.Inject(fault)
			same(t, "kept", []any{w.Try(at("2")), w.Says("keeps old settings")}, []any{nil, true})
		}
		w.ClearFaults()
		w.Apply(at("2"))
		for _, key := range w.Keys() {
			same(t, "guardrail", key.GuardrailID, "")
		}
		same(t, "keys, quiet", []any{len(w.Keys()), w.Quiet(at("2"))}, []any{2, true})
	}
}

// A create whose answer was lost is found by its nonce, also where keys of before have no creator.
func TestLostCreateBesideKeysWithoutCreator(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	a, b := settings{"name": "a"}, settings{"name": "b"}
	same(t, "created", w.TryAll(map[string]settings{"a": a}), nil)
	w.SetPolicy(func(p *openroutersim.Policy) { p.CreatorShown = true })
	w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: 403})
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.StatusBefore, Status: 403})
	same(t, "created, keys", []any{w.TryAll(map[string]settings{"a": with(a, settings{"limit": 5.0}), "b": b}) == nil, len(w.Keys())}, []any{false, 1})
}

// lose has the create of a plan lose its answer, and its lists refused, so that only the memory knows of the key.
func (w *world) lose(all map[string]settings) {
	w.T.Helper()
	w.ResetJournal()
	plan, err := w.PlanAll(all)
	same(w.T, "planned", err, nil)
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.StatusBefore, Status: 403, Skip: w.Count(openroutersim.OpListKeys)},
	)
	before := len(w.Keys())
	w.Refused(w.CarryAll(plan, all), "is not settled")
	w.ClearFaults()
	same(w.T, "left", len(w.Keys()), before+1)
	w.Said()
}

// The next run finds it all the same, whichever of the two is read first: also where the management key cannot be read, or
// names nobody and the answer to an earlier create left the creator out.
func TestLostCreateOfAnEarlierRun(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		for _, absent := range []bool{false, true} {
			w := begin(t, openroutersim.Options{}, keyType)
			unread := simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: 403}
			shown := func(p *openroutersim.Policy) { p.CreatorShown, p.CreatorUnnamed = true, absent }
			if absent {
				w.SetPolicy(shown)
				w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.Altered, Omit: []string{"creator_user_id"}})
			}
			all := map[string]settings{names[0]: {"name": names[0]}}
			same(t, "created", w.TryAll(all), nil)
			w.ClearFaults()
			w.SetPolicy(shown)
			all[names[1]] = settings{"name": names[1]}
			if !absent {
				w.Inject(unread)
			}
			first := *w.State.State[names[0]]
			w.lose(all)
			if !absent {
				w.Inject(unread)
			}
			w.State.State[names[0]] = &first // as no refresh has seen it
			same(t, "applied", w.TryAll(all), nil)
			same(t, fmt.Sprint(names, absent), []any{len(w.Keys()), w.Keys()[1].ID == w.Held(names[1])["id"], w.Says("marker")}, []any{2, true, false})
		}
	}
}

// Whom the API stamps the keys of a series with is known by its state, whichever series is read first.
func TestLostRotationBesideAnotherUsers(t *testing.T) {
	t.Parallel()
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true}}, keyType)
		other, bobs := names[0], names[1]
		all := map[string]settings{other: {"name": other}}
		same(t, "created", w.TryAll(all), nil)
		w.Setenv("OPENROUTER_MANAGEMENT_KEY", w.SeedManagementKey("user_bob"))
		all[bobs] = settings{"name": bobs, "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
		same(t, "created", w.TryAll(all), nil)
		restored := *w.State.State[bobs]
		all[bobs] = with(all[bobs], settings{"rotate_when_changed": map[string]string{"a": "2"}})
		w.lose(all)
		w.at(w.Server) // the management key of the first user
		remembering := *w.State.State[bobs]
		w.State.State[bobs] = &restored // which remembers nothing
		_, err := w.PlanAll(all)
		w.Refused(err, "older than the server")
		w.State.State[bobs] = &remembering
		w.Said()
		same(t, "applied", w.TryAll(all), nil)
		same(t, fmt.Sprint(names), []any{len(w.Keys()), w.Keys()[1].ID == w.Held(bobs)["id"], w.Says("marker")}, []any{2, true, false})
	}
}

// A key that is disabled in an incident takes its previous keys along, also if the answer is lost. A change that is given up
// enables no key that somebody else disabled.
func TestDisabledWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	disabled := func(w *world) (out []bool) {
		for _, key := range w.Keys() {
			out = append(out, key.Disabled)
		}
		return out
	}
	for name, c := range map[string]struct {
		fault         simkit.Fault
		theirs        bool // somebody else disables the previous key
		then          settings
		midway, after []bool
	}{
		"done":     {simkit.Fault{Kind: simkit.CutAfter}, false, settings{"disabled": true}, []bool{false, true}, []bool{true, true}},
		"given up": {simkit.Fault{Kind: simkit.StatusBefore, Status: 503}, true, nil, []bool{true, false}, []bool{true, false}},
		"enabled":  {simkit.Fault{Kind: simkit.CutAfter}, true, settings{"disabled": false}, []bool{true, true}, []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openroutersim.Options{}, keyType)
			config := settings{"name": "x", "workspace_id": w.workspace}
			for _, reason := range []string{"1", "2"} {
				config = with(config, settings{"rotate_when_changed": map[string]string{"a": reason}})
				w.Apply(config)
			}
			if c.theirs {
				w.Change(w.Keys()[0].ID, func(k *openroutersim.Key) { k.Disabled = true })
			}
			c.fault.Operation = openroutersim.OpUpdateKey
			w.Inject(c.fault)
			if err := w.Try(with(config, settings{"disabled": true})); err == nil {
				t.Fatal("no error")
			}
			w.ClearFaults()
			same(t, "midway", disabled(w), c.midway)
			w.Apply(with(config, c.then))
			same(t, "after", disabled(w), c.after)
		})
	}
}

// So is one that was carried out, and after which a look failed.
func TestGuardrailOfAnUnseenChange(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace}
	w.Apply(config)
	ours := w.SeedGuardrail("")
	w.Inject(simkit.Fault{Operation: openroutersim.OpGetKey, Kind: simkit.StatusBefore, Status: 403})
	w.Refused(w.Try(with(config, settings{"guardrail_id": ours})), "HTTP 403")
	w.ClearFaults()
	w.Apply(config)
	w.Has("may have other guardrail_id")
	same(t, "guardrail", w.Keys()[0].GuardrailID, ours)
}

// After a lost answer exactly one key lives, whether or not the API stamps it with a user.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, stamped := range []bool{false, true} {
		for n, spelled := range []func(string) string{nil, strings.ToLower, strings.ToUpper} {
			for _, kind := range []simkit.FaultKind{simkit.CutAfter, simkit.StatusAfter, simkit.MissingSecret, simkit.Truncated} {
				t.Run(fmt.Sprint(stamped, n, kind), func(t *testing.T) {
					t.Parallel()
					w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: stamped}}, keyType)
					config := settings{"name": "x"}
					if spelled != nil {
						config["workspace_id"] = spelled(w.workspace)
					}
					w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: kind, Times: 1})
					first := w.Apply(config)
					same(t, "keys", []any{len(w.Keys()), len(w.DeletedKeys()), w.Keys()[0].ID}, []any{1, 1, first["id"]})
					same(t, "said", w.Says("is stamped with a user"), stamped)
				})
			}
		}
	}
}

// Where the management key does not name its administrator, or cannot be read, the keys created here show whom
// the API stamps them with, and an attempt whose answer was lost is found by that.
func TestLostAnswersUnderAnUnnamedCreator(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 401, 403, 500} {
		w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, CreatorUnnamed: status == 0}}, keyType)
		if status > 0 {
			w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: status})
			w.SeedKey(openroutersim.Key{Name: "playground", WorkspaceID: w.DefaultWorkspace(), Creator: "user_member"})
		}
		mine := func() []openroutersim.Key {
			return slices.DeleteFunc(w.Keys(), func(k openroutersim.Key) bool { return k.Name == "playground" })
		}
		config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
		for n, incident := range []string{"1", "2"} {
			w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
			current := w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": incident}}))
			same(t, "keys", []any{len(mine()), mine()[0].ID, len(w.DeletedKeys())}, []any{1, current["id"], 2*n + 1})
			same(t, "said", w.Says("copied marker"), false)
		}
		w.Apply(with(config, settings{"name": "renamed", "rotate_when_changed": map[string]string{"a": "2"}}))
		same(t, "renamed", strings.HasPrefix(mine()[0].Name, "renamed (ok-"), true)
		w.Apply(nil)
		same(t, "left", len(mine()), 0)
	}
}

// Where the creator of the management key cannot be asked for, or is not named, keys of other people make no list
// incomplete, and a key with our marker is of its series, whoever created it.
func TestCreatorsThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 403, 404, 500} {
		unread := func() *world {
			w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, CreatorUnnamed: status == 0}}, keyType)
			if status > 0 {
				w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: status})
			}
			w.SeedKey(openroutersim.Key{Name: "playground", WorkspaceID: w.DefaultWorkspace(), Creator: "user_member"})
			return w
		}
		config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
		w := unread()
		id := w.Apply(config)["id"].(string)
		w.DeleteKey(id)
		same(t, "created again", []any{w.Apply(config)["id"] != id, w.Attributes()["generation"], w.Says("may have other keys")}, []any{true, 1, false})

		w = unread() // the first create of all
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.StatusBefore, Status: 403})
		if err := w.Try(config); err == nil {
			t.Error("created")
		}
		same(t, fmt.Sprint("left, ", status), len(w.Keys()), 1)

		w = unread() // a key that a newer state created with another management key
		w.Apply(config)
		w.Clock.Advance(time.Minute)
		series, _, _ := strings.Cut(w.Keys()[1].Name, ".")
		w.SeedKey(openroutersim.Key{Name: series + ".x5b7qd2k)", WorkspaceID: w.DefaultWorkspace(), Creator: "user_other"})
		w.Refused(w.Try(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})), "older")
		same(t, "keys", len(w.Keys()), 3)
	}
}

// A key may begin disabled, although the API takes that in updates only.
func TestCreatedDisabled(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	w.Apply(settings{"name": "x", "disabled": true})
	same(t, "key", []any{w.Keys()[0].Disabled, w.Says("disabled")}, []any{true, false})
}

// A guardrail that cannot be assigned: the key is deleted before anybody gets it.
func TestNoGuardrailNoKey(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	w.Inject(simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 403})
	if err := w.Try(settings{"name": "x", "guardrail_id": w.SeedGuardrail("")}); err == nil {
		t.Error("the key was created")
	}
	same(t, "keys", []any{len(w.Keys()), len(w.DeletedKeys())}, []any{0, 1})
}

// A missing key leaves the state only under its own organization, however its workspace is spelled.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, spelled := range []func(string) string{strings.ToLower, strings.ToUpper} {
		for _, empty := range []bool{false, true} {
			w := begin(t, openroutersim.Options{}, keyType)
			config := settings{"name": "x", "workspace_id": spelled(w.workspace)}
			id := w.Apply(config)["id"].(string)
			other := openroutersim.Start(t, openroutersim.Options{Clock: w.Server.Clock(), Policy: openroutersim.Policy{UnknownWorkspaceEmpty: empty}})
			w.at(other)
			if _, err := w.Plan(config); err == nil {
				t.Error("another organization's management key removes the key from state")
			}
			w.at(w.Server)
			w.DeleteKey(id)
			same(t, "quiet", w.Quiet(config), false)
			same(t, "new", w.Apply(config)["id"] != id, true)
		}
	}
}

// An id in capitals is the same id: state keeps it as it was written, and another spelling later changes nothing.
func TestIDsInCapitals(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	as := func(spelled func(string) string, incident string) settings {
		return settings{"name": "x", "workspace_id": spelled(w.workspace), "guardrail_id": spelled(guardrail), "overlap": "0s", "rotate_when_changed": map[string]string{"a": incident}}
	}
	first := w.Apply(as(strings.ToUpper, "1"))
	key := w.Keys()[0]
	same(t, "key", []any{first["workspace_id"], key.WorkspaceID, key.GuardrailID}, []any{strings.ToUpper(w.workspace), w.workspace, guardrail})
	for _, spelled := range []func(string) string{strings.ToUpper, strings.ToLower} {
		same(t, "quiet", []any{w.Quiet(as(spelled, "1")), w.Says("guardrail")}, []any{true, false})
	}
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
	second := w.Apply(as(strings.ToUpper, "2"))
	same(t, "rotated", []any{second["generation"], len(w.Keys()), w.Keys()[0].ID, w.Keys()[0].GuardrailID, w.Says("copied marker")}, []any{2, 1, second["id"], guardrail, false})
	w.Apply(as(strings.ToLower, "2"))
	same(t, "the same key", w.Keys()[0].ID, second["id"])

	// An import has the server's spelling.
	w.Adopt(fmt.Sprint(second["id"]))
	same(t, "quiet", w.Quiet(with(as(strings.ToUpper, ""), settings{"rotate_when_changed": nil, "overlap": nil})), true)
	for _, config := range []settings{{"workspace_id": strings.ToUpper(w.workspace)}, {"workspace_id": w.workspace}} {
		got, err := w.Data("orgkeys_openrouter_api_keys", config)
		same(t, "inventory", []any{len(got["api_keys"].([]any)), err}, []any{1, nil})
		_, err = w.Data(keyType, with(config, settings{"id": second["id"]}))
		same(t, "lookup", err, nil)
	}
	for _, config := range []settings{{"id": strings.ToUpper(w.workspace)}, {"id": w.workspace}} {
		got, err := w.Data(workspaceType, config)
		same(t, "workspace", []any{got["slug"], err}, []any{"payments", nil})
	}
	got, _, err := w.Import(workspaceType, strings.ToUpper(w.workspace))
	same(t, "import", []any{got["id"], err}, []any{w.workspace, nil})
}

// What is wrong is said at validate.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	for text, change := range map[string]settings{
		"set disabled = true": {"limit": 0.0},
		"weekly":              {"limit": 1.0, "limit_reset": "yearly"},
		"is 11y, but must be": {"lifetime": "11y"},
		"at most 3600d":       {"lifetime": "3650d"},
	} {
		_, err := w.Plan(with(settings{"name": "x"}, change))
		w.Refused(err, text)
	}
}
