// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// What a vendor shows of the use of its keys.
func useHidden(v *toy.Variant, p *toysim.Policy) {
	v.Can.LastUse, p.LastUseHidden = keyseries.UseHidden, true
}

func useYesNo(v *toy.Variant, p *toysim.Policy) { v.Can.LastUse, p.UseYesNo = keyseries.UseYesNo, true }

// leftover puts a key of the series there that no rotation of the state superseded.
func (w *world) leftover() string {
	w.Helper()
	_, mark, _ := keyseries.Read(w.key(w.get("id")).Name)
	mark.Nonce = "aaaaaaaa"
	id, _ := w.sim.SeedKey(mark.Show("worker"), "ci")
	return id
}

// An unused leftover is revoked once it is old, where the vendor shows that it is unused;
// one that was used, or may be in use, is left alone and named in every plan.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor        func(*toy.Variant, *toysim.Policy)
		used, revoked bool
		before, after string // what the plan says
	}{
		"time, unused":    {asUsual, false, true, "before it is 24 hours old", "This apply revokes it"},
		"time, used":      {asUsual, true, false, "It was used", "It was used"},
		"yes, no; unused": {useYesNo, false, true, "before it is 24 hours old", "This apply revokes it"},
		"yes, no; used":   {useYesNo, true, false, "It was used", "It was used"},
		"hidden":          {useHidden, false, false, "perhaps in use: the API does not show it", "The API does not show whether it is used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, c.vendor)
			w.applies(with(nil))
			id := w.get("id")
			other := w.leftover()
			if c.used {
				w.sim.UseKey(other)
			}
			w.settled(with(nil)).says(other+`) is left alone`, c.before)
			w.pass(25 * time.Hour)
			out := w.tries(with(nil)).says(c.after)
			if out.err != nil {
				t.Fatal(out.err)
			}
			if c.revoked {
				out.is(protocol.Update).shows(values{"leftovers": "[]"})
				w.live(id)
			} else {
				w.live(id, other)
				_, out = w.planned(with(nil))
				out.says("left alone")
			}
			w.works()
			w.tries(nil)
			if !c.revoked {
				w.live(other)
			}
		})
	}
}

// Where only a mint proves that a key is of the series, a newer one is named as what it may be.
func TestNewerThanTheState(t *testing.T) {
	t.Parallel()
	w := begin(t, func(v *toy.Variant, _ *toysim.Policy) { v.Can.Proof = keyseries.ByMint })
	w.applies(with(nil))
	w.pass(time.Hour)
	older, newer := w.get("id"), w.leftover()
	w.settled(with(nil)).says(newer+") is newer than this state", "newer than key "+older).silent("is left alone:")
}

// A lost create whose key shows a use says that it is there, and promises no revocation; the next apply leaves it alone.
func TestLostCreateInUse(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.sim.Inject(
		simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: toysim.OpList, Kind: simkit.Altered, Set: map[string]any{"last_used_at": "2030-01-02T03:04:05Z"}},
	)
	out := w.tries(with(nil))
	id := w.keys("ci")[0].ID
	out.fails("The attempt created a key: key " + id)
	out.says("has left the key", "no apply revokes it")
	out.silent("the next apply looks for it")
	w.sim.ClearFaults()
	w.sim.UseKey(id)
	if out := w.tries(with(nil)); out.err != nil {
		t.Fatal(out.err)
	}
	w.live(id, w.get("id"))
}

// A key that is used after the plan that would revoke it is left alone.
func TestLeftoverThatComesIntoUse(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	other := w.leftover()
	w.pass(25 * time.Hour)
	plan, out := w.planned(with(nil))
	out.says("This apply revokes it")
	w.sim.UseKey(other)
	if err := w.ws.Apply(w.Context(), plan, wanting(with(nil))); err != nil {
		t.Fatal(err)
	}
	outcome{w: w, said: w.hear()}.says("is left alone", "it has been used since")
	w.live(w.get("id"), other)
}

// A previous key that is used after its successor was stored is the outage that can still
// be prevented: every plan says so until it ends.
func TestPreviousKeyStillInUse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor func(*toy.Variant, *toysim.Policy)
		says   string // "" for nothing
	}{
		"later":   {asUsual, "It expires at 2030-01-03T03:04:05Z"},
		"at mint": {atMint, "The first apply after 2030-01-03T03:04:05Z revokes it"},
		"yes, no": {useYesNo, ""},
		"hidden":  {useHidden, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, c.vendor)
			w.applies(with(because("a")))
			first := w.get("id")
			w.sim.UseKey(first)
			w.applies(with(because("b")))
			w.settled(with(because("b"))).silent("is still in use")
			w.pass(time.Hour)
			w.sim.UseKey(first)
			for range 2 {
				out := w.settled(with(because("b")))
				if c.says == "" {
					out.silent()
					continue
				}
				out.says(first+`) is still in use`, "was last used at 2030-01-02T04:04:05Z, after its successor was stored at", c.says, "give the secret of the current key "+w.get("id")+" to the workloads that still use the old one")
			}
			w.pass(24 * time.Hour)
			if out := w.tries(with(because("b"))); out.err != nil {
				t.Fatal(out.err)
			}
			w.settled(with(because("b"))).silent("is still in use")
			w.live(w.get("id"))
		})
	}
}

// A state that is older than the server mints and revokes nothing.
func TestOlderState(t *testing.T) {
	t.Parallel()
	w := begin(t, atMint)
	w.applies(with(because("a")))
	before := w.ws.State
	w.applies(with(because("b")))
	newer := w.get("id")
	w.sim.UseKey(newer)
	w.ws.State = before
	first := w.get("id")
	_, out := w.planned(with(because("a")))
	out.fails("its state is older than the server", newer)
	w.live(first, newer)
}

// A list of keys that cannot be had stops nothing but the look for others.
func TestUnreadableList(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	w.sim.Inject(simkit.Fault{Operation: toysim.OpList, Kind: simkit.StatusBefore, Status: 403, Message: "not for you"})
	w.tries(with(nil)).fails("not for you")
	if w.held() == nil {
		t.Error("the key left the state")
	}
}

// A copied mark of another owner's key is left alone.
func TestCopiedMark(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	_, mark, _ := keyseries.Read(w.key(w.get("id")).Name)
	mark.Nonce = "aaaaaaaa"
	id, _ := w.sim.SeedKey(mark.Show("worker"), "somebody else")
	w.pass(25 * time.Hour)
	w.settled(with(nil)).says("carries a copied marker")
	w.key(id)
}

// One that only its user distinguishes may be a copy, in every message.
func TestDisputedKey(t *testing.T) {
	t.Parallel()
	disputed := keyseries.Other{ID: "key_9", Person: "ada"}
	for other, want := range map[*keyseries.Other][2]string{
		&disputed:     {"carries the marker of this series", "another run created it with the root key of that user, or the marker was copied"},
		{ID: "key_9"}: {"belongs to this series", "another run created it, or a run that was interrupted, or this state is older than the server"},
	} {
		if got := [2]string{other.Is(), other.From("root key")}; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A private state that a killed provider lost is found again by the keys of the series.
func TestLostPrivateState(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(because("a")))
	w.applies(with(because("b")))
	w.held().Private = nil
	w.applies(with(because("b")))
	w.works()
	w.applies(with(because("c")))
	w.stored(values{"generation": 3})
	w.works()
	w.held().Private = nil
	process, err := protocol.Start(w.Context(), w.serve)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := process.Configure(w.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r, err := process.Resource(keyType)
	if err != nil {
		t.Fatal(err)
	}
	config, err := protocol.Value(r.Object, with(because("d")))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.Plan(w.Context(), *w.held(), config)
	if err != nil {
		t.Fatal(err)
	}
	outcome{w: w, err: protocol.Failure(answer.Diagnostics)}.fails("Its private state is missing")
}

// What somebody else does to a previous key is said for as long as it works, and what this configuration does is not.
func TestPreviousKeysChangedOutside(t *testing.T) {
	t.Parallel()
	limit := func(n int64) func(*toysim.Extras) { return func(e *toysim.Extras) { e.Limit = n } }
	for name, c := range map[string]struct {
		more   values
		then   func(w *world, old string)
		config values // of the plan after that
		says   string
	}{
		"nothing":          {then: func(*world, string) {}},
		"a limit":          {more: values{"limit": 5}, then: func(w *world, old string) { w.sim.ChangeKey(old, limit(1)) }, says: "has another value for limit than before"},
		"disabled":         {then: func(w *world, old string) { w.sim.ChangeKey(old, func(e *toysim.Extras) { e.Disabled = true }) }, says: "has another value for disabled than before"},
		"deleted":          {then: func(w *world, old string) { w.sim.DeleteKey(old) }, says: "stopped working before its overlap was over"},
		"by configuration": {more: values{"limit": 5}, then: func(w *world, _ string) { w.applies(again("b", values{"limit": 6})) }, config: values{"limit": 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			w.applies(again("a", c.more))
			w.settled(again("a", c.more))
			old := fmt.Sprint(w.get("id"))
			w.applies(again("b", c.more))
			c.then(w, old)
			if c.config == nil {
				c.config = c.more
			}
			_, out := w.planned(again("b", c.config))
			if c.says == "" {
				out.silent("than before", "stopped working")
			} else {
				out.says(c.says)
			}
		})
	}
}
