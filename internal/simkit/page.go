// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"slices"
)

// Window is the part of a list that a request asks for. An API that pages by
// cursor sets After, one that pages by number sets Skip.
type Window struct {
	After string // id of the last object before the page, "" = from the start
	Skip  int    // how many objects come before the page
	Limit int    // largest number of rows, at least 1; [Options.MaxPage] may lower it
}

// Page is what an API shows of a list, in its own envelope.
type Page struct {
	Rows        []any
	First, Last string // ids of the first and the last row, "" = no rows
	More        bool   // objects follow
	Total       int    // how many objects all pages show
}

// NewPage cuts a page out of all, which is in the order of the list, and lets the
// faults of lists step in. Objects that keep refuses are not shown. Found is false
// where After is no object of all: a hidden one still is a cursor, a deleted one is not.
func NewPage[T Listed](c *Call, all []T, w Window, keep func(T) bool, show func(T) any) (p Page, found bool) {
	e := c.engine
	limit := w.Limit
	if e.maxPage > 0 {
		limit = min(limit, e.maxPage)
	}
	repeat, endless := c.fault.is(RepeatedCursor), c.fault.is(EndlessList) && len(all) > 0
	newWalk := w.After == "" && w.Skip == 0
	var last any
	if endless {
		last = show(all[len(all)-1])
	}
	if w.After != "" && !repeat {
		i := slices.IndexFunc(all, func(o T) bool { return o.Ident() == w.After })
		if i < 0 && endless {
			i = len(all) - 1 // an invented object
		}
		if i < 0 {
			return p, false
		}
		all = all[i+1:]
	}
	shown := make([]T, 0, len(all))
	for _, o := range all {
		// Every object is counted by the fault, also those beyond this page.
		if hidden := c.fault.hides(c, o, newWalk); !hidden && keep(o) {
			shown = append(shown, o)
		}
	}
	p = Page{Rows: []any{}, Total: len(shown)}
	if !repeat {
		shown = shown[min(w.Skip, len(shown)):]
	}
	for _, o := range shown[:min(limit, len(shown))] {
		p.add(show(o), o.Ident())
	}
	p.More = len(shown) > limit || repeat
	if endless {
		e.fill(&p, last, limit)
	}
	return p, true
}

func (p *Page) add(row any, id string) {
	if p.First == "" {
		p.First = id
	}
	p.Last = id
	p.Rows = append(p.Rows, row)
}

// fill makes a page of a list without end: invented objects follow the real ones.
func (e *Engine) fill(p *Page, like any, limit int) {
	row := jsonAnswer(0, like).body
	prefix := idPrefix(e.idOf(like))
	for len(p.Rows) < limit {
		o := decodeObject(row)
		id := prefix + e.Issuer.Word(24) // not kept: whoever reads such lists would fill the memory
		e.setID(o, id)
		p.add(o, id)
	}
	p.More = true
}
