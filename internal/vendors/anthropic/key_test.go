// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// Adopting sends nothing where name and status are unset or agree, and else the difference,
// which the plan shows.
func TestAdopt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, sent settings }{
		"unset":         {settings{}, settings{}},
		"agrees":        {settings{"name": "billing", "status": "active"}, settings{}},
		"another name":  {settings{"name": "ledger"}, settings{"name": "ledger"}},
		"switched off":  {settings{"status": "inactive"}, settings{"status": "inactive"}},
		"name to agree": {settings{"name": "billing", "status": "inactive"}, settings{"status": "inactive"}},
	} {
		for _, p := range []policy{{}, {Legacy: true, ArchivedHidden: true, DefaultHidden: true}} {
			t.Run(fmt.Sprint(name, p.Legacy), func(t *testing.T) {
				t.Parallel()
				w := begin(t, keyType, p)
				config := with(settings{"id": w.key}, c.config)
				same(t, "quiet", w.Quiet(config), false)
				for argument, value := range c.sent {
					w.Has(fmt.Sprintf(`billing" (%s) will change its %s to "%s"`, w.key, argument, value))
				}
				w.holds("a plan sends nothing", "billing", "active", 0)
				got := w.Apply(config)
				owner, id := "service_account", any("svac_1")
				if p.Legacy {
					owner, id = "organization", nil
				}
				want := with(settings{"name": "billing", "status": "active"}, c.sent)
				same(t, "state", []any{got["name"], got["status"], got["on_destroy"], got["workspace_id"], got["owner_type"], got["owner_id"], got["created_at"], got["expires_at"]},
					[]any{want["name"], want["status"], "forget", w.workspace, owner, id, w.in(0), nil})
				sent := settings{}
				for _, entry := range w.Journal() {
					sent = with(sent, entry.Fields)
				}
				same(t, "sent", sent, c.sent)
				w.Apply(nil)
				w.holds("forgotten", fmt.Sprint(want["name"]), fmt.Sprint(want["status"]), min(len(c.sent), 1))
			})
		}
	}
}

// A name that the Console stored in decomposed letters is the configured one: nothing is announced, and nothing sent.
func TestAdoptDecomposed(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	const decomposed = "Bru\u0308cke"
	w.Change(w.key, func(k *key) { k.Name = decomposed })
	config := settings{"id": w.key, "name": "Br\u00fccke"}
	got := w.Apply(config)
	same(t, "state", []any{got["name"], w.Says("will change its name")}, []any{"Br\u00fccke", false})
	w.holds("adopted", decomposed, "active", 0)
	w.Apply(with(config, settings{"status": "inactive"}))
	w.holds("switched off", decomposed, "inactive", 1)
}

// deaths are the ways in which a key stops working for good, by its status then.
var deaths = map[string]func(*key){
	"archived": func(k *key) { k.Status = "archived" },
	"expired":  func(k *key) { k.ExpiresAt = k.Exact },
}

// Titles say what was not done, and what is not found has its id in the error.
func TestWordsOfAFailure(t *testing.T) {
	t.Parallel()
	for does, onDestroy := range map[string]string{"deactivate": "deactivate", "archive": "archive"} {
		w := begin(t, keyType, policy{})
		w.Apply(settings{"id": w.key, "on_destroy": onDestroy})
		w.Inject(simkit.Fault{Operation: anthropicsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 403})
		w.Refused(w.Try(nil), "Unable to "+does+" API key")
	}
	w := begin(t, keyType, policy{})
	_, err := w.Data(keyType, settings{"name": "billing", "workspace_id": "wrkspc_nope"})
	w.Refused(err, "nothing has the id wrkspc_nope")
}

// What cannot be brought back is not adopted, nor what is not there.
func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	for status, die := range deaths {
		w := begin(t, keyType, policy{})
		config := settings{"id": w.key, "status": "active"}
		plan, err := w.Plan(config)
		same(t, "plan", err, nil)
		w.Change(w.key, die)
		w.Refused(w.Carry(plan, config), status)
		_, err = w.Plan(config)
		w.Refused(err, status)
		_, _, err = w.Import(keyType, w.key)
		w.Refused(err, status)
		_, err = w.Plan(settings{"id": "apikey_nope"})
		w.Refused(err, `"`+anthropicsim.Organization+`" (12345678-`)
		same(t, "writes", w.Count(anthropicsim.OpUpdateKey), 0)
	}
}

// A key that cannot be brought back stays in state with a warning in every plan, and nothing
// is sent for it.
func TestDead(t *testing.T) {
	t.Parallel()
	for status, die := range deaths {
		for _, hidden := range []bool{false, true} {
			w := begin(t, keyType, policy{ArchivedHidden: hidden})
			config := settings{"id": w.key, "name": "billing", "status": "active", "on_destroy": "archive"}
			w.Apply(config)
			w.Change(w.key, die)
			for range 2 {
				w.Said()
				got := w.Apply(with(config, settings{"name": "other"}))
				same(t, "state", []any{got["status"], got["name"]}, []any{status, "billing"})
				w.Has("cannot be brought back", "billing")
			}
			w.Apply(with(config, settings{"review_after": "1d"}))
			w.Apply(nil)
			same(t, "writes", w.Count(anthropicsim.OpUpdateKey), 0)
		}
	}
}

// Name and status change in place; unset they are left alone.
func TestChange(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	config := settings{"id": w.key}
	w.Apply(config)
	w.Change(w.key, func(k *key) { k.Name, k.Status = "theirs", "inactive" })
	got := w.Apply(config)
	same(t, "left alone", []any{got["name"], got["status"]}, []any{"theirs", "inactive"})
	config = with(config, settings{"name": "ours", "status": "active"})
	w.Apply(config)
	w.holds("changed", "ours", "active", 1)
	w.Change(w.key, func(k *key) { k.Name = "theirs" })
	same(t, "drift is hidden", w.Quiet(config), false)
	w.Apply(with(config, settings{"review_after": "90d", "on_destroy": "deactivate"}))
	w.Apply(config)
	w.holds("our own arguments send nothing", "ours", "active", 2)
}

// From an age on every plan says what a person has to do; a plan knows the age from the Read.
func TestReview(t *testing.T) {
	t.Parallel()
	const text = "has to be replaced by a user"
	w := begin(t, keyType, policy{})
	config := settings{"id": w.key, "name": "billing-2029-12-01", "review_after": "90d"}
	w.Apply(config)
	w.Advance(89 * day)
	w.Said()
	same(t, "quiet", []any{w.Quiet(config), strings.Contains(w.Said(), text)}, []any{true, false})
	w.Advance(day + time.Hour)
	for range 2 {
		same(t, "quiet", w.Quiet(config), true)
		w.Has(text, `one called "billing-`+w.in(90*day + time.Hour)[:10]+`"`, "workspace "+w.workspace, "(90d)", "in a second resource", `set status = "inactive"`)
	}
	w.Apply(with(config, settings{"review_after": "100d"}))
	same(t, "said", strings.Contains(w.Said(), text), false)
	same(t, "a change counts at once", []any{w.Quiet(config), strings.Contains(w.Said(), text)}, []any{false, true})
	w.Apply(nil)
	w.Said()
	same(t, "an adoption, too", []any{w.Quiet(config), strings.Contains(w.Said(), text)}, []any{false, true})

	// A key that is switched off has been replaced: what is left is to archive it.
	off := with(config, settings{"status": "inactive"})
	for _, before := range []settings{nil, config, off} {
		w.Apply(before)
		w.Said()
		same(t, "quiet", w.Quiet(off), before["status"] != nil)
		said := w.Said()
		same(t, "said", []any{strings.Contains(said, text), strings.Contains(said, "is inactive and older than review_after")}, []any{false, true})
	}
}

// Where no clock can be trusted, no age is decided, and every plan says so.
func TestReviewWithoutAClock(t *testing.T) {
	t.Parallel()
	for says, date := range map[string]string{"was read without the server's time": simkit.NoDate, "was read while this machine's clock is wrong": ""} {
		w := begin(t, keyType, policy{})
		w.Advance(100 * day)
		w.Clock.Advance(time.Hour)
		w.SetDate(date)
		config := settings{"id": w.key, "review_after": "90d"}
		for range 2 {
			_, err := w.Plan(config)
			said := w.Said()
			same(t, says, []any{err, strings.Contains(said, says), strings.Contains(said, "has to be replaced")}, []any{nil, true, false})
			w.Apply(config)
			w.Said()
		}
		w.Apply(settings{"id": w.key})
		w.Said()
		same(t, "without review_after", []any{w.Quiet(settings{"id": w.key}), w.Says(says)}, []any{true, false})
	}
}

// A destroy and a changed id do to the old key what on_destroy says.
func TestDestroy(t *testing.T) {
	t.Parallel()
	for way, status := range map[string]string{"forget": "active", "deactivate": "inactive", "archive": "archived"} {
		for _, replaced := range []bool{false, true} {
			w := begin(t, keyType, policy{})
			next, _ := w.SeedKey(key{Name: "next"})
			w.Apply(settings{"id": w.key, "on_destroy": way})
			var config settings
			if replaced {
				config = settings{"id": next, "on_destroy": way}
			}
			w.Said()
			same(t, "quiet", w.Quiet(config), false)
			said := w.Said()
			same(t, "warned", []any{strings.Contains(said, "Archiving is final"), strings.Contains(said, "will be replaced")}, []any{way == "archive", replaced})
			w.Apply(config)
			w.holds(way, "billing", status, map[bool]int{true: 1}[way != "forget"])
			same(t, "the other key", w.Keys()[1].Status, "active")
		}
	}
}

// A key whose resource has another address, without a moved block, is switched off by the destroy and on again by the
// create, which comes after it here: the list as the process first saw it shows a key that is on.
func TestAnotherAddress(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	other, _ := w.SeedKey(key{Name: "other"})
	config := settings{"id": w.key, "status": "active", "on_destroy": "deactivate"}
	same(t, "at the old address", w.TryAll(map[string]settings{"old": config}), nil)
	same(t, "at the young address", w.TryAll(map[string]settings{"neighbour": {"id": other}, "young": config}), nil)
	w.holds("after it", "billing", "active", 2)
}

// What a destroy does is the configuration's, also for a key of which nothing else is known.
func TestUnknownKind(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"principal": map[string]any{"type": "robot_actor"}}, Omit: []string{"created_at"}})
	got := w.Apply(settings{"id": w.key, "on_destroy": "archive"})
	same(t, "state", []any{got["owner_type"], got["created_at"], got["on_destroy"]}, []any{nil, nil, "archive"})
}

// Whom a key acts for is also known from the older form, which is that of created_by.
func TestOlderPrincipal(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"user", "service_account"} {
		w := begin(t, keyType, policy{})
		w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"principal": map[string]any{"type": kind, "id": "id_1"}}})
		got := w.Apply(settings{"id": w.key})
		same(t, "owner", []any{got["owner_type"], got["owner_id"], w.Says("belongs to a user")}, []any{kind, "id_1", kind == "user"})
	}
}

// A 404 of a change is no proof that the key is another organization's: a look decides.
func TestUpdateNotFound(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		w := begin(t, keyType, policy{})
		w.Apply(settings{"id": w.key})
		w.Inject(simkit.Fault{Operation: anthropicsim.OpUpdateKey, Kind: simkit.NotFoundBefore})
		if lost {
			w.Inject(simkit.Fault{Operation: anthropicsim.OpGetKey, Kind: simkit.NotFoundBefore})
		}
		err := fmt.Sprint(w.Try(settings{"id": w.key, "name": "other"}))
		same(t, err, []any{strings.Contains(err, "still exists"), strings.Contains(err, "nothing has the id apikey_")}, []any{!lost, lost})
		w.ClearFaults()
		w.Apply(settings{"id": w.key, "name": "other"})
		sent := 2
		if !lost {
			sent = 3 // what a look finds is changed once more
		}
		w.holds("after it", "other", "active", sent)
	}
}

// Switching off is success only when the key is off, whatever answers in between.
func TestDestroyUnderFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault simkit.Fault
		done  bool
	}{
		"lost answer":         {simkit.Fault{Kind: simkit.CutAfter, Times: 1}, true},
		"busy":                {simkit.Fault{Kind: simkit.StatusBefore, Status: 429, Times: 2}, true},
		"overloaded":          {simkit.Fault{Kind: simkit.StatusBefore, Status: 529, Times: 2}, true},
		"done, but refused":   {simkit.Fault{Kind: simkit.StatusAfter, Status: 400, Times: 1}, true},
		"a page in its place": {simkit.Fault{Kind: simkit.HTML}, true},
		"an empty answer":     {simkit.Fault{Kind: simkit.Altered, Body: " "}, true},
		"done, former shown":  {simkit.Fault{Kind: simkit.FormerAnswer, Times: 1}, true},
		"not found":           {simkit.Fault{Kind: simkit.NotFoundBefore}, false},
		"refused":             {simkit.Fault{Kind: simkit.StatusBefore, Status: 403}, false},
		"not carried out":     {simkit.Fault{Kind: simkit.StatusBefore, Status: 400}, false},
		"another key":         {simkit.Fault{Kind: simkit.Crossed}, false},
	} {
		for _, way := range []string{"deactivate", "archive"} {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				w := begin(t, keyType, policy{})
				w.SeedKey(key{Name: "neighbour"})
				w.Apply(settings{"id": w.key, "on_destroy": way})
				fault := c.fault // one for each way
				fault.Operation = anthropicsim.OpUpdateKey
				w.Inject(fault)
				err := w.Try(nil)
				same(t, "done", []any{err == nil, w.Attributes() == nil}, []any{c.done, c.done})
				w.ClearFaults()
				w.Apply(nil)
				same(t, "active", w.Keys()[0].Status == "active", false)
			})
		}
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	vendortest.Survives(t, anthropicsim.OpGetKey, func(t *testing.T) (*vendortest.Stage, settings, func()) {
		t.Helper()
		w := begin(t, keyType, policy{ArchivedHidden: true})
		w.SeedKey(key{Name: "neighbour"})
		return w.Stage, settings{"id": w.key, "name": "billing"}, func() { w.Change(w.key, deaths["archived"]) }
	})
	vendortest.Omits(t, func(t *testing.T) (*vendortest.Stage, settings) {
		t.Helper()
		w := begin(t, keyType, policy{})
		return w.Stage, settings{"id": w.key, "name": "ledger", "status": "inactive"}
	}, "name", "status", "created_at", "expires_at", "created_by", "principal", "scope", "workspace_id")
	vendortest.Omits(t, func(t *testing.T) (*vendortest.Stage, settings) {
		t.Helper()
		w := begin(t, keyType, policy{})
		return w.Stage, settings{"id": w.key, "name": "ledger"} // it may be the provider's own
	}, "partial_key_hint")
}

// The key that the provider works with is not switched off, on any road.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	own, plain := w.SeedKey(key{Name: "admin", Admin: true})
	w.Setenv("ANTHROPIC_ADMIN_KEY", plain)
	w.Refused(w.Try(settings{"id": own, "status": "inactive"}), "lock itself out")
	w.Apply(settings{"id": own, "on_destroy": "archive"})
	w.Refused(w.Try(nil), "lock itself out")
	w.Refused(w.Invoke("orgkeys_anthropic_revoke_key", settings{"key_id": own}), "Nothing was revoked")
	same(t, "writes", w.Count(anthropicsim.OpUpdateKey), 0)
}

// A key whose ends the API does not show may be the provider's own: it is switched off only if another
// one is known to be that.
func TestOwnKeyWithoutAHint(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	own, plain := w.SeedKey(key{Name: "admin", Admin: true})
	next, _ := w.SeedKey(key{Name: "next"})
	w.Setenv("ANTHROPIC_ADMIN_KEY", plain)
	w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"partial_key_hint": nil}})
	const says = "switch it off in the Console"
	revoke := func(id string) error { return w.Invoke("orgkeys_anthropic_revoke_key", settings{"key_id": id}) }
	w.Refused(w.Try(settings{"id": own, "status": "inactive"}), says)
	w.Apply(settings{"id": own, "on_destroy": "archive"})
	w.Refused(w.Try(nil), says)
	w.Refused(revoke(own), says)
	w.Refused(revoke(next), says)
	w.Inject(simkit.Fault{Operation: anthropicsim.OpListKeys, Kind: simkit.StatusBefore, Status: 403})
	w.Refused(revoke(next), says)
	same(t, "writes", w.Count(anthropicsim.OpUpdateKey), 0)
	w.ClearFaults()

	w.Change(w.key, func(k *key) { k.HintHidden = true })
	w.Change(next, func(k *key) { k.HintHidden = true })
	same(t, "another is", revoke(w.key), nil)
	w.Change(own, func(k *key) { k.HintHidden = true })
	w.Refused(revoke(next), says)
	w.Inject(simkit.Fault{Operation: anthropicsim.OpGetKey, Kind: simkit.Altered, Set: map[string]any{"partial_key_hint": nil}})
	w.Change(next, func(k *key) { k.HintHidden = false })
	same(t, "its list shows the ends", revoke(next), nil)
	var statuses []string
	for _, k := range w.Keys() {
		statuses = append(statuses, k.Status)
	}
	same(t, "statuses", statuses, []string{"archived", "active", "archived"})
}

// An Admin key is no key of the list, so whatever the API shows of a key, that is another one. With a key of the list
// what shows no end tells nothing, and the list decides.
func TestOwnKeyBehindAnyHint(t *testing.T) {
	t.Parallel()
	for _, shown := range []any{nil, "igAA", "..."} {
		w := begin(t, keyType, policy{})
		revoke := func(id string) error { return w.Invoke("orgkeys_anthropic_revoke_key", settings{"key_id": id}) }
		w.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"partial_key_hint": shown}})
		same(t, "revoked", []any{revoke(w.key), w.Count(anthropicsim.OpListKeys)}, []any{nil, 0})
		w.holds("revoked", "billing", "archived", 1)
		w.ClearFaults()

		own, plain := w.SeedKey(key{Name: "admin", Admin: true})
		next, _ := w.SeedKey(key{Name: "next"})
		w.Setenv("ANTHROPIC_ADMIN_KEY", plain)
		w.Inject(simkit.Fault{Operation: anthropicsim.OpGetKey, Kind: simkit.Altered, Set: map[string]any{"partial_key_hint": shown}})
		same(t, "its list shows the ends", revoke(next), nil)
		w.Refused(revoke(own), "lock itself out")
	}
}

// Many keys cost the pages of their list, and one call for each change.
func TestCalls(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	all := map[string]settings{}
	for i := range 9 {
		id, _ := w.SeedKey(key{Name: "x"})
		all[fmt.Sprint("k", i)] = settings{"id": id, "name": fmt.Sprint(i)}
	}
	vendortest.Adopts(w.Stage, 5, all)
}

// An answer that leaves out when a key expires does not say that it never does.
func TestExpiryLeftOut(t *testing.T) {
	t.Parallel()
	w := begin(t, keyType, policy{})
	id, _ := w.SeedKey(key{Name: "ending", WorkspaceID: w.workspace, Principal: "svac_1", ExpiresAt: w.start.Add(90 * day)})
	config := settings{"id": id}
	end := w.Apply(config)["expires_at"]
	for _, operation := range []string{anthropicsim.OpListKeys, anthropicsim.OpGetKey, anthropicsim.OpUpdateKey} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"expires_at"}})
	}
	same(t, "state", w.Apply(with(config, settings{"name": "renamed"}))["expires_at"], end)
	got, err := w.Data("orgkeys_api_keys", settings{"never_expires": true})
	same(t, "inventory", []any{got["api_keys"], strings.Contains(fmt.Sprint(got["incomplete"]), "the API does not show the expiry of some keys"), err}, []any{[]any{}, true, nil})
}
