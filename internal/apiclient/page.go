// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Page is one answer of a list endpoint.
type Page[T any] struct {
	Items []T
	More  bool
	Guess bool   // the answer does not say whether there is more: a page that shows nothing new ends the list
	Last  string // cursor for the next page
	Moved bool   // rows moved between the pages, so that some may have been passed over
}

// Walk is how one list is read, page by page.
type Walk[T any] struct {
	Name string // of the operation, for errors
	Size int    // the largest page the API allows
	IDOf func(T) string
	// KeyOf tells rows apart that may have one id; nil is IDOf.
	KeyOf func(T) string
	// Note gets the reason why the list may be incomplete; nil = nobody asks.
	Note func(why string)
	Get  func(ctx context.Context, after string, size int) (Page[T], error)
}

const (
	// maxRestarts bounds how often a walk begins again: parallel deletes may take one
	// cursor after the other away.
	maxRestarts = 5
	// maxPages and maxList bound one list: ten thousand keys are a hundred pages and
	// under ten megabytes.
	maxPages = 1000
	maxList  = 64 << 20
	// maxKnown and maxEmpty bound how many pages in a row may show nothing new: rows that
	// were all shown before, or none. A few are rows that moved between pages, or that the
	// server filtered out after it had cut the pages.
	maxKnown = 3
	maxEmpty = 100
	// usualPage is a page that every list gives that has pages: some refuse larger ones.
	usualPage = 100
)

// ErrNoList is in the error for a list that cannot be read to its end, however often it
// is asked for: an [ErrListTooLarge] or an [ErrListStuck].
var ErrNoList = errors.New("the list cannot be read completely")

var (
	// ErrListTooLarge is the cause when a list has more pages or bytes than are read.
	ErrListTooLarge error = noList(fmt.Sprintf("the list is too large to be read: it has more than %d pages, %d MiB, or %d MiB in one answer", maxPages, maxList>>20, maxAnswer>>20))
	// ErrListStuck is the cause when the pages of a list lead nowhere.
	ErrListStuck error = noList("the server says there is more, but its cursor does not advance: its pages show nothing new")
)

// noList is why a list cannot be read to its end.
type noList string

func (why noList) Error() string { return string(why) }

// Is implements the question for [ErrNoList].
func (noList) Is(target error) bool { return target == ErrNoList }

// errBudget ends the page that exceeds maxList.
var errBudget = errors.New("the list grew too large")

// budget is how many bytes a walk may still read.
type budget struct{ left int }

type budgetKey struct{}

func budgetOf(ctx context.Context) *budget {
	b, _ := ctx.Value(budgetKey{}).(*budget)
	return b
}

// errPart ends a walk that [atMost] bounds and that would go on.
var errPart = errors.New("the list goes on")

type pagesKey struct{}

// atMost gives a context whose walks read no more than so many pages.
func atMost(ctx context.Context, pages int) context.Context {
	return context.WithValue(ctx, pagesKey{}, pages)
}

// take is false when n bytes are too many. Outside a walk there is no limit.
func (b *budget) take(n int) bool {
	if b == nil {
		return true
	}
	b.left -= n
	return b.left >= 0
}

// Pages walks a list: it stops when the caller stops, yields an error once, and refuses
// a list without end ([ErrListTooLarge]) and pages that lead nowhere ([ErrListStuck]). A
// cursor object deleted meanwhile (404), or [Page.Moved], starts the walk again, without
// repeating what was given; so do pages that lead nowhere, once. A page that is too large, or
// larger than the server allows, is asked for in smaller ones. One 404 to the first page is not
// believed: it is asked for once more. Rows without an id are left out and noted.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func Pages[T any](ctx context.Context, w Walk[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var left budget
		ctx := context.WithValue(ctx, budgetKey{}, &left)
		keyOf := w.KeyOf
		if keyOf == nil {
			keyOf = w.IDOf
		}
		p := position{size: w.Size, used: map[string]bool{}, shown: map[string]int{}}
		most, bounded := ctx.Value(pagesKey{}).(int)
		for pages := 0; ; pages++ {
			var zero T
			if p.after == "" {
				left.left = maxList // a walk that begins again reads the same rows
			}
			one, err := w.Get(ctx, p.after, p.size)
			if p.again(err) || one.Moved && p.restart() {
				continue
			}
			if errors.Is(err, errTooLarge) || errors.Is(err, errBudget) || err == nil && pages >= maxPages {
				err = w.tooLarge()
			}
			if err != nil {
				yield(zero, err)
				return
			}
			if one.Moved && w.Note != nil {
				w.Note("its rows moved between the pages each time they were read")
			}
			for _, item := range one.Items {
				id := w.IDOf(item)
				if id == "" && w.Note != nil {
					w.Note("a row without an id was left out")
				}
				if id != "" && p.first(keyOf(item)) && !yield(item, nil) {
					return
				}
			}
			if !one.More && !one.Guess || one.Guess && p.news == 0 {
				return
			}
			if bounded && pages+1 >= most {
				yield(zero, errPart)
				return
			}
			last := one.Last
			if last == "" && len(one.Items) > 0 {
				last = w.IDOf(one.Items[len(one.Items)-1])
			}
			if !p.next(last, len(one.Items)) && !p.doubt() {
				yield(zero, w.stuck())
				return
			}
		}
	}
}

func (w Walk[T]) tooLarge() error {
	return &apierr.Error{
		Operation: w.Name, Cause: ErrListTooLarge,
		Hint: "Either the server's list has no end, or there is more in it than this provider reads at once. Check base_url, and remove what is no longer needed.",
	}
}

func (w Walk[T]) stuck() error {
	return &apierr.Error{
		Operation: w.Name, Cause: ErrListStuck,
		Hint: "Something between this machine and the API may cut parameters off, such as a caching gateway. Check the proxy and base_url.",
	}
}

// position is where a walk stands.
type position struct {
	after    string
	size     int
	restarts int
	missed   bool            // the first page was answered with a 404 once
	doubted  bool            // the pages led nowhere once
	used     map[string]bool // cursors since the last restart
	shown    map[string]int  // in which restart a row was last shown, by key
	news     int             // rows of this page that were not shown since the last restart
	known    int             // pages in a row without such a row
	empty    int             // pages in a row without any row
}

// first notes a row and says whether the walk shows it for the first time.
func (p *position) first(key string) bool {
	last, before := p.shown[key]
	if !before || last != p.restarts {
		p.news++
	}
	p.shown[key] = p.restarts
	return !before
}

// again prepares another try after an error that a walk gets over.
func (p *position) again(err error) bool {
	switch {
	case apierr.IsNotFound(err) && p.restart():
		return true
	case apierr.IsNotFound(err) && p.after == "" && !p.missed:
		p.missed = true
		return true
	case p.size > usualPage && isRefusal(err):
		p.size = usualPage
		return true
	case p.size > 1 && errors.Is(err, errTooLarge):
		p.size = max(p.size/10, 1)
		return true
	}
	return false
}

// isRefusal recognizes an answer that may be about the size of a page.
func isRefusal(err error) bool {
	status := apierr.Status(err)
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// restart begins the walk again, unless it stands at the first page or has begun too often.
func (p *position) restart() bool {
	if p.after == "" || p.restarts >= maxRestarts {
		return false
	}
	p.after, p.used = "", map[string]bool{}
	p.restarts++
	return true
}

// doubt begins the walk again the first time that its pages lead nowhere: one answer may be
// another page's.
func (p *position) doubt() bool {
	if p.doubted {
		return false
	}
	p.doubted = true
	return p.after == "" || p.restart()
}

// next moves behind a page of so many rows; false when that leads nowhere.
func (p *position) next(last string, rows int) bool {
	switch {
	case p.news > 0:
		p.known, p.empty = 0, 0
	case rows > 0:
		p.known++
	default:
		p.empty++
	}
	p.news = 0
	if last == "" || p.used[last] || p.known >= maxKnown || p.empty >= maxEmpty {
		return false
	}
	p.after, p.used[last] = last, true
	return true
}
