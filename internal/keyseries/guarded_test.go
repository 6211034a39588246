// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// own makes a vendor work with one of its keys, whose secret was minted here.
func own(v full, id string) guarded { return guarded{v, id, fingerprintOf(id)} }

func fingerprintOf(id string) string { return secret.New("sk-fake-" + id).Fingerprint() }

// On every road the key that the provider works with itself is refused. The one exception is below.
func TestTheOwnCredentialIsNeverRevoked(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T) (guarded, string, error){
		"retire": func(t *testing.T) (guarded, string, error) {
			v, m, previous := running(time.Time{}, begin)
			m.Previous["key_1"] = keyseries.Superseded{End: begin, Fingerprint: fingerprintOf("key_1")}
			g := own(v, "key_1")
			_, _, err := keyseries.Retire(t.Context(), g, &m, previous, "")
			return g, "key_1", err
		},
		"retire of an imported key": func(t *testing.T) (guarded, string, error) {
			v, m, previous := running(time.Time{}, begin)
			m.Fingerprint = fingerprintOf("key_2") // the current key's says nothing about this one
			g := own(v, "key_1")
			_, _, err := keyseries.Retire(t.Context(), g, &m, previous, "")
			return g, "key_1", err
		},
		"no overlap": func(t *testing.T) (guarded, string, error) {
			v, want, have, m := due()
			want.Overlap, m.Fingerprint = 0, fingerprintOf("key_2")
			g := own(v, "key_2")
			job, _, _ := newJob(g, want, have, &m)
			return g, "key_2", job.Run(t.Context())
		},
		"make room": func(t *testing.T) (guarded, string, error) {
			v, want, have, m := due()
			delete(v.keys, "key_1")
			want.Overlap, v.limit, m.Fingerprint = 0, 1, fingerprintOf("key_2")
			g := own(v, "key_2")
			job, _, _ := newJob(g, want, have, &m)
			return g, "key_2", job.Run(t.Context())
		},
		"another key": func(t *testing.T) (guarded, string, error) {
			v, want, have, m := due()
			v.add("key_9", shown(9), time.Time{}).CreatedAt = begin.Add(-2 * day)
			m.Fingerprint = fingerprintOf("key_2")
			m.Others = []keyseries.Other{{ID: "key_9", CreatedAt: begin.Add(-2 * day)}}
			g := own(v, "key_9")
			job, r, _ := newJob(g, want, have, &m)
			err := job.Run(t.Context())
			wantNotices(t, r.notices, "key_9: key could not be revoked")
			return g, "key_9", errors.Join(err, errOwn) // a notice, because it is in no state
		},
		"wait out": func(t *testing.T) (guarded, string, error) {
			v := newVendor()
			v.add("key_1", shown(1), time.Time{})
			m := keyseries.Memory{Series: series, Fingerprint: fingerprintOf("key_0"), Unsettled: []keyseries.Attempt{{Shown: shown(1), At: begin}}}
			g := own(v, "key_1")
			err := keyseries.WaitOut(t.Context(), g, &m)
			if len(m.Unsettled) != 1 {
				t.Errorf("memory %+v", m)
			}
			return g, "key_1", err
		},
		"destroy of the current key": func(t *testing.T) (guarded, string, error) {
			v, have, m := doomed()
			m.Fingerprint = fingerprintOf("current")
			g := own(v, "current")
			_, err := keyseries.Destroy(t.Context(), g, have, &m)
			return g, "current", err
		},
		"destroy of a previous key": func(t *testing.T) (guarded, string, error) {
			v, have, m := doomed()
			m.Fingerprint = fingerprintOf("current")
			g := own(v, "previous") // imported: no fingerprint is remembered
			_, err := keyseries.Destroy(t.Context(), g, have, &m)
			return g, "previous", err
		},
		"destroy of an attempt": func(t *testing.T) (guarded, string, error) {
			v, have, m := doomed()
			v.add("lost", shown(8), time.Time{})
			m.Fingerprint, m.Unsettled = fingerprintOf("current"), []keyseries.Attempt{{Shown: shown(8), At: begin}}
			g := own(v, "lost")
			_, err := keyseries.Destroy(t.Context(), g, have, &m)
			return g, "lost", err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, id, err := run(t)
			if !errors.Is(err, errOwn) {
				t.Errorf("got %v", err)
			}
			if _, lives := v.keys[id]; !lives || v.calls(revoke+" "+id) != 0 {
				t.Errorf("calls %v", v.journal)
			}
			if strings.HasPrefix(name, "destroy") && v.calls(revoke) != 0 {
				t.Errorf("the others, which could take its place, were revoked: calls %v", v.journal)
			}
		})
	}
}

// The key of an attempt of this very call is not asked about: a vendor that is shown nothing of its secret would keep it.
func TestTheOwnAttemptIsRevokedUnasked(t *testing.T) {
	t.Parallel()
	v, m := newVendor(), keyseries.Memory{Series: series, Fingerprint: fingerprintOf("key_0")}
	v.fail(mint, fault{cut, true})
	if _, err := keyseries.Mint(t.Context(), own(v, "key_1"), &m, request, (&drawer{}).keep); err != nil {
		t.Error(err)
	}
	if v.calls(revoke+" key_1") != 1 || len(m.Unsettled) != 0 {
		t.Errorf("calls %v, memory %+v", v.journal, m)
	}
}

// The fingerprint follows a key from its mint to its end.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	v, m := own(newVendor(), ""), keyseries.New()
	v.fingerprint = "no key of these"
	job, r, _ := newJob(v, wanted, keyseries.State{}, &m)
	if err := job.Create(t.Context()); err != nil || m.Fingerprint != fingerprintOf("key_1") {
		t.Fatalf("%v, memory %+v", err, m)
	}
	want := wanted
	want.Triggers = keyseries.Changed
	job, r, _ = newJob(v, want, r.last(), &m)
	if err := job.Run(t.Context()); err != nil || m.Fingerprint != fingerprintOf("key_2") || m.Previous["key_1"].Fingerprint != fingerprintOf("key_1") {
		t.Fatalf("%v, memory %+v", err, m)
	}
	v.journal = nil
	if _, err := keyseries.Destroy(t.Context(), v, r.last(), &m); err != nil {
		t.Fatal(err)
	}
	one, two := "in use? key_1 "+fingerprintOf("key_1"), "in use? key_2 "+fingerprintOf("key_2")
	wantJournal(t, v, list, one, two, one, "revoke key_1", two, "revoke key_2")
}
