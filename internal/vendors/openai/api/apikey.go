// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"iter"
	"math"
	"strings"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// APIKey is a project's key as the API shows it: never the secret, never the scopes.
type APIKey struct {
	ID          string
	ProjectID   string
	Name        string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero = never, if EndShown or none is known
	EndShown    bool      // the answer had expires_at, if only as null
	LastUsedAt  time.Time // zero = never, if UseShown; a hint, the API does not say how old it may be
	UseShown    bool      // the answer had last_used_at, if only as null
	Redacted    string
	OwnerType   string // "service_account" or "user"
	OwnerID     string
	OwnerName   string
	OwnerEmail  string // users only
	OwnerActive bool   // whether the owner has access to the project now
	Doubtful    bool   // the API showed a moment that cannot be true, left out here
}

func keyID(k *APIKey) string { return k.ID }

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	ID        string
	Name      string // as the API answered it
	CreatedAt time.Time
	ExpiresAt time.Time // zero = never
	Value     secret.Text
}

// MintRequest is what a key is made of. Lifetime 0 = never expires; Scopes empty =
// everything the account may do.
type MintRequest struct {
	Name     string
	Scopes   []string
	Lifetime time.Duration
}

var errNoKeyID = errors.New("it has no key id")

func (c *Client) keyOf(projectID string) reader[vendor.ProjectAPIKey, *APIKey] {
	return func(k *vendor.ProjectAPIKey) (*APIKey, error) {
		if k == nil || k.ID == "" {
			return &APIKey{}, errNoKeyID
		}
		m := moments{http: c.http}
		out := &APIKey{
			ID: k.ID, ProjectID: projectID, Name: k.Name, Redacted: apiclient.Redacted(k.RedactedValue),
			CreatedAt: m.at("created_at", k.JSON.CreatedAt, k.CreatedAt),
			ExpiresAt: m.at("expires_at", k.JSON.ExpiresAt, k.ExpiresAt), EndShown: k.JSON.ExpiresAt.Raw() != "",
			LastUsedAt: m.at("last_used_at", k.JSON.LastUsedAt, k.LastUsedAt), UseShown: k.JSON.LastUsedAt.Raw() != "",
			OwnerType: k.Owner.Type, OwnerActive: k.OwnerProjectAccess != "inactive",
		}
		out.Doubtful = m.err != nil
		if k.JSON.OwnerProjectAccess.Valid() {
			c.shows.Store(true)
		}
		switch {
		case k.Owner.ServiceAccount.ID != "":
			out.OwnerType, out.OwnerID, out.OwnerName = "service_account", k.Owner.ServiceAccount.ID, k.Owner.ServiceAccount.Name
		case k.Owner.User.ID != "":
			out.OwnerType, out.OwnerID, out.OwnerName = "user", k.Owner.User.ID, k.Owner.User.Name
			out.OwnerEmail = k.Owner.User.Email
		}
		return out, m.err
	}
}

func mintedID(k MintedKey) string { return k.ID }

// mintedOf checks what every mint must answer; momentErr is what its moments came to.
func mintedOf(id, value, raw string, created, expires time.Time, momentErr error) (MintedKey, error) {
	switch {
	case id == "":
		return MintedKey{}, errNoKeyID
	case value != "" && !strings.HasPrefix(raw, `"`): // a number
		return MintedKey{}, apiclient.ErrMasked
	}
	if err := apiclient.CheckSecret(value, id); err != nil {
		return MintedKey{}, err
	}
	return MintedKey{ID: id, CreatedAt: created, ExpiresAt: expires, Value: secret.New(value)}, momentErr
}

// fresh takes note of a key that was just minted.
func (c *Client) fresh(minted *MintedKey) {
	c.http.Created(minted.CreatedAt)
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = c.Now().Truncate(time.Second)
	}
	c.minted.Store(minted.ID, minted.CreatedAt)
}

// MintKey creates a key of a service account, once. An [apierr.Unknown] outcome is
// the caller's to settle: only it knows by what name to look for the attempt.
func (c *Client) MintKey(ctx context.Context, projectID, accountID string, request MintRequest) (MintedKey, error) {
	defer c.keys.Drop(projectID)
	body := vendor.AdminOrganizationProjectServiceAccountAPIKeyNewParams{Name: param.NewOpt(request.Name)}
	if len(request.Scopes) > 0 {
		body.Scopes = request.Scopes
	}
	if request.Lifetime > 0 {
		body.ExpiresInSeconds = param.NewOpt(seconds(request.Lifetime))
	}
	var minted MintedKey
	send := func() (*vendor.AdminOrganizationProjectServiceAccountAPIKeyNewResponse, error) {
		return call(ctx, c, apiclient.Operation{Name: opMint, Kind: apiclient.Create}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationProjectServiceAccountAPIKeyNewResponse, error) {
			return c.admin.Organization.Projects.ServiceAccounts.APIKeys.New(ctx, projectID, accountID, body, via)
		}, about("", &minted, func(k *vendor.AdminOrganizationProjectServiceAccountAPIKeyNewResponse) (MintedKey, error) {
			if k == nil {
				return MintedKey{}, errNoKeyID
			}
			m := moments{http: c.http}
			created, expires := m.at("created_at", k.JSON.CreatedAt, k.CreatedAt), m.at("expires_at", k.JSON.ExpiresAt, k.ExpiresAt)
			minted, err := mintedOf(k.ID, k.Value, k.JSON.Value.Raw(), created, expires, m.err)
			minted.Name = k.Name
			return minted, err
		}, mintedID))
	}
	_, err := apiclient.WhileYoung(ctx, c.http, c.youngest(projectID, map[string]any{"service_account_id": accountID}), send)
	if err != nil {
		return MintedKey{}, c.refusedParent(ctx, projectID, err)
	}
	c.fresh(&minted)
	return minted, nil
}

// Keys gives all keys of a project, from the list this process remembers.
// [apierr.Gone] when the project is archived.
func (c *Client) Keys(ctx context.Context, projectID string) (*List[*APIKey], error) {
	list, err := c.keys.All(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// KeysAtStart is [Client.Keys] as this process first saw them, before its own writes. All
// of them, because a key that a lost create left has to be named wherever it is listed.
func (c *Client) KeysAtStart(ctx context.Context, projectID string) (*List[*APIKey], error) {
	list, err := c.keys.AtStart(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// FreshKeys is [Client.Keys] past what is remembered: the look for what a call left
// behind, which the busy timeout does not cut short.
func (c *Client) FreshKeys(ctx context.Context, projectID string) (*List[*APIKey], error) {
	ctx = apiclient.Patient(ctx)
	list, err := c.keys.Fresh(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// WalkKeys walks the keys of a project page by page: who stops early saves the rest,
// which [Client.Keys] would fetch to remember it; note gets the reason why some may be missing.
func (c *Client) WalkKeys(ctx context.Context, projectID string, note Note) iter.Seq2[*APIKey, error] {
	return func(yield func(*APIKey, error) bool) {
		for key, err := range c.keys.Walk(ctx, projectID, note, c.listKeys(projectID)) {
			if (err != nil || !key.Doubtful) && !yield(key, err) {
				return
			}
		}
	}
}

func (c *Client) keysError(ctx context.Context, projectID string, err error) error {
	if err == nil {
		return nil
	}
	return c.listed(ctx, projectID, "the key list of project "+projectID, time.Time{}, err)
}

// Key reads one key by a request of its own; [apierr.Gone] when it is gone for certain: for a
// key that no list shows, one 404 is all there would be. created as for [Client.Project].
func (c *Client) Key(ctx context.Context, projectID, id string, created time.Time) (APIKey, error) {
	k, err := apiclient.Confirmed(ctx, c.http, created, func() (k *APIKey, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "read API key", Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*vendor.ProjectAPIKey, error) {
			return c.admin.Organization.Projects.APIKeys.Get(ctx, projectID, id, via)
		}, about(id, &k, c.keyOf(projectID), keyID))
		return k, err
	})
	if err != nil {
		return APIKey{}, c.child(ctx, projectID, "API key "+id+" of project "+projectID, unseen(created, keyRevoked, noKey), err)
	}
	c.unlisted(k)
	return *k, nil
}

const (
	keyRevoked = "it was revoked outside Terraform, or with its service account"
	noKey      = "the project has no API key of this id; the id of a service account or of an admin key is not accepted here"
)

// SetKeyScopes replaces what a key may do; empty lifts every restriction.
func (c *Client) SetKeyScopes(ctx context.Context, projectID, id string, scopes []string) error {
	defer c.keys.Drop(projectID)
	if scopes == nil {
		scopes = []string{} // sent as [], which is how the API spells "everything"
	}
	_, err := apiclient.Settled(func() (*vendor.ProjectAPIKey, error) {
		return call(ctx, c, apiclient.Operation{Name: "change scopes of API key", Kind: apiclient.Update}, func(ctx context.Context, via option.RequestOption) (*vendor.ProjectAPIKey, error) {
			return c.admin.Organization.Projects.APIKeys.Update(ctx, projectID, id, vendor.AdminOrganizationProjectAPIKeyUpdateParams{Scopes: scopes}, via)
		}, acknowledged(id, func(k *vendor.ProjectAPIKey) string { return k.ID }))
	}, func() (*vendor.ProjectAPIKey, error) { return nil, nil }) // of the answer nothing else is asked
	return err
}

// seconds rounds up: the API takes whole ones, and a lifetime is at least one.
func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }
