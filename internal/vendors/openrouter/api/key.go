// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is a key as the API shows it.
type Key struct {
	Hash        string
	Name        string
	Label       string // the secret's ends, "" where it shows something else
	WorkspaceID string
	CreatorID   string // "" = none, or not shown:
	NoCreator   bool   // the key is known to have none
	// Of a marked key with a creator: what the management key says of its own.
	OwnCreator bool // it is this one
	Unread     bool // it could not be asked
	Unnamed    bool // it names none
	Disabled   bool
	Limit      *float64 // USD, nil = none
	LimitReset string   // "" = never
	Byok       bool     // other providers' keys count towards the limit
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never
	EndHidden  bool      // the answer left it out
	Used       bool      // something was paid for; false says nothing
	Doubtful   bool      // the API showed a moment that cannot be true, left out here
}

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	Key
	Secret secret.Text
}

type wireKey struct {
	Hash        string                     `json:"hash"`
	Name        string                     `json:"name"`
	Label       string                     `json:"label"`
	WorkspaceID string                     `json:"workspace_id"`
	Creator     apiclient.Nullable[string] `json:"creator_user_id"`
	Disabled    bool                       `json:"disabled"`
	Limit       apiclient.Number           `json:"limit"`
	LimitReset  *string                    `json:"limit_reset"`
	Byok        bool                       `json:"include_byok_in_limit"`
	CreatedAt   *string                    `json:"created_at"`
	ExpiresAt   apiclient.Nullable[string] `json:"expires_at"`
	Usage       apiclient.Number           `json:"usage"`
	ByokUsage   apiclient.Number           `json:"byok_usage"`
	Secret      string                     `json:"key"` // of a create, where the server puts it here
}

type wireMinted struct {
	one[wireKey]
	Secret string `json:"key"`
}

const (
	opCreateKey = "create API key"
	opListKeys  = "list API keys"
)

var errNoHash = errors.New("it has no hash")

// keyOf reads a key. An error says what is wrong with it. The key is never nil.
func (c *Client) keyOf(w *wireKey) (*Key, error) {
	if w.Hash == "" {
		return &Key{}, errNoHash
	}
	k := &Key{
		Hash: w.Hash, Name: w.Name, Label: apiclient.Redacted(w.Label), WorkspaceID: w.WorkspaceID,
		CreatorID: textOf(w.Creator.Value), Disabled: w.Disabled, LimitReset: textOf(w.LimitReset), Byok: w.Byok,
		Used: positive(w.Usage) || positive(w.ByokUsage),
	}
	k.EndHidden = !w.ExpiresAt.Shown
	k.NoCreator = w.Creator.Shown && k.CreatorID == ""
	if k.Label == k.Name {
		k.Label = "" // some answers repeat the name
	}
	if limit, ok := w.Limit.Float(); ok {
		k.Limit = &limit
	}
	var created, expires error
	k.CreatedAt, created = c.http.Moment("created_at", w.CreatedAt)
	k.ExpiresAt, expires = c.http.Moment("expires_at", w.ExpiresAt.Value)
	c.noteYoung(k.Hash, k.CreatedAt)
	wrong := errors.Join(created, expires)
	k.Doubtful = wrong != nil
	return k, wrong
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func positive(n apiclient.Number) bool {
	v, ok := n.Float()
	return ok && v > 0
}

// MintKey creates a key in a workspace, "" for the default one, once. fields are what it
// gets beside name and lifetime. An [apierr.Unknown] outcome is the caller's to settle.
func (c *Client) MintKey(ctx context.Context, workspaceID, name string, lifetime time.Duration, fields map[string]any) (MintedKey, error) {
	defer c.keys.Drop(workspaceID)
	request := apiclient.Request{
		Method: http.MethodPost, Path: "/keys",
		Operation: apiclient.Operation{Name: opCreateKey, Kind: apiclient.Create, Body: func(now time.Time) (any, error) {
			body := map[string]any{"name": name}
			maps.Copy(body, fields)
			if workspaceID != "" {
				body["workspace_id"] = workspaceID
			}
			if lifetime > 0 { // rounded up: the API takes whole seconds
				body["expires_at"] = now.Add(lifetime + time.Second - 1).UTC().Truncate(time.Second).Format(time.RFC3339)
			}
			return body, nil
		}},
	}
	// A 404 is about the workspace, which may be new: nothing was created.
	answer, err := apiclient.WhileYoung(ctx, c.http, c.bornAt(workspaceID), func() (*wireMinted, error) {
		return apiclient.JSON(ctx, c.http, request, func(answer *wireMinted) error {
			if answer.Data == nil || answer.Data.Hash == "" {
				return errNoHash
			}
			if answer.Secret == "" {
				answer.Secret = answer.Data.Secret
			}
			return apiclient.CheckSecret(answer.Secret, answer.Data.Hash)
		})
	})
	if apierr.IsUnknown(err) {
		c.lost.Store(c.nonceOf(name), true)
	}
	if err != nil {
		return MintedKey{}, err
	}
	c.wrote.Store(true)
	// What is wrong with the rest of the answer does not make the secret a wrong one.
	key, _ := c.keyOf(answer.Data)
	minted := MintedKey{Key: *key, Secret: secret.New(answer.Secret)}
	if minted.WorkspaceID == "" {
		if read, err := c.Key(ctx, "", minted.Hash, c.Now()); err == nil {
			minted.Key = read // what the answer has left out
		}
	}
	if c.nonceOf(minted.Name) == c.nonceOf(name) { // else it may be another key
		c.noted(minted.Key)
	}
	c.http.Created(minted.CreatedAt)
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = c.Now().Truncate(time.Second)
	}
	c.born.Store(minted.Hash, minted.CreatedAt)
	c.keys.Drop(minted.WorkspaceID)
	return minted, nil
}

// Key reads one key by a request of its own; [apierr.Gone] on two 404s where its workspace is confirmed,
// or where none is known. created may be zero.
func (c *Client) Key(ctx context.Context, workspaceID, hash string, created time.Time) (Key, error) {
	k, err := apiclient.Confirmed(ctx, c.http, created, func() (*Key, error) {
		return c.about(ctx, hash, apiclient.Request{
			Operation: apiclient.Operation{Name: "read API key", Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("keys", hash),
		})
	})
	if !apierr.IsNotFound(err) {
		return apiclient.ValueOf(k, err)
	}
	gone := &apierr.Gone{What: "API key " + hash, Why: "it was deleted outside Terraform, or it expired"}
	if workspaceID == "" {
		gone.Why, gone.Never = "the organization of the management key has no API key of this hash", true
		return Key{}, gone
	}
	if _, err := c.Workspace(ctx, workspaceID, time.Time{}); err != nil {
		return Key{}, err
	}
	return Key{}, gone
}

// UpdateKey changes what fields name; nil clears. [apierr.Gone] as for [Client.Key].
func (c *Client) UpdateKey(ctx context.Context, workspaceID, hash string, fields map[string]any) (Key, error) {
	defer c.keys.Drop(workspaceID)
	k, err := apiclient.Changed("API key "+hash, whileYoung(ctx, c, hash, func() (*Key, error) {
		return c.about(ctx, hash, apiclient.Request{
			Operation: apiclient.Operation{Name: "update API key", Kind: apiclient.Update, Body: apiclient.SameBody(fields)},
			Method:    http.MethodPatch, Path: apiclient.Path("keys", hash),
		})
	}, func(*Key) bool { return false }), func() (*Key, error) {
		k, err := c.Key(ctx, workspaceID, hash, c.bornAt(hash))
		return &k, err
	})
	if err == nil {
		c.wrote.Store(true)
		c.keys.Change("", hash, func(*Key) *Key { return k })
	}
	return apiclient.ValueOf(k, err)
}

// noteYoung keeps when a key or workspace was created that may be young to all of the server.
func (c *Client) noteYoung(id string, created time.Time) {
	if c.http.Young(created) {
		c.born.LoadOrStore(id, created)
	}
}

// bornAt is when a key or workspace was created that is young, or was when an answer showed it; zero for any other.
func (c *Client) bornAt(id string) time.Time {
	at, _ := c.born.Load(id)
	created, _ := at.(time.Time)
	return created
}

// about is a request about one key and its answer.
func (c *Client) about(ctx context.Context, hash string, r apiclient.Request) (k *Key, err error) {
	_, err = send(ctx, c, r, func(w *wireKey) error {
		if err := apiclient.SameID(hash, w.Hash); err != nil {
			return err
		}
		k, err = c.keyOf(w)
		return err
	})
	if err == nil {
		if asked := c.markOwn(ctx, k); ctx.Err() != nil {
			return k, asked
		}
	}
	return k, err
}

// RevokeKey deletes a key; one that is known to be gone already is success. created may be zero.
func (c *Client) RevokeKey(ctx context.Context, workspaceID, hash string, created time.Time) (err error) {
	ctx = apiclient.Patient(ctx)
	if created.IsZero() {
		created = c.bornAt(hash)
	}
	defer func() {
		if err == nil {
			c.keys.Remove(workspaceID, hash)
			c.keys.Remove("", hash) // the list of the default workspace, which has an id as well
		} else {
			c.keys.Drop(workspaceID)
		}
	}()
	return c.remove(ctx, "revoke API key", "API key "+hash, apiclient.Path("keys", hash), &created, func(ctx context.Context) (bool, error) {
		_, err := c.Key(ctx, workspaceID, hash, created)
		if _, gone := apierr.AsGone(err); gone {
			return true, nil
		}
		return false, err
	})
}
