// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	vendor "github.com/openai/openai-go/v3"
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
	ExpiresAt  time.Time // zero = never
	LastUsedAt time.Time // zero = never
	Redacted   string
	OwnerType  string // "user" or "service_account"; the API also leaves it out
	OwnerID    string
	OwnerName  string
}

func adminKeyOf(k *vendor.AdminAPIKey) AdminKey {
	return AdminKey{
		ID: k.ID, Name: k.Name, Redacted: k.RedactedValue,
		CreatedAt: unix(k.CreatedAt), ExpiresAt: unix(k.ExpiresAt), LastUsedAt: unix(k.LastUsedAt),
		OwnerType: k.Owner.Type, OwnerID: k.Owner.ID, OwnerName: k.Owner.Name,
	}
}

// MintAdminKey creates an admin key, once; an [apierr.Unknown] outcome, which here
// includes 404, is the caller's to settle.
func (c *Client) MintAdminKey(ctx context.Context, name string, lifetime time.Duration) (MintedKey, error) {
	defer c.adminKeys.Drop("")
	body := vendor.AdminOrganizationAdminAPIKeyNewParams{Name: name}
	if lifetime > 0 {
		body.ExpiresInSeconds = param.NewOpt(seconds(lifetime))
	}
	answer, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: opCreateAdminKey, Kind: apiclient.Create}, func(ctx context.Context) (*vendor.AdminOrganizationAdminAPIKeyNewResponse, error) {
		return c.admin.Organization.AdminAPIKeys.New(ctx, body)
	}, func(k *vendor.AdminOrganizationAdminAPIKeyNewResponse) string {
		switch {
		case k == nil || k.ID == "":
			return "it has no key id"
		case k.Value == "":
			return "it has no secret"
		}
		return ""
	})
	if err != nil {
		return MintedKey{}, err
	}
	minted := MintedKey{ID: answer.ID, CreatedAt: unix(answer.CreatedAt), ExpiresAt: unix(answer.ExpiresAt), Value: secret.New(answer.Value)}
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = c.Now().Truncate(time.Second)
	}
	return minted, nil
}

// AdminKeys gives all admin keys, from the list this process remembers.
func (c *Client) AdminKeys(ctx context.Context) (*List[AdminKey], error) {
	return c.adminKeys.All(ctx, "", c.ListAdminKeys)
}

// FreshAdminKeys is [Client.AdminKeys] past what is remembered.
func (c *Client) FreshAdminKeys(ctx context.Context) (*List[AdminKey], error) {
	return c.adminKeys.Fresh(ctx, "", c.ListAdminKeys)
}

// AdminKeysAtStart is [Client.AdminKeys] as this process first saw them.
func (c *Client) AdminKeysAtStart(ctx context.Context) (*List[AdminKey], error) {
	return c.adminKeys.AtStart(ctx, "", c.ListAdminKeys)
}

// AdminKey reads one admin key past every list; [apierr.Gone] on 404, which the API
// also answers for a key of another organization.
func (c *Client) AdminKey(ctx context.Context, id string, created time.Time) (AdminKey, error) {
	k, err := apiclient.Patient(ctx, c.http, created, func() (*vendor.AdminAPIKey, error) {
		return apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "read admin key", Kind: apiclient.Read}, func(ctx context.Context) (*vendor.AdminAPIKey, error) {
			return c.admin.Organization.AdminAPIKeys.Get(ctx, id)
		}, func(k *vendor.AdminAPIKey) string {
			if k == nil || k.ID == "" {
				return "it has no key id"
			}
			return ""
		})
	})
	if apierr.IsNotFound(err) {
		return AdminKey{}, &apierr.Gone{What: "admin key " + id, Why: "it was revoked outside Terraform, or it belongs to another organization than this provider's admin key"}
	}
	if err != nil {
		return AdminKey{}, err
	}
	return adminKeyOf(k), nil
}

// ListAdminKeys walks the admin keys of the organization.
func (c *Client) ListAdminKeys(ctx context.Context) iter.Seq2[AdminKey, error] {
	const name = "list admin keys"
	return apiclient.Pages(ctx, name, func(k AdminKey) string { return k.ID }, func(ctx context.Context, after string) (apiclient.Page[AdminKey], error) {
		query := vendor.AdminOrganizationAdminAPIKeyListParams{Limit: param.NewOpt[int64](pageSize)}
		if after != "" {
			query.After = param.NewOpt(after)
		}
		answer, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: name, Kind: apiclient.Read}, func(ctx context.Context) (*pagination.CursorPage[vendor.AdminAPIKey], error) {
			return c.admin.Organization.AdminAPIKeys.List(ctx, query)
		}, func(p *pagination.CursorPage[vendor.AdminAPIKey]) string {
			if p == nil || !p.JSON.Data.Valid() {
				return "it has no list"
			}
			return ""
		})
		if err != nil {
			return apiclient.Page[AdminKey]{}, err
		}
		out := apiclient.Page[AdminKey]{More: answer.HasMore} // the cursor is the last key's id
		for i := range answer.Data {
			out.Items = append(out.Items, adminKeyOf(&answer.Data[i]))
		}
		return out, nil
	})
}

// RevokeAdminKey deletes an admin key; one that is gone already is success.
func (c *Client) RevokeAdminKey(ctx context.Context, id string) (err error) {
	defer func() {
		if err == nil {
			c.adminKeys.Remove("", id)
		} else {
			c.adminKeys.Drop("")
		}
	}()
	_, err = apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "revoke admin key", Kind: apiclient.Update, Ack: true}, func(ctx context.Context) (*vendor.AdminOrganizationAdminAPIKeyDeleteResponse, error) {
		return c.admin.Organization.AdminAPIKeys.Delete(ctx, id)
	}, apiclient.Anything)
	if e, ok := apierr.As(err); ok && (e.Status == http.StatusNotFound || e.Status >= 200 && e.Status < 300) {
		return nil
	}
	return err
}

// Uses tells whether this client itself works with the key of that fingerprint.
func (c *Client) Uses(fingerprint string) bool { return c.adminKey.Fingerprint() == fingerprint }

// MayUse tells whether the key that is shown as redacted may be this client's own:
// false only when its visible ends rule that out.
func (c *Client) MayUse(redacted string) bool {
	start, end, ok := strings.Cut(redacted, "...")
	if !ok {
		return true
	}
	own := c.adminKey.Reveal()
	return strings.HasPrefix(own, strings.TrimRight(start, ".*…")) && strings.HasSuffix(own, strings.TrimLeft(end, ".*…"))
}
