// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// What is added is in the remembered list without another read; a list that others hold stays as it
// is, and where none is remembered, the next one is read.
func TestAdd(t *testing.T) {
	t.Parallel()
	s := &shelf{rows: []string{"a"}}
	c := apiclient.NewCollection(func(row string) string { return row })
	c.Add("p", "early")
	before, err := c.All(t.Context(), "p", s.walk)
	if err != nil || s.reads != 1 || len(before.ByID) != 1 {
		t.Fatalf("read %v, %v, %d times", before, err, s.reads)
	}
	c.Add("p", "b")
	after, err := c.All(t.Context(), "p", s.walk)
	if err != nil || s.reads != 1 || after.ByID["b"] != "b" || after.ByID["a"] != "a" {
		t.Errorf("have %v, %v, read %d times", after.ByID, err, s.reads)
	}
	if _, changed := before.ByID["b"]; changed {
		t.Error("a list that others hold was changed")
	}
	other, err := c.All(t.Context(), "q", s.walk)
	if err != nil || s.reads != 2 || slices.Contains(s.rows, "b") || len(other.ByID) != 1 {
		t.Errorf("another parent has %v, %v, read %d times", other, err, s.reads)
	}
}
