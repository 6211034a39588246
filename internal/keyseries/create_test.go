// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

var wanted = keyseries.Wanted{Name: "payments", Lifetime: 90 * day, RotateAfter: 30 * day, Overlap: day}

func TestCreate(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	job, r, d := newJob(v, wanted, keyseries.State{}, &m)
	v.scopes = []string{"a"}
	if err := job.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, start, "mint payments 1")
	want := keyseries.State{ID: "key_1", Name: "payments", Generation: 1, Version: begin.Unix() * 1000, CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Lifetime: 90 * day, Overlap: day, Own: []string{"a"}}
	if len(r.states) != 1 || !reflect.DeepEqual(r.last(), want) || len(d.kept) != 1 || len(r.notices) != 0 {
		t.Errorf("stored %+v, kept %d, told %v", r.states, len(d.kept), r.notices)
	}
	if !m.End.Equal(begin.Add(90*day)) || m.Phase != keyseries.Living || m.Fingerprint != "" {
		t.Errorf("memory %+v", m)
	}
}

// An answer about a key that this request cannot have created is not taken for the new one:
// what was created is found by its mark, and the other key is left alone.
func TestCreateAnsweredWithAnotherKey(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]keyseries.Minted{
		"one that was there":    {ID: "stranger"},
		"one of another series": {ID: "unlisted", Name: "payments (ok-zzzzzzzzzz.aaaaaaaa)"},
		"one without a marker":  {ID: "unlisted", Name: "by hand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.New()
			v.add("stranger", "by hand", time.Time{})
			v.answers = []keyseries.Minted{other}
			job, r, d := newJob(v, wanted, keyseries.State{}, &m)
			if err := job.Create(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, "key_2", "stranger")
			if r.last().ID != "key_2" || len(d.kept) != 1 || len(m.Unsettled) != 0 {
				t.Errorf("stored %+v, kept %d, memory %+v", r.last(), len(d.kept), m)
			}
			v.answers = []keyseries.Minted{other, other}
			job, r, _ = newJob(v, wanted, keyseries.State{}, &m)
			if err := job.Create(t.Context()); err == nil || !strings.Contains(err.Error(), "answered with another key") || len(r.states) != 0 {
				t.Errorf("%v, stored %+v", err, r.states)
			}
			wantLive(t, v, "key_2", "stranger")
		})
	}
}

// The list names the owner of a key that a server answers without a mark. A lagging list shows
// no other sign of the key that this request created.
func TestCreateAnsweredWithAnothersKey(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*entry){
		"of another account": func(e *entry) { e.OwnerID = "svc_acct_2" },
		"of a user":          func(e *entry) { e.OwnerID, e.Person = "", "ada@example.com" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.New()
			v.lag = 3 * time.Second
			v.answers = []keyseries.Minted{{ID: "stranger", Name: "by hand"}}
			v.onCall = func(call string) {
				if call == mint && v.made == 0 {
					change(v.add("stranger", "by hand", time.Time{}))
				}
			}
			job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
			if err := job.Create(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, "key_2", "stranger")
			if r.last().ID != "key_2" {
				t.Errorf("stored %+v", r.last())
			}
		})
	}
}

// What an earlier run may have left is named, key by key, and left alone.
func TestCreateReportsNamesakes(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	for _, id := range []string{"left_1", "left_2", "dead", "ended"} {
		v.add(id, "payments (ok-zzzzzzzzzz."+nonce(len(v.keys))+")", time.Time{})
	}
	v.atStart = v.listing()
	delete(v.keys, "dead")
	v.keys["ended"].ExpiresAt = begin
	job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, r.notices, "left_1: key has the same name and was never used", "orgctl revoke left_2")
	wantLive(t, v, "key_1", "left_1", "left_2")

	// Where the vendor chooses the owner, none is known yet.
	v.owner, m = "", keyseries.New()
	v.atStart = v.listing()
	job, r, _ = newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, r.notices, "key_1: key has the same name", "left_1: key has the same name", "orgctl revoke left_2")

	// Neither list stops a create.
	v.fail(start, fault{err: refused(500)})
	v.atStart, m = nil, keyseries.New()
	job, r, _ = newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); err != nil || len(r.notices) != 0 {
		t.Errorf("%v, told %v", err, r.notices)
	}
}

// Both answers are lost and the list lags: Terraform hands no memory to the destroy of
// what this create leaves, so the create itself finds and revokes both.
func TestCreateWaitsForLostAttempts(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 8 * time.Second, 25 * time.Second, 45 * time.Second} {
		v, m := newVendor(), keyseries.New()
		v.lag = lag
		v.fail(mint, fault{cut, true}, fault{cut, true})
		job, r, d := newJob(v, wanted, keyseries.State{}, &m)
		err := job.Create(t.Context())
		var unsettled *keyseries.Unsettled
		if !apierr.IsUnknown(err) || errors.As(err, &unsettled) {
			t.Errorf("%s: %#v", lag, err)
		}
		if len(m.Unsettled) != 0 || len(r.states) != 0 || len(d.kept) != 0 || v.calls(mint) != 2 || len(v.revoked) != 2 {
			t.Errorf("%s: memory %+v, calls %v", lag, m, v.journal)
		}
		v.clock.Advance(day)
		wantLive(t, v)
		if n := v.calls(fresh); n > 18 {
			t.Errorf("%s: %d lists", lag, n)
		}
	}
}

func TestCreateWhoseAttemptsMadeNothing(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	v.fail(mint, fault{err: cut}, fault{err: cut})
	job, _, _ := newJob(v, wanted, keyseries.State{}, &m)
	err := job.Create(t.Context())
	wantText(t, err, "connection reset", "watched for up to 1m0s", v.sent[0], v.sent[1])
	if len(m.Unsettled) != 0 || v.clock.Slept() < time.Minute {
		t.Errorf("memory %+v after %s", m, v.clock.Slept())
	}
}

// What could not be looked for stays remembered.
func TestCreateUnsettled(t *testing.T) {
	t.Parallel()
	all := make([]fault, 40)
	for i := range all {
		all[i] = fault{err: refused(503)}
	}
	for name, prepare := range map[string]func(full){
		"the list fails":                func(v full) { v.fail(fresh, all...) },
		"the list fails at the end":     func(v full) { v.lag = hour; v.fail(fresh, append(make([]fault, 8), all...)...) },
		"the list is too long":          func(v full) { v.unlistable = true },
		"the list may be incomplete":    func(v full) { v.lag, v.incomplete = hour, []string{"owners are hidden"} },
		"the key cannot be revoked":     func(v full) { v.fail(revoke, all...) },
		"the key was used in the while": func(v full) { v.onCall = func(call string) { use(v, call) } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.New()
			v.fail(mint, fault{cut, true}, fault{cut, true})
			prepare(v)
			job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
			err := job.Create(t.Context())
			var unsettled *keyseries.Unsettled
			if !errors.As(err, &unsettled) || len(unsettled.Shown) != len(v.sent) || !apierr.IsUnknown(unsettled.Mint) || unsettled.Look == nil {
				t.Fatalf("got %#v", err)
			}
			if len(m.Unsettled) != len(v.sent) || len(r.states) != 0 || len(v.revoked) != 0 {
				t.Errorf("memory %+v, calls %v", m, v.journal)
			}
			if found := name == "the key cannot be revoked" || name == "the key was used in the while"; found && len(m.Others) != len(v.keys) || !found && len(m.Others) > 0 {
				t.Errorf("other keys %+v of %d", m.Others, len(v.keys))
			}
			for i, attempt := range m.Unsettled {
				wantText(t, err, v.sent[i])
				if attempt.Shown != v.sent[i] {
					t.Errorf("remembered %v of %v", m.Unsettled, v.sent)
				}
			}
		})
	}
}

// What it left may be stamped with a user for whom the credential does not stand: it is named, not
// revoked and not forgotten.
func TestCreateThatLeavesKeysOfAUser(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	v.fail(mint, fault{cut, true}, fault{cut, true})
	v.onCall = func(string) {
		for _, key := range v.keys {
			key.Person = "ada"
		}
	}
	job, _, _ := newJob(v, wanted, keyseries.State{}, &m)
	err := job.Create(t.Context())
	wantText(t, err, "is not settled", "key key_1 carries its marker and belongs to the user ada, but the provider's root key is not that user's", "orgctl revoke key_2")
	if len(m.Unsettled) != 2 {
		t.Errorf("memory %+v", m)
	}
	wantLive(t, v, "key_1", "key_2")
	if err := keyseries.WaitOut(t.Context(), v, &m); err == nil || len(m.Unsettled) != 2 {
		t.Errorf("%v, memory %+v", err, m)
	}
	v.keys["key_1"].ExpiresAt = v.Now()
	delete(v.keys, "key_2")
	if err := keyseries.WaitOut(t.Context(), v, &m); err != nil || len(m.Unsettled) != 0 {
		t.Errorf("%v, memory %+v", err, m)
	}
}

// One whose key shows a use is not waited for: nothing can change that.
func TestCreateThatLeavesAUsedKey(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	v.fail(mint, fault{cut, true})
	v.onCall = func(call string) { use(v, call) }
	job, _, _ := newJob(v, wanted, keyseries.State{}, &m)
	err := job.Create(t.Context())
	wantText(t, err, "The attempt created a key: key key_1: it has been used, so its secret is in use, and it is not revoked")
	if !errors.Is(err, keyseries.ErrUsed) || v.clock.Slept() != 0 || len(m.Unsettled) != 1 {
		t.Errorf("%v: slept %s, memory %+v", err, v.clock.Slept(), m)
	}
	wantLive(t, v, "key_1")

	// Beside an attempt that may still come up it is.
	m.Unsettled = append(m.Unsettled, keyseries.Attempt{Shown: shown(7), At: v.Now()})
	if err := keyseries.WaitOut(t.Context(), v, &m); err == nil || v.clock.Slept() != keyseries.SettleFor {
		t.Errorf("%v: slept %s, memory %+v", err, v.clock.Slept(), m)
	}
}

func use(v full, call string) {
	if call != fresh {
		return
	}
	for _, key := range v.keys {
		key.LastUsedAt = v.Now()
	}
}

// A look is one list, however many attempts there are.
func TestWaitOutIsFrugal(t *testing.T) {
	t.Parallel()
	v := newVendor()
	m := keyseries.Memory{Series: series, Unsettled: []keyseries.Attempt{{Shown: shown(1), At: begin}, {Shown: shown(2), At: begin}, {Shown: shown(3), At: begin}}}
	if err := keyseries.WaitOut(t.Context(), v, &m); err != nil || len(m.Unsettled) != 0 {
		t.Errorf("%v, %+v", err, m)
	}
	if v.calls(fresh) != 7 || len(v.journal) != 7 || v.clock.Slept() != time.Minute {
		t.Errorf("calls %v in %s", v.journal, v.clock.Slept())
	}
}

// A refusal leaves nothing to wait for.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.New()
	v.fail(mint, fault{err: refused(403)})
	job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); apierr.Status(err) != 403 || len(m.Unsettled)+len(r.states) != 0 || v.clock.Slept() != 0 {
		t.Errorf("%v, memory %+v", err, m)
	}
}
