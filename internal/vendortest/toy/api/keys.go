// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is a key as the API shows it. What it does not show is the zero value.
type Key struct {
	ID         string                        `json:"id"`
	Name       string                        `json:"name"`
	Owner      string                        `json:"owner"`
	CreatedAt  time.Time                     `json:"created_at"`
	Expires    apiclient.Nullable[time.Time] `json:"expires_at"` // null = never
	LastUsedAt time.Time                     `json:"last_used_at"`
	Used       bool                          `json:"used"`
	Note       string                        `json:"note"`
	Disabled   bool                          `json:"disabled"`
	Limit      *int64                        `json:"limit"`
	Tier       string                        `json:"tier"`
	Region     string                        `json:"region"`
	Serial     string                        `json:"serial"`
	Hint       string                        `json:"hint"`
}

// ExpiresAt is when the key expires, zero for never.
func (k Key) ExpiresAt() (at time.Time) {
	if k.Expires.Value != nil {
		at = *k.Expires.Value
	}
	return at
}

// Created is a key at the only moment its secret is shown.
type Created struct {
	Key
	Secret secret.Text
}

// Fields are what a create or an update sends, by their names in the API.
type Fields map[string]any

// Note is told why a list may be incomplete.
type Note = func(why string)

const pageSize = 100

var errNoKey = errors.New("it has no key")

// readable holds an answer against the key that was asked for, "" for a new one.
func readable(asked string) func(*Key) error {
	return func(k *Key) error {
		if k.ID == "" {
			return errNoKey
		}
		if asked == "" {
			return nil
		}
		return apiclient.SameID(asked, k.ID)
	}
}

// Create makes a key, once; an [apierr.Unknown] outcome is the caller's to settle. The
// lifetime counts from when the request is sent, 0 = never expires. An empty secret is the
// server's choice.
func (c *Client) Create(ctx context.Context, fields Fields, chosen secret.Text, lifetime time.Duration) (Created, error) {
	defer c.keys.Drop("")
	type created struct {
		Key
		Secret string `json:"secret"`
	}
	body := func(now time.Time) (any, error) {
		if lifetime > 0 {
			fields["expires_at"] = now.Add(lifetime)
		}
		if !chosen.Empty() {
			fields["secret"] = chosen.Reveal()
		}
		return fields, nil
	}
	answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: "create key", Kind: apiclient.Create, Body: body}, Method: http.MethodPost, Path: "/keys",
	}, func(k *created) error {
		if k.Secret == "" {
			return errors.New("it has no secret")
		}
		return readable("")(&k.Key)
	})
	if err != nil {
		return Created{}, err
	}
	return Created{answer.Key, secret.New(answer.Secret)}, nil
}

// Keys gives all keys, from the list this process remembers.
func (c *Client) Keys(ctx context.Context) (*apiclient.List[*Key], error) {
	return c.keys.All(ctx, "", c.list)
}

// FreshKeys is [Client.Keys] past what is remembered.
func (c *Client) FreshKeys(ctx context.Context) (*apiclient.List[*Key], error) {
	return c.keys.Fresh(apiclient.Patient(ctx), "", c.list)
}

// KeysAtStart is [Client.Keys] as this process first saw them.
func (c *Client) KeysAtStart(ctx context.Context) (*apiclient.List[*Key], error) {
	return c.keys.AtStart(ctx, "", c.list)
}

// Walk walks the keys page by page; note is told why some may be missing.
func (c *Client) Walk(ctx context.Context, note Note) iter.Seq2[*Key, error] {
	return c.keys.Walk(ctx, "", note, c.list)
}

func (c *Client) list(ctx context.Context, note func(string)) iter.Seq2[*Key, error] {
	type page struct {
		Keys *[]Key `json:"keys"`
		More bool   `json:"more"`
	}
	const name = "list keys"
	return apiclient.Pages(ctx, apiclient.Walk[*Key]{
		Name: name, Size: pageSize, IDOf: func(k *Key) string { return k.ID }, Note: note,
		Get: func(ctx context.Context, after string, size int) (apiclient.Page[*Key], error) {
			query := url.Values{"limit": {strconv.Itoa(size)}}
			if after != "" {
				query.Set("after", after)
			}
			answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{Operation: apiclient.Operation{Name: name, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/keys", Query: query}, func(p *page) error {
				if p.Keys == nil { // taken for an empty list it would say that everything is gone
					return errors.New("it has no list")
				}
				return nil
			})
			if err != nil {
				return apiclient.Page[*Key]{}, err
			}
			out := apiclient.Page[*Key]{More: answer.More}
			for _, key := range *answer.Keys {
				out.Items = append(out.Items, &key)
			}
			return out, nil
		},
	})
}

// Key reads one key by a request of its own; one 404 alone is not believed. created, if known, lets
// a 404 right after the creation be asked again for a minute.
func (c *Client) Key(ctx context.Context, id string, created time.Time) (Key, error) {
	key, err := apiclient.Confirmed(ctx, c.http, created, func() (*Key, error) {
		return apiclient.JSON(ctx, c.http, apiclient.Request{Operation: apiclient.Operation{Name: "read key", Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("keys", id)}, readable(id))
	})
	if apierr.IsNotFound(err) {
		return Key{}, &apierr.Gone{What: "key " + id, Why: "it was revoked elsewhere, or it belongs to another organization than this root key"}
	}
	if err != nil {
		return Key{}, err
	}
	return *key, nil
}

// Update changes fields of a key.
func (c *Client) Update(ctx context.Context, id string, fields Fields) (Key, error) {
	return c.change(ctx, id, apiclient.Request{
		Operation: apiclient.Operation{Name: "update key", Kind: apiclient.Update, Body: func(time.Time) (any, error) { return fields, nil }},
		Method:    http.MethodPatch, Path: apiclient.Path("keys", id),
	})
}

// Activate makes a new key work.
func (c *Client) Activate(ctx context.Context, id string) error {
	_, err := c.change(ctx, id, apiclient.Request{
		Operation: apiclient.Operation{Name: "activate key", Kind: apiclient.Update}, Method: http.MethodPost, Path: apiclient.Path("keys", id, "activate"),
	})
	return err
}

func (c *Client) change(ctx context.Context, id string, r apiclient.Request) (Key, error) {
	defer c.keys.Drop("")
	key, err := apiclient.JSON(ctx, c.http, r, readable(id))
	if err != nil {
		return Key{}, err
	}
	return *key, nil
}

// Revoke deletes a key; one that is gone already is success. created may be zero.
func (c *Client) Revoke(ctx context.Context, id string, created time.Time) error {
	err := c.revoke(ctx, id, created)
	if err != nil {
		c.keys.Drop("")
		return err
	}
	c.keys.Remove("", id) // the list stays right, and needs no second reading
	return nil
}

func (c *Client) revoke(ctx context.Context, id string, created time.Time) error {
	_, err := apiclient.Deleting(ctx, c.http, &created, func() (*struct{}, error) {
		return apiclient.JSON(apiclient.Patient(ctx), c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: "revoke key", Kind: apiclient.Update, Ack: true}, Method: http.MethodDelete, Path: apiclient.Path("keys", id),
		}, apiclient.Anything[struct{}])
	})
	if !apierr.IsNotFound(err) {
		return err
	}
	gone, lookErr := apiclient.Vanished(ctx, c.http, func(ctx context.Context) (bool, error) {
		_, err := c.Key(ctx, id, created)
		if apierr.IsGone(err) {
			return true, nil
		}
		return false, err
	})
	if gone {
		return nil
	}
	return errors.Join(err, lookErr)
}
