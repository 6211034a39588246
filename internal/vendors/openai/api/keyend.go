// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

var (
	// ErrEnded is returned by [Client.EndKeyAt] when nothing is left.
	ErrEnded = apiclient.ErrEnded
	// ErrNoClock is returned by [Client.EndKeyAt] while the server's time is not known.
	ErrNoClock = apiclient.ErrNoClock
	// ErrNoList is in the error for a list that cannot be read to its end.
	ErrNoList = apiclient.ErrNoList
)

const opEndKey = "change expiry of API key"

// EndKeyAt makes a key end at the given moment. The API takes a duration that counts
// from its arrival, so every attempt sends only what remains.
func (c *Client) EndKeyAt(ctx context.Context, projectID, id string, end time.Time) (APIKey, error) {
	defer c.keys.Drop(projectID)
	return c.end(ctx, projectID, id, func(t apiclient.Timed[vendor.ProjectAPIKey]) (*vendor.ProjectAPIKey, error) {
		return apiclient.EndAt(ctx, c.http, end, t)
	})
}

// end gives a key another end by send, and the key as it is then.
func (c *Client) end(ctx context.Context, projectID, id string, send func(apiclient.Timed[vendor.ProjectAPIKey]) (*vendor.ProjectAPIKey, error)) (APIKey, error) {
	return apiclient.Settled(func() (APIKey, error) {
		var key *APIKey
		_, err := send(c.ending(projectID, id, &key))
		return apiclient.ValueOf(key, err)
	}, func() (APIKey, error) { return c.Key(ctx, projectID, id, c.KeyCreated(projectID, id, time.Time{})) })
}

// ending is the call that gives a key another end.
func (c *Client) ending(projectID, id string, key **APIKey) apiclient.Timed[vendor.ProjectAPIKey] {
	params := func(seconds int64) vendor.AdminOrganizationProjectAPIKeyUpdateParams {
		return vendor.AdminOrganizationProjectAPIKeyUpdateParams{ExpiresInSeconds: seconds}
	}
	return apiclient.Timed[vendor.ProjectAPIKey]{
		Name: opEndKey,
		Body: func(seconds int64) any { return params(seconds) },
		Send: func(ctx context.Context, via apiclient.Doer) (*vendor.ProjectAPIKey, error) {
			// Body takes the place of these.
			return c.admin.Organization.Projects.APIKeys.Update(ctx, projectID, id, params(1), option.WithHTTPClient(via))
		},
		Usable: about(id, key, c.keyOf(projectID), keyID),
	}
}

// RevokeKey ends a key now: it is deleted or, where an organization does not delete
// single keys of service accounts (400), made to expire in a second. One that is gone
// already, with its project or without, is success. A busy server is waited for until
// the recovery's end, whatever the busy timeout. created may be zero.
func (c *Client) RevokeKey(ctx context.Context, projectID, id string, created time.Time) error {
	ctx = apiclient.Patient(ctx)
	err := c.deleteKey(ctx, projectID, id, created)
	if apierr.Status(err) == http.StatusBadRequest {
		err = c.expireKey(ctx, projectID, id, created, err)
	}
	if err != nil {
		c.keys.Drop(projectID)
		return err
	}
	c.keys.Remove(projectID, id)
	return nil
}

func (c *Client) deleteKey(ctx context.Context, projectID, id string, created time.Time) error {
	created = c.KeyCreated(projectID, id, created)
	const name = "revoke API key"
	answer, err := apiclient.Deleting(ctx, c.http, &created, func() (*vendor.AdminOrganizationProjectAPIKeyDeleteResponse, error) {
		return call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Update, Ack: true}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationProjectAPIKeyDeleteResponse, error) {
			return c.admin.Organization.Projects.APIKeys.Delete(ctx, projectID, id, via)
		}, acknowledged(id, func(d *vendor.AdminOrganizationProjectAPIKeyDeleteResponse) string { return d.ID }))
	})
	denied := answer != nil && denies(answer.JSON.Deleted.Raw())
	return c.deleted(ctx, deletion{name, projectID, "API key " + id, denied}, err, func(ctx context.Context) error { return c.lookForKey(ctx, projectID, id, created) })
}

// KeyCreated is when a key was created: known of those minted in this run, else as listed or as the caller knows it,
// who may not.
func (c *Client) KeyCreated(projectID, id string, known time.Time) time.Time {
	if list := c.keys.Peek(projectID); list != nil && list.ByID[id] != nil {
		known = cmp.Or(list.ByID[id].CreatedAt, known)
	}
	return c.createdOf(id, known)
}

// createdOf is when a key was created: known of those minted in this run, else as the caller knows it.
func (c *Client) createdOf(id string, known time.Time) time.Time {
	if at, ok := c.minted.Load(id); ok {
		known, _ = at.(time.Time)
	}
	return known
}

// lookForKey is the look after a DELETE that did not find the key: a read or, from the
// second key of a project on, the list, which serves all that are deleted together. A list may
// not show a young key yet.
func (c *Client) lookForKey(ctx context.Context, projectID, id string, created time.Time) error {
	if c.keys.Several(projectID, id) && !c.http.Young(created) {
		list, err := c.Keys(ctx, projectID)
		if err == nil && mayHave(list, id) {
			list, err = c.FreshKeys(ctx, projectID)
		}
		if err == nil && !mayHave(list, id) {
			return &apierr.Gone{What: "API key " + id, Why: keyRevoked}
		}
	}
	_, err := c.Key(ctx, projectID, id, created)
	return err
}

// mayHave says whether a list has the key or, incomplete, may have left it out.
func mayHave(list *List[*APIKey], id string) bool {
	_, listed := list.ByID[id]
	return listed || len(list.Incomplete) > 0
}

// expireKey is what is left where a key cannot be deleted; refused says so.
func (c *Client) expireKey(ctx context.Context, projectID, id string, created time.Time, refused error) error {
	changed, err := c.end(ctx, projectID, id, func(t apiclient.Timed[vendor.ProjectAPIKey]) (*vendor.ProjectAPIKey, error) {
		return apiclient.EndNow(ctx, c.http, t)
	})
	if err == nil && c.shortened(changed.ExpiresAt) {
		c.keepsKeys.Store(false)
		return nil
	}
	answered := err == nil
	if answered { // an answer may show the key as it was before
		err = errors.New("the server answered that it does, but its expiry is unchanged")
	}
	// A key that has expired can be neither deleted nor changed there, and is dead.
	key, readErr := c.Key(ctx, projectID, id, c.KeyCreated(projectID, id, created))
	if _, gone := apierr.AsGone(readErr); gone || readErr == nil && (answered && c.shortened(key.ExpiresAt) || !key.ExpiresAt.IsZero() && !c.Now().Before(key.ExpiresAt)) {
		return nil
	}
	if status := apierr.Status(err); readErr == nil && (answered || status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusMethodNotAllowed) {
		c.keepsKeys.Store(true)
	}
	owner := "its service account"
	if key.OwnerID != "" {
		owner = "the service account " + key.OwnerID
	}
	return &apierr.Advice{
		Err:       fmt.Errorf("this organization does not delete single keys of service accounts (%w), and key %s could not be made to expire either (%w)", refused, id, err),
		Managed:   "Deleting " + owner + " revokes all its keys: take key " + id + " out of state without destroying it (a removed block with destroy = false, or terraform state rm), then destroy the account",
		Unmanaged: "Deleting " + owner + " revokes all its keys",
	}
}

// KeepsKeys reports whether this organization has refused to delete a single key of a service account, and to have one
// expire.
func (c *Client) KeepsKeys() bool { return c.keepsKeys.Load() }

// soon is when a key ends that was asked to stop in a second, whatever the clocks say.
const soon = time.Minute

// shortened reports whether a key that was asked to stop in a second does so by its end. While the
// server's time is not known any end is believed.
func (c *Client) shortened(end time.Time) bool {
	_, known := c.Skew()
	return !end.IsZero() && (!known || !c.Now().Add(soon).Before(end))
}
