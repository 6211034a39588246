// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

func TestNameRule(t *testing.T) {
	t.Parallel()
	mark := keyseries.Mark{Series: "abcdefghij", Nonce: "klmnopqr"}
	for _, c := range []struct {
		rule  keyseries.NameRule
		name  string
		shown string // "" where the name is refused
		says  string
	}{
		{keyseries.NameRule{}, "a b", "a b (ok-abcdefghij.klmnopqr)", ""},
		{keyseries.NameRule{Longest: 28}, "abc", "abc (ok-abcdefghij.klmnopqr)", ""},
		{keyseries.NameRule{Longest: 28}, "äöü", "äöü (ok-abcdefghij.klmnopqr)", ""},
		{keyseries.NameRule{Longest: 28}, "abcd", "", "has 4 characters, and at most 3 are possible: the API allows 28, and 25 of them"},
		{keyseries.NameRule{Plain: true}, "a-1", "a-1-ok-abcdefghij-klmnopqr", ""},
		{keyseries.NameRule{Plain: true}, "a b", "", "only letters, digits and hyphens"},
		{keyseries.NameRule{Plain: true, Longest: 26}, "abc", "abc-ok-abcdefghij-klmnopqr", ""},
		{keyseries.NameRule{Plain: true, Longest: 26}, "abcd", "", "at most 3 are possible"},
		{keyseries.NameRule{Unmarked: true}, "a b", "a b", ""},
		{keyseries.NameRule{Unmarked: true, Longest: 3}, "abc", "abc", ""},
		{keyseries.NameRule{Unmarked: true, Longest: 3}, "abcd", "", "has 4 characters"},
	} {
		err := c.rule.Check(c.name)
		if c.shown == "" {
			wantText(t, err, c.says)
			continue
		}
		if err != nil {
			t.Errorf("%+v %q: %v", c.rule, c.name, err)
		}
		shown := c.rule.Show(c.name, mark)
		if shown != c.shown {
			t.Errorf("%+v %q is shown as %q", c.rule, c.name, shown)
		}
		if name, read, ours := keyseries.Read(shown); ours == c.rule.Unmarked || name != c.name || ours && read != mark {
			t.Errorf("%q reads as %q, %v", shown, name, read)
		}
	}
}

// A mark that the vendor keeps beside the name counts before one in the name.
func TestMarked(t *testing.T) {
	t.Parallel()
	beside := keyseries.Mark{Series: "zzzzzzzzzz", Nonce: "yyyyyyyy"}
	for _, c := range []struct {
		key  keyseries.Key
		mark keyseries.Mark
		ok   bool
	}{
		{keyseries.Key{Name: "a"}, keyseries.Mark{}, false},
		{keyseries.Key{Name: beside.Show("a")}, beside, true},
		{keyseries.Key{Name: "a", Mark: beside}, beside, true},
		{keyseries.Key{Name: shown(1), Mark: beside}, beside, true},
	} {
		if mark, ok := c.key.Marked(); mark != c.mark || ok != c.ok {
			t.Errorf("%+v is marked %v, %v", c.key, mark, ok)
		}
	}
}

// What is shown of the use of a key decides what becomes of one that nobody remembers.
func TestClearsByUse(t *testing.T) {
	t.Parallel()
	old := begin.Add(-2 * day)
	for _, use := range []keyseries.LastUse{keyseries.UseHidden, keyseries.UseYesNo, keyseries.UseTime} {
		can := projectCan
		can.LastUse = use
		m := keyseries.Memory{Looked: begin}
		shownUnused := use != keyseries.UseHidden
		if got := can.Clears(keyseries.Other{ID: "key_3", CreatedAt: old}, m); got != shownUnused || can.ClearsUnused() != shownUnused {
			t.Errorf("use %d: an unused key is revoked: %v", use, got)
		}
		if can.Clears(keyseries.Other{ID: "key_3", CreatedAt: old, UseHidden: true}, m) {
			t.Errorf("use %d: a key is revoked whose use the server left out", use)
		}
		if !can.Clears(keyseries.Other{ID: "key_3", CreatedAt: old, UseHidden: true, Unsettled: true}, m) {
			t.Errorf("use %d: a key of a lost attempt is left, since the server left out its use", use)
		}
		for _, used := range []keyseries.Other{{ID: "key_3", CreatedAt: old, WasUsed: true}, {ID: "key_3", CreatedAt: old, LastUsedAt: old}} {
			if can.Clears(used, m) {
				t.Errorf("use %d: a used key is revoked", use)
			}
			used.Unsettled = true
			if can.Clears(used, m) {
				t.Errorf("use %d: a used key of a lost attempt is revoked", use)
			}
		}
		if !can.Clears(keyseries.Other{ID: "key_3", CreatedAt: old, Unsettled: true}, m) {
			t.Errorf("use %d: an unused key of a lost attempt is left", use)
		}
		if can.Clears(keyseries.Other{ID: "key_3"}, m) || can.Clears(keyseries.Other{ID: "key_3", CreatedAt: begin.Add(-hour)}, m) {
			t.Errorf("use %d: a key that is not known to be old is revoked", use)
		}
	}
	for want, other := range map[string]keyseries.Other{
		", used)": {WasUsed: true}, ", never used as far as the server shows)": {},
		", perhaps in use: the API does not show it)": {UseHidden: true},
	} {
		if text := other.String(); !strings.HasSuffix(text, want) {
			t.Errorf("it is described as %q", text)
		}
	}
}

// No message calls a key unused whose use the API does not show.
func TestHiddenUseInMessages(t *testing.T) {
	t.Parallel()
	for use, says := range map[keyseries.LastUse]string{keyseries.UseHidden: "may be in use", keyseries.UseYesNo: "was never used", keyseries.UseTime: "was never used"} {
		v, want, _, _ := due()
		v.can.LastUse = use
		v.add("old", "payments (ok-zzzzzzzzzz.aaaaaaaa)", time.Time{})
		m := keyseries.New()
		job, r, _ := newJob(v, want, keyseries.State{}, &m)
		if err := job.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, n := range r.notices {
			if n.ID == "old" {
				said = append(said, n.What)
			}
		}
		if len(said) != 1 || said[0] != "has the same name and "+says {
			t.Errorf("use %d: it is said %q", use, said)
		}
	}
}

// A key of a lost mint that was used, whether or not it is shown when, is not revoked.
func TestUsedKeyOfALostMint(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.can.LastUse = keyseries.UseYesNo
	v.fail(mint, fault{cut, true})
	v.onCall = func(call string) {
		if call == fresh {
			v.keys["key_1"].WasUsed = true
		}
	}
	_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	wantText(t, err, "key_1", "it has been used")
	wantLive(t, v, "key_1")
}

// A previous key that is used after its successor was stored is named in every look.
func TestPreviousKeyInUse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*looking)
		says    string // "" for nothing
	}{
		"never used":              {func(*looking) {}, ""},
		"used before":             {func(l *looking) { l.v.keys["key_1"].LastUsedAt = begin.Add(-time.Minute) }, ""},
		"used in the same moment": {func(l *looking) { l.v.keys["key_1"].LastUsedAt = begin }, ""},
		"used since": {func(l *looking) { l.v.keys["key_1"].LastUsedAt = begin.Add(time.Minute) },
			"key_1: key is still in use This previous key was last used at " + begin.Add(time.Minute).Format(time.RFC3339) + ", after its successor was stored at " + begin.Format(time.RFC3339) + ". It expires at " + begin.Add(day).Format(time.RFC3339)},
		"ended by an apply": {func(l *looking) {
			l.v.keys["key_1"].LastUsedAt, l.v.keys["key_1"].ExpiresAt = begin.Add(time.Minute), time.Time{}
		}, "The first apply after " + begin.Add(day).Format(time.RFC3339) + " revokes it"},
		"the memory was lost": {func(l *looking) {
			l.v.keys["key_1"].LastUsedAt = begin.Add(time.Minute)
			s := l.m.Previous["key_1"]
			s.Since = time.Time{}
			l.m.Previous["key_1"] = s
		}, "is still in use"},
		"used, not shown when": {func(l *looking) { l.v.can.LastUse, l.v.keys["key_1"].WasUsed = keyseries.UseYesNo, true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLooking()
			l.m.Previous["key_1"] = keyseries.Superseded{End: begin.Add(day), Since: begin}
			c.prepare(&l)
			for range 2 {
				seen, err := keyseries.Observe(t.Context(), l.v, l.have, l.m)
				if err != nil {
					t.Fatal(err)
				}
				if c.says == "" {
					wantNotices(t, seen.Notices)
				} else {
					wantNotices(t, seen.Notices, c.says)
				}
				l.m = seen.Memory
			}
		})
	}
}
