// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Why a key list may be incomplete: without the filter owner_project_access the API
// leaves out keys of accounts that have no role yet.
const (
	filterRefused = "the server refuses the filter owner_project_access, so keys of service accounts without a role may be missing"
	filterIgnored = "the server does not show owner_project_access, so it may not know the filter either, and keys of service accounts without a role may be missing"
	filterUnknown = "the server showed no key at all, so it is not known whether it applies the filter owner_project_access, and keys of service accounts without a role may be missing"
)

const opListKeys = "list API keys"

// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listKeys(projectID string) apiclient.Fetch[*APIKey] {
	return func(ctx context.Context, note func(string)) iter.Seq2[*APIKey, error] {
		c.keysAsked.Store(projectID, c.http.Now())
		return apiclient.Pages(ctx, apiclient.Walk[*APIKey]{Name: opListKeys, Size: pageSize, IDOf: keyID, Note: note, Get: func(ctx context.Context, after string, size int) (apiclient.Page[*APIKey], error) {
			query := vendor.AdminOrganizationProjectAPIKeyListParams{Limit: param.NewOpt(int64(size))}
			if after != "" {
				query.After = param.NewOpt(after)
			}
			answer, err := c.keyPage(ctx, projectID, query, note)
			return pageOf(answer, err, kept(c.keyOf(projectID), note), note)
		}})
	}
}

// keyPage asks for keys of every owner. A server that refuses the filter is asked
// without it, and once more with it: one answer alone is no knowledge.
func (c *Client) keyPage(ctx context.Context, projectID string, query vendor.AdminOrganizationProjectAPIKeyListParams, note func(string)) (*conversationPage[vendor.ProjectAPIKey], error) {
	ask := func(access vendor.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccess) (*conversationPage[vendor.ProjectAPIKey], error) {
		query.OwnerProjectAccess = access
		answer, err := call(ctx, c, apiclient.Operation{Name: opListKeys, Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*conversationPage[vendor.ProjectAPIKey], error) {
			return c.admin.Organization.Projects.APIKeys.List(ctx, projectID, query, via)
		}, usableList)
		if err == nil {
			c.noteUnshown(answer, note)
		}
		return answer, err
	}
	const everybody = vendor.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessAny
	if !c.unfiltered.Load() {
		answer, err := ask(everybody)
		if !refusesFilter(err) {
			return answer, err
		}
		without, err := ask("")
		if err != nil {
			return nil, err // the filter was not to blame
		}
		if answer, err = ask(everybody); !refusesFilter(err) {
			return answer, err
		}
		c.unfiltered.Store(true)
		note(filterRefused)
		return without, nil
	}
	note(filterRefused)
	return ask("")
}

// refusesFilter recognizes an answer that may be about the filter, whether it says so or not.
func refusesFilter(err error) bool {
	status := apierr.Status(err)
	return status == http.StatusBadRequest || status == http.StatusUnprocessableEntity
}

// noteUnshown notes rows that do not show what the filter asks about, and a list without
// rows from a server that does not show it elsewhere.
func (c *Client) noteUnshown(answer *conversationPage[vendor.ProjectAPIKey], note func(string)) {
	if len(answer.Data) == 0 {
		c.blank.Store(true)
	}
	unshown := len(answer.Data) == 0 && c.hides.Load() && !c.shows.Load()
	for i := range answer.Data {
		if !answer.Data[i].JSON.OwnerProjectAccess.Valid() {
			unshown = true
			c.hides.Store(true)
		}
	}
	if unshown {
		note(filterIgnored)
	}
}

// Unseen is why the empty key lists of this process may be incomplete: no answer has shown
// a key, so it is not known whether the server takes notice of the filter that its lists
// depend on. "" where that is known, and the lists say it themselves.
func (c *Client) Unseen() string {
	if !c.blank.Load() || c.unfiltered.Load() || c.shows.Load() || c.hides.Load() {
		return ""
	}
	return filterUnknown
}

// unlisted notes that the list of a project leaves out a key that a read finds and that is
// no new one: then it may leave out others too.
func (c *Client) unlisted(key *APIKey) {
	list := c.keys.Peek(key.ProjectID)
	asked, known := c.keysAsked.Load(key.ProjectID)
	at, _ := asked.(time.Time)
	// A list may lag behind, and leave out what has expired.
	if list == nil || !known || key.OwnerActive && at.Sub(key.CreatedAt) < time.Minute || !key.ExpiresAt.IsZero() && !c.http.Now().Before(key.ExpiresAt) {
		return
	}
	if _, listed := list.ByID[key.ID]; !listed {
		c.keys.Doubt(key.ProjectID, fmt.Sprintf("key %s exists but is not in the list, so other keys may be missing too, such as those of service accounts without a role", key.ID))
	}
}
