// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// List is a complete list by id. It is shared: never change it.
type List[T any] = apiclient.List[T]

// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listKeys(workspaceID string) apiclient.Fetch[*Key] {
	query := url.Values{"include_disabled": {"true"}}
	if workspaceID != "" {
		query.Set("workspace_id", workspaceID)
	}
	request := apiclient.Request{Operation: apiclient.Operation{Name: opListKeys, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/keys", Query: query}
	return func(ctx context.Context, note func(string)) iter.Seq2[*Key, error] {
		noted := false
		read := func(ctx context.Context, w *wireKey) (*Key, error) {
			k, err := c.keyOf(w)
			if k.Doubtful {
				note("key " + k.Hash + " was left out: " + err.Error())
				err = nil // it may be what is looked for
			}
			if asked := c.markOwn(ctx, k); asked != nil {
				if ctx.Err() != nil {
					return k, asked
				}
				if !noted {
					note("it is not known which keys have the creator of the management key: " + asked.Error())
				}
				noted = true
			}
			return k, err
		}
		return pages(c, request, 0, read, func(k *Key) string { return k.Hash })(ctx, note)
	}
}

// Keys gives all keys of a workspace, "" for the default one, from the list that this
// process remembers.
func (c *Client) Keys(ctx context.Context, workspaceID string) (*List[*Key], error) {
	list, err := c.keys.All(ctx, workspaceID, c.listKeys(workspaceID))
	return list, listed(workspaceID, err)
}

// FreshKeys is [Client.Keys] past what is remembered, which the busy timeout does not cut
// short.
func (c *Client) FreshKeys(ctx context.Context, workspaceID string) (*List[*Key], error) {
	list, err := c.keys.Fresh(apiclient.Patient(ctx), workspaceID, c.listKeys(workspaceID))
	return list, listed(workspaceID, err)
}

// KeysAtStart is [Client.Keys] as this process first saw them, before its own writes.
func (c *Client) KeysAtStart(ctx context.Context, workspaceID string) (*List[*Key], error) {
	list, err := c.keys.AtStart(ctx, workspaceID, c.listKeys(workspaceID))
	return list, listed(workspaceID, err)
}

// WalkKeys walks the keys of a workspace page by page; note is told why some may be missing.
func (c *Client) WalkKeys(ctx context.Context, workspaceID string, note func(string)) iter.Seq2[*Key, error] {
	return func(yield func(*Key, error) bool) {
		for key, err := range c.keys.Walk(ctx, workspaceID, note, c.listKeys(workspaceID)) {
			if (err != nil || !key.Doubtful) && !yield(key, listed(workspaceID, err)) {
				return
			}
		}
	}
}

// listed gives the 404 of a list the words for what it may mean.
func listed(workspaceID string, err error) error {
	if !apierr.IsNotFound(err) {
		return err
	}
	return apierr.Elsewhere(err,
		"Workspace "+workspaceID+" does not exist for this management key: it is of another organization, or the workspace was deleted, and its keys with it.",
		"Check openrouter.management_key", "if the workspace was deleted, run terraform state rm for what was in it")
}
