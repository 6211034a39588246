// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// change has others change the further fields of the current key.
func (w *world) change(change func(*toysim.Extras)) { w.sim.ChangeKey(w.get("id"), change) }

// An argument that a read shows is changed in place, and changed back when others did.
func TestVisibleArgument(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(values{"limit": 5})).silent()
	id, version, serial := w.get("id"), w.get("version"), w.get("serial")
	quiet := values{"id": id, "version": version, "serial": serial, "region": "home", "sealed_value": w.get("sealed_value")}
	w.applies(with(values{"limit": 7})).is(protocol.Update).shows(quiet).silent()
	if got := w.key(id).Limit; got != 7 {
		t.Errorf("the limit is %d", got)
	}
	w.change(func(e *toysim.Extras) { e.Limit = 9 })
	w.applies(with(values{"limit": 7})).is(protocol.Update).shows(quiet)
	if got := w.key(id).Limit; got != 7 {
		t.Errorf("the limit is %d", got)
	}
	w.applies(with(nil)).is(protocol.Update)
	if got := w.key(id).Limit; got != 0 {
		t.Errorf("the limit is %d", got)
	}
	w.stored(values{"id": id, "limit": nil, "generation": 1})
	w.works()
}

// An argument that no read shows is changed in place by the state alone.
func TestHiddenArgument(t *testing.T) {
	t.Parallel()
	w := begin(t)
	scopes := func(names ...string) values { return with(values{"scopes": names}) }
	w.applies(scopes("read", "write"))
	id := w.get("id")
	w.change(func(e *toysim.Extras) { e.Scopes = []string{"all"} })
	w.settled(scopes("write", "read")).silent()
	w.applies(scopes("read")).is(protocol.Update)
	if got := w.key(id).Scopes; !slices.Equal(got, []string{"read"}) {
		t.Errorf("the scopes are %q", got)
	}
	w.stored(values{"id": id, "generation": 1})

	// An imported key's are not known: a rotation needs them spelled out.
	w = begin(t)
	foreign, _ := w.sim.SeedKey("worker", "ci")
	w.imports(foreign)
	w.applies(with(because("a"))) // recorded
	_, out := w.planned(with(because("b")))
	out.fails("scopes must be spelled out before the imported key "+foreign+" can rotate", "the API does not show its scopes. Write them.")
	w.applies(again("b", values{"scopes": []string{"read"}}))
	w.stored(values{"generation": 2})
	w.works()
}

// A change that no read shows is sent again when its answer was lost and the configuration is taken back.
func TestHiddenArgumentWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	scopes := func(names ...string) values { return with(values{"scopes": names}) }
	loses := func(w *world) {
		w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Kind: simkit.CutAfter})
	}
	w := begin(t)
	w.applies(scopes("read"))
	id, sealed := w.get("id"), w.get("sealed_value")
	loses(w)
	w.tries(scopes("all")).fails()
	w.sim.ClearFaults()
	if got := w.key(id).Scopes; !slices.Equal(got, []string{"all"}) {
		t.Fatalf("the scopes are %q", got)
	}
	w.applies(scopes("read")).is(protocol.Update).says("is given its scopes again", "This apply sends what is configured")
	if got := w.key(id).Scopes; !slices.Equal(got, []string{"read"}) {
		t.Errorf("the scopes are %q", got)
	}
	w.stored(values{"id": id, "sealed_value": sealed, "generation": 1})

	// So is that of a key that is rotated before.
	w = begin(t)
	w.applies(again("a", values{"scopes": []string{"read"}}))
	id = w.get("id")
	loses(w)
	w.tries(again("a", values{"scopes": []string{"all"}})).fails()
	w.sim.ClearFaults()
	w.applies(again("b", values{"scopes": []string{"read"}})).says("will be rotated").silent("keeps old settings")
	if got := w.key(id).Scopes; !slices.Equal(got, []string{"read"}) {
		t.Errorf("the scopes of the previous key are %q", got)
	}

	// Without scopes the key may do everything, and an imported one what it could do before.
	w = begin(t)
	w.applies(with(nil))
	loses(w)
	w.tries(scopes("read")).fails()
	w.sim.ClearFaults()
	w.applies(with(nil)).is(protocol.Update).says("is given its scopes again")
	if got := w.key(w.get("id")).Scopes; len(got) > 0 {
		t.Errorf("the scopes are %q", got)
	}
	w = begin(t)
	foreign, _ := w.sim.SeedKey("worker", "ci")
	w.imports(foreign)
	w.applies(with(nil))
	loses(w)
	w.tries(scopes("all")).fails()
	w.sim.ClearFaults()
	w.settled(with(nil)).says("may have other scopes", "nothing is sent")
	w.applies(scopes("read")).is(protocol.Update)
	w.settled(scopes("read")).silent()
}

// And so is a lifetime: the key would expire early.
func TestLifetimeWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	w := begin(t)
	lifetime := func(of any) values { return with(values{"lifetime": of, "rotate_after": "20d"}) }
	w.applies(lifetime("90d"))
	id, end := w.get("id"), w.get("expires_at")
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Kind: simkit.CutAfter})
	w.tries(lifetime("30d")).fails()
	w.sim.ClearFaults()
	w.applies(lifetime("90d")).is(protocol.Update).says("is given its lifetime again", "by an apply that failed, or outside Terraform")
	w.stored(values{"id": id, "expires_at": end})
	w.settled(lifetime("90d")).silent("earlier than it should")
}

// An argument that is fixed for each key rotates, also back to what others changed it from.
func TestRotatingArgument(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(values{"tier": "gold"}))
	first := w.get("id")
	w.applies(with(values{"tier": "tin"})).says("tier changed, and the API cannot change it on an existing key")
	w.live(first, w.get("id"))
	w.stored(values{"generation": 2, "tier": "tin"})
	if w.key(first).Tier != "gold" || w.key(w.get("id")).Tier != "tin" {
		t.Error("the tiers are wrong")
	}
	w.change(func(e *toysim.Extras) { e.Tier = "lead" })
	w.applies(with(values{"tier": "tin"}))
	w.stored(values{"generation": 3})
	w.works()
}

// A restriction that is taken away is said, whichever key loses it.
func TestRestrictionTakenAway(t *testing.T) {
	t.Parallel()
	w := begin(t)
	const what = "becomes unrestricted"
	scopes := values{"scopes": []string{"read"}}
	w.applies(again("a", scopes))
	id := w.get("id")
	_, out := w.planned(again("a", nil))
	out.says(`Key "worker" (` + id + ") " + what + `: Key ` + id + ` of "worker" may do everything.`)
	_, out = w.planned(again("b", nil))
	out.says("will be rotated", what+`: The next key of "worker" may do everything.`)
	_, out = w.planned(with(values{"rotate_when_changed": protocol.Unknown}))
	out.says("may be rotated", what)
	_, out = w.planned(again("b", scopes))
	out.says("will be rotated").silent(what)
}

// A parent replaces the series, with all its keys but those that it does not know.
func TestReplacingArgument(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(because("a")))
	first := w.get("id")
	w.applies(with(because("b")))
	other, ids := w.leftover(), []string{first, w.get("id")}
	slices.Sort(ids)
	w.pass(2 * time.Hour)
	w.applies(again("b", values{"owner": "cd"})).is(protocol.DeleteThenCreate).
		says("will be replaced", "it moves from ci to cd", "The current key and the previous ones are revoked ("+strings.Join(ids, ", ")+")", other+") is not revoked")
	w.live(other)
	if keys := w.keys("cd"); len(keys) != 1 || keys[0].ID != w.get("id") {
		t.Errorf("keys %v", keys)
	}
	w.stored(values{"generation": 1, "previous": "[]"})
	w.works()
}

// A change that holds for the whole series reaches previous keys, also when it comes with
// a rotation; where that fails, it warns and is tried again.
func TestWholeSeries(t *testing.T) {
	t.Parallel()
	w := begin(t)
	at := func(why string, limit int) values {
		return again(why, values{"limit": limit, "scopes": []string{"read"}})
	}
	limits := func(want ...int64) {
		t.Helper()
		var got []int64
		for _, key := range w.keys("ci") {
			got = append(got, key.Limit)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the limits are %v, want %v", got, want)
		}
	}
	w.applies(at("a", 9))
	w.applies(at("b", 9))
	limits(9, 9)
	w.applies(at("b", 8)).is(protocol.Update).silent("keeps old settings")
	limits(8, 8)
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, ObjectID: w.get("id"), Kind: simkit.CutAfter})
	w.tries(at("b", 7)).fails()
	w.sim.ClearFaults()
	limits(8, 7)
	w.applies(at("b", 7)).is(protocol.Update).silent("keeps old settings")
	limits(7, 7)
	first := w.keys("ci")[0].ID
	w.applies(at("c", 5)).says("will be rotated")
	limits(5, 5, 5)

	refuse := simkit.Fault{Operation: toysim.OpUpdate, ObjectID: first, Field: "limit", Kind: simkit.StatusBefore, Status: 400, Message: "not today", Times: 1}
	w.sim.Inject(refuse)
	out := w.tries(at("c", 3))
	if out.err != nil {
		t.Fatal(out.err)
	}
	out.says("keeps old settings", "The change of limit", "not today", "The next apply tries again")
	limits(5, 3, 3)
	w.applies(at("c", 3)).is(protocol.Update).says(`Previous key "worker" (`+first+`) is given its limit`, "has not reached key "+first)
	limits(3, 3, 3)

	w.sim.Inject(refuse)
	if out = w.tries(at("d", 1)); out.err != nil {
		t.Fatal(out.err)
	}
	out.says("keeps old settings")
	limits(3, 1, 1, 1)
	w.applies(at("d", 1))
	limits(1, 1, 1, 1)
	w.works()
}

// A plan that gives a previous key its end says so.
func TestPreviousKeyThatIsToExpire(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(again("a", nil))
	first := w.get("id")
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Field: "expires_at", Kind: simkit.StatusBefore, Status: 400, Times: 1})
	if out := w.tries(again("b", nil)); out.err != nil {
		t.Fatal(out.err)
	}
	w.applies(again("b", nil)).is(protocol.Update).says(`Previous key "worker" (`+first+`) is made to expire when its overlap ends`, "This apply makes key "+first+" expire at ")
	w.settled(again("b", nil))
}

// So does one that gives it settings besides: both are said.
func TestPreviousKeyThatLacksSettingsAndAnEnd(t *testing.T) {
	t.Parallel()
	w := begin(t)
	config := func(why string, limit int) values { return again(why, values{"limit": limit}) }
	w.applies(config("a", 9))
	first := w.get("id")
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, ObjectID: first, Kind: simkit.StatusBefore, Status: 400})
	if out := w.tries(config("b", 7)); out.err != nil {
		t.Fatal(out.err)
	}
	w.sim.ClearFaults()
	w.applies(config("b", 7)).says(`Previous key "worker" (`+first+`) is given its limit`, `Previous key "worker" (`+first+`) is made to expire when its overlap ends`)
}

// What is not configured is the vendor's, and stays what it is.
func TestOptionalArgumentLeftAlone(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil)).shows(values{"region": "(unknown)", "serial": "(unknown)"})
	w.stored(values{"region": "home", "serial": "no-2"})
	w.change(func(e *toysim.Extras) { e.Region = "moon" })
	w.settled(with(nil))
	w.applies(with(values{"region": "mars"})).is(protocol.Update)
	if got := w.key(w.get("id")).Region; got != "mars" {
		t.Errorf("the region is %s", got)
	}
	w.applies(with(nil)).is(protocol.NoOp)
	w.stored(values{"region": "mars"})
	w.applies(with(because("a"))) // recorded
	w.applies(with(because("b"))).shows(values{"region": "(unknown)", "serial": "(unknown)"})
	w.stored(values{"region": "home", "serial": "no-3", "generation": 2})
}

// A switch that nobody configured is left alone, and one that is configured is held.
func TestSwitchLeftAlone(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	w.stored(values{"disabled": false})
	w.change(func(e *toysim.Extras) { e.Disabled = true })
	w.settled(with(nil))
	w.applies(with(values{"disabled": false})).is(protocol.Update)
	w.works()
	w.change(func(e *toysim.Extras) { e.Disabled = true })
	w.applies(with(values{"disabled": false})).is(protocol.Update)
	w.works()
	w.stored(values{"generation": 1})
}

// A disabled key that is rotated works neither now nor during its overlap, unless the plan enables it.
func TestRotationOfADisabledKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor func(*toy.Variant, *toysim.Policy)
		says   string
	}{
		"at mint": {atMint, "is disabled and stays so until an apply with disabled = false; the first apply after its overlap of 24h revokes it"},
		"later":   {asUsual, "is disabled and stays so until an apply with disabled = false; it expires 24h after the new key is created"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, c.vendor)
			w.applies(with(because("a")))
			w.change(func(e *toysim.Extras) { e.Disabled = true })
			for disabled, stays := range map[any]bool{nil: true, true: true, false: false} {
				_, out := w.planned(again("b", values{"disabled": disabled}))
				if stays {
					out.says("The old key " + c.says).silent("keeps working")
				} else {
					out.says("The old key keeps working", "Previous key \"worker\" ("+w.get("id")+") is enabled").silent("stays so")
				}
			}
			_, out := w.planned(again("b", values{"overlap": "0s"}))
			out.says("The old key is revoked at once")

			_, out = w.planned(nil)
			out.says("will be revoked: Key "+w.get("id")+" is revoked at once").silent("works", "working")
			// So does one that is disabled together with the rotation.
			w.change(func(e *toysim.Extras) { e.Disabled = false })
			for disabled, stays := range map[any]bool{nil: false, true: true, false: false} {
				_, out := w.planned(again("b", values{"disabled": disabled}))
				if stays {
					out.says("The old key is disabled by this apply; ").silent("keeps working")
				} else {
					out.says("The old key keeps working")
				}
			}
		})
	}
}

// A plan that enables the keys of a series names each previous key that works again, and no other.
func TestPreviousKeysThatWorkAgain(t *testing.T) {
	t.Parallel()
	w := begin(t, atMint)
	w.applies(with(because("a")))
	first := w.get("id")
	w.applies(again("b", values{"disabled": true})).silent("is enabled")
	w.applies(again("b", values{"disabled": false})).says("Previous key \"worker\" ("+first+") is enabled", "which works again until", "revoke")
	w.applies(again("b", values{"disabled": false})).silent("is enabled")
}

// A rotation answers nothing of a switch that nobody configured: it is not the old key's.
func TestSwitchAfterARotation(t *testing.T) {
	t.Parallel()
	w := begin(t, mute)
	w.applies(with(because("a")))
	w.change(func(e *toysim.Extras) { e.Disabled = true })
	w.applies(with(because("a")))
	w.stored(values{"disabled": true})
	w.applies(with(because("b")))
	w.stored(values{"disabled": nil})
	w.applies(with(because("b")))
	w.stored(values{"disabled": false, "generation": 2})
	w.works()
}

// An answer without a computed attribute leaves null, not something unknown.
func TestAnswerWithoutAComputedAttribute(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.Altered, Omit: []string{"serial", "region"}})
	out := w.tries(with(nil))
	if out.err != nil {
		t.Fatal(out.err)
	}
	w.stored(values{"serial": nil, "region": nil})
	w.settled(with(nil)) // the refresh has them
	w.applies(with(because("a")))
	w.stored(values{"serial": "no-2", "region": "home"})
}

// mute is a vendor whose answers to writes do not show its own arguments.
func mute(v *toy.Variant, _ *toysim.Policy) { v.Mute = true }

// A server's own spelling of what was written warns once, in the apply that wrote it, and is no
// drift; another answer later is.
func TestSpelling(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]func(*toy.Variant, *toysim.Policy){"answered": asUsual, "listed": mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, vendor, server(func(p *toysim.Policy) { p.RegionInCapitals = true }))
			w.differing("region", with(values{"region": "mars"}), true)
			w.stored(values{"region": "mars"})
			w.differing("region", with(values{"region": "venus"}), true)
			w.stored(values{"region": "venus", "generation": 1})
			w.change(func(e *toysim.Extras) { e.Region = "moon" })
			_, out := w.planned(with(values{"region": "venus"}))
			out.is(protocol.Update).shows(values{"region": "venus"})
			if out = w.tries(with(values{"region": "venus"})); out.err != nil {
				t.Fatal(out.err)
			}
			if got := w.key(w.get("id")).Region; got != "venus" {
				t.Errorf("the region is %s", got)
			}
		})
	}
}

// differing applies a configuration of which the server has another value. The apply says so; a mere spelling is
// not said again.
func (w *world) differing(argument string, config values, spelling bool) {
	w.Helper()
	warning := "has another value for " + argument + " at the vendor"
	out := w.tries(config)
	if out.err != nil {
		w.Fatal(out.err)
	}
	out.says(warning)
	for range 3 {
		plan, out := w.planned(config)
		if out.err != nil || !plan.Quiet() {
			w.Fatalf("the plan is to %s: %v", out.action, out.err)
		}
		if !spelling {
			out.says(warning, "Configure what the server has")
		} else {
			out.silent()
		}
		w.ws.State = plan.Prior // as a refresh stores it
	}
}

// A write that the server ignores warns, and leaves nothing to do.
func TestIgnoredWrite(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]func(*toy.Variant, *toysim.Policy){"answered": asUsual, "listed": mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, vendor, server(func(p *toysim.Policy) { p.LimitIgnored = true }))
			w.differing("limit", with(values{"limit": 5}), false)
			w.differing("limit", with(values{"limit": 6}), false)
			w.stored(values{"limit": 6, "generation": 1})
			w.applies(with(nil))
			w.settled(with(nil)).silent()
		})
	}
}

// A change by hand right after a write is drift, also where no answer has shown what was written.
func TestChangedBeforeTheFirstRefresh(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]func(*toy.Variant, *toysim.Policy){"answered": asUsual, "listed": mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, vendor)
			for i, config := range []values{again("a", values{"limit": 5}), again("a", values{"limit": 6}), again("b", values{"limit": 6})} {
				if out := w.tries(config); out.err != nil {
					t.Fatal(out.err)
				}
				w.change(func(e *toysim.Extras) { e.Limit = 9 })
				_, out := w.planned(config)
				out.is(protocol.Update).silent("at the vendor")
				if out := w.tries(config); out.err != nil {
					t.Fatal(out.err)
				}
				if got := w.key(w.get("id")).Limit; int(got) != config["limit"] {
					t.Errorf("write %d: the limit is %d", i, got)
				}
			}
		})
	}
}

// A list that still shows what was there before the write is not believed; one that cannot be read stops nothing.
func TestLookAfterAWrite(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simkit.Fault{
		"lags":    {Kind: simkit.Altered, Set: map[string]any{"limit": 5}, Times: 1},
		"refused": {Kind: simkit.StatusBefore, Status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, mute)
			w.applies(with(values{"limit": 5}))
			w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Kind: simkit.Altered, Notify: func() {
				fault.Operation = toysim.OpList
				w.sim.Inject(fault)
			}})
			out := w.tries(with(values{"limit": 6}))
			w.sim.ClearFaults()
			if out.err != nil {
				t.Fatal(out.err)
			}
			out.silent("at the vendor")
			w.settled(with(values{"limit": 6})).silent()
		})
	}
}

// A refused change is remembered, and the next plan rotates instead.
func TestRefusedChange(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(values{"limit": 5}))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Field: "limit", Kind: simkit.StatusBefore, Status: 405, Times: 2})
	w.tries(with(values{"limit": 6})).fails("This organization refuses to change the limit of key", "The next plan rotates the key instead")
	w.stored(values{"limit": 5, "generation": 1})
	w.applies(with(values{"limit": 6})).says("limit changed, and that change was refused on the existing key")
	w.stored(values{"limit": 6, "generation": 2})
	w.works()
}

// An import takes over what a read shows, and changes nothing at the vendor.
func TestImport(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]func(*toy.Variant, *toysim.Policy){"never": never, "at mint": atMint, "later": asUsual} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, vendor)
			id, secret := w.sim.SeedKey("by hand", "ci")
			w.sim.ChangeKey(id, func(e *toysim.Extras) { e.Limit, e.Tier = 4, "gold" })
			if out := w.imports(id); out.err != nil {
				t.Fatal(out.err)
			}
			w.stored(values{"name": "by hand", "owner": "ci", "limit": 4, "tier": "gold", "region": "home", "serial": "no-2", "scopes": nil, "generation": 1, "version": nil, "overlap": "24h"})
			config := with(values{"name": "by hand", "limit": 4, "tier": "gold"})
			w.applies(config).is(protocol.NoOp)
			w.live(id)
			if !w.sim.Valid(secret) || w.sim.Count(toysim.OpUpdate) > 0 {
				t.Error("the import changed the key")
			}
			config["name"] = "other"
			w.applies(config).says("keeps its name and lifetime until it rotates")
			w.called("by hand")
		})
	}
	w := begin(t)
	if out := w.imports("toy_nowhere"); out.err == nil {
		t.Error("a key that is not there was imported")
	}
	theirs, _ := w.sim.SeedKey("theirs", "somebody")
	w.imports(theirs).fails("Key "+theirs+" belongs to", "Its owner is somebody: write that in place of ci in the import id", "instead of a moved block, import it")

	w = begin(t, yields) // names are unique, so one of them says which key is meant
	id, _ := w.sim.SeedKey("by-hand", "ci")
	for _, named := range []string{id, "by-hand"} {
		if out := w.imports(named); out.err != nil {
			t.Fatal(out.err)
		}
		w.stored(values{"id": id, "name": "by-hand", "generation": 1})
	}
	if out := w.imports("by-nobody"); out.err == nil {
		t.Error("a key that is not there was imported")
	}
}

// Secrets move between sealed and plain, and to other recipients, without a rotation.
func TestSecretStorage(t *testing.T) {
	t.Parallel()
	w := begin(t)
	stored := func(how string) values { return with(values{"secret_storage": how}) }
	w.applies(stored("sealed"))
	id := w.get("id")
	w.tries(stored("state")).fails("cannot be opened", "ORGKEYS_SEAL_IDENTITY")
	w.env["ORGKEYS_SEAL_IDENTITY"] = w.identity
	w.plain = true
	if out := w.tries(stored("sealed")); out.err != nil { // a refresh finds the identity
		t.Fatal(out.err)
	}
	w.applies(stored("state")).says("will be stored in state in plaintext")
	if !w.sim.Valid(w.get("value")) {
		t.Error("the value does not work")
	}
	w.stored(values{"id": id, "sealed_value": nil, "sealed_to": nil})
	w.plain = false
	w.applies(stored("sealed")).says("will be sealed", "still hold it in plaintext")
	w.works()

	second := begin(t)
	w.applies(with(values{"seal_recipients": []string{w.recipient, second.recipient}})).says("will be sealed to other recipients", "Added: "+second.recipient)
	w.works()
	delete(w.env, "ORGKEYS_SEAL_IDENTITY")
	_, out := w.planned(with(values{"seal_recipients": []string{second.recipient}}))
	out.says("stays sealed to the old recipients", "Removed: "+w.recipient)
	w.stored(values{"id": id, "generation": 1})

	// The key that comes next is sealed to the new list, whether it comes for sure or perhaps.
	second.env["ORGKEYS_SEAL_IDENTITY"] = second.identity
	second.applies(with(because("a")))
	both := func(why any) values {
		return with(values{"seal_recipients": []string{second.recipient, w.recipient}, "rotate_when_changed": why})
	}
	unknown, changed := any(protocol.Unknown), map[string]string{"why": "b"}
	sorted := []string{second.recipient, w.recipient}
	slices.Sort(sorted)
	_, out = second.planned(both(unknown))
	out.says("may be rotated", "will be sealed to other recipients: ", "or of the next one, is sealed to other recipients. Added: "+w.recipient).
		shows(values{"sealed_to": fmt.Sprint(sorted)})
	_, out = second.planned(both(changed))
	out.says("will be rotated", "will be sealed to other recipients: The secret of the next key is sealed to other recipients. Added: "+w.recipient)
	plain := func(why any) values {
		return with(values{"secret_storage": "state", "rotate_when_changed": why})
	}
	for _, why := range []any{unknown, changed} {
		_, out = second.planned(plain(why))
		out.says("be rotated", "will be stored in state in plaintext")
	}
	delete(second.env, "ORGKEYS_SEAL_IDENTITY")
	_, out = second.planned(both(unknown))
	out.says("will be sealed to other recipients if it is rotated", "Added: "+w.recipient)
	_, out = second.planned(plain(unknown))
	out.says("will be stored in state in plaintext")
	_, out = second.planned(with(values{"seal_recipients": []string{}, "rotate_when_changed": unknown}))
	out.fails("No recipient to seal the secret to")
	if late := second.triesLate(both(unknown), both(changed)); late.err != nil {
		t.Fatal(late.err)
	}
	second.settled(both(changed))

	late := w.triesLate(with(values{"secret_storage": protocol.Unknown}), stored("sealed"))
	if late.err != nil {
		t.Fatal(late.err)
	}
	late.shows(values{"sealed_value": "(unknown)", "value": "(unknown)"})
	w.works()
	w.tries(with(values{"seal_recipients": []string{"age1nonsense"}})).fails("Invalid seal recipient")
	w.tries(with(values{"seal_recipients": []string{"", "# none"}})).fails("Invalid seal recipient", "holds no public key")
	w.tries(with(values{"lifetime": "5d", "rotate_after": "5d"})).fails("must be shorter than lifetime")
	w.tries(with(values{"lifetime": "5d"})).says("has lifetime without rotate_after")
	w.tries(with(values{"lifetime": "5d", "rotate_after": "108h"})).says("has an overlap that is cut short by lifetime", "of 24h is left")
}

// Durations stand in messages as they are written, and one that is most likely a slip warns.
func TestDurationsInMessages(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(values{"rotate_when_changed": map[string]string{"reason": "a"}}))
	w.tries(with(values{"lifetime": "70d", "rotate_after": "69d", "overlap": "1500m"})).
		says("rotated at the age of 69d expires at 70d, so less than the overlap of 1500m is left")
	w.tries(with(values{"overlap": "168h", "rotate_when_changed": map[string]string{"reason": "b"}})).says("will be rotated", "168h after the new key is created")
	w.tries(with(values{"lifetime": "3mo"})).fails(`"3mo" is not a duration`, "none for months")
	const early = "has a rotate_after of less than an hour"
	w.triesLate(with(values{"name": protocol.Unknown, "rotate_after": "1m"}), with(values{"rotate_after": "1m"})).says(`Key "worker" ` + early).silent("Key " + early)
	for written, warns := range map[string]bool{"1m": true, "59m59s": true, "1h": false, "60m": false, "30d": false} {
		out := w.tries(with(values{"rotate_after": written}))
		if out.err != nil {
			t.Fatal(out.err)
		}
		if !warns {
			out.silent(early)
			continue
		}
		out.says(early, fmt.Sprintf("With rotate_after = %q almost every apply", written))
	}
}
