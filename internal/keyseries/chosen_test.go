// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// choosing is a vendor to which secrets can be chosen: the id of a key belongs to its secret.
type choosing struct {
	full
	chosen   int
	refuses  bool // chooses secrets itself
	confused bool // gives keys ids of their own
}

func newChoosing() *choosing {
	c := &choosing{full: newVendor()}
	c.can.Recovery = keyseries.BySecret
	return c
}

func (c *choosing) Choose() (secret.Text, string) {
	c.chosen++
	return secret.New(fmt.Sprintf("fake-chosen-%d", c.chosen)), fmt.Sprintf("hash_%d", c.chosen)
}

func (c *choosing) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	if c.refuses && !request.Secret.Empty() {
		return keyseries.Minted{}, keyseries.ErrNotChosen
	}
	minted, err := c.full.Mint(ctx, request)
	if key := c.keys[minted.ID]; key != nil && !request.Secret.Empty() && !c.confused {
		delete(c.keys, minted.ID)
		key.ID = "hash_" + strings.TrimPrefix(request.Secret.Reveal(), "fake-chosen-")
		c.keys[key.ID], minted.ID = key, key.ID
	}
	return minted, err
}

// The secret is put away before anything is sent, and one mint is enough.
func TestChosenSecret(t *testing.T) {
	t.Parallel()
	nowhere := fault{err: unknown(502)}
	for name, c := range map[string]struct {
		faults  []fault
		journal []string
	}{
		"answered":         {nil, []string{"mint payments 1"}},
		"the answer lost":  {[]fault{{cut, true}}, []string{"mint payments 1", "get hash_1"}},
		"nothing created":  {[]fault{nowhere}, []string{"mint payments 1", "get hash_1", "mint payments 2"}},
		"twice, then lost": {[]fault{nowhere, {cut, true}}, []string{"mint payments 1", "get hash_1", "mint payments 2", "get hash_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
			v.fail(mint, c.faults...)
			v.onCall = func(call string) {
				if call == mint && len(d.kept) != 1 {
					t.Error("the secret was sent before it was kept")
				}
			}
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if err != nil {
				t.Fatal(err)
			}
			wantJournal(t, v, c.journal...)
			wantLive(t, v, "hash_1")
			if minted.ID != "hash_1" || minted.Secret.Reveal() != "fake-chosen-1" || !minted.ExpiresAt.Equal(begin.Add(90*day)) {
				t.Errorf("minted %+v", minted)
			}
			if len(d.kept) != 1 || d.kept[0].ID != "hash_1" || d.kept[0].Secret.Reveal() != "fake-chosen-1" || len(m.Unsettled) != 0 {
				t.Errorf("kept %+v, memory %+v", d.kept, m)
			}
			if first, last := v.sent[0], v.sent[len(v.sent)-1]; first != last {
				t.Errorf("sent as %q and as %q", first, last)
			}
		})
	}
}

// A name that an attempt of this apply may have is waited for, for a minute at most; another key's is final.
func TestTakenName(t *testing.T) {
	t.Parallel()
	taken := fault{err: fmt.Errorf("%w: %w", keyseries.ErrTaken, refused(400))}
	for _, chooses := range []bool{false, true} {
		for name, c := range map[string]struct {
			lag    time.Duration
			faults []fault
			fails  string
			held   bool
		}{
			"until it shows":   {40 * time.Second, []fault{{cut, true}, taken}, "", false},
			"not for ever":     {hour, slices.Concat([]fault{{cut, true}}, slices.Repeat([]fault{taken}, 99)), "another key has the name", true},
			"without attempts": {0, []fault{taken}, "another key has the name", false},
		} {
			v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
			v.lag, v.refuses = c.lag, !chooses
			v.fail(mint, c.faults...)
			v.onCall = func(call string) { // reads lag, too
				if key := v.keys["hash_1"]; call == get && key != nil && v.clock.Now().Before(key.listed) {
					v.fail(get, fault{err: v.gone("key")})
				}
			}
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if c.fails != "" {
				wantText(t, err, c.fails)
			} else if err != nil {
				t.Errorf("%s, chosen %v: %v %v", name, chooses, err, v.journal)
			} else {
				wantLive(t, v, minted.ID)
			}
			if held := len(m.Unsettled) > 0 && m.Unsettled[0].Held; held != c.held || v.clock.Slept() > 2*time.Minute || !c.held && c.fails != "" && v.clock.Slept() > 0 {
				t.Errorf("%s, chosen %v: memory %+v, waited %s", name, chooses, m, v.clock.Slept())
			}
		}
	}
}

// Without a look that succeeds the attempt is remembered, and its error says so once.
func TestChosenSecretUnsettled(t *testing.T) {
	t.Parallel()
	v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
	v.fail(mint, fault{cut, true})
	for range 9 {
		v.fail(get, fault{err: refused(500)})
	}
	_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	var unsettled *keyseries.Unsettled
	if !errors.As(err, &unsettled) || strings.Count(err.Error(), "is not settled") != 1 {
		t.Errorf("the error is %v", err)
	}
	wantText(t, err, "connection reset", "HTTP 500", v.sent[0])
	if len(m.Unsettled) != 1 || m.Unsettled[0].Shown != v.sent[0] || v.calls(mint) != 1 || v.calls(get) != 5 {
		t.Errorf("memory %+v, calls %v", m, v.journal)
	}
	if err := keyseries.WaitOut(t.Context(), v, &m); err != nil {
		t.Fatal(err)
	}
	wantLive(t, v)
}

// Requests without a trace may still be on their way: the attempt is remembered, and what it
// creates within the minute is revoked.
func TestChosenSecretLate(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]error{"lost again": cut, "then refused": refused(403)} {
		v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
		v.fail(mint, fault{err: unknown(502)}, fault{err: last})
		_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
		var unsettled *keyseries.Unsettled
		if !errors.As(err, &unsettled) || len(m.Unsettled) != 1 || m.Unsettled[0].Shown != v.sent[0] {
			t.Fatalf("%s: memory %+v, error %v", name, m, err)
		}
		if v.calls(mint) != 2 || v.sent[0] != v.sent[1] {
			t.Errorf("%s: sent as %q", name, v.sent)
		}
		attempt := m.Unsettled[0]
		late := request
		late.Shown, late.Mark = attempt.Shown, attempt.Mark
		if _, err := v.full.Mint(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		if err := keyseries.WaitOut(t.Context(), v, &m); err != nil {
			t.Fatal(err)
		}
		wantLive(t, v)
	}
}

func TestChosenSecretThatFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*choosing, *drawer)
		says    []string
		journal []string
	}{
		"not put away": {func(_ *choosing, d *drawer) { d.locked = errors.New("no recipient") }, []string{"no recipient"}, nil},
		"refused":      {func(c *choosing, _ *drawer) { c.fail(mint, fault{err: refused(400)}) }, []string{"HTTP 400"}, []string{"mint payments 1"}},
		"another key": {func(c *choosing, _ *drawer) { c.confused = true }, []string{"created key key_1, and the chosen secret belongs to key hash_1", "was revoked again"},
			[]string{"mint payments 1", "revoke key_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
			c.prepare(v, d)
			_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			wantText(t, err, c.says...)
			wantJournal(t, v, c.journal...)
			wantLive(t, v)
			if len(m.Unsettled) != 0 {
				t.Errorf("memory %+v", m)
			}
		})
	}
}

// A server that chooses secrets itself is left to it, and its key is found by its mark.
func TestSecretNotChosen(t *testing.T) {
	t.Parallel()
	v, m, d := newChoosing(), keyseries.Memory{Series: series}, &drawer{}
	v.refuses = true
	v.fail(mint, fault{cut, true})
	minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	if err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, "mint payments 1", fresh, "revoke key_1", "mint payments 2")
	if last := d.kept[len(d.kept)-1]; len(d.kept) != 2 || last.Secret.Reveal() != minted.Secret.Reveal() || minted.Secret.Reveal() != "sk-fake-key_2" {
		t.Errorf("kept %+v, minted %+v", d.kept, minted)
	}
}

// finishing is a vendor whose new keys need another step.
type finishing struct {
	full
	fails    error
	handedOn []string
}

func (f finishing) Finish(_ context.Context, id string) ([]string, error) {
	f.enter("finish", id)
	return f.handedOn, f.fails
}

// A new key is finished before its secret is handed over, and revoked when that fails.
func TestFinisher(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	job, _, d := newJob(finishing{full: v}, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantJournal(t, v, list, "mint payments 1", "finish key_3", "end key_2 in 24h0m0s")
	if len(d.kept) != 1 {
		t.Errorf("kept %d", len(d.kept))
	}

	v, want, have, m = due()
	job, r, d := newJob(finishing{full: v, fails: errors.New("no balance")}, want, have, &m)
	wantText(t, job.Run(t.Context()), "no balance", "the new key key_3 was revoked again")
	wantJournal(t, v, list, "mint payments 1", "finish key_3", "revoke key_3")
	wantLive(t, v, "key_1", "key_2")
	if len(r.states) != 0 || len(d.kept) != 0 {
		t.Errorf("stored %+v, kept %+v", r.states, d.kept)
	}
}

// A mint that answers a key that was there before is refused, and nothing is revoked.
func TestSameID(t *testing.T) {
	t.Parallel()
	for id, prepare := range map[string]func(full, *keyseries.Memory){
		"key_2": func(v full, _ *keyseries.Memory) { v.made = 1 },
		"key_1": func(v full, m *keyseries.Memory) {
			v.made = 0
			m.Previous = map[string]keyseries.Superseded{"key_1": {End: begin.Add(hour)}}
		},
		"key_4": func(v full, m *keyseries.Memory) {
			v.made = 3
			m.Others = []keyseries.Other{{ID: "key_4", CreatedAt: begin.Add(-hour), LastUsedAt: begin}}
		},
	} {
		for _, overlap := range []time.Duration{0, day} {
			v, want, have, m := due()
			have.Previous, m.Previous = nil, nil
			want.Overlap = overlap
			prepare(v, &m)
			before := m.Clone()
			job, r, d := newJob(v, want, have, &m)
			wantText(t, job.Rotate(t.Context()), "the server answered with key "+id+", which exists already", "Nothing was revoked and nothing is stored", "orgctl revoke "+id)
			if v.calls(revoke)+v.calls(endAt) != 0 || len(r.states)+len(d.kept) != 0 || len(m.Previous) != len(before.Previous) || len(m.Unsettled) != 0 {
				t.Errorf("calls %v, stored %+v, memory %+v", v.journal, r.states, m)
			}
		}
	}
}

// A gateway gives an older answer again, and the server did create a key: the list shows it, and
// the next rotation is not stopped by it.
func TestSameIDOfAnOlderAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(full)
		live    []string
		says    string
	}{
		"listed":           {func(full) {}, []string{"key_1", "key_2"}, "created key key_3. The secret of key key_3 was not in the answer, so that key was revoked again"},
		"not listed":       {func(v full) { v.lag = hour }, []string{"key_1", "key_2", "key_3"}, "Nothing was revoked and nothing is stored"},
		"of another owner": {func(v full) { v.onCall = strays(v) }, []string{"key_1", "key_2", "key_3"}, "Nothing was revoked and nothing is stored"},
		"not revoked":      {func(v full) { v.fail(revoke, fault{err: refused(500)}) }, []string{"key_1", "key_2", "key_3"}, "could not be revoked: orgctl revoke key_3"},
	} {
		v, want, have, m := due()
		c.prepare(v)
		v.answers = []keyseries.Minted{{ID: "key_2"}}
		job, r, d := newJob(v, want, have, &m)
		wantText(t, job.Rotate(t.Context()), "the server answered with key key_2, which exists already", c.says)
		wantLive(t, v, c.live...)
		if len(r.states)+len(d.kept)+len(m.Unsettled) != 0 {
			t.Errorf("%s: stored %+v, memory %+v", name, r.states, m)
		}
	}
}

// strays gives a key another owner before it is listed.
func strays(v full) func(string) {
	return func(call string) {
		if call == fresh {
			v.keys["key_3"].OwnerID = "svc_acct_2"
		}
	}
}

// naming is a vendor that answers the names of new keys as it likes.
type naming struct {
	full
	name func(string) string
}

func (n naming) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	minted, err := n.full.Mint(ctx, request)
	minted.Name = n.name(request.Shown)
	return minted, err
}

// A server that does not keep the marker is named: a lost answer would leave a key there
// that nothing finds.
func TestNameWithoutItsMark(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     func(string) string
		unmarked bool
		fine     bool
	}{
		{func(s string) string { return s }, false, true},
		{func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }, false, true},
		{func(string) string { return "" }, false, true}, // not in the answer
		{func(s string) string { return s[:12] }, false, false},
		{func(string) string { return "payments" }, true, true},
	} {
		v, m := newVendor(), keyseries.New()
		v.can.Name.Unmarked = c.unmarked
		job, r, d := newJob(v, wanted, keyseries.State{}, &m)
		job.Vendor = naming{v, c.name}
		if err := job.Create(t.Context()); err != nil || len(d.kept) != 1 {
			t.Fatalf("%v, kept %d", err, len(d.kept))
		}
		if c.fine {
			wantNotices(t, r.notices)
			continue
		}
		wantNotices(t, r.notices, "key_1: key has lost its marker")
	}
}
