// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// What a key's status may be.
const (
	Active   = "active"
	Inactive = "inactive"
	Archived = "archived"
	Expired  = "expired"
)

// Dead says by its status why a key no longer works and never will.
var Dead = map[string]string{Archived: "is archived", Expired: "has expired"}

// Console is where users create keys.
const Console = "the Console"

// apiKey is what the API calls a key, for messages.
const apiKey = "API key"

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

func (c *Client) keyOf(w *wireKey) (*apiclient.AdoptedKey, error) {
	if w.ID == "" {
		return nil, errNoID
	}
	k := &apiclient.AdoptedKey{
		ID: w.ID, Name: w.Name, Status: w.Status, Dead: Dead[w.Status], Hint: apiclient.Redacted(w.Hint),
		PlaceID: w.WorkspaceID, OwnerType: "organization", EndHidden: !w.ExpiresAt.Shown,
	}
	if w.Scope != nil {
		k.PlaceID = w.Scope.WorkspaceID
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

// keys are the calls about keys; a 404 of one is an [apierr.Error] that names the organization.
func (c *Client) keys(credential secret.Text) *apiclient.AdoptedKeys {
	idOf := func(k *apiclient.AdoptedKey) string { return k.ID }
	return &apiclient.AdoptedKeys{
		Whole: apiclient.NewWhole(idOf, apiclient.CursorPages(c.http, listing("API keys", keysPath, nil), cursors, c.keyOf, idOf)),
		HTTP:  c.http, Noun: apiKey, Console: Console,
		Get: func(ctx context.Context, id string) (*apiclient.AdoptedKey, error) {
			return c.about(ctx, id, reading(apiKey), http.MethodGet)
		},
		Change: func(ctx context.Context, id string, fields map[string]any) (*apiclient.AdoptedKey, error) {
			return c.about(ctx, id, updating(apiKey, fields), http.MethodPost)
		},
		Credential: credential, Apart: secret.Fits(credential, "sk-ant-admin..."),
	}
}

func (c *Client) about(ctx context.Context, id string, op apiclient.Operation, method string) (*apiclient.AdoptedKey, error) {
	return ask(ctx, c, op, method, keysPath+apiclient.Path(id), func(w *wireKey) (*apiclient.AdoptedKey, error) {
		if err := apiclient.SameID(id, w.ID); err != nil {
			return nil, err
		}
		return c.keyOf(w)
	})
}
