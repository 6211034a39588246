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
		Series: series, Attempt: 7, Looked: begin.Add(123456789), Lost: keyseries.Expired, Opens: true, Adopted: begin.Add(-time.Hour),
		Deadlines:   map[string]time.Time{"key_1": begin.Add(time.Hour), "key_2": begin},
		Unshortened: map[string]bool{"key_1": true}, NoUpdate: true, Unmarked: true, Unsettled: []string{"payments (ok-k3v6zq2mda.6)"}, UnsettledAt: begin,
		Neighbours:   []string{"key_0"},
		Fingerprints: map[string]string{"key_1": "ab12"},
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
	if got, want := string(keyseries.Memory{Series: series}.Encode()), `{"series":"k3v6zq2mda","attempt":0}`; got != want {
		t.Errorf("got %s, want %s: zero times and what is not known are left out", got, want)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	first, err := keyseries.Decode(nil)
	second, err2 := keyseries.Decode([]byte{})
	if err != nil || err2 != nil || first.Series == "" || first.Series == second.Series || first.Attempt != 0 {
		t.Errorf("nothing must give a new series each: %+v %v, %+v %v", first, err, second, err2)
	}
	later, err := keyseries.Decode([]byte(`{"series":"k3v6zq2mda","attempt":3,"from_a_later_version":{"a":[1]}}`))
	if err != nil || later.Series != series || later.Attempt != 3 {
		t.Errorf("what a later version added must not hurt: %+v, %v", later, err)
	}
	for _, bad := range []string{"{", "[]", `"text"`, `{"attempt":"one"}`, `{"looked":"yesterday"}`} {
		if m, err := keyseries.Decode([]byte(bad)); err == nil || !strings.Contains(err.Error(), "private state") {
			t.Errorf("Decode(%s) = %+v, %v", bad, m, err)
		}
	}
}

func TestCloneIsDeep(t *testing.T) {
	t.Parallel()
	m := fullMemory()
	c := m.Clone()
	c.Deadlines["key_1"], c.Deadlines["key_3"] = begin, begin
	c.Unshortened["key_9"] = true
	c.Unsettled[0] = "another"
	_ = append(c.Unsettled, "more")
	if !reflect.DeepEqual(m, fullMemory()) {
		t.Errorf("the original changed: %+v", m)
	}
	if c := (keyseries.Memory{}).Clone(); !reflect.DeepEqual(c, keyseries.Memory{}) {
		t.Errorf("the clone of nothing is %+v", c)
	}
}
