// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"slices"
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

var request = keyseries.Request{Name: "payments", Scopes: []string{"a"}, Lifetime: 90 * day}

func shown(attempt int) string {
	return keyseries.Mark{Series: series, Attempt: attempt}.Show("payments")
}

func TestMint(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series, Attempt: 4}, &drawer{}
	minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
	if err != nil {
		t.Fatal(err)
	}
	if minted.ID != "key_1" || !minted.ExpiresAt.Equal(begin.Add(90*day)) || minted.Secret.Reveal() != "sk-fake-key_1" {
		t.Errorf("minted %+v", minted)
	}
	if m.Attempt != 5 || len(m.Unsettled) != 0 || len(d.kept) != 1 || d.kept[0].Secret.Empty() {
		t.Errorf("memory %+v, kept %d", m, len(d.kept))
	}
	wantJournal(t, v, "mint "+shown(5))
	if !slices.Equal(v.keys["key_1"].scopes, request.Scopes) {
		t.Errorf("scopes %v", v.keys["key_1"].scopes)
	}
}

// Whatever became of an attempt whose answer was lost: afterwards there is one key.
func TestMintAfterAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(*vendor)
		calls   []string
	}{
		{"the key was made", func(v *vendor) { v.fail(mint, fault{cut, true}) },
			[]string{"mint " + shown(1), fresh, "revoke key_1", "mint " + shown(2)}},
		{"nothing was made", func(v *vendor) { v.fail(mint, fault{err: unknown(502)}) },
			[]string{"mint " + shown(1), fresh, fresh, fresh, fresh, fresh, "mint " + shown(2)}},
		{"it was made and is listed late", func(v *vendor) { v.lag = 5 * time.Second; v.fail(mint, fault{cut, true}) },
			[]string{"mint " + shown(1), fresh, fresh, fresh, fresh, "revoke key_1", "mint " + shown(2)}},
		{"the remembered list does not know it", func(v *vendor) { v.stale = keyseries.NewListing(nil); v.fail(mint, fault{cut, true}) },
			[]string{"mint " + shown(1), fresh, "revoke key_1", "mint " + shown(2)}},
		{"the vendor changed the look of the name", func(v *vendor) {
			v.fail(mint, fault{cut, true})
			v.onCall = func(call string) {
				if call == fresh {
					v.keys["key_1"].Name = "Payments (ok-k3v6zq2mda.1)"
				}
			}
		}, []string{"mint " + shown(1), fresh, "revoke key_1", "mint " + shown(2)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
			v.add("other", "payments (ok-zzzzzzzzzz.1)", time.Time{})
			v.add("plain", "payments", time.Time{})
			c.prepare(v)
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if err != nil {
				t.Fatal(err)
			}
			wantLive(t, v, minted.ID, "other", "plain")
			wantJournal(t, v, c.calls...)
			// What left no trace stays remembered for a while.
			if traceless := c.name == "nothing was made"; m.Attempt != 2 || (len(m.Unsettled) != 0) != traceless || len(d.kept) != 1 {
				t.Errorf("memory %+v, kept %d", m, len(d.kept))
			}
		})
	}
}

// A list that lags for longer than a mint looks: the destroy, and the replacement of what
// was never finished, wait until an attempt has had a minute to come up.
func TestLostAttemptsThatComeUpLate(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]bool{"one of two is lost": false, "both are lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
			v.lag = 40 * time.Second
			v.fail(mint, fault{cut, true})
			have := keyseries.State{}
			if both {
				v.fail(mint, fault{cut, true})
			}
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if (err != nil) != both {
				t.Fatalf("got %v", err)
			}
			if !both {
				have = keyseries.State{ID: minted.ID, Generation: 1, Name: request.Name, CreatedAt: minted.CreatedAt, Minted: true}
			}
			seen, err := keyseries.Observe(t.Context(), v, have, m)
			if err != nil {
				t.Fatalf("the series left state: %v", err)
			}
			if err := keyseries.RevokeAll(t.Context(), v, have, seen.Memory); err != nil {
				t.Fatal(err)
			}
			v.clock.Advance(hour)
			wantLive(t, v)
		})
	}
}

// An older key of the series is no lost attempt.
func TestMintSparesTheRestOfTheSeries(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series, Attempt: 1}, &drawer{}
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
	if v.calls(mint) != 2 || m.Attempt != 2 || len(d.kept) != 0 {
		t.Errorf("%d mints, memory %+v, kept %d", v.calls(mint), m, len(d.kept))
	}
}

func TestMintUnsettled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		prepare func(*vendor)
	}{
		{"the list fails", func(v *vendor) { v.fail(fresh, fault{err: refused(500)}) }},
		{"the list fails later", func(v *vendor) { v.lag = hour; v.fail(fresh, fault{}, fault{}, fault{err: refused(403)}) }},
		{"the lost attempt cannot be revoked", func(v *vendor) { v.fail(revoke, fault{err: refused(500)}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
			v.fail(mint, fault{cut, true})
			c.prepare(v)
			_, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			var u *keyseries.Unsettled
			if !errors.As(err, &u) || u.Shown != shown(1) || !apierr.IsUnknown(u.Mint) || apierr.Status(u.Look) < 400 {
				t.Fatalf("got %#v", err)
			}
			if !apierr.IsUnknown(err) {
				t.Errorf("neither cause can be found in %v", err)
			}
			wantText(t, err, "connection reset", "is not settled")
			if !slices.Equal(m.Unsettled, []string{shown(1)}) || v.calls(mint) != 1 || len(d.kept) != 0 {
				t.Errorf("memory %+v, %d mints", m, v.calls(mint))
			}

			// The next apply finds it by its mark, and takes a new number.
			v.lag = 0
			v.keys["key_1"].listed = time.Time{}
			seen, err := keyseries.Observe(t.Context(), v, keyseries.State{}, m)
			if err != nil {
				t.Fatal(err)
			}
			m = seen.Memory
			have := keyseries.State{Previous: seen.Previous}
			decision := keyseries.Decide(keyseries.Wanted{}, have, m)
			if !decision.Rotate || !slices.Equal(decision.Revoke, []string{"key_1"}) || len(m.Unsettled) != 0 {
				t.Errorf("decided %s with %+v", words(decision), m)
			}
			if _, _, err := keyseries.Retire(t.Context(), v, &m, have.Previous); err != nil {
				t.Fatal(err)
			}
			minted, err := keyseries.Mint(t.Context(), v, &m, request, d.keep)
			if err != nil || m.Attempt != 2 {
				t.Fatalf("%v, %+v", err, m)
			}
			wantLive(t, v, minted.ID)
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
		wantJournal(t, v, "mint "+shown(1))
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
		wantJournal(t, v, "mint "+shown(1), "revoke key_1")
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
		if !slices.Equal(m.Unsettled, []string{shown(1)}) {
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

func TestAttemptNumbersAreNeverReused(t *testing.T) {
	t.Parallel()
	v, m, d := newVendor(), keyseries.Memory{Series: series}, &drawer{}
	v.fail(mint, fault{cut, true}, fault{}, fault{err: refused(400)}, fault{}, fault{cut, false}, fault{cut, false}, fault{})
	for range 5 {
		_, _ = keyseries.Mint(t.Context(), v, &m, request, d.keep)
	}
	for i := 1; i <= 7; i++ {
		if v.calls("mint "+shown(i)) != 1 {
			t.Errorf("attempt %d was sent %d times:\n%v", i, v.calls("mint "+shown(i)), v.journal)
		}
	}
	if m.Attempt != 7 {
		t.Errorf("memory %+v", m)
	}
}

// A run that was killed after its mint could not note its number.
func TestAttemptNumbersOfAKilledRunAreNotReused(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.Memory{Series: series, Attempt: 1}
	v.add("key_a", shown(1), time.Time{})
	v.add("key_b", shown(2), time.Time{})
	seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_a", CreatedAt: begin}, m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyseries.Mint(t.Context(), v, &seen.Memory, request, (&drawer{}).keep); err != nil {
		t.Fatal(err)
	}
	if v.calls("mint "+shown(3)) != 1 {
		t.Errorf("calls %v", v.journal)
	}
}
