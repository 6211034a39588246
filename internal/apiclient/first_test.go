// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// shelf is a list that counts its reads and the rows that are taken from it.
type shelf struct {
	rows        []string
	err         error
	reads, seen int
}

func (s *shelf) walk(ctx context.Context, note func(string)) iter.Seq2[string, error] {
	s.reads++
	return apiclient.Pages(ctx, apiclient.Walk[string]{
		Name: "list", Size: 1, Note: note, IDOf: func(row string) string { return row },
		Get: func(_ context.Context, after string, _ int) (apiclient.Page[string], error) {
			if s.err != nil {
				return apiclient.Page[string]{}, s.err
			}
			at := slices.Index(s.rows, after) + 1
			s.seen++
			return apiclient.Page[string]{Items: s.rows[at:min(at+1, len(s.rows))], More: at+1 < len(s.rows)}, nil
		},
	})
}

func TestFirst(t *testing.T) {
	t.Parallel()
	same := func(s string) string { return s }
	items := func(look apiclient.Look[string]) []string {
		slices.Sort(look.Items)
		return look.Items
	}
	t.Run("is the list before own writes, read once", func(t *testing.T) {
		t.Parallel()
		s := &shelf{rows: []string{"a", "b"}}
		c := apiclient.NewCollection(same)
		for range 2 {
			look := c.First(t.Context(), "p", 2, s.walk)
			if got := items(look); !slices.Equal(got, []string{"a", "b"}) || look.Part || look.Err != nil || s.reads != 1 {
				t.Errorf("saw %v after %d reads", look, s.reads)
			}
			s.rows = append(s.rows, "ours")
			c.Drop("p")
		}
	})
	t.Run("is bounded", func(t *testing.T) {
		t.Parallel()
		s := &shelf{rows: []string{"a", "b", "c", "d"}}
		look := apiclient.NewCollection(same).First(t.Context(), "p", 2, s.walk)
		if got := items(look); !slices.Equal(got, []string{"a", "b"}) || !look.Part || s.seen != 2 {
			t.Errorf("saw %v in %d pages", look, s.seen)
		}
	})
	t.Run("remembers a failure", func(t *testing.T) {
		t.Parallel()
		s := &shelf{rows: []string{"a"}, err: errors.New("no")}
		c := apiclient.NewCollection(same)
		for range 2 {
			if look := c.First(t.Context(), "p", 2, s.walk); look.Err == nil || len(look.Items) > 0 || s.reads != 1 {
				t.Errorf("saw %v after %d reads", look, s.reads)
			}
		}
	})
	t.Run("shows nothing after an own write", func(t *testing.T) {
		t.Parallel()
		s := &shelf{rows: []string{"ours"}}
		c := apiclient.NewCollection(same)
		c.Drop("p")
		if look := c.First(t.Context(), "p", 2, s.walk); len(look.Items) > 0 || s.reads != 0 {
			t.Errorf("saw %v after %d reads", look, s.reads)
		}
	})
	t.Run("waits no longer than its caller", func(t *testing.T) {
		t.Parallel()
		c := apiclient.NewCollection(same)
		entered, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(left)
			c.First(context.Background(), "p", 2, func(context.Context, func(string)) iter.Seq2[string, error] {
				close(entered)
				<-leave
				return (&shelf{}).walk(context.Background(), nil)
			})
		}()
		<-entered
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if look := c.First(ctx, "p", 2, nil); !errors.Is(look.Err, context.Canceled) {
			t.Errorf("saw %v", look)
		}
		close(leave)
		<-left
	})
}

// A change of what is in an object shows in the remembered list, and asks for nothing.
func TestChange(t *testing.T) {
	t.Parallel()
	s := &shelf{rows: []string{"a", "b"}}
	c := apiclient.NewCollection(func(row string) string { return row })
	upper := func(string) string { return "A" }
	c.Change("p", "a", upper) // before there is a list
	before, err := c.All(t.Context(), "p", s.walk)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "c"} {
		c.Change("p", id, upper)
	}
	after, err := c.All(t.Context(), "p", s.walk)
	if err != nil || s.reads != 1 || before.ByID["a"] != "a" || after.ByID["a"] != "A" || len(after.ByID) != 2 {
		t.Errorf("after %d reads: %v, %v, %v", s.reads, before.ByID, after.ByID, err)
	}
}
