// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// because rotates the key whenever why changes.
func because(why string) values { return values{"rotate_when_changed": map[string]string{"why": why}} }

// again rotates it with further arguments.
func again(why string, further values) values {
	config := with(further)
	config["rotate_when_changed"] = map[string]string{"why": why}
	return config
}

// A rotation that answers the present key is refused, and no key is revoked.
func TestSameID(t *testing.T) {
	t.Parallel()
	for _, overlap := range []string{"0s", "24h"} {
		w := begin(t)
		at := func(why string) values { return again(why, values{"overlap": overlap}) }
		w.applies(at("a"))
		id := w.get("id")
		w.sim.SetPolicy(func(p *toysim.Policy) { p.SameKey = true })
		w.tries(at("b")).fails("The server answered with key "+id+", which exists already", "Nothing was revoked and nothing is stored", "DELETE "+w.sim.URL())
		w.live(id)
		w.stored(values{"id": id, "generation": 1, "previous": "[]"})
		if len(w.sim.DeletedKeys()) != 0 {
			t.Errorf("revoked %v", w.sim.DeletedKeys())
		}
		w.sim.SetPolicy(func(p *toysim.Policy) { p.SameKey = false })
		w.applies(at("b"))
		w.stored(values{"generation": 2})
		w.works()
	}
}

// An id that is a hash of the secret is an id like any other.
func TestHashAsID(t *testing.T) {
	t.Parallel()
	w := begin(t, server(func(p *toysim.Policy) { p.HashIDs = true }))
	w.applies(with(because("a")))
	first := w.get("id")
	w.applies(with(because("b")))
	w.live(first, w.get("id"))
	if len(first) != 64 || first == w.get("id") {
		t.Errorf("ids %q, %q", first, w.get("id"))
	}
	w.works()
	w.applies(nil)
	w.live()
}

// An answer without a creation time takes none away.
func TestCreationTimeLeftOut(t *testing.T) {
	t.Parallel()
	w := begin(t, func(*toy.Variant, *toysim.Policy) {})
	config := with(values{"rotate_after": "30d"})
	w.applies(config)
	w.sim.SetPolicy(func(p *toysim.Policy) { p.CreatedHidden = true })
	w.pass(29 * day)
	w.settled(config)
	w.stored(values{"created_at": "2030-01-02T03:04:05Z", "rotation_due_at": "2030-02-01T03:04:05Z"})
	w.pass(day)
	w.applies(config).says("it has been due by age since 2030-02-01T03:04:05Z")
}

// A creation time that was noted when the answer came stays, though the server has another second.
func TestCreationTimeOfTheServer(t *testing.T) {
	t.Parallel()
	w := begin(t, func(_ *toy.Variant, p *toysim.Policy) { p.CreatedHidden = true })
	w.clock.Advance(2 * time.Second)
	w.applies(with(nil))
	noted := w.get("created_at")
	w.sim.SetPolicy(func(p *toysim.Policy) { p.CreatedHidden = false })
	w.settled(with(nil))
	w.stored(values{"created_at": noted})
	w.sim.SetPolicy(func(p *toysim.Policy) { p.CreatedHidden = true })
	w.clock.Advance(-8 * time.Second)
	w.applies(with(values{"name": "other"}))
	w.sim.SetPolicy(func(p *toysim.Policy) { p.CreatedHidden = false })
	w.applies(with(values{"name": "other", "rotate_after": "30d"}))
	w.stored(values{"created_at": "2030-01-02T03:04:05Z"})
}

// Where the API does not show when a key was created, the time of our mint stands in.
func TestNoCreationTime(t *testing.T) {
	t.Parallel()
	hidden := func(v *toy.Variant, p *toysim.Policy) { v.Can.NoCreated, p.CreatedHidden = true, true }
	w := begin(t, hidden)
	w.pass(250 * time.Millisecond)
	config := with(values{"rotate_after": "30d"})
	w.applies(config)
	w.stored(values{"created_at": "2030-01-02T03:04:05Z", "rotation_due_at": "2030-02-01T03:04:05Z"})
	version := w.get("version")
	w.pass(29 * day)
	w.settled(config)
	w.pass(day)
	w.applies(config).says("it has been due by age since 2030-02-01T03:04:05Z")
	w.stored(values{"generation": 2, "created_at": "2030-02-01T03:04:05Z"})
	if version == w.get("version") {
		t.Error("the version did not change")
	}
	w.works()

	w = begin(t, hidden)
	id, _ := w.sim.SeedKey("by hand", "ci")
	w.imports(id)
	w.stored(values{"name": "by hand", "created_at": nil, "version": nil, "sealed_value": nil, "value": nil})
	config = with(values{"name": "by hand", "rotate_after": "30d", "scopes": []string{"read"}})
	w.pass(29 * day)
	w.applies(config)
	w.pass(day)
	w.applies(config).says("it has been due by age since 2030-02-01T03:04:05Z")
	w.works()
}

// A create that is refused leaves nothing, and one whose answer was lost leaves one key.
func TestTroubleWithACreate(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.StatusBefore, Status: 400, Message: "not today", Times: 1})
	w.tries(with(nil)).fails("not today")
	if w.held() != nil {
		t.Error("something is in state")
	}
	w.live()
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1})
	w.applies(with(nil))
	w.live(w.get("id"))
	w.works()
}

// unsettledCreate is a create whose outcome cannot be found out: it stays in state, tainted,
// without a secret and with nothing unknown, and the next apply finds and revokes its key.
func unsettledCreate(t *testing.T, w *world, config values) {
	t.Helper()
	w.sim.Inject(
		simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: toysim.OpList, Skip: 1, Kind: simkit.StatusBefore, Status: 500},
		simkit.Fault{Operation: toysim.OpGet, Kind: simkit.StatusBefore, Status: 500},
	)
	w.tries(config).fails("Whether the attempt created a key is not settled").says("may have left the key \"worker", "the next apply looks for it")
	if held := w.held(); held == nil || !held.Tainted {
		t.Fatalf("in state is %v", held)
	}
	w.stored(values{"id": nil, "sealed_value": nil, "value": nil, "sealed_to": nil, "serial": nil, "region": nil, "redacted_value": nil})
	if len(w.keys("ci")) != 1 {
		t.Errorf("keys %v", w.keys("ci"))
	}
	lost := w.keys("ci")[0].ID
	w.sim.ClearFaults()
	w.applies(config)
	w.live(w.get("id"))
	w.works()
	if w.get("id") == lost {
		t.Error("the lost key is the current one")
	}
}

func TestUnsettledCreate(t *testing.T) {
	t.Parallel()
	unsettledCreate(t, begin(t), with(nil))
}

// What was found of it and could not be revoked is in state, where a destroy without a refresh finds it.
func TestUnsettledCreateWithoutARefresh(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.sim.Inject(
		simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: toysim.OpDelete, Kind: simkit.StatusBefore, Status: 403},
	)
	w.tries(with(nil)).fails("Whether the attempt created a key is not settled").says("Do not apply with -refresh=false before that")
	lost := w.keys("ci")[0].ID
	if left := w.get("leftovers"); !strings.Contains(fmt.Sprint(left), lost) {
		t.Errorf("leftovers are %v, and %s was found", left, lost)
	}
	w.live(lost)
}

// A rotation that cannot be settled leaves the present key as it is.
func TestUnsettledRotation(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(because("a")))
	id, sealed := w.get("id"), w.get("sealed_value")
	w.sim.Inject(
		simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: toysim.OpList, Skip: 2, Kind: simkit.StatusBefore, Status: 500},
	)
	w.tries(with(because("b"))).fails("Whether the attempt created a key is not settled")
	w.stored(values{"id": id, "sealed_value": sealed, "generation": 1})
	w.works()
	w.sim.ClearFaults()
	w.applies(with(because("b"))).says("An earlier apply of this state created", "This apply revokes it")
	w.live(id, w.get("id"))
	w.works()
}

// Without recipients nothing is created.
func TestNobodyToSealTo(t *testing.T) {
	t.Parallel()
	w := begin(t)
	delete(w.env, "ORGKEYS_SEAL_RECIPIENTS")
	_, out := w.planned(with(nil))
	out.fails("No recipient to seal the secret to", "age-keygen")
	w.live()
}

// A vendor that allows one key per owner: nothing changes, unless the plan announced the
// gap, or the present key has expired.
func TestOneKeyPerOwner(t *testing.T) {
	t.Parallel()
	single := func(v *toy.Variant, p *toysim.Policy) { v.Can.OneKey, p.OneEach = true, true }
	w := begin(t, single)
	w.applies(with(because("a")))
	id := w.get("id")
	w.tries(with(because("b"))).fails("The owner has a key")
	w.live(id)
	w.stored(values{"id": id, "generation": 1})
	w.works()
	w.applies(again("b", values{"overlap": "0s"})).says("it is revoked before the new key is created, and nothing works in between")
	w.stored(values{"generation": 2})
	w.live(w.get("id"))
	w.works()

	// The server counts expired keys.
	w = begin(t, single)
	config := with(values{"lifetime": "30d", "rotate_after": "20d"})
	w.applies(config)
	w.pass(31 * day)
	w.applies(config).says("expired")
	w.stored(values{"generation": 2})
	w.works()
}

// What this provider revoked itself in an apply or destroy that failed afterwards was not revoked outside Terraform.
func TestRevokedBeforeAFailure(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(again("a", nil))
	first := w.get("id")
	w.applies(again("b", nil))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpDelete, ObjectID: first, Kind: simkit.StatusBefore, Status: 400})
	w.tries(nil).fails("Not revoked: " + first)
	w.sim.ClearFaults()
	w.live(first)
	w.applies(again("b", nil)).says("because an apply or destroy that failed afterwards revoked the current key").silent("outside Terraform")

	w = begin(t, func(v *toy.Variant, p *toysim.Policy) { v.Can.OneKey, p.OneEach = true, true })
	w.applies(again("a", values{"overlap": "0s"}))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.StatusBefore, Status: 400, Skip: 1})
	w.tries(again("b", values{"overlap": "0s"})).fails("was revoked to make room")
	w.sim.ClearFaults()
	w.applies(again("b", values{"overlap": "0s"})).says("is gone", "an apply or destroy that failed afterwards revoked it").silent("outside Terraform")
}

// Another key of the owner makes no room when ours is revoked.
func TestNoRoomBesideAnotherKey(t *testing.T) {
	t.Parallel()
	w := begin(t, func(v *toy.Variant, p *toysim.Policy) { v.Can.OneKey, p.OneEach = true, true })
	w.applies(again("a", values{"overlap": "0s"}))
	id := w.get("id")
	other, _ := w.sim.SeedKey("another", "ci")
	w.tries(again("b", values{"overlap": "0s"})).fails("has another one, "+other, "Nothing was changed")
	w.live(id, other)
	w.works()
}

// A new key that has to be activated is revoked when that fails.
func TestFinisher(t *testing.T) {
	t.Parallel()
	finishing := func(v *toy.Variant, p *toysim.Policy) { v.Finishes, p.ActivationNeeded = true, true }
	broken := simkit.Fault{Operation: toysim.OpActivate, Kind: simkit.StatusBefore, Status: 400, Message: "not today", Times: 1}
	w := begin(t, finishing)
	w.sim.Inject(broken)
	w.tries(with(because("a"))).fails("not today", "was revoked again")
	w.live()
	if w.held() != nil {
		t.Error("something is in state")
	}
	w.applies(with(because("a")))
	w.works()
	id := w.get("id")
	w.sim.Inject(broken)
	w.tries(with(because("b"))).fails("not today", "was revoked again")
	w.live(id)
	w.stored(values{"id": id, "generation": 1, "previous": "[]"})
	w.works()
	w.applies(with(because("b")))
	w.live(id, w.get("id"))
	w.works()
}

// chooses is a vendor to which the secret is chosen here.
func chooses(v *toy.Variant, p *toysim.Policy) {
	v.Can.Recovery, p.HashIDs = keyseries.BySecret, true
}

// creates counts what was sent to create keys.
func (w *world) creates() int { return w.sim.Count(toysim.OpCreate) }

// A lost answer to a chosen secret is settled by looking for its key; one mint is enough.
func TestChosenSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []simkit.Fault
		sent   int
	}{
		"answered":    {nil, 1},
		"answer lost": {[]simkit.Fault{{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1}}, 1},
		"gateway":     {[]simkit.Fault{{Operation: toysim.OpCreate, Kind: simkit.StatusAfter, Status: 502, Times: 1}}, 1},
		"unreadable":  {[]simkit.Fault{{Operation: toysim.OpCreate, Kind: simkit.Truncated, Times: 1}}, 1},
		"not created": {[]simkit.Fault{{Operation: toysim.OpCreate, Kind: simkit.CutBefore, Times: 1}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, chooses)
			w.sim.Inject(c.faults...)
			w.applies(with(because("a"))).silent()
			first := w.get("id")
			w.live(first)
			w.works()
			w.stored(values{"serial": w.key(first).Serial, "region": "home", "generation": 1})
			if w.creates() != c.sent {
				t.Errorf("%d keys were asked for, want %d", w.creates(), c.sent)
			}
			w.sim.Inject(c.faults...)
			w.applies(with(because("b")))
			w.live(first, w.get("id"))
			w.works()
			if w.creates() != 2*c.sent {
				t.Errorf("%d keys were asked for, want %d", w.creates(), 2*c.sent)
			}
		})
	}
}

// A server that chooses secrets itself is left to it.
func TestSecretNotChosen(t *testing.T) {
	t.Parallel()
	w := begin(t, chooses, server(func(p *toysim.Policy) { p.SecretsOwn = true }))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Skip: 1, Kind: simkit.CutAfter, Times: 1})
	w.applies(with(nil))
	w.live(w.get("id"))
	w.works()
	if w.creates() != 3 { // refused, lost and revoked by its mark, answered
		t.Errorf("%d keys were asked for", w.creates())
	}
}

// A rotation to a chosen secret that fails leaves the old secret in state.
func TestChosenSecretThatIsRefused(t *testing.T) {
	t.Parallel()
	w := begin(t, chooses)
	w.applies(with(because("a")))
	sealed := w.get("sealed_value")
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.StatusBefore, Status: 400, Message: "not today", Times: 1})
	w.tries(with(because("b"))).fails("not today")
	w.stored(values{"sealed_value": sealed, "generation": 1})
	w.works()
	w.live(w.get("id"))
}

func TestUnsettledCreateOfAChosenSecret(t *testing.T) {
	t.Parallel()
	unsettledCreate(t, begin(t, chooses), with(nil))
}

// A name that does not fit with its mark, or into the alphabet, is refused before anything
// is sent.
func TestNames(t *testing.T) {
	t.Parallel()
	short := can(func(c *keyseries.Capabilities) { c.Name.Longest = 40 })
	w := begin(t, short, server(func(p *toysim.Policy) { p.LongestName, p.UniqueNames = 40, true }))
	_, out := w.planned(with(values{"name": strings.Repeat("n", 16)}))
	out.fails("the name has 16 characters, and at most 15 are possible: the API allows 40")
	longest := strings.Repeat("n", 15)
	w.applies(again("a", values{"name": longest}))
	w.applies(again("b", values{"name": longest}))
	for _, key := range w.keys("ci") {
		if name, _, ours := keyseries.Read(key.Name); name != longest || !ours || len(key.Name) != 40 {
			t.Errorf("the key is called %q", key.Name)
		}
	}

	w = begin(t, can(func(c *keyseries.Capabilities) { c.Name.Plain = true }))
	for _, name := range []string{"two words", "point.ed", "ümlaut"} {
		_, out = w.planned(with(values{"name": name}))
		out.fails("only letters, digits and hyphens")
	}
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1})
	w.applies(with(values{"name": "pay-ments"}))
	w.live(w.get("id"))
	if name := w.key(w.get("id")).Name; !strings.HasPrefix(name, "pay-ments-ok-") || strings.ContainsAny(name, " ().") {
		t.Errorf("the key is called %q", name)
	}
}

// A server that cuts names shorter than is known costs a warning, and no key.
func TestCutNames(t *testing.T) {
	t.Parallel()
	w := begin(t, server(func(p *toysim.Policy) { p.LongestName, p.NamesCut = 20, true }))
	w.applies(with(nil)).says("has lost its marker", "if the server changed the name")
	w.live(w.get("id"))

	w = begin(t, server(func(p *toysim.Policy) { p.LongestName, p.NamesCut = 20, true }))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1})
	w.tries(with(nil)).says("Revoke such a key by hand")
}

// yields is a vendor of unique names without a mark.
func yields(v *toy.Variant, p *toysim.Policy) {
	v.Yields, v.Can.Name.Unmarked, p.UniqueNames = true, true, true
}

// names are the names of the owner's keys at the server.
func (w *world) names() (out []string) {
	for _, key := range w.keys("ci") {
		out = append(out, key.Name)
	}
	return out
}

func (w *world) called(names ...string) {
	w.Helper()
	if got := w.names(); strings.Join(got, ",") != strings.Join(names, ",") {
		w.Errorf("the keys are called %q, want %q", got, names)
	}
}

// A name that a lost attempt of the same apply has is waited for.
func TestUniqueNameOfALostAttempt(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		w := begin(t, yields)
		if rotates {
			w.applies(with(because("a")))
		}
		w.sim.Inject(
			simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1},
			simkit.Fault{Operation: toysim.OpList, Kind: simkit.StaleList, LagTime: 40 * time.Second},
		)
		if out := w.tries(with(because("b"))); out.err != nil {
			t.Fatal(out.err)
		}
		w.sim.ClearFaults()
		w.settled(with(because("b")))
		w.works()
	}
}

// The current key gives up its unique name before the next one is created, and gets it
// back when that is refused.
func TestUniqueNames(t *testing.T) {
	t.Parallel()
	w := begin(t, yields)
	w.applies(with(because("a"))).silent()
	w.called("worker")
	refuse := simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.StatusBefore, Status: 400, Message: "not today", Times: 1}
	w.sim.Inject(refuse)
	w.tries(with(because("b"))).fails("not today")
	w.called("worker")
	w.stored(values{"generation": 1})
	w.works()
	w.applies(with(because("b"))).silent("renamed")
	w.called("worker-1", "worker")
	w.stored(values{"generation": 2})
	w.applies(with(because("c"))).silent("renamed")
	w.called("worker-1", "worker-2", "worker")
	w.works()

	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Field: "name", Kind: simkit.StatusBefore, Status: 405, Times: 1})
	id := w.get("id")
	w.tries(with(because("d"))).fails("The current key "+id+" has to give up its name", "Nothing was changed")
	w.called("worker-1", "worker-2", "worker")

	w.sim.Inject(refuse, simkit.Fault{Operation: toysim.OpUpdate, Field: "name", Skip: 1, Kind: simkit.StatusBefore, Status: 405, Times: 2})
	w.tries(with(because("d"))).fails("not today", "Key "+id+" could not be given its name back")
	w.works()
	w.applies(nil).is(protocol.Delete)
	w.live()
}

// A mark that is not in the name settles a lost answer all the same.
func TestLostAnswerOfAnUnmarkedName(t *testing.T) {
	t.Parallel()
	w := begin(t, yields)
	for _, why := range []string{"a", "b"} {
		w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1})
		w.applies(with(because(why)))
		w.works()
	}
	w.called("worker-1", "worker")
	if lost := w.sim.DeletedKeys(); len(lost) != 2 {
		t.Errorf("revoked %v", lost)
	}
}

// renames is a vendor whose keys can be renamed.
var renames = can(func(c *keyseries.Capabilities) { c.Name.Renames = true })

// A rename keeps the key and its mark, and what an adopted key has.
func TestRename(t *testing.T) {
	t.Parallel()
	w := begin(t, renames)
	w.applies(with(nil))
	id, serial := w.get("id"), w.get("serial")
	_, mark, _ := keyseries.Read(w.key(id).Name)
	w.applies(with(values{"name": "renamed"})).is(protocol.Update).shows(values{"id": id, "serial": serial, "region": "home"}).silent()
	if got := w.key(id).Name; got != mark.Show("renamed") {
		t.Errorf("the key is called %q", got)
	}
	w.stored(values{"id": id, "name": "renamed", "generation": 1})

	w = begin(t, renames)
	foreign, _ := w.sim.SeedKey("by hand", "ci")
	w.imports(foreign)
	w.applies(with(values{"name": "other"})).is(protocol.Update)
	w.called("other")
	w.stored(values{"id": foreign, "name": "other"})

	w = begin(t, renames)
	theirs := keyseries.Mark{Series: "abcdefghij", Nonce: "abcdefgh"}
	foreign, _ = w.sim.SeedKey(theirs.Show("theirs"), "ci")
	w.imports(foreign)
	w.stored(values{"name": "theirs"})
	w.applies(with(values{"name": "ours"}))
	w.called(theirs.Show("ours"))
}

// A refused rename is remembered, and the next plan rotates instead.
func TestRefusedRename(t *testing.T) {
	t.Parallel()
	w := begin(t, renames)
	w.applies(with(nil))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpUpdate, Field: "name", Kind: simkit.StatusBefore, Status: 405})
	w.tries(with(values{"name": "renamed"})).fails("This organization refuses to change the name of key", "The next plan rotates the key instead")
	w.stored(values{"name": "worker", "generation": 1})
	w.applies(with(values{"name": "renamed"})).says("this organization refused to rename the existing key")
	w.stored(values{"name": "renamed", "generation": 2})
	w.works()
}

// Where keys cannot be renamed, a new name rotates.
func TestNewNameRotates(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	w.applies(with(values{"name": "renamed"})).says("the name changed from \"worker\" to \"renamed\", and keys cannot be renamed")
	w.stored(values{"generation": 2})
	w.works()
}
