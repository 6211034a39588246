// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
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

// A list that is not found says nothing about one object, which is read alone.
func TestListedInAListThatIsNotFound(t *testing.T) {
	t.Parallel()
	c := apiclient.NewCollection(func(row string) string { return row })
	missing := func(context.Context, func(string)) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) { yield("", &apierr.Error{Status: 404}) }
	}
	for _, id := range []string{"a", "b"} {
		if _, there, err := c.Listed(t.Context(), "p", id, id, missing); there || err != nil {
			t.Errorf("%s: there %t, %v", id, there, err)
		}
	}
}

// A list that is on its way during a write is remembered with what the write made of it, and forgotten where that is
// not known.
func TestAWriteDuringAList(t *testing.T) {
	t.Parallel()
	byLetter := func(row string) string { return row[:1] }
	for name, c := range map[string]struct {
		write func(*apiclient.Collection[string])
		want  []string // nil: read again
	}{
		"add":                   {func(c *apiclient.Collection[string]) { c.Add("p", "c") }, []string{"a", "b", "c"}},
		"remove":                {func(c *apiclient.Collection[string]) { c.Remove("p", "b") }, []string{"a"}},
		"change":                {func(c *apiclient.Collection[string]) { c.Change("p", "b", strings.ToUpper) }, []string{"B", "a"}},
		"answer":                {func(c *apiclient.Collection[string]) { c.Answered("p", "b2", func(string) bool { return true }) }, []string{"a", "b2"}},
		"answer that says less": {func(c *apiclient.Collection[string]) { c.Answered("p", "b2", func(string) bool { return false }) }, nil},
		"answer about no row":   {func(c *apiclient.Collection[string]) { c.Answered("p", "d", func(string) bool { return true }) }, nil},
		"unknown":               {func(c *apiclient.Collection[string]) { c.Add("p", "c"); c.Drop("p"); c.Add("p", "d") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{rows: []string{"a", "b"}}
			list := apiclient.NewCollection(byLetter)
			during := func(ctx context.Context, note func(string)) iter.Seq2[string, error] {
				list.Answered("other", "a", nil)
				c.write(list)
				return s.walk(ctx, note)
			}
			if _, err := list.All(t.Context(), "p", during); err != nil {
				t.Fatal(err)
			}
			has, err := list.All(t.Context(), "p", s.walk)
			if err != nil {
				t.Fatal(err)
			}
			rows, reads := []string{}, 1
			for _, row := range has.ByID {
				rows = append(rows, row)
			}
			slices.Sort(rows)
			if c.want == nil {
				c.want, reads = s.rows, 2
			}
			if !slices.Equal(rows, c.want) || s.reads != reads {
				t.Errorf("have %v after %d reads, want %v after %d", rows, s.reads, c.want, reads)
			}
		})
	}
}

// Pages that led nowhere are no knowledge for a look that has to be fresh; a list that is too large stays one.
func TestFreshAfterAListThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for cause, again := range map[error]bool{apiclient.ErrListStuck: true, apiclient.ErrListTooLarge: false} {
		c := apiclient.NewCollection(func(row string) string { return row })
		reads := 0
		fetch := func(context.Context, func(string)) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				if reads++; reads == 1 {
					yield("", cause)
					return
				}
				yield("a", nil)
			}
		}
		for range 2 {
			if _, err := c.All(t.Context(), "p", fetch); !errors.Is(err, cause) || reads != 1 {
				t.Errorf("%v: remembered %v after %d reads", cause, err, reads)
			}
		}
		list, err := c.Fresh(t.Context(), "p", fetch)
		if (err == nil) != again || again && len(list.ByID) != 1 || !again && reads != 1 {
			t.Errorf("%v: a fresh list is %v, %v after %d reads", cause, list, err, reads)
		}
		if _, err := c.All(t.Context(), "p", fetch); (err == nil) != again || reads > 2 {
			t.Errorf("%v: afterwards %v after %d reads", cause, err, reads)
		}
	}
}
