// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the client of OpenRouter's management API: keys, workspaces and the
// assignment of guardrails to keys. It knows nothing of Terraform but its logger.
//
// Every failed call is an [apierr.Error]; objects that are known to be gone are an
// [apierr.Gone].
package api

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// DefaultBaseURL is the address of the vendor's API.
const DefaultBaseURL = "https://openrouter.ai/api/v1"

// Client talks to one organization with one management key. It is safe for concurrent use.
type Client struct {
	http *apiclient.Client
	base string

	// Nonce is what of the name of a key only one attempt of this provider has, "" in names of others; nil: the whole of it.
	Nonce func(name string) string

	keys        *apiclient.Collection[*Key]
	workspaces  *apiclient.Collection[*Workspace]
	assignments *apiclient.Collection[*Assignment]
	guardrails  *apiclient.Collection[*guardrail]

	born     sync.Map // when young keys and workspaces were created, by hash or id
	assigned sync.Map // guardrails that this run assigned or found, by hash of the key
	unsure   sync.Map // keys whose guardrail no list shows and that may have one all the same, by hash
	stamps   sync.Map // creators of keys of ours, see [Client.Stamped]
	ours     sync.Map // hashes of keys in state of which no creator is known, see [Client.Ours]
	known    atomic.Int64
	own      *apiclient.Asked[credential]

	unstamped atomic.Bool // keys of ours have no creator
	lost      sync.Map    // nonces of creates that were not answered

	wrote     atomic.Bool // a create or change of a key has succeeded
	read      atomic.Bool // a read has
	looked    sync.Once
	inference bool // see [Client.CheckManages]
}

// New makes a client. It sends nothing. The dialect of the settings is this vendor's.
func New(settings apiclient.Config) *Client {
	settings.Dialect = dialect
	c := &Client{
		base:        strings.TrimRight(settings.BaseURL, "/"),
		keys:        apiclient.NewCollection(func(k *Key) string { return k.Hash }),
		workspaces:  apiclient.NewCollection(func(w *Workspace) string { return w.ID }),
		assignments: apiclient.NewCollection(func(a *Assignment) string { return a.KeyHash }),
		guardrails:  apiclient.NewCollection(func(g *guardrail) string { return g.ID }),
	}
	settings.Dialect.Hint = c.hint
	c.http, c.own = apiclient.New(settings), apiclient.NewAsked[credential](opReadSelf, selfPause)
	c.keys.IsDoubtful = func(k *Key) bool { return k.Doubtful }
	return c
}

// CheckBaseURL is [apiclient.Base.Check] for this vendor.
func CheckBaseURL(base string, _ bool) error {
	return apiclient.Base{Default: DefaultBaseURL, Credential: "management key"}.Check(base)
}

// CheckManagementKey is [apiclient.CheckCredential]: no prefix tells the kinds of keys apart.
func CheckManagementKey(key secret.Text) error { return apiclient.CheckCredential(key) }

// BaseURL is the address this client talks to, for messages.
func (c *Client) BaseURL() string { return c.base }

// Now is the present moment by the server's clock as far as it is known.
func (c *Client) Now() time.Time { return c.http.Now() }

// Skew is how far the server's clock is ahead of this machine's; ok is false before the
// first answer.
func (c *Client) Skew() (skew time.Duration, ok bool) { return c.http.Skew() }

// Sleep waits on the client's clock.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.http.Sleep(ctx, d) }

// one is the envelope of an answer about one object.
type one[T any] struct {
	Data *T `json:"data"`
}

// many is the envelope of a page.
type many[T any] struct {
	Data  *[]T             `json:"data"`
	Total apiclient.Number `json:"total_count"`
}

var (
	errNoObject = errors.New("it has no data")
	errNoList   = errors.New("it has no list")
)

// hasList refuses a page without a list: taken for an empty one it would say that
// everything is gone.
func hasList[T any](answer *many[T]) error {
	if answer.Data == nil {
		return errNoList
	}
	return nil
}

// send sends a request whose answer is about one object.
func send[T any](ctx context.Context, c *Client, r apiclient.Request, usable func(*T) error) (*T, error) {
	answer, err := apiclient.JSON(ctx, c.http, r, func(answer *one[T]) error {
		if answer.Data == nil {
			return errNoObject
		}
		return usable(answer.Data)
	})
	if err != nil {
		return nil, err
	}
	if r.Name != opReadSelf { // which keys for inference may do
		c.read.Store(true)
	}
	return answer.Data, nil
}

// deleted is the acknowledgement of a delete, which names nothing.
type deleted struct {
	Done json.RawMessage `json:"deleted"`
}

// remove deletes an object. An answer that says that nothing was deleted is success only after a look, as a 404 is.
func (c *Client) remove(ctx context.Context, operation, what, path string, created *time.Time, look func(context.Context) (gone bool, err error)) error {
	answer, err := apiclient.Deleting(ctx, c.http, created, func() (*deleted, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: operation, Kind: apiclient.Update, Ack: true}, Method: http.MethodDelete, Path: path,
		}, apiclient.Anything[deleted])
	})
	if err == nil && answer != nil && string(answer.Done) == "false" {
		return apiclient.Unsaid(ctx, c.http, operation, what, look)
	}
	return apiclient.Deleted(ctx, c.http, what, err, look)
}

// usualPage is how many rows a full page of keys has.
const usualPage = 100

// pages walks a list that is paged by offset. From the second page on a page begins with
// the last row of the one before: where it does not, rows moved meanwhile. A list whose first
// page comes again whole ends there.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func pages[W, T any](c *Client, r apiclient.Request, size int, read func(context.Context, *W) (T, error), idOf func(T) string) apiclient.Fetch[T] {
	return func(ctx context.Context, note func(string)) iter.Seq2[T, error] {
		last, longest := "", 0
		var first []string // the ids of the first page
		return apiclient.Pages(ctx, apiclient.Walk[T]{Name: r.Name, Size: max(size, 1), IDOf: idOf, Note: note, Get: func(ctx context.Context, after string, size int) (page apiclient.Page[T], err error) {
			request := r
			request.Query = cloned(r.Query)
			at, _ := strconv.Atoi(after)
			overlapping := at > 0 && longest > 1 // pages of one row have no room for another
			if overlapping {
				at-- // the last row again
			}
			request.Query.Set("offset", strconv.Itoa(at))
			if r.Query.Has("limit") {
				request.Query.Set("limit", strconv.Itoa(size))
			}
			answer, err := apiclient.JSON(ctx, c.http, request, hasList[json.RawMessage])
			if err != nil {
				return page, err
			}
			c.read.Store(true)
			for _, raw := range *answer.Data {
				var wire W
				if json.Unmarshal(raw, &wire) != nil { // not quoted: who knows what is in it
					note(apiclient.RowName(raw, "id", "hash") + " was left out: a field of it is of another type than documented")
					continue
				}
				row, err := read(ctx, &wire)
				if err != nil && ctx.Err() != nil { // it could not be asked for
					return page, err
				}
				if err != nil {
					note(apiclient.RowName(raw, "id", "hash") + " was left out: " + err.Error())
					continue
				}
				page.Items = append(page.Items, row)
			}
			count := len(*answer.Data)
			var ids []string
			for _, row := range page.Items {
				ids = append(ids, idOf(row))
			}
			if at > 0 && count > 0 && count == longest && slices.Equal(ids, first) { // the server ignores offset
				if total, ok := answer.Total.Count(); count >= usualPage || ok && count < total {
					note("the server answers every page with the first one, so that what is behind it is not shown")
				}
				return page, nil
			}
			if after == "" {
				first = ids
			}
			page.Moved = overlapping && (len(ids) == 0 || ids[0] != last)
			if len(ids) > 0 {
				last = ids[len(ids)-1]
			}
			longest = max(longest, count)
			end := at + count
			page.Last = strconv.Itoa(end)
			page.More = count > 0 && count >= longest && (end > at+1 || !overlapping)
			if total, ok := answer.Total.Count(); ok {
				page.More = count > 0 && end < total
			}
			return page, nil
		}})
	}
}

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name:       "openrouter",
	Credential: "the management key",
	Authorize:  func(h http.Header, credential string) { h.Set("Authorization", "Bearer "+credential) },
	RequestID:  "X-Request-Id",
	Path:       "/api/v1",
	Fields:     errorFields,
}

// hint is what the user should do about an error, "" when the message says enough.
func (c *Client) hint(e *apierr.Error) string {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if e.Operation == opDeleteWorkspace && e.Status == http.StatusForbidden {
			return "The default workspace cannot be deleted: take it out of state instead (a removed block with destroy = false, or terraform state rm)."
		}
		if e.Status == http.StatusForbidden && (c.wrote.Load() || c.read.Load() && e.Operation != opCreateKey) {
			return "The management key works: it has been used in this run. It may not make this call, or something between this machine and the API does not let it through. Check what the management key may do."
		}
		return "The key may be unknown to this server, deleted or expired, or an inference key, which cannot manage anything. Create a management key in the settings of the organization under management keys, and give it as openrouter.management_key or in OPENROUTER_MANAGEMENT_KEY."
	case http.StatusTooManyRequests:
		return "The server stayed busy for the whole of openrouter.busy_timeout. Try again later, raise busy_timeout, or set openrouter.requests_per_minute."
	case http.StatusNotFound:
		if e.Operation == opCreateKey {
			return "The organization of the management key has no such workspace. Check workspace_id and openrouter.management_key."
		}
	case http.StatusBadRequest, http.StatusConflict:
		switch e.Operation {
		case opCreateWorkspace:
			return "If another workspace has this slug, choose another slug, or import that workspace: the slug serves as its import id."
		case opDeleteWorkspace:
			return "A workspace with keys that work is not deleted. Destroy the keys that Terraform manages, and delete or disable the others: data.orgkeys_openrouter_api_keys lists them."
		}
	}
	return ""
}
