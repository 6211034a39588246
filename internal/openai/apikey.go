// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// APIKey is a project's key as the API shows it: never the secret, never the scopes.
type APIKey struct {
	ID          string
	ProjectID   string
	Name        string
	CreatedAt   time.Time
	ExpiresAt   time.Time // zero = never
	LastUsedAt  time.Time // zero = never; a hint, the API does not say how old it may be
	Redacted    string
	OwnerType   string // "service_account" or "user"
	OwnerID     string
	OwnerName   string
	OwnerEmail  string // people only
	OwnerActive bool   // whether the owner has access to the project now
}

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	ID        string
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

func keyOf(projectID string) func(*vendor.ProjectAPIKey) APIKey {
	return func(k *vendor.ProjectAPIKey) APIKey {
		out := APIKey{
			ID: k.ID, ProjectID: projectID, Name: k.Name, Redacted: k.RedactedValue,
			CreatedAt: unix(k.CreatedAt), ExpiresAt: unix(k.ExpiresAt), LastUsedAt: unix(k.LastUsedAt),
			OwnerType: k.Owner.Type, OwnerActive: k.OwnerProjectAccess != "inactive",
		}
		switch {
		case k.Owner.ServiceAccount.ID != "":
			out.OwnerType, out.OwnerID, out.OwnerName = "service_account", k.Owner.ServiceAccount.ID, k.Owner.ServiceAccount.Name
		case k.Owner.User.ID != "":
			out.OwnerType, out.OwnerID, out.OwnerName = "user", k.Owner.User.ID, k.Owner.User.Name
			out.OwnerEmail = k.Owner.User.Email
		}
		return out
	}
}

func usableKey(k *vendor.ProjectAPIKey) string {
	if k == nil || k.ID == "" {
		return "it has no key id"
	}
	return ""
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
	answer, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: opMint, Kind: apiclient.Create}, func(ctx context.Context) (*vendor.AdminOrganizationProjectServiceAccountAPIKeyNewResponse, error) {
		return c.admin.Organization.Projects.ServiceAccounts.APIKeys.New(ctx, projectID, accountID, body)
	}, func(k *vendor.AdminOrganizationProjectServiceAccountAPIKeyNewResponse) string {
		switch {
		case k == nil || k.ID == "":
			return "it has no key id"
		case k.Value == "":
			return "it has no secret"
		}
		return ""
	})
	if err != nil {
		return MintedKey{}, c.refusedParent(ctx, projectID, err)
	}
	minted := MintedKey{ID: answer.ID, CreatedAt: unix(answer.CreatedAt), ExpiresAt: unix(answer.ExpiresAt), Value: secret.New(answer.Value)}
	if minted.CreatedAt.IsZero() {
		minted.CreatedAt = c.Now().Truncate(time.Second)
	}
	return minted, nil
}

// Keys gives all keys of a project, from the list this process remembers.
// [apierr.Gone] when the project is archived.
func (c *Client) Keys(ctx context.Context, projectID string) (*List[APIKey], error) {
	list, err := c.keys.All(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// KeysAtStart is [Client.Keys] as this process first saw them, before its own writes.
func (c *Client) KeysAtStart(ctx context.Context, projectID string) (*List[APIKey], error) {
	list, err := c.keys.AtStart(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// FreshKeys is [Client.Keys] past what is remembered.
func (c *Client) FreshKeys(ctx context.Context, projectID string) (*List[APIKey], error) {
	list, err := c.keys.Fresh(ctx, projectID, c.listKeys(projectID))
	return list, c.keysError(ctx, projectID, err)
}

// WalkKeys walks the keys of a project page by page: who stops early saves the rest,
// which [Client.Keys] would fetch to remember it.
func (c *Client) WalkKeys(ctx context.Context, projectID string) iter.Seq2[APIKey, error] {
	return c.listKeys(projectID)(ctx)
}

func (c *Client) keysError(ctx context.Context, projectID string, err error) error {
	if err == nil {
		return nil
	}
	return c.listed(ctx, projectID, "the key list of project "+projectID, err)
}

// Key reads one key past every list; [apierr.Gone] when it is gone for certain.
// created as for [Client.Project].
func (c *Client) Key(ctx context.Context, projectID, id string, created time.Time) (APIKey, error) {
	k, err := apiclient.Patient(ctx, c.http, created, func() (*vendor.ProjectAPIKey, error) {
		return apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "read API key", Kind: apiclient.Read}, func(ctx context.Context) (*vendor.ProjectAPIKey, error) {
			return c.admin.Organization.Projects.APIKeys.Get(ctx, projectID, id)
		}, usableKey)
	})
	if err != nil {
		return APIKey{}, c.child(ctx, projectID, "API key "+id+" of project "+projectID, "it was revoked outside Terraform", err)
	}
	return keyOf(projectID)(k), nil
}

func (c *Client) listKeys(projectID string) func(context.Context) iter.Seq2[APIKey, error] {
	return func(ctx context.Context) iter.Seq2[APIKey, error] {
		const name = "list API keys"
		return apiclient.Pages(ctx, name, func(k APIKey) string { return k.ID }, func(ctx context.Context, after string) (apiclient.Page[APIKey], error) {
			// Without this filter the list leaves out keys of accounts that have no role yet.
			query := vendor.AdminOrganizationProjectAPIKeyListParams{Limit: param.NewOpt[int64](pageSize)}
			if !c.unfiltered.Load() {
				query.OwnerProjectAccess = "any"
			}
			if after != "" {
				query.After = param.NewOpt(after)
			}
			list := func(ctx context.Context) (*conversationPage[vendor.ProjectAPIKey], error) {
				return c.admin.Organization.Projects.APIKeys.List(ctx, projectID, query)
			}
			answer, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: name, Kind: apiclient.Read}, list, usableList)
			if e, ok := apierr.As(err); ok && e.Status == http.StatusBadRequest && query.OwnerProjectAccess != "" &&
				strings.Contains(e.Param+" "+e.Message, "owner_project_access") {
				tflog.SubsystemWarn(tflog.NewSubsystem(ctx, vendorName), vendorName, "the server does not know owner_project_access: keys of accounts without a role may be missing from its lists")
				c.unfiltered.Store(true)
				query.OwnerProjectAccess = ""
				answer, err = apiclient.Call(ctx, c.http, &apiclient.Operation{Name: name, Kind: apiclient.Read}, list, usableList)
			}
			return pageOf(answer, err, keyOf(projectID))
		})
	}
}

// SetKeyScopes replaces what a key may do; empty lifts every restriction.
func (c *Client) SetKeyScopes(ctx context.Context, projectID, id string, scopes []string) error {
	defer c.keys.Drop(projectID)
	if scopes == nil {
		scopes = []string{} // sent as [], which is how the API spells "everything"
	}
	_, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "change scopes of API key", Kind: apiclient.Update}, func(ctx context.Context) (*vendor.ProjectAPIKey, error) {
		return c.admin.Organization.Projects.APIKeys.Update(ctx, projectID, id, vendor.AdminOrganizationProjectAPIKeyUpdateParams{Scopes: scopes})
	}, apiclient.Anything)
	return err
}

// ErrEnded is returned by [Client.EndKeyAt] when less than a second is left.
var ErrEnded = apiclient.ErrEnded

// EndKeyAt makes a key end at the given moment. The API takes a duration that counts
// from its arrival, so every attempt sends only what remains.
func (c *Client) EndKeyAt(ctx context.Context, projectID, id string, end time.Time) (APIKey, error) {
	defer c.keys.Drop(projectID)
	k, err := apiclient.EndAt(ctx, c.http, "change expiry of API key", end, func(ctx context.Context, seconds int64) (*vendor.ProjectAPIKey, error) {
		return c.admin.Organization.Projects.APIKeys.Update(ctx, projectID, id, vendor.AdminOrganizationProjectAPIKeyUpdateParams{ExpiresInSeconds: seconds})
	}, usableKey)
	if err != nil {
		return APIKey{}, err
	}
	return keyOf(projectID)(k), nil
}

// RevokeKey deletes a key; one that is gone already, with its project or without,
// is success.
func (c *Client) RevokeKey(ctx context.Context, projectID, id string) error {
	_, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "revoke API key", Kind: apiclient.Update, Ack: true}, func(ctx context.Context) (*vendor.AdminOrganizationProjectAPIKeyDeleteResponse, error) {
		return c.admin.Organization.Projects.APIKeys.Delete(ctx, projectID, id)
	}, apiclient.Anything)
	if err = c.deleted(ctx, projectID, err); err != nil {
		c.keys.Drop(projectID)
		return err
	}
	c.keys.Remove(projectID, id)
	return nil
}

// seconds rounds up: the API takes whole ones, and a lifetime is at least one.
func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

// unix reads the API's moments: whole seconds, 0 for none.
func unix(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}
