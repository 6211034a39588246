// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// renaming is a series whose name changes at a vendor that can rename.
func renaming() (full, keyseries.Wanted, keyseries.State, keyseries.Memory) {
	v, want, have, m := due()
	v.can.Name.Renames = true
	want.Triggers, want.Name = keyseries.Same, "invoices"
	return v, want, have, m
}

// A renamed key keeps the mark that it has, or had before somebody renamed it; an adopted one without a mark gets none.
func TestRename(t *testing.T) {
	t.Parallel()
	mark := keyseries.Mark{Series: "abcdefghij", Nonce: "abcdefgh"}
	for name, c := range map[string]struct {
		has, gets string
		rule      keyseries.NameRule
		had       string // as it was first shown
		adopted   time.Time
	}{
		"ours":            {has: shown(2), gets: "invoices (ok-" + series + "." + nonce(2) + ")"},
		"renamed outside": {has: "by hand", gets: "invoices (ok-" + series + "." + nonce(2) + ")", had: shown(2)},
		"adopted":         {has: "by hand", gets: "invoices", adopted: begin},
		"another's":       {has: mark.Show("theirs"), gets: mark.Show("invoices")},
		"plain":           {has: "payments-ok-abcdefghij-abcdefgh", gets: "invoices-ok-abcdefghij-abcdefgh", rule: keyseries.NameRule{Plain: true}},
		"unmarked":        {has: "payments", gets: "invoices", rule: keyseries.NameRule{Unmarked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, want, have, m := renaming()
			m.Shown, m.Adopted = c.had, c.adopted
			c.rule.Renames = true
			v.can.Name = c.rule
			v.keys["key_2"].Name = c.has
			job, r, _ := newJob(v, want, have, &m)
			if !job.Decision.Rename || job.Decision.Rotate {
				t.Fatalf("decided %+v", job.Decision)
			}
			if err := job.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := v.keys["key_2"].Name; got != c.gets || m.Shown != c.gets || r.last().Name != "invoices" || v.calls(mint) != 0 {
				t.Errorf("called %q, shown %q, stored %+v", got, m.Shown, r.last())
			}
		})
	}
}

// A server that answers a new name and keeps the old one costs a warning.
func TestRenameThatIsIgnored(t *testing.T) {
	t.Parallel()
	v, want, have, m := renaming()
	v.ignoresName = true
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, r.notices, "key_2: key was not renamed")
	if r.last().Name != "invoices" {
		t.Errorf("stored %+v", r.last())
	}
}

func TestRenameThatFails(t *testing.T) {
	t.Parallel()
	cannot := fault{err: keyseries.ErrCannot}
	for name, c := range map[string]struct {
		prepare func(full, *keyseries.Wanted)
		says    string
		refused []string
	}{
		"refused twice":    {func(v full, _ *keyseries.Wanted) { v.fail(edit, cannot, cannot) }, "refuses to change the name of key key_2", []string{"name"}},
		"refused once":     {func(v full, _ *keyseries.Wanted) { v.fail(edit, cannot) }, "", nil},
		"not read":         {func(v full, _ *keyseries.Wanted) { v.fail(get, fault{err: refused(500)}, fault{err: refused(500)}) }, "HTTP 500", nil},
		"bad name":         {func(v full, _ *keyseries.Wanted) { v.fail(edit, fault{err: refused(400)}) }, "HTTP 400", nil},
		"with an argument": {func(v full, want *keyseries.Wanted) { want.Own = scoped(true); v.fail(edit, cannot, cannot) }, "refuses to change the name", []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, want, have, m := renaming()
			c.prepare(v, &want)
			job, r, _ := newJob(v, want, have, &m)
			err := job.Run(t.Context())
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantText(t, err, c.says)
			if !slices.Equal(m.Refused, c.refused) || len(r.states) != 0 {
				t.Errorf("refused %q, stored %+v", m.Refused, r.states)
			}
			// What was refused is decided as a rotation.
			if again := keyseries.Decide(v.can, want, have, m); again.Rotate != (c.refused != nil) {
				t.Errorf("decided %+v", again)
			}
		})
	}
}

// A vendor that declares what it cannot do changes nothing.
func TestEditWithoutAnEditor(t *testing.T) {
	t.Parallel()
	v, want, have, m := changing()
	want.Lifetime = have.Lifetime
	job, r, _ := newJob(v.vendor, want, have, &m)
	wantText(t, job.Run(t.Context()), "the scopes of key key_2")
	if len(r.states) != 0 || v.calls(edit) != 0 {
		t.Errorf("stored %+v, calls %v", r.states, v.journal)
	}
}

// whole is an own argument that holds for every key of the series.
func whole(changed bool) []keyseries.Own {
	return []keyseries.Own{{Name: "scopes", InPlace: true, Whole: true, Changed: changed}}
}

// What changes for the whole series reaches previous keys: with the current one, in a
// rotation, and in the next apply where it failed.
func TestWholeSeries(t *testing.T) {
	t.Parallel()
	change := func(trigger keyseries.Trigger) (full, keyseries.Wanted, keyseries.State, keyseries.Memory) {
		v, want, have, m := due()
		v.scopes = []string{"a"}
		want.Triggers, want.Own = trigger, whole(true)
		return v, want, have, m
	}
	lacking := func(m keyseries.Memory, id string) []string { return m.Previous[id].Stale }

	v, want, have, m := change(keyseries.Same)
	job, _, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || len(lacking(m, "key_1")) > 0 || !slices.Equal(v.keys["key_1"].scopes, v.scopes) {
		t.Errorf("%v, memory %+v", err, m)
	}
	wantJournal(t, v, list, "edit key_2 scopes", "edit key_1 scopes")

	v, want, have, m = change(keyseries.Changed)
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || v.calls(edit) != 2 || !slices.Equal(v.keys["key_2"].scopes, v.scopes) || !slices.Equal(v.keys["key_1"].scopes, v.scopes) {
		t.Errorf("%v, calls %v", err, v.journal)
	}

	// A failure is a notice, and the next plan shows that it is tried again.
	v, want, have, m = change(keyseries.Same)
	v.fail(edit, fault{}, fault{err: refused(500)})
	job, r, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, r.notices, "key_1: key keeps old settings The change of scopes could not be applied to this previous key")
	want.Own = whole(false)
	next := keyseries.Decide(v.can, want, r.last(), m)
	if !slices.Equal(next.Align, []string{"key_1"}) || next.Quiet() {
		t.Fatalf("decided %+v", next)
	}
	if planned := keyseries.Planned(next, want, r.last(), m); len(planned) != 1 || !planned[0].ExpiresAt.IsZero() {
		t.Errorf("planned %+v", planned)
	}
	job, r, _ = newJob(v, want, r.last(), &m)
	if err := job.Run(t.Context()); err != nil || len(r.notices) != 0 || len(lacking(m, "key_1")) > 0 {
		t.Errorf("%v, notices %+v, memory %+v", err, r.notices, m)
	}

	// What is refused twice is said once, and what is possible beside it is done.
	cannot := fault{err: keyseries.ErrCannot}
	for name, c := range map[string]struct {
		refusals []fault
		notices  []string
		scopes   []string
	}{
		"refused once":                   {[]fault{cannot}, nil, []string{"a"}},
		"refused twice":                  {[]fault{cannot, cannot, cannot, cannot, cannot, cannot}, []string{"key_1: key keeps its old scopes This organization refuses to change it on this previous key", "until its overlap ends at 2027-03-01T13:00:00Z"}, nil},
		"something beside it is refused": {[]fault{cannot, cannot, {}, cannot, cannot}, []string{"key_1: key keeps its old limit"}, []string{"a"}},
	} {
		v, want, have, m = change(keyseries.Same)
		want.Own = append(want.Own, keyseries.Own{Name: "limit", InPlace: true, Whole: true, Changed: true})
		v.fail(edit, append([]fault{{}}, c.refusals...)...)
		job, r, _ = newJob(v, want, have, &m)
		if err := job.Run(t.Context()); err != nil || !slices.Equal(v.keys["key_1"].scopes, c.scopes) {
			t.Errorf("%s: %v, calls %v", name, err, v.journal)
		}
		wantNotices(t, r.notices, c.notices...)
		want.Own = whole(false)
		if d := keyseries.Decide(v.can, want, r.last(), m); !d.Quiet() {
			t.Errorf("%s: decided %s", name, words(d))
		}
	}

	// A previous key that is gone, is revoked at once, or now, lacks nothing.
	v, want, have, m = change(keyseries.Same)
	v.clock.Advance(2 * hour)
	job, r, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || len(r.notices) != 0 {
		t.Errorf("%v, notices %+v", err, r.notices)
	}
	wantJournal(t, v, list, "edit key_2 scopes", "revoke key_1")
	v, want, have, m = change(keyseries.Same)
	delete(v.keys, "key_1")
	job, r, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || len(r.notices) != 0 {
		t.Errorf("%v, notices %+v", err, r.notices)
	}
	v, want, have, m = change(keyseries.Changed)
	want.Overlap = 0
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || v.calls(edit) != 1 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

// A change that failed after it was done, or a part of it, is the current key's alone, and a look takes it into state as
// if all had it: the next apply gives it to previous keys, unless the configuration leaves it to others. Where the look
// shows that nothing was done, they lack nothing.
func TestWholeSeriesAfterAFailedChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose  fault
		lacks bool
	}{
		"its answer was lost": {fault{cut, true}, true},
		"half done":           {fault{&keyseries.Partly{Own: []string{"scopes"}, Err: refused(400)}, true}, true},
		"half done, not this": {fault{&keyseries.Partly{Own: []string{"limit"}, Err: refused(400)}, true}, false},
		"refused":             {fault{err: refused(400)}, false},
		"not sent":            {fault{err: &apierr.Error{Outcome: apierr.NotSent}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, want, have, m := due()
			v.can.Name.Renames = true
			v.scopes, want.Triggers, want.Own, want.Name = []string{"a"}, keyseries.Same, whole(true), "invoices"
			v.fail(edit, c.lose)
			job, _, _ := newJob(v, want, have, &m)
			if err := job.Run(t.Context()); err == nil {
				t.Fatal("no error")
			}
			m, err := keyseries.Decode(m.Encode())
			if err != nil {
				t.Fatal(err)
			}
			v.journal, m.Doubtful = nil, nil // the name is another matter
			want.Name, want.Own = have.Name, whole(false)
			same := m.Clone()
			same.Saw("scopes", false, false)
			if d := keyseries.Decide(v.can, want, have, same); !d.Quiet() || len(same.Awaited) > 0 {
				t.Errorf("decided %s, memory %+v", words(d), same)
			}
			m.Saw("scopes", true, false)
			apply := func(open bool) {
				t.Helper()
				want.Own[0].Open = open
				job, r, _ := newJob(v, want, have, &m)
				if got := slices.Equal(job.Decision.Align, []string{"key_1"}); got != (c.lacks && !open) || job.Decision.Quiet() == got {
					t.Errorf("decided %s", words(job.Decision))
				}
				if err := job.Run(t.Context()); err != nil || len(r.notices) > 0 {
					t.Errorf("%v, notices %+v", err, r.notices)
				}
			}
			apply(true)
			if v.calls(edit) > 0 {
				t.Errorf("calls %v", v.journal)
			}
			apply(false)
			if got := v.keys["key_1"].scopes; slices.Equal(got, v.scopes) != c.lacks || len(m.Previous["key_1"].Stale) > 0 {
				t.Errorf("scopes %q, memory %+v", got, m)
			}
		})
	}
}

// Without a look, a rotation gives it to the key that it supersedes.
func TestWholeSeriesAfterAFailedChangeAndARotation(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.keys["key_2"].scopes, want.Triggers, want.Own = []string{"a"}, keyseries.Same, whole(true)
	v.fail(edit, fault{cut, true})
	job, _, _ := newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err == nil || v.keys["key_2"].scopes != nil {
		t.Fatalf("%v, scopes %q", err, v.keys["key_2"].scopes)
	}
	v.scopes, want.Triggers, want.Own = []string{"a"}, keyseries.Changed, whole(false)
	job, _, _ = newJob(v, want, have, &m)
	if err := job.Run(t.Context()); err != nil || !slices.Equal(v.keys["key_2"].scopes, v.scopes) || len(m.Awaited) > 0 {
		t.Errorf("%v, scopes %q, memory %+v", err, v.keys["key_2"].scopes, m)
	}
}

// yielding is a vendor of unique names.
type yielding struct {
	full
	cannot, backFails error
}

func (y yielding) Yield(_ context.Context, id string, generation int64) (func(context.Context) error, error) {
	y.enter("yield", fmt.Sprintf("%s %d", id, generation))
	back := func(context.Context) error {
		y.enter("back", id)
		return y.backFails
	}
	return back, y.cannot
}

// The current key gives up its name before the next one is created, and gets it back only
// when it is certain that nothing was created.
func TestYield(t *testing.T) {
	t.Parallel()
	gone := &apierr.Gone{What: "key key_2", Why: "it was revoked elsewhere"}
	for name, c := range map[string]struct {
		prepare func(*yielding, *keyseries.State, *keyseries.Memory)
		says    []string // nil for no error
		journal []string // its beginning
		back    bool
	}{
		"rotated":    {func(*yielding, *keyseries.State, *keyseries.Memory) {}, nil, []string{list, "yield key_2 2", "mint payments 1"}, false},
		"gone":       {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) { y.cannot = gone }, nil, []string{list, "yield key_2 2", "mint payments 1"}, false},
		"lost":       {func(_ *yielding, _ *keyseries.State, m *keyseries.Memory) { m.Phase = keyseries.Deleted }, nil, []string{list, "mint payments 1"}, false},
		"unfinished": {func(_ *yielding, have *keyseries.State, _ *keyseries.Memory) { have.ID = "" }, nil, []string{list, "mint payments 1"}, false},
		"cannot": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) { y.cannot = keyseries.ErrCannot },
			[]string{"the current key key_2 has to give up its name", "Nothing was changed"}, []string{list, "yield key_2 2"}, false},
		"in trouble": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) { y.cannot = refused(500) },
			[]string{"HTTP 500", "It was given its name back"}, []string{list, "yield key_2 2", "back key_2"}, true},
		"in trouble for good": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) {
			y.cannot, y.backFails = refused(500), errors.New("no")
		}, []string{"HTTP 500", "Whether it still has its name is not known", "back: no"}, []string{list, "yield key_2 2", "back key_2"}, true},
		"refused": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) { y.fail(mint, fault{err: refused(400)}) },
			[]string{"HTTP 400"}, []string{list, "yield key_2 2", "mint payments 1", "back key_2"}, true},
		"refused for good": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) {
			y.fail(mint, fault{err: refused(400)})
			y.backFails = errors.New("no")
		}, []string{"HTTP 400", "Key key_2 could not be given its name back: no"}, []string{list, "yield key_2 2", "mint payments 1", "back key_2"}, true},
		"unsettled": {func(y *yielding, _ *keyseries.State, _ *keyseries.Memory) {
			y.fail(mint, fault{cut, true})
			for range 99 {
				y.fail(fresh, fault{err: refused(500)})
			}
		}, []string{"is not settled"}, []string{list, "yield key_2 2", "mint payments 1", fresh}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, want, have, m := due()
			y := yielding{full: v}
			c.prepare(&y, &have, &m)
			job, _, _ := newJob(y, want, have, &m)
			err := job.Rotate(t.Context())
			if c.says != nil {
				wantText(t, err, c.says...)
			} else if err != nil {
				t.Fatal(err)
			}
			if len(v.journal) < len(c.journal) || !slices.Equal(v.journal[:len(c.journal)], c.journal) || (v.calls("back") == 1) != c.back {
				t.Errorf("calls %q", v.journal)
			}
			if c.says != nil && m.Phase == keyseries.Living && v.keys["key_2"] == nil {
				t.Error("the present key is gone")
			}
		})
	}
}

// It also gets its name back where the new key is never delivered, once that one is revoked.
func TestYieldForAKeyThatIsNotDelivered(t *testing.T) {
	t.Parallel()
	for _, refusal := range []error{nil, refused(400)} {
		v, want, have, m := due()
		v.fail(mint, fault{err: refusal})
		u := &keyseries.Revocable{}
		job, _, _ := newJob(yielding{full: v}, want, have, &m)
		if err := job.Rotate(keyseries.WithUndelivered(t.Context(), u)); (err == nil) != (refusal == nil) {
			t.Fatal(err)
		}
		u.RevokeAll(t.Context())
		if v.calls("back") != 1 || v.journal[len(v.journal)-1] != "back key_2" {
			t.Errorf("calls %q", v.journal)
		}
	}
}

// undated is a vendor that shows neither when a key was created nor when it was used.
type undated struct{ full }

func (a undated) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	minted, err := a.full.Mint(ctx, request)
	minted.CreatedAt = time.Time{}
	return minted, err
}

// Where the API does not show when a key was created, the moment of the mint stands in, in
// whole seconds of the vendor's clock.
func TestMintWithoutACreationTime(t *testing.T) {
	t.Parallel()
	v, want, have, m := due()
	v.can.NoCreated = true
	v.clock.Advance(300 * time.Millisecond)
	job, r, _ := newJob(undated{v}, want, have, &m)
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := r.last()
	if !next.CreatedAt.Equal(begin) || next.Version != begin.UnixMilli()+300 || !m.Previous["key_2"].End.Equal(begin.Add(day)) {
		t.Errorf("stored %+v, memory %+v", next, m)
	}
	if due := keyseries.DueAt(30*day, next, m); !due.Equal(begin.Add(30 * day)) {
		t.Errorf("due at %s", due)
	}
	if due := keyseries.DueAt(30*day, keyseries.State{ID: "key_9"}, keyseries.Memory{}); !due.IsZero() {
		t.Errorf("a key of unknown age is due at %s", due)
	}
}
