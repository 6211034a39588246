// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// drawer keeps what was minted, unless it is locked.
type drawer struct {
	kept   []keyseries.Minted
	locked error
}

func (d *drawer) keep(minted keyseries.Minted) error {
	d.kept = append(d.kept, minted)
	return d.locked
}

var request = keyseries.Request{Name: "payments", Lifetime: 90 * day}

func TestMint(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	if err != nil {
		t.Fatal(err)
	}
	if minted.ID != "key_1" || !minted.ExpiresAt.Equal(begin.Add(90*day)) || minted.Secret.Reveal() != "sk-fake-key_1" {
		t.Errorf("minted %+v", minted)
	}
	if len(m.Unsettled) != 0 || len(d.kept) != 1 || d.kept[0].Secret.Empty() {
		t.Errorf("memory %+v, kept %d", m, len(d.kept))
	}
	wantJournal(t, v, "mint payments 1")
	if name, mark, ok := keyseries.Read(v.sent[0]); !ok || name != "payments" || mark.Series != series {
		t.Errorf("sent as %q", v.sent[0])
	}
}

// later lets time pass before the second mint.
func later(v full, wait time.Duration) {
	v.onCall = func(call string) {
		if call == mint && v.calls(mint) == 2 {
			v.clock.Advance(wait)
		}
	}
}

// Whatever became of an attempt whose answer was lost: afterwards there is one key.
func TestMintAfterAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(full)
		calls   []string
	}{
		{"the key was made", func(v full) { v.fail(mint, fault{cut, true}) },
			[]string{"mint payments 1", fresh, "revoke key_1", "mint payments 2"}},
		{"nothing was made", func(v full) { v.fail(mint, fault{err: unknown(502)}) },
			[]string{"mint payments 1", fresh, fresh, fresh, fresh, fresh, "mint payments 2", fresh}},
		{"it was made and is traced after the next one", func(v full) { v.lag = 25 * time.Second; v.fail(mint, fault{cut, true}); later(v, time.Minute) },
			[]string{"mint payments 1", fresh, fresh, fresh, fresh, fresh, "mint payments 2", fresh, "revoke key_1"}},
		{"it was made and is listed late", func(v full) { v.lag = 5 * time.Second; v.fail(mint, fault{cut, true}) },
			[]string{"mint payments 1", fresh, fresh, fresh, fresh, "revoke key_1", "mint payments 2"}},
		{"the remembered list does not know it", func(v full) { v.remembered = keyseries.NewListing(nil); v.fail(mint, fault{cut, true}) },
			[]string{"mint payments 1", fresh, "revoke key_1", "mint payments 2"}},
		{"the vendor changed the look of the name", func(v full) {
			v.fail(mint, fault{cut, true})
			v.onCall = func(call string) {
				if call == fresh {
					v.keys["key_1"].Name = "P" + strings.TrimPrefix(v.sent[0], "p")
				}
			}
		}, []string{"mint payments 1", fresh, "revoke key_1", "mint payments 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
			v.add("other", "payments (ok-zzzzzzzzzz.aaaaaaaa)", time.Time{})
			v.add("plain", "payments", time.Time{})
			c.prepare(v)
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, minted.ID, "other", "plain")
			wantJournal(t, v, c.calls...)
			// What left no trace stays remembered for a while.
			if traceless := c.name == "nothing was made"; (len(m.Unsettled) != 0) != traceless || len(d.kept) != 1 {
				t.Errorf("memory %+v, kept %d", m, len(d.kept))
			}
		})
	}
}

// An older key of the series is no lost attempt.
func TestMintSparesTheRestOfTheSeries(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.add("current", shown(1), time.Time{})
	v.fail(mint, fault{cut, true})
	minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	if err != nil {
		t.Fatal(err)
	}
	wantLive(t, v, "current", minted.ID)
}

func TestMintTriesTwiceAtMost(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.fail(mint, fault{cut, true}, fault{cut, true}, fault{cut, true})
	_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	wantText(t, err, "connection reset")
	wantLive(t, v)
	if v.calls(mint) != 2 || len(m.Unsettled) != 0 || len(d.kept) != 0 {
		t.Errorf("%d mints, memory %+v, kept %d", v.calls(mint), m, len(d.kept))
	}
}

func TestMintUnsettled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(full)
	}{
		{"the list fails", func(v full) { v.fail(fresh, fault{err: refused(500)}) }},
		{"the list fails later", func(v full) { v.lag = hour; v.fail(fresh, fault{}, fault{}, fault{err: refused(403)}) }},
		{"the lost attempt cannot be revoked", func(v full) { v.fail(revoke, fault{err: refused(500)}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
			v.fail(mint, fault{cut, true})
			c.prepare(v)
			_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			var u *keyseries.Unsettled
			if !errors.As(err, &u) || !slices.Equal(u.Shown, v.sent) || !apierr.IsUnknown(u.Mint) || apierr.Status(u.Look) < 400 {
				t.Fatalf("got %#v", err)
			}
			if !apierr.IsUnknown(err) {
				t.Errorf("neither cause can be found in %v", err)
			}
			wantText(t, err, "connection reset", "is not settled", v.sent[0])
			if len(m.Unsettled) != 1 || m.Unsettled[0].Shown != v.sent[0] || v.calls(mint) != 1 || len(d.kept) != 0 {
				t.Errorf("memory %+v, %d mints", m, v.calls(mint))
			}

			// The next apply finds it by its mark, and revokes it beside a new mint.
			v.lag = 0
			v.keys["key_1"].listed = time.Time{}
			seen, err := keyseries.Observe(t.Context(), v, keyseries.State{}, m)
			if err != nil {
				t.Fatal(err)
			}
			decision := keyseries.Decide(v.can, keyseries.Wanted{Name: "payments"}, keyseries.State{}, seen.Memory)
			if !decision.Rotate || !slices.Equal(decision.Clear, []string{"key_1"}) || len(seen.Memory.Unsettled) != 1 {
				t.Errorf("decided %s with %+v", words(decision), seen.Memory)
			}
			job, _, _ := newJob(v, keyseries.Wanted{Name: "payments"}, keyseries.State{}, &seen.Memory)
			if err := job.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, "key_2")
		})
	}
}

func TestMintIsFinalWhenRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 409, 422} {
		v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
		v.fail(mint, fault{err: refused(status)})
		_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
		if apierr.Status(err) != status {
			t.Errorf("%d: %v", status, err)
		}
		wantJournal(t, v, "mint payments 1")
		if len(m.Unsettled) != 0 || len(d.kept) != 0 {
			t.Errorf("%d: %+v", status, m)
		}
	}
}

func TestMintRefusedAfterALostAttempt(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.fail(mint, fault{cut, true}, fault{err: refused(409)})
	_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	if apierr.Status(err) != 409 || apierr.IsUnknown(err) {
		t.Errorf("the final answer counts: %v", err)
	}
	wantText(t, err, "refused", "cleaned up", "connection reset")
	wantLive(t, v)
}

func TestMintWhoseSecretCannotBeKept(t *testing.T) {
	t.Parallel()
	locked := errors.New("the secret could not be sealed")
	t.Run("is revoked", func(t *testing.T) {
		t.Parallel()
		v, m := newVendor(), keyseries.Memory{Series: series}
		_, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{locked: locked}).keep)
		if !errors.Is(err, locked) {
			t.Errorf("got %v", err)
		}
		wantText(t, err, "key_1 was revoked again")
		wantJournal(t, v, "mint payments 1", "revoke key_1")
		wantLive(t, v)
		if len(m.Unsettled) != 0 {
			t.Errorf("memory %+v", m)
		}
	})
	t.Run("or its revocation is left to a person and the next apply", func(t *testing.T) {
		t.Parallel()
		v, m := newVendor(), keyseries.Memory{Series: series}
		v.fail(revoke, fault{err: refused(500)})
		_, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{locked: locked}).keep)
		if !errors.Is(err, locked) || apierr.Status(err) != 500 {
			t.Errorf("got %v", err)
		}
		wantText(t, err, "key_1", "orgctl revoke key_1")
		if len(m.Unsettled) != 1 || m.Unsettled[0].Shown != v.sent[0] {
			t.Errorf("memory %+v", m)
		}
	})
	t.Run("is revoked even after a stop", func(t *testing.T) {
		t.Parallel()
		v, m := newVendor(), keyseries.Memory{Series: series}
		ctx, stop := context.WithCancel(t.Context())
		_, err := keyseries.Mint(ctx, v, &m, request, func(keyseries.Minted) error { stop(); return locked })
		if !errors.Is(err, locked) {
			t.Errorf("got %v", err)
		}
		wantLive(t, v)
	})
}

func TestMintWhoseLifetimeWasIgnored(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.ignoresLifetime = true
	_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	wantText(t, err, "ignored the lifetime", "key_1 was revoked again")
	wantLive(t, v)
	v.onCall = func(call string) { // which the answer has left out
		if call == get {
			v.keys["key_2"].ExpiresAt = v.clock.Now().Add(request.Lifetime)
		}
	}
	minted, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{}).keep)
	if err != nil || minted.ExpiresAt.IsZero() {
		t.Errorf("got %+v, %v", minted, err)
	}
	v.onCall = nil
	delete(v.keys, "key_2")
	v.journal = []string{mint}
	if len(d.kept) != 0 || v.calls(mint) != 1 {
		t.Errorf("kept %d, %d mints", len(d.kept), v.calls(mint))
	}
	if _, err := keyseries.Mint(t.Context(), v, &m, keyseries.Request{Name: "payments"}, d.keep); err != nil {
		t.Errorf("without a lifetime there is nothing to ignore: %v", err)
	}
}

func TestMintStopped(t *testing.T) {
	t.Parallel()
	t.Run("before the request left", func(t *testing.T) {
		t.Parallel()
		v, m := newVendor(), keyseries.Memory{Series: series}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		_, err := keyseries.Mint(ctx, v, &m, request, (&drawer{}).keep)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		wantLive(t, v)
	})
	for name, made := range map[string]bool{"with a key made": true, "with nothing made": false} {
		t.Run("while it was under way, "+name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.Memory{Series: series}
			ctx, stop := context.WithCancel(t.Context())
			v.lag = 2 * time.Second
			v.fail(mint, fault{cut, made})
			v.onCall = func(call string) {
				if call == fresh {
					stop()
				}
			}
			_, err := keyseries.Mint(ctx, v, &m, request, (&drawer{}).keep)
			if !apierr.IsUnknown(err) || v.calls(mint) != 1 {
				t.Errorf("got %v after %d mints", err, v.calls(mint))
			}
			wantLive(t, v) // a stop does not interrupt the clean-up
			// Nothing shows, but a list may lag: the attempt is remembered.
			if settled := len(m.Unsettled) == 0; settled != made {
				t.Errorf("memory %+v", m)
			}
		})
	}
}

// Two runs from one state share no mark: one can never take the other's key for its own.
func TestNoncesAreNeverReused(t *testing.T) {
	t.Parallel()
	v, d := newVendor(), &drawer{}
	seen := map[string]bool{}
	for range 50 {
		m := keyseries.Memory{Series: series} // as at the start, every time
		v.fail(mint, fault{cut, true}, fault{})
		if _, err := keyseries.Mint(t.Context(), v, &m, request, d.keep); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range v.sent {
		_, mark, ok := keyseries.Read(name)
		if !ok || mark.Series != series || seen[mark.Nonce] {
			t.Fatalf("%q was sent after %d others", name, len(seen))
		}
		seen[mark.Nonce] = true
	}
	if len(v.live()) != 50 || len(v.revoked) != 50 {
		t.Errorf("%d live and %d are revoked, want 50 each", len(v.live()), len(v.revoked))
	}
}

// A series whose token nobody knows any more begins a new one, and says so in its memory.
func TestMintWithoutASeries(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.Memory{}
	if _, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{}).keep); err != nil {
		t.Fatal(err)
	}
	if _, mark, ok := keyseries.Read(v.sent[0]); !ok || m.Series == "" || mark.Series != m.Series {
		t.Errorf("sent %q, memory %+v", v.sent[0], m)
	}
}

// A lost attempt whose key has been used in the meantime is somebody's.
func TestMintSparesAUsedAttempt(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.Memory{Series: series}
	v.fail(mint, fault{cut, true})
	v.onCall = func(call string) {
		if call == fresh {
			v.keys["key_1"].LastUsedAt = v.Now()
		}
	}
	_, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{}).keep)
	wantText(t, err, "key_1", "has been used")
	wantLive(t, v, "key_1")
	if len(m.Unsettled) != 1 || v.calls(mint) != 1 {
		t.Errorf("memory %+v, calls %v", m, v.journal)
	}
}

// A copy of an attempt's name under another owner is not our attempt.
func TestMintSparesACopyOfItsAttempt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*entry){
		"another account's": func(e *entry) { e.OwnerID = "svc_acct_2" },
		"a user's":          func(e *entry) { e.OwnerID, e.Person = ownerID, "ada@example.com" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.Memory{Series: series}
			v.fail(mint, fault{cut, true})
			v.onCall = func(call string) {
				if call == fresh && v.calls(fresh) == 1 {
					change(v.add("copy", v.sent[0], time.Time{}))
				}
			}
			minted, err := keyseries.Mint(t.Context(), v, &m, request, (&drawer{}).keep)
			if err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, "copy", minted.ID)
		})
	}
}
