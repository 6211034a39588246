// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// begin is when every test starts.
var begin = time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)

func fullMemory() keyseries.Memory {
	return keyseries.Memory{
		Series: series, Phase: keyseries.Expired, End: begin.Add(day), Shown: shown(7), Fingerprint: "cd34", Blocked: "Rotated elsewhere.", Revoked: "key_9", Ended: map[string]time.Time{"key_8": begin}, Trouble: "was disabled",
		Answers: map[string]string{"limit": "5"},
		Looked:  begin.Add(123456789), Opens: true, Unnamed: true, Adopted: begin.Add(-time.Hour), Origin: "zzzzzzzzzz",
		Previous: map[string]keyseries.Superseded{
			"key_1": {End: begin.Add(time.Hour), Late: true, Fingerprint: "ab12", Since: begin, Stale: []string{"limit"}, Answers: map[string]string{"limit": "4"}},
			"key_2": {End: begin, AtOnce: true},
		},
		Others:     []keyseries.Other{{ID: "key_7", CreatedAt: begin, LastUsedAt: begin.Add(hour), WasUsed: true, Unsettled: true, Unproven: true, UseHidden: true}},
		Unsettled:  []keyseries.Attempt{{Shown: shown(6), At: begin}, {Shown: "plain", Mark: keyseries.Mark{Series: series, Nonce: "aaaaaaaa"}, At: begin}},
		Refused:    []string{"lifetime", "scopes"},
		Neighbours: []string{"key_0"}, Alone: true,
		Doubtful: []string{"lifetime"}, Awaited: []string{"limit"}, Tried: begin.Add(day),
	}
}

func TestMemoryRoundTrip(t *testing.T) {
	t.Parallel()
	full := fullMemory()
	for i := range reflect.TypeOf(full).NumField() {
		if field := reflect.TypeOf(full).Field(i); field.IsExported() && reflect.ValueOf(full).Field(i).IsZero() {
			t.Fatalf("the test leaves %s empty", reflect.TypeOf(full).Field(i).Name)
		}
	}
	for _, m := range []keyseries.Memory{full, {Series: series}} {
		got, err := keyseries.Decode(m.Encode())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, m)
		}
	}
}

func TestMemoryHasOneForm(t *testing.T) {
	t.Parallel()
	// Private state that differs from run to run is a diff to some tools.
	for range 20 {
		if a, b := string(fullMemory().Encode()), string(fullMemory().Clone().Encode()); a != b {
			t.Fatalf("%s\n%s", a, b)
		}
	}
	if got, want := string(keyseries.Memory{Series: series}.Encode()), `{"series":"k3v6zq2mda"}`; got != want {
		t.Errorf("got %s, want %s: zero times and what is not known are left out", got, want)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, nothing := range [][]byte{nil, {}} {
		m, err := keyseries.Decode(nothing)
		if err != nil || !m.Missing() || m.Series != "" {
			t.Errorf("nothing must give a memory that is missing: %+v, %v", m, err)
		}
		// Whoever writes it down without a look keeps no series that never was.
		again, err := keyseries.Decode(m.Encode())
		if err != nil || again.Missing() || again.Series != "" {
			t.Errorf("it comes back as %+v, %v", again, err)
		}
	}
	first, second := keyseries.New(), keyseries.New()
	if first.Series == "" || first.Series == second.Series || first.Missing() {
		t.Errorf("two series begin as %+v and %+v", first, second)
	}
	later, err := keyseries.Decode([]byte(`{"series":"k3v6zq2mda","phase":"ending","from_a_later_version":{"a":[1]}}`))
	if err != nil || later.Series != series || later.Phase != keyseries.Ending || later.Missing() {
		t.Errorf("what a later version added must not hurt: %+v, %v", later, err)
	}
	for _, bad := range []string{"{", "[]", `"text"`, `{"series":1}`, `{"looked":"yesterday"}`, `{"previous":["key_1"]}`} {
		if m, err := keyseries.Decode([]byte(bad)); err == nil || !strings.Contains(err.Error(), "private state") {
			t.Errorf("Decode(%s) = %+v, %v", bad, m, err)
		}
	}
}

func TestCloneIsDeep(t *testing.T) {
	t.Parallel()
	m := fullMemory()
	c := m.Clone()
	c.Previous["key_1"], c.Previous["key_3"] = keyseries.Superseded{}, keyseries.Superseded{}
	c.Others[0].ID, c.Unsettled[0].Shown, c.Refused[0], c.Neighbours[0], c.Doubtful[0] = "another", "another", "another", "another", "another"
	if !reflect.DeepEqual(m, fullMemory()) {
		t.Errorf("the original changed: %+v", m)
	}
	if c := (keyseries.Memory{}).Clone(); !reflect.DeepEqual(c, keyseries.Memory{}) {
		t.Errorf("the clone of nothing is %+v", c)
	}
}

func TestPhaseLost(t *testing.T) {
	t.Parallel()
	for phase, lost := range map[keyseries.Phase]bool{keyseries.Living: false, keyseries.Ending: false, keyseries.Expired: true, keyseries.Deleted: true} {
		if phase.Lost() != lost {
			t.Errorf("%q is lost: %v", phase, phase.Lost())
		}
	}
}
