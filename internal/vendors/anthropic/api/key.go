// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// What a key's status may be.
const (
	Active   = "active"
	Inactive = "inactive"
	Archived = "archived"
	Expired  = "expired"
)

// Key is a key as the API shows it.
type Key struct {
	ID, Name, Status string
	WorkspaceID      string // "" = none, or the default one where the API does not name it
	OwnerType        string // service_account, user, organization; "" = another one
	OwnerID          string // of the service account or user
	Hint             string // the secret's ends
	CreatedAt        time.Time
	ExpiresAt        time.Time // zero = never
	EndHidden        bool      // the answer left it out
}

func (k *Key) id() string { return k.ID }

// Dead says that the key no longer works and never will.
func (k Key) Dead() bool { return k.Status == Archived || k.Status == Expired }

type wireKey struct {
	ID, Name, Status string
	Hint             string                     `json:"partial_key_hint"`
	CreatedAt        *string                    `json:"created_at"`
	ExpiresAt        apiclient.Nullable[string] `json:"expires_at"`
	WorkspaceID      string                     `json:"workspace_id"` // of answers without a scope
	Scope            *struct {
		WorkspaceID string `json:"workspace_id"`
	}
	Principal *struct {
		Type, ID         string // ID in the older form, whose types have no _actor
		UserID           string `json:"user_id"`
		ServiceAccountID string `json:"service_account_id"`
	}
}

var errNoID = errors.New("it has no id")

func (c *Client) keyOf(w *wireKey) (*Key, error) {
	if w.ID == "" {
		return nil, errNoID
	}
	k := &Key{EndHidden: !w.ExpiresAt.Shown, ID: w.ID, Name: w.Name, Status: w.Status, Hint: apiclient.Redacted(w.Hint), WorkspaceID: w.WorkspaceID, OwnerType: "organization"}
	if w.Scope != nil {
		k.WorkspaceID = w.Scope.WorkspaceID
	}
	if p := w.Principal; p != nil {
		kind := strings.TrimSuffix(p.Type, "_actor")
		k.OwnerType = map[string]string{"user": kind, "service_account": kind}[kind]
		k.OwnerID = cmp.Or(p.UserID, p.ServiceAccountID, p.ID) // it has one of them
	}
	var created, expires error
	k.CreatedAt, created = c.http.Moment("created_at", w.CreatedAt)
	k.ExpiresAt, expires = c.http.Moment("expires_at", w.ExpiresAt.Value)
	return k, errors.Join(created, expires)
}

// Key reads one key: from a list, and alone where that has none. A 404 is an [apierr.Error].
func (c *Client) Key(ctx context.Context, id string, read func(context.Context) (*apiclient.List[*Key], error)) (Key, error) {
	list, err := read(ctx)
	if err != nil && !errors.Is(err, apiclient.ErrNoList) {
		return Key{}, err
	}
	if err == nil {
		if key, there := list.ByID[id]; there {
			return *key, nil
		}
	}
	return c.ReadKey(ctx, id)
}

// KeyAtStart is [Client.Key] from the list as this process first saw it. A key that it has changed since is read alone.
func (c *Client) KeyAtStart(ctx context.Context, id string) (Key, error) {
	if _, changed := c.changed.Load(id); changed {
		return c.ReadKey(ctx, id)
	}
	return c.Key(ctx, id, c.Keys.AtStart)
}

// ReadKey is [Client.Key] by a request of its own.
func (c *Client) ReadKey(ctx context.Context, id string) (Key, error) {
	return apiclient.ValueOf(apiclient.Confirmed(ctx, c.http, time.Time{}, func() (*Key, error) {
		return c.about(ctx, id, reading("API key"), http.MethodGet)
	}))
}

func (c *Client) about(ctx context.Context, id string, op apiclient.Operation, method string) (*Key, error) {
	return ask(ctx, c, op, method, keysPath+apiclient.Path(id), func(w *wireKey) (*Key, error) {
		if err := apiclient.SameID(id, w.ID); err != nil {
			return nil, err
		}
		return c.keyOf(w)
	})
}

// UpdateKey changes name, status or both.
func (c *Client) UpdateKey(ctx context.Context, id string, fields map[string]any) (Key, error) {
	c.changed.Store(id, true)
	defer c.Keys.Drop()
	return apiclient.Changed("API key "+id, func() (Key, error) {
		return apiclient.ValueOf(c.about(ctx, id, updating("API key", fields), http.MethodPost))
	}, func() (Key, error) { return c.ReadKey(ctx, id) })
}

// SwitchOff makes a key [Inactive] or [Archived]. One that no longer works is success, after a
// look where the answer leaves it open.
func (c *Client) SwitchOff(ctx context.Context, id, status string) error {
	ctx = apiclient.Patient(ctx)
	key, err := c.UpdateKey(ctx, id, map[string]any{"status": status})
	off := func() bool { return key.Dead() || key.Status == status }
	if err == nil && off() || err != nil && !unclear(err) {
		return err
	}
	refused := err
	done, err := apiclient.Vanished(ctx, c.http, func(ctx context.Context) (bool, error) {
		key, err = c.ReadKey(ctx, id)
		return off(), err
	})
	if err == nil && !done {
		err = refused
		if err == nil && key.Status != "" { // where no answer shows one, the good one is believed
			err = &apierr.Error{Operation: "update API key", Message: fmt.Sprintf("the server accepted the status %s, but key %s is still %s", status, id, key.Status), Hint: "The key may still work. Try again later, or change it in the Console."}
		}
	}
	return err
}

// IsAdminKey says that the provider works with an Admin key, which is no key of the list.
func (c *Client) IsAdminKey() bool { return secret.Fits(c.credential, "sk-ant-admin...") }

// IsOwn says that a key may be the one that the provider works with: all that the API shows of its
// secret fits. Where it shows no end, the list decides: the key is another one if the list shows
// its hint, or one that the provider works with. An error leaves it open.
func (c *Client) IsOwn(ctx context.Context, id, hint string) (bool, error) {
	if own, sure := c.fits(hint); sure || c.IsAdminKey() {
		return own && sure, nil
	}
	list, err := c.Keys.All(ctx)
	if err != nil {
		return true, err
	}
	if listed, there := list.ByID[id]; there {
		if own, sure := c.fits(listed.Hint); sure {
			return own, nil
		}
	}
	for _, other := range list.ByID {
		if own, sure := c.fits(other.Hint); own && sure && other.ID != id && !other.Dead() {
			return false, nil
		}
	}
	return true, nil
}

// fits says that a hint is that of the credential; sure takes the end of a secret, or what
// contradicts: beginnings are alike.
func (c *Client) fits(hint string) (own, sure bool) {
	_, end, _ := secret.Ends(hint)
	own = secret.Fits(c.credential, hint)
	return own, !own || len(end) >= 4
}
