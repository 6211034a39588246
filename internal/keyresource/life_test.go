// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// never and atMint are vendors that can be told a key's end less often.
func never(v *toy.Variant, p *toysim.Policy) {
	v.Can.End, p.Expiry = keyseries.Never, toysim.ExpiryNever
}

func atMint(v *toy.Variant, p *toysim.Policy) {
	v.Can.End, p.Expiry = keyseries.AtMint, toysim.ExpiryAtCreate
}

func asUsual(*toy.Variant, *toysim.Policy) {}

// A key is created, rotated by age and destroyed; what ends the previous key follows from
// what the vendor can be told.
func TestLife(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vendor   func(*toy.Variant, *toysim.Policy)
		further  values
		until    string // what the plan says of the old key
		byItself bool   // the server ends the previous key
	}{
		"never":   {never, values{"rotate_after": "30d"}, "keeps working for at least 24h after the new key is created, and the first apply after that revokes it", false},
		"at mint": {atMint, values{"rotate_after": "30d", "lifetime": "80d"}, "keeps working for at least 24h after the new key is created, and the first apply after that revokes it", false},
		"later":   {asUsual, values{"rotate_after": "30d", "lifetime": "80d"}, "keeps working for 24h after the new key is created", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, c.vendor)
			config := with(c.further)
			w.applies(config).is(protocol.Create).silent()
			first := w.get("id")
			w.live(first)
			w.works()
			w.stored(values{"generation": 1, "created_at": "2030-01-02T03:04:05Z", "rotation_due_at": "2030-02-01T03:04:05Z", "ready_for_rotation": false, "previous": "[]", "leftovers": "[]"})

			w.pass(30 * day)
			w.applies(config).is(protocol.Update).says("will be rotated", c.until)
			second := w.get("id")
			w.live(first, second)
			w.works()
			w.stored(values{"generation": 2, "previous": "[map[expires_at:2030-02-02T03:04:05Z id:" + first + "]]"})

			w.pass(25 * time.Hour)
			if c.byItself {
				w.live(second)
			} else {
				w.live(first, second)
				w.applies(config).is(protocol.Update).says("The overlap of key " + first).shows(values{"id": second})
			}
			w.applies(config).is(protocol.NoOp)
			w.live(second)
			w.stored(values{"previous": "[]", "generation": 2})
			w.works()

			w.applies(nil).is(protocol.Delete).says(`Key "worker" (` + second + `) will be revoked: Key ` + second + ` stops working at once, without an overlap,`)
			w.live()
		})
	}
}

// The plan of a destroy names every key that stops working, and none that does not work any more.
func TestDestroyIsAnnounced(t *testing.T) {
	t.Parallel()
	w := begin(t)
	config := with(values{"rotate_after": "30d", "lifetime": "80d"})
	w.applies(config)
	first := w.get("id")
	w.pass(30 * day)
	w.applies(config)
	second := w.get("id")
	ids := []string{first, second}
	slices.Sort(ids)
	_, out := w.planned(nil)
	out.says("(" + second + ") will be revoked: Keys " + strings.Join(ids, ", ") + " stop working at once, without an overlap, and nothing brings a revoked key back.")
	w.pass(90 * day)
	_, out = w.planned(config)
	out.says("will be rotated") // it has expired: the refreshed state knows it
	_, out = w.planned(nil)
	out.silent("will be revoked")
}

// A changed lifetime moves the end where it can be moved, and rotates where it cannot.
func TestLifetime(t *testing.T) {
	t.Parallel()
	longer := func(d string) values { return with(values{"lifetime": d, "rotate_after": "10d"}) }
	w := begin(t)
	w.applies(longer("30d"))
	id := w.get("id")
	w.stored(values{"expires_at": "2030-02-01T03:04:05Z"})
	w.applies(longer("60d")).is(protocol.Update)
	w.stored(values{"id": id, "expires_at": "2030-03-03T03:04:05Z"})
	w.applies(with(values{"rotate_after": "10d"})).says("lifetime was removed")
	w.stored(values{"generation": 2, "expires_at": "<nil>"})

	w = begin(t, atMint)
	w.applies(longer("30d"))
	w.applies(longer("60d")).says("the lifetime changed, and the API cannot change it on an existing key")
	w.stored(values{"generation": 2, "expires_at": "2030-03-03T03:04:05Z"})
	w.tries(with(values{"rotate_after": "10d"})).says("has rotate_after without lifetime")
}

// A server that ignores the lifetime of a new key gets it revoked again.
func TestIgnoredLifetime(t *testing.T) {
	t.Parallel()
	w := begin(t)
	for _, operation := range []string{toysim.OpCreate, toysim.OpGet} {
		w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Times: 1, Set: map[string]any{"expires_at": nil}})
	}
	w.tries(with(values{"lifetime": "30d"})).fails("The server ignored the lifetime", "was revoked again")
	w.live()
}

// A new key that works longer than asked for is said, once; what the vendor rounds is not.
func TestLongerLifetime(t *testing.T) {
	t.Parallel()
	const warning = "expires later than asked for"
	for end, warns := range map[string]bool{"2031-01-02T03:04:05Z": true, "2030-02-01T03:04:35Z": false} {
		w := begin(t)
		w.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: simkit.Altered, Times: 1, Set: map[string]any{"expires_at": end}})
		out := w.tries(with(values{"lifetime": "30d", "rotate_after": "20d"}))
		if out.err != nil {
			t.Fatal(out.err)
		}
		if warns {
			out.says(warning, "lifetime asks for 2030-02-01T03:04:05Z")
		} else {
			out.silent(warning)
		}
		w.works()
	}
}

// A vendor's key without an end has no argument for one.
func TestKeysWithoutAnEndHaveNoLifetime(t *testing.T) {
	t.Parallel()
	w := begin(t, never)
	process, err := protocol.Start(w.Context(), w.serve)
	if err != nil {
		t.Fatal(err)
	}
	r, err := process.Resource(keyType)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lifetime", "expires_at"} {
		if _, has := r.Object.AttributeTypes[name]; has {
			t.Errorf("it has %s", name)
		}
	}
	if _, has := process.Schemas().EphemeralResourceSchemas[keyType]; has {
		t.Error("a key that nothing ends is offered for one run")
	}
}

// overlap = 0s revokes the old key in the apply that rotates.
func TestNoOverlap(t *testing.T) {
	t.Parallel()
	for name, vendor := range map[string]func(*toy.Variant, *toysim.Policy){"never": never, "at mint": atMint, "later": asUsual} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, vendor)
			at := func(why string) values {
				return with(values{"overlap": "0s", "rotate_when_changed": map[string]string{"why": why}})
			}
			w.applies(at("a"))
			w.applies(at("b")).says("is revoked at once", "rotate_when_changed has changed")
			w.stored(values{"generation": 2, "previous": "[]"})
			w.live(w.get("id"))
			w.works()
		})
	}
}

// A key that was deleted elsewhere leaves the state; an expired one is rotated.
func TestLostKeys(t *testing.T) {
	t.Parallel()
	w := begin(t)
	config := with(values{"lifetime": "30d", "rotate_after": "20d"})
	w.applies(config)
	w.pass(31 * day)
	w.applies(config).says("has expired", "the current key expired at", "no longer works")
	w.stored(values{"generation": 2})
	w.works()
	w.sim.DeleteKey(w.get("id"))
	w.applies(config).is(protocol.Create).says("is gone")
	w.stored(values{"generation": 1})
	w.works()
}

// What is unknown in a plan may rotate, and says so.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(values{"tier": "gold", "rotate_when_changed": map[string]string{"why": "a"}}))
	out := w.triesLate(with(values{"tier": protocol.Unknown, "rotate_when_changed": protocol.Unknown}), with(values{"tier": "gold", "rotate_when_changed": map[string]string{"why": "a"}}))
	out.says("may be rotated", "rotate_when_changed and tier is not known yet")
	if out.err != nil {
		t.Error(out.err)
	}
	w.stored(values{"generation": 1})
	w.triesLate(with(values{"tier": protocol.Unknown, "rotate_when_changed": map[string]string{"why": "a"}}), with(values{"tier": "tin", "rotate_when_changed": map[string]string{"why": "a"}}))
	w.stored(values{"generation": 2, "tier": "tin"})
	w.works()
}

// Another root key's organization is told by the neighbours of a key, and nothing leaves
// the state.
func TestAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	other := toysim.Start(t, toysim.Options{Clock: w.sim.Clock(), Policy: toysim.Policy{Extras: true}})
	w.env[toy.BaseURLEnv], w.env[toy.RootKeyEnv] = other.URL(), other.RootKey()
	w.tries(with(nil)).fails("another organization's root key", "Nothing was removed from state")
	if w.held() == nil {
		t.Error("the key left the state")
	}
	w.env[toy.BaseURLEnv], w.env[toy.RootKeyEnv] = w.sim.URL(), w.sim.RootKey()
	w.settled(with(nil))
}

// Terraform hands over no memory of a tainted key, so its destroy does not know the neighbours: what is
// not there at all is no success. A refresh has the memory, and removes what is really gone.
func TestATaintedKeyInAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.applies(with(nil))
	id := w.get("id")
	w.pass(day)
	w.held().Tainted = true
	plan, _ := w.planned(with(nil))
	other := toysim.Start(t, toysim.Options{Clock: w.sim.Clock(), Policy: toysim.Policy{Extras: true}})
	w.env[toy.BaseURLEnv], w.env[toy.RootKeyEnv] = other.URL(), other.RootKey()
	err := w.ws.Apply(w.Context(), plan, wanting(with(nil)))
	if err == nil || !strings.Contains(err.Error(), "another organization's root key") || w.held() == nil || len(other.Keys()) != 0 {
		t.Errorf("%v, in state is %v, the other organization has %v", err, w.held(), other.Keys())
	}
	w.live(id)
	w.env[toy.BaseURLEnv], w.env[toy.RootKeyEnv] = w.sim.URL(), w.sim.RootKey()
	w.sim.DeleteKey(id)
	w.applies(with(nil)).is(protocol.Create).says("is gone")
	w.works()
}
