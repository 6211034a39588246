// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"iter"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/pagination"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// AdminKey is an organization admin key as the API shows it. Admin keys cannot be
// changed, only made and deleted.
type AdminKey struct {
	ID         string
	Name       string
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never, if EndShown
	EndShown   bool      // the answer had expires_at, if only as null
	LastUsedAt time.Time // zero = never, if UseShown
	UseShown   bool      // the answer had last_used_at, if only as null
	Redacted   string
	OwnerType  string // "user" or "service_account"; the API also leaves it out
	OwnerID    string
	OwnerName  string
	Doubtful   bool // the API showed a moment that cannot be true, left out here
}

func adminKeyID(k *AdminKey) string { return k.ID }

func (c *Client) adminKeyOf(k *vendor.AdminAPIKey) (*AdminKey, error) {
	if k == nil || k.ID == "" {
		return &AdminKey{}, errNoKeyID
	}
	m := moments{http: c.http}
	out := &AdminKey{
		ID: k.ID, Name: k.Name, Redacted: apiclient.Redacted(k.RedactedValue),
		CreatedAt: m.at("created_at", k.JSON.CreatedAt, k.CreatedAt),
		ExpiresAt: m.at("expires_at", k.JSON.ExpiresAt, k.ExpiresAt), EndShown: k.JSON.ExpiresAt.Raw() != "",
		LastUsedAt: m.at("last_used_at", k.JSON.LastUsedAt, k.LastUsedAt), UseShown: k.JSON.LastUsedAt.Raw() != "",
		OwnerType: k.Owner.Type, OwnerID: k.Owner.ID, OwnerName: k.Owner.Name,
	}
	out.Doubtful = m.err != nil
	return out, m.err
}

// MintAdminKey creates an admin key, once; an [apierr.Unknown] outcome, which here
// includes 404, is the caller's to settle.
func (c *Client) MintAdminKey(ctx context.Context, name string, lifetime time.Duration) (MintedKey, error) {
	defer c.adminKeys.Drop("")
	body := vendor.AdminOrganizationAdminAPIKeyNewParams{Name: name}
	if lifetime > 0 {
		body.ExpiresInSeconds = param.NewOpt(seconds(lifetime))
	}
	var minted MintedKey
	_, err := call(ctx, c, apiclient.Operation{Name: opCreateAdminKey, Kind: apiclient.Create}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationAdminAPIKeyNewResponse, error) {
		return c.admin.Organization.AdminAPIKeys.New(ctx, body, via)
	}, about("", &minted, func(k *vendor.AdminOrganizationAdminAPIKeyNewResponse) (MintedKey, error) {
		if k == nil {
			return MintedKey{}, errNoKeyID
		}
		m := moments{http: c.http}
		created, expires := m.at("created_at", k.AdminAPIKey.JSON.CreatedAt, k.CreatedAt), m.at("expires_at", k.AdminAPIKey.JSON.ExpiresAt, k.ExpiresAt)
		minted, err := mintedOf(k.ID, k.Value, k.JSON.Value.Raw(), created, expires, m.err)
		minted.Name = k.Name
		return minted, err
	}, mintedID))
	if err != nil {
		return MintedKey{}, err
	}
	c.fresh(&minted)
	return minted, nil
}

// AdminKeys gives all admin keys, from the list this process remembers.
func (c *Client) AdminKeys(ctx context.Context) (*List[*AdminKey], error) {
	return c.adminKeys.All(ctx, "", c.listAdminKeys)
}

// FreshAdminKeys is [Client.AdminKeys] past what is remembered, as [Client.FreshKeys].
func (c *Client) FreshAdminKeys(ctx context.Context) (*List[*AdminKey], error) {
	return c.adminKeys.Fresh(apiclient.Patient(ctx), "", c.listAdminKeys)
}

// AdminKeysAtStart is [Client.AdminKeys] as this process first saw them, like
// [Client.KeysAtStart].
func (c *Client) AdminKeysAtStart(ctx context.Context) (*List[*AdminKey], error) {
	return c.adminKeys.AtStart(ctx, "", c.listAdminKeys)
}

// AdminKey reads one admin key by a request of its own; [apierr.Gone] when it is not found twice,
// as a key of another organization is not. One wrong 404 would have the provider revoke its own key.
func (c *Client) AdminKey(ctx context.Context, id string, created time.Time) (AdminKey, error) {
	k, err := apiclient.Confirmed(ctx, c.http, created, func() (k *AdminKey, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "read admin key", Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminAPIKey, error) {
			return c.admin.Organization.AdminAPIKeys.Get(ctx, id, via)
		}, about(id, &k, c.adminKeyOf, adminKeyID))
		return k, err
	})
	if apierr.IsNotFound(err) {
		why := unseen(created, "it was revoked outside Terraform, or it belongs to another organization than this provider's admin key",
			"the organization of this provider's admin key has no admin key of this id; an id of an API key or of a service account is not accepted here")
		return AdminKey{}, &apierr.Gone{What: "admin key " + id, Why: why.why, Never: why.never}
	}
	return apiclient.ValueOf(k, err)
}

// ListAdminKeys walks the admin keys of the organization; note gets the reason why some may be
// missing.
func (c *Client) ListAdminKeys(ctx context.Context, note Note) iter.Seq2[*AdminKey, error] {
	return func(yield func(*AdminKey, error) bool) {
		for key, err := range c.adminKeys.Walk(ctx, "", note, c.listAdminKeys) {
			if (err != nil || !key.Doubtful) && !yield(key, err) {
				return
			}
		}
	}
}

func (c *Client) listAdminKeys(ctx context.Context, note func(string)) iter.Seq2[*AdminKey, error] {
	const name = "list admin keys"
	return apiclient.Pages(ctx, apiclient.Walk[*AdminKey]{Name: name, Size: pageSize, IDOf: adminKeyID, Note: note, Get: func(ctx context.Context, after string, size int) (apiclient.Page[*AdminKey], error) {
		query := vendor.AdminOrganizationAdminAPIKeyListParams{Limit: param.NewOpt(int64(size))}
		if after != "" {
			query.After = param.NewOpt(after)
		}
		answer, err := call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*pagination.CursorPage[vendor.AdminAPIKey], error) {
			return c.admin.Organization.AdminAPIKeys.List(ctx, query, via)
		}, func(p *pagination.CursorPage[vendor.AdminAPIKey]) error {
			if p == nil || !p.JSON.Data.Valid() {
				return errNoList
			}
			return nil
		})
		if err != nil {
			return apiclient.Page[*AdminKey]{}, err
		}
		// The cursor is the last key's id.
		return apiclient.Page[*AdminKey]{Items: rows(answer.Data, kept(c.adminKeyOf, note), note), More: answer.HasMore, Guess: !answer.JSON.HasMore.Valid()}, nil
	}})
}

// RevokeAdminKey deletes an admin key; one that is gone already is success. A busy server
// is waited for as by [Client.RevokeKey]. created may be zero.
func (c *Client) RevokeAdminKey(ctx context.Context, id string, created time.Time) (err error) {
	ctx = apiclient.Patient(ctx)
	defer func() {
		if err == nil {
			c.adminKeys.Remove("", id)
		} else {
			c.adminKeys.Drop("")
		}
	}()
	if list := c.adminKeys.Peek(""); list != nil && list.ByID[id] != nil {
		created = cmp.Or(list.ByID[id].CreatedAt, created)
	}
	created = c.createdOf(id, created)
	const name = "revoke admin key"
	answer, err := apiclient.Deleting(ctx, c.http, &created, func() (*vendor.AdminOrganizationAdminAPIKeyDeleteResponse, error) {
		return call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Update, Ack: true}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationAdminAPIKeyDeleteResponse, error) {
			return c.admin.Organization.AdminAPIKeys.Delete(ctx, id, via)
		}, acknowledged(id, func(d *vendor.AdminOrganizationAdminAPIKeyDeleteResponse) string { return d.ID }))
	})
	denied := answer != nil && denies(answer.JSON.Deleted.Raw())
	return c.deleted(ctx, deletion{operation: name, what: "admin key " + id, denied: denied}, err, func(ctx context.Context) error {
		_, err := c.AdminKey(ctx, id, created)
		return err
	})
}

// Uses reports whether this client itself works with the key of that fingerprint.
func (c *Client) Uses(fingerprint string) bool { return c.adminKey.Fingerprint() == fingerprint }

// MayUse reports whether the key that is shown as redacted may be this client's own:
// false only when its visible ends rule that out.
func (c *Client) MayUse(redacted string) bool { return secret.Fits(c.adminKey, redacted) }

// Shows reports whether a key that is shown as redacted is this client's own as far as anybody can
// tell: both its ends are visible and fit.
func (c *Client) Shows(redacted string) bool {
	start, end, _ := secret.Ends(redacted)
	return start != "" && end != "" && secret.Fits(c.adminKey, redacted)
}
