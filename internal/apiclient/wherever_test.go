// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// book is on a shelf, which its id does not say.
type book struct{ id, shelf, name string }

// shelves are what a server has, each shelf a list; every answer takes a second.
type shelves struct {
	kept  *apiclient.Collection[book]
	books map[string]book

	mu           sync.Mutex
	looks, lists int
}

func newShelves(books ...book) *shelves {
	s := &shelves{kept: apiclient.NewCollection(func(t book) string { return t.id }), books: map[string]book{}}
	for _, one := range books {
		s.books[one.id] = one
	}
	return s
}

func (s *shelves) count(n *int) {
	s.mu.Lock()
	*n++
	s.mu.Unlock()
	_ = clock.System().Sleep(context.Background(), time.Second)
}

func (s *shelves) list(shelf string) {
	_, _ = s.kept.All(context.Background(), shelf, func(context.Context, func(string)) iter.Seq2[book, error] {
		return func(yield func(book, error) bool) {
			s.count(&s.lists)
			for _, one := range s.books {
				if one.shelf == shelf && !yield(one, nil) {
					return
				}
			}
		}
	})
}

var errNone = errors.New("there is none")

// find looks one up as an import does, which reads the list of its shelf next.
func (s *shelves) find(ctx context.Context, id string) (book, error) {
	one, err := s.kept.Wherever(ctx, id, func(byID map[string]book) []book {
		if one, there := byID[id]; there {
			return []book{one}
		}
		return nil
	}, func(ctx context.Context, many bool) (book, error) {
		s.count(&s.looks)
		one, there := s.books[id]
		if err := ctx.Err(); err != nil || !there {
			return one, cmp.Or(err, errNone)
		}
		if many {
			s.list(one.shelf)
		}
		return one, nil
	})
	if err == nil {
		s.list(one.shelf)
	}
	return one, err
}

// Many objects that are looked for at the same time cost two looks and the lists they are in,
// whatever their number; what no list shows costs a look each.
func TestWhereverAtTheSameTime(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 10, 100} {
		synctest.Test(t, func(t *testing.T) {
			var all []book
			for i := range size {
				all = append(all, book{fmt.Sprint("t", i), "a", "x"})
			}
			s := newShelves(all...)
			var group sync.WaitGroup
			for i := range size {
				group.Go(func() {
					id := fmt.Sprint("t", i)
					if one, err := s.find(t.Context(), id); err != nil || one.id != id {
						t.Errorf("%s: got %v, %v", id, one, err)
					}
				})
			}
			group.Wait()
			if s.looks != min(size, 2) || s.lists != 1 {
				t.Errorf("%d at a time: %d looks and %d lists", size, s.looks, s.lists)
			}
			before := s.looks
			for range 2 {
				if _, err := s.find(t.Context(), "none"); !errors.Is(err, errNone) {
					t.Errorf("got %v", err)
				}
			}
			if s.looks != before+2 {
				t.Errorf("%d looks for what is not there, want 2", s.looks-before)
			}
		})
	}
}

// Nobody waits for more than two looks of others, and their failures are not his.
func TestWhereverWaitsForTwoLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelves(book{"there", "a", "x"})
		began := clock.System().Now()
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				if _, err := s.find(t.Context(), fmt.Sprint("none", i)); !errors.Is(err, errNone) {
					t.Errorf("got %v", err)
				}
			})
		}
		stopped, stop := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := s.find(stopped, "there"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		stop()
		group.Wait()
		if took := clock.System().Now().Sub(began); took != 3*time.Second || s.looks < 20 {
			t.Errorf("%d looks took %s", s.looks, took)
		}
	})
}

// A list that was dropped shows nothing any more, and one that shows several to choose from
// leaves the choice to a look.
func TestWhereverOfRememberedLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, whereverOfRememberedLists)
}

func whereverOfRememberedLists(t *testing.T) {
	t.Helper()
	s := newShelves(book{"t1", "a", "one"}, book{"t2", "a", "twin"}, book{"t3", "b", "twin"})
	named := func(name string) (found book, looked bool) {
		found, err := s.kept.Wherever(t.Context(), name, func(byID map[string]book) (found []book) {
			for _, one := range byID {
				if one.name == name {
					found = append(found, one)
				}
			}
			return found
		}, func(context.Context, bool) (book, error) { looked = true; return book{}, nil })
		if err != nil {
			t.Fatal(err)
		}
		return found, looked
	}
	for _, shelf := range []string{"a", "b"} {
		s.list(shelf)
	}
	var got []string
	see := func(name string) {
		found, looked := named(name)
		got = append(got, fmt.Sprint(name, " ", found.id, " ", looked))
	}
	see("one")
	see("twin")
	s.kept.Drop("b")
	see("twin")
	s.kept.Drop("a")
	see("one")
	if want := []string{"one t1 false", "twin  true", "twin t2 false", "one  true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
