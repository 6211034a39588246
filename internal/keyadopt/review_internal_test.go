// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

import (
	"testing"
	"time"
)

func TestDue(t *testing.T) {
	t.Parallel()
	created := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		created time.Time
		age     time.Duration
		after   string
		want    bool
	}{
		{created, 24*time.Hour - time.Second, "1d", false},
		{created, 24 * time.Hour, "1d", true},
		{created, 24 * time.Hour, "", false},
		{time.Time{}, 24 * time.Hour, "1d", false},
	} {
		if got := due(c.created, created.Add(c.age), c.after); got != c.want {
			t.Errorf("created %s, %s later, review after %q: %t", c.created, c.age, c.after, got)
		}
	}
	if due(created, time.Time{}, "1d") {
		t.Error("nothing is due at a time that is not known")
	}
}

func TestSuccessor(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, want := range map[string]string{"billing": "billing-2030-01-02", "billing-2029-12-01": "billing-2030-01-02", "v-2029-12": "v-2029-12-2030-01-02"} {
		if got := successor(name, now); got != want {
			t.Errorf("%s is followed by %s, want %s", name, got, want)
		}
	}
}
