// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/url"
	"strconv"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// Cursors is how a list is paged whose pages go on behind a cursor. Its answers have the fields
// data and has_more, and for the cursor next or last_id; without either it is the last row's id.
type Cursors struct {
	After, Limit string // the query parameters
	Size         int    // the largest page
}

var errNoRows = errors.New("it has no list")

// CursorPages walks a list by [Cursors]. Rows that cannot be read are left out and noted.
func CursorPages[W, T any](c *Client, r Request, by Cursors, read func(*W) (T, error), idOf func(T) string) Fetch[T] {
	return CursorRows(c, r, by, read, idOf, idOf)
}

// CursorRows is [CursorPages] where several rows may have one id: keyOf tells them apart.
func CursorRows[W, T any](c *Client, r Request, by Cursors, read func(*W) (T, error), idOf, keyOf func(T) string) Fetch[T] {
	return cursorRows(c, r, by, func(raw json.RawMessage) (row T, err error) {
		var wire W
		if json.Unmarshal(raw, &wire) != nil {
			return row, errRowType
		}
		return read(&wire)
	}, idOf, keyOf)
}

// errRowType does not quote the row: who knows what is in it.
var errRowType = errors.New("a field of it is of another type than documented")

// cursorPage is the answer with one page.
type cursorPage struct {
	Data *[]json.RawMessage `json:"data"`
	More *bool              `json:"has_more"`
	Last string             `json:"last_id"`
	Next Nullable[string]   `json:"next"`
}

// cursorRows does not know the vendor's type: so it is compiled once for all rows that are pointers.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func cursorRows[T any](c *Client, r Request, by Cursors, read func(json.RawMessage) (T, error), idOf, keyOf func(T) string) Fetch[T] {
	return func(ctx context.Context, note func(string)) iter.Seq2[T, error] {
		return Pages(ctx, Walk[T]{Name: r.Name, Size: by.Size, IDOf: idOf, KeyOf: keyOf, Note: note, Get: func(ctx context.Context, after string, size int) (page Page[T], err error) {
			request := r
			request.Query = url.Values{by.Limit: {strconv.Itoa(size)}}
			maps.Copy(request.Query, r.Query)
			if after != "" {
				request.Query.Set(by.After, after)
			}
			got, err := JSON(ctx, c, request, func(a *cursorPage) error {
				if a.Data == nil {
					return errNoRows // taken for an empty one it would say that there is nothing
				}
				return nil
			})
			if err != nil {
				return page, err
			}
			for _, raw := range *got.Data {
				row, err := read(raw)
				if err != nil {
					note(RowName(raw, "id") + " was left out: " + err.Error())
					continue
				}
				page.Items = append(page.Items, row)
			}
			next := ""
			if got.Next.Value != nil {
				next = *got.Next.Value
			}
			page.Last, page.More = cmp.Or(next, got.Last), next != ""
			if got.More != nil {
				page.More = *got.More
			}
			page.Guess = got.More == nil && !got.Next.Shown
			return page, nil
		}})
	}
}

// RowName is a row of a list in a message: by the first of the fields that shows an id.
func RowName(raw json.RawMessage, fields ...string) string {
	var row map[string]json.RawMessage
	_ = json.Unmarshal(raw, &row)
	for _, field := range fields {
		var id string
		if json.Unmarshal(row[field], &id) == nil && ident.Check(id) == nil {
			return "row " + id
		}
	}
	return "a row"
}

// SameBody is an [Operation.Body] that is the same whenever it is sent.
func SameBody(v any) func(time.Time) (any, error) {
	return func(time.Time) (any, error) { return v, nil }
}

// ErrorFields is a [Dialect.Fields] for refusals whose field error is an object with type,
// code, param and message, or a text. A code that is a number repeats the status and is left
// out.
func ErrorFields(body []byte) (kind, code, param, message string) {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) != nil || outer.Error == nil {
		return "", "", "", ""
	}
	if json.Unmarshal(outer.Error, &message) == nil {
		return "", "", "", message
	}
	var inner struct {
		Type, Param, Message string
		Code                 json.RawMessage
	}
	_ = json.Unmarshal(outer.Error, &inner) // as far as it goes
	if json.Unmarshal(inner.Code, &code) != nil {
		code = ""
	}
	return inner.Type, code, inner.Param, inner.Message
}
