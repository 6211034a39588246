// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// imported is a key that came here from another state, whose previous key still runs.
func imported(t *testing.T) (full, keyseries.State, keyseries.Memory) {
	t.Helper()
	v := newVendor()
	v.made = 2
	v.add("key_1", shown(1), time.Time{})
	v.add("key_2", shown(2), begin.Add(90*day))
	v.clock.Advance(2 * day)
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_2"}, missing)
	if err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices, "key_1: key of the imported key's series works Key key_1 (created at 2027-03-01T12:00:00Z, never used")
	seen.Adopt(v.Now())
	have := keyseries.State{ID: "key_2", Name: "payments", Generation: 1, CreatedAt: begin, ExpiresAt: begin.Add(90 * day), Previous: seen.Previous}
	return v, have, seen.Memory
}

// An import begins a series of its own: what runs of the old one is named by every
// refresh, and revoked by nothing.
func TestAdoptionEndsNothing(t *testing.T) {
	t.Parallel()
	v, have, m := imported(t)
	if m.Series == "" || m.Series == series || m.Origin != series || !m.Adopted.Equal(v.Now()) || m.Phase != keyseries.Living || !m.End.Equal(have.ExpiresAt) {
		t.Errorf("memory %+v", m)
	}
	for _, reason := range []keyseries.Trigger{keyseries.Same, keyseries.Changed} {
		for range 3 {
			m, err := keyseries.Decode(m.Encode())
			if err != nil {
				t.Fatal(err)
			}
			seen, err := keyseries.Observe(t.Context(), v, have, m)
			if err != nil {
				t.Fatal(err)
			}
			wantNotices(t, seen.Notices, "orgctl revoke key_1")
			if len(seen.Memory.Others)+len(seen.Previous) != 0 {
				t.Errorf("memory %+v", seen.Memory)
			}
		}
		want := wanted
		want.Lifetime, want.RotateAfter, want.Triggers = 0, 0, reason
		job, r, _ := newJob(v, want, have, &m)
		if job.Decision.Quiet() == (reason == keyseries.Changed) {
			t.Errorf("decided %s", words(job.Decision))
		}
		if err := job.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		have = r.last()
	}
	wantLive(t, v, "key_1", "key_2", "key_3")
	seen, err := keyseries.Observe(t.Context(), v, have, m)
	if err != nil || len(seen.Previous) != 1 || seen.Previous[0].ID != "key_2" {
		t.Fatalf("%v, %+v", err, seen)
	}
	wantNotices(t, seen.Notices, "orgctl revoke key_1") // after the rotation, too
	notices, err := keyseries.Destroy(t.Context(), v, have, &seen.Memory)
	if err != nil || len(notices) != 0 {
		t.Fatalf("%v, %v", err, notices)
	}
	wantLive(t, v, "key_1")
}

// Something in a list that was cut short is no proof that nothing else is left.
func TestOriginIsNotForgotten(t *testing.T) {
	t.Parallel()
	v, have, m := imported(t)
	v.unlistable = true
	seen, err := keyseries.Observe(t.Context(), v, have, m)
	if err != nil {
		t.Fatal(err)
	}
	v.unlistable, v.remembered = false, keyseries.NewListing([]keyseries.Key{v.keys["key_2"].Key})
	if seen, err = keyseries.Observe(t.Context(), v, have, seen.Memory); err != nil || len(seen.Notices) != 0 {
		t.Fatalf("%v, %v", err, seen.Notices)
	}
	v.remembered = nil
	if seen, err = keyseries.Observe(t.Context(), v, have, seen.Memory); err != nil {
		t.Fatal(err)
	}
	wantNotices(t, seen.Notices, "orgctl revoke key_1")
}

// The memory is lost when a provider is killed during an update.
func TestMemoryIsRebuilt(t *testing.T) {
	t.Parallel()
	missing, err := keyseries.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("from the current key's mark and the state", func(t *testing.T) {
		t.Parallel()
		v, _, have, _ := due()
		v.add("killed", shown(4), time.Time{}) // the killed run's
		seen, err := keyseries.Observe(t.Context(), v, have, missing)
		if err != nil {
			t.Fatal(err)
		}
		m := seen.Memory
		if m.Missing() || m.Series != series || !m.End.Equal(have.ExpiresAt) || !m.Adopted.IsZero() || len(m.Others) != 1 || m.Others[0].ID != "killed" || m.Others[0].Unsettled {
			t.Errorf("memory %+v", m)
		}
		if want := map[string]keyseries.Superseded{"key_1": {End: begin.Add(hour), Known: true, Ends: begin.Add(hour)}}; !reflect.DeepEqual(m.Previous, want) || !reflect.DeepEqual(seen.Previous, have.Previous) {
			t.Errorf("memory %+v, previous %v", m, seen.Previous)
		}
	})
	t.Run("past a list that leaves the current key out", func(t *testing.T) {
		t.Parallel()
		v, _, have, _ := due()
		v.keys["key_2"].listed = begin.Add(1000 * day)
		seen, err := keyseries.Observe(t.Context(), v, have, missing)
		if err != nil || seen.Memory.Series != series {
			t.Errorf("%v, memory %+v", err, seen.Memory)
		}
		v.fail(get, fault{err: refused(500)})
		if _, err := keyseries.Observe(t.Context(), v, have, missing); apierr.Status(err) != 500 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of a key that was imported", func(t *testing.T) {
		t.Parallel()
		v, have, _ := imported(t)
		seen, err := keyseries.Observe(t.Context(), v, have, missing)
		if err != nil {
			t.Fatal(err)
		}
		if m := seen.Memory; m.Series == "" || m.Series == series || m.Origin != series || !m.Adopted.Equal(v.Now()) || len(m.Others) != 0 {
			t.Errorf("memory %+v", m)
		}
		wantNotices(t, seen.Notices, "orgctl revoke key_1")
	})
}

// The owner decides whether a key can be adopted: where a list does not show it, the key is
// read, and where no answer shows it, the reader is told.
func TestAdoptionLooksForTheOwner(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]func(*vendor){
		"shown by the list":  func(*vendor) {},
		"shown by a read":    func(v *vendor) { v.listsNoOwners = true },
		"shown by no answer": func(v *vendor) { v.hidesOwners = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, m := newVendor(), keyseries.New()
			v.add("key_1", "by hand", time.Time{})
			hide(v.vendor)
			seen, err := keyseries.Observe(t.Context(), v, keyseries.State{ID: "key_1"}, m)
			if err != nil {
				t.Fatal(err)
			}
			if v.hidesOwners {
				wantNotices(t, seen.Notices, "key_1: key has an owner that the API does not show So it was not checked that it belongs to the configured account")
				return
			}
			wantNotices(t, seen.Notices)
			if reads := v.calls(get); seen.Current.OwnerID != ownerID || (reads == 1) != v.listsNoOwners {
				t.Errorf("owner %q after %d reads", seen.Current.OwnerID, reads)
			}
		})
	}
}
