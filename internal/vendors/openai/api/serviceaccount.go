// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
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

// ServiceAccount is an identity inside one project that can own keys.
type ServiceAccount struct {
	ID        string
	ProjectID string
	Name      string
	Role      string // "owner", "member" or "none"
	CreatedAt time.Time
}

func accountID(a *ServiceAccount) string { return a.ID }

var errNoAccountID = errors.New("it has no service account id")

func (c *Client) accountOf(projectID string) reader[vendor.ProjectServiceAccount, *ServiceAccount] {
	return func(a *vendor.ProjectServiceAccount) (*ServiceAccount, error) {
		if a == nil || a.ID == "" {
			return &ServiceAccount{}, errNoAccountID
		}
		m := moments{http: c.http}
		created := m.at("created_at", a.JSON.CreatedAt, a.CreatedAt)
		return &ServiceAccount{ID: a.ID, ProjectID: projectID, Name: a.Name, Role: string(a.Role), CreatedAt: created}, m.err
	}
}

func (c *Client) newAccountOf(projectID string) reader[vendor.AdminOrganizationProjectServiceAccountNewResponse, *ServiceAccount] {
	return func(a *vendor.AdminOrganizationProjectServiceAccountNewResponse) (*ServiceAccount, error) {
		if a == nil || a.ID == "" {
			return &ServiceAccount{}, errNoAccountID
		}
		m := moments{http: c.http}
		created := m.at("created_at", a.JSON.CreatedAt, a.CreatedAt)
		return &ServiceAccount{ID: a.ID, ProjectID: projectID, Name: a.Name, Role: string(a.Role), CreatedAt: created}, m.err
	}
}

// UnwantedKey is the error beside a new service account whose first key, which was not
// asked for, could not be revoked. The account exists all the same.
type UnwantedKey struct {
	ProjectID, ID string
	Err           error
}

// Error implements error.
func (u *UnwantedKey) Error() string {
	return fmt.Sprintf("the server gave the service account a first key that was not asked for, %s, and it could not be revoked: %v", u.ID, u.Err)
}

// Unwrap gives the cause.
func (u *UnwantedKey) Unwrap() error { return u.Err }

// CreateServiceAccount creates an account with the role "none" and without the
// first key the API would otherwise make. After an unknown outcome it adopts the
// account that the request made. An [UnwantedKey] comes together with the account, which
// exists all the same.
func (c *Client) CreateServiceAccount(ctx context.Context, projectID, name string) (ServiceAccount, Recovered, error) {
	unwanted := ""
	account, how, err := apiclient.CreateNamed(ctx, c.http, apiclient.Named[*ServiceAccount]{
		Noun: "service account", Name: name,
		Send: func(ctx context.Context, op apiclient.Operation) (*ServiceAccount, error) {
			defer c.accounts.Drop(projectID)
			var a *ServiceAccount
			answer, err := apiclient.WhileYoung(ctx, c.http, c.youngest(projectID, nil), func() (*vendor.AdminOrganizationProjectServiceAccountNewResponse, error) {
				return call(ctx, c, op, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationProjectServiceAccountNewResponse, error) {
					return c.admin.Organization.Projects.ServiceAccounts.New(ctx, projectID, vendor.AdminOrganizationProjectServiceAccountNewParams{
						Name: name, CreateServiceAccountOnly: param.NewOpt(true),
					}, via)
				}, about("", &a, c.newAccountOf(projectID), accountID))
			})
			if err != nil {
				return nil, err
			}
			unwanted = answer.APIKey.ID
			return a, nil
		},
		Learn: func(a *ServiceAccount) { c.learn(a.ID, a.CreatedAt) },
		List: func(ctx context.Context) (*List[*ServiceAccount], error) {
			return c.accounts.Fresh(ctx, projectID, c.listAccounts(projectID))
		},
		Facts:   func(a *ServiceAccount) (string, string, time.Time) { return a.ID, a.Name, a.CreatedAt },
		Command: func(id string) string { return projectID + "/" + id },
	})
	made, err := apiclient.ValueOf(account, err)
	if err != nil {
		return made, how, c.refusedParent(ctx, projectID, err)
	}
	if unwanted != "" && !how.Adopted { // else the answer was about another account
		// An older server made a key nobody asked for; nobody will ever hold it.
		if revokeErr := c.RevokeKey(context.WithoutCancel(ctx), projectID, unwanted, c.Now()); revokeErr != nil {
			return made, how, &UnwantedKey{projectID, unwanted, revokeErr}
		}
	}
	return made, how, nil
}

// ServiceAccount reads one account; [apierr.Gone] when it was deleted or its
// project archived. created as for [Client.Project].
func (c *Client) ServiceAccount(ctx context.Context, projectID, id string, created time.Time) (ServiceAccount, error) {
	a, there, err := c.accounts.Listed(ctx, projectID, id, id, c.listAccounts(projectID))
	switch {
	case err != nil:
		return ServiceAccount{}, c.listed(ctx, projectID, "service account "+id+" of project "+projectID, created, err)
	case there:
		return *a, nil
	}
	return c.readAccount(ctx, projectID, id, created)
}

// readAccount reads one account by a request of its own.
func (c *Client) readAccount(ctx context.Context, projectID, id string, created time.Time) (ServiceAccount, error) {
	created = c.born(id, created)
	a, err := apiclient.Confirmed(ctx, c.http, created, func() (a *ServiceAccount, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "read service account", Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*vendor.ProjectServiceAccount, error) {
			return c.admin.Organization.Projects.ServiceAccounts.Get(ctx, projectID, id, via)
		}, about(id, &a, c.accountOf(projectID), accountID))
		return a, err
	})
	if err != nil {
		return ServiceAccount{}, c.child(ctx, projectID, "service account "+id+" of project "+projectID, unseen(created, accountDeleted, noAccount), err)
	}
	return *a, nil
}

const (
	accountDeleted = "it was deleted outside Terraform"
	noAccount      = "the project has no service account of this id"
)

// ServiceAccounts gives all accounts of a project, from the list this process
// remembers. [apierr.Gone] when the project is archived.
func (c *Client) ServiceAccounts(ctx context.Context, projectID string) (*List[*ServiceAccount], error) {
	list, err := c.accounts.All(ctx, projectID, c.listAccounts(projectID))
	if err != nil {
		return nil, c.listed(ctx, projectID, "the list of service accounts of project "+projectID, time.Time{}, err)
	}
	return list, nil
}

// WalkServiceAccounts walks the accounts of a project page by page: who stops early
// saves the rest.
func (c *Client) WalkServiceAccounts(ctx context.Context, projectID string, note Note) iter.Seq2[*ServiceAccount, error] {
	return c.accounts.Walk(ctx, projectID, note, c.listAccounts(projectID))
}

// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listAccounts(projectID string) apiclient.Fetch[*ServiceAccount] {
	return func(ctx context.Context, note func(string)) iter.Seq2[*ServiceAccount, error] {
		const name = "list service accounts"
		return apiclient.Pages(ctx, apiclient.Walk[*ServiceAccount]{Name: name, Size: pageSize, IDOf: accountID, Note: note, Get: func(ctx context.Context, after string, size int) (apiclient.Page[*ServiceAccount], error) {
			query := vendor.AdminOrganizationProjectServiceAccountListParams{Limit: param.NewOpt(int64(size))}
			if after != "" {
				query.After = param.NewOpt(after)
			}
			answer, err := call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Read}, func(ctx context.Context, via option.RequestOption) (*conversationPage[vendor.ProjectServiceAccount], error) {
				return c.admin.Organization.Projects.ServiceAccounts.List(ctx, projectID, query, via)
			}, usableList)
			return pageOf(answer, err, c.accountOf(projectID), note)
		}})
	}
}

// UpdateServiceAccount renames an account and sets its role ("member" or "owner");
// nil leaves a setting alone. created as for [Client.Project].
func (c *Client) UpdateServiceAccount(ctx context.Context, projectID, id string, created time.Time, name, role *string) (ServiceAccount, error) {
	defer c.accounts.Drop(projectID)
	body := vendor.AdminOrganizationProjectServiceAccountUpdateParams{}
	if name != nil {
		body.Name = param.NewOpt(*name)
	}
	if role != nil {
		body.Role = vendor.AdminOrganizationProjectServiceAccountUpdateParamsRole(*role)
	}
	send := func() (a *ServiceAccount, err error) {
		_, err = call(ctx, c, apiclient.Operation{Name: "update service account", Kind: apiclient.Update}, func(ctx context.Context, via option.RequestOption) (*vendor.ProjectServiceAccount, error) {
			return c.admin.Organization.Projects.ServiceAccounts.Update(ctx, projectID, id, body, via)
		}, about(id, &a, c.accountOf(projectID), accountID))
		return a, err
	}
	return apiclient.Changed("service account "+id+" of project "+projectID, func() (ServiceAccount, error) {
		return apiclient.ValueOf(apiclient.WhileYoung(ctx, c.http, c.born(id, created), send))
	}, func() (ServiceAccount, error) { return c.readAccount(ctx, projectID, id, created) })
}

// DeleteServiceAccount deletes an account and with it all its keys; one that is
// gone already, with its project or without, is success. created as for [Client.Project].
func (c *Client) DeleteServiceAccount(ctx context.Context, projectID, id string, created time.Time) error {
	defer c.accounts.Drop(projectID)
	defer c.keys.Drop(projectID)
	const name = "delete service account"
	created = c.born(id, created)
	answer, err := apiclient.Deleting(ctx, c.http, &created, func() (*vendor.AdminOrganizationProjectServiceAccountDeleteResponse, error) {
		return call(ctx, c, apiclient.Operation{Name: name, Kind: apiclient.Update, Ack: true}, func(ctx context.Context, via option.RequestOption) (*vendor.AdminOrganizationProjectServiceAccountDeleteResponse, error) {
			return c.admin.Organization.Projects.ServiceAccounts.Delete(ctx, projectID, id, via)
		}, acknowledged(id, func(d *vendor.AdminOrganizationProjectServiceAccountDeleteResponse) string { return d.ID }))
	})
	denied := answer != nil && denies(answer.JSON.Deleted.Raw())
	return c.deleted(ctx, deletion{name, projectID, "service account " + id, denied}, err, func(ctx context.Context) error {
		_, err := c.readAccount(ctx, projectID, id, created)
		return err
	})
}

// deletion is a delete that was answered.
type deletion struct {
	operation, projectID, what string
	denied                     bool // by a good answer
}

// denies reports whether an acknowledgement says in its field deleted that nothing was deleted.
func denies(deleted string) bool { return deleted == "false" }

// deleted judges the answer of a delete: an archived project, if it was inside one, has nothing in it, and after a 404,
// or an answer that denies it, a read shows whether the object is gone.
func (c *Client) deleted(ctx context.Context, d deletion, err error, read func(context.Context) error) error {
	if d.projectID != "" && apierr.Status(err) == http.StatusBadRequest {
		err = c.child(ctx, d.projectID, d.what, absence{}, err)
		if apierr.IsGone(err) {
			return nil
		}
		return err
	}
	look := func(ctx context.Context) (bool, error) {
		err := read(ctx)
		if apierr.IsGone(err) {
			return true, nil
		}
		return false, err
	}
	if err == nil && d.denied {
		return apiclient.Unsaid(ctx, c.http, d.operation, d.what, look)
	}
	return apiclient.Deleted(ctx, c.http, d.what, err, look)
}

// refusedParent gives a create that was refused because of its project the words
// for what is wrong with the project.
func (c *Client) refusedParent(ctx context.Context, projectID string, err error) error {
	e, ok := apierr.As(err)
	if !ok || e.Outcome != apierr.Refused {
		return err
	}
	judged := c.child(ctx, projectID, "it", absence{}, err)
	gone, archived := apierr.AsGone(judged)
	switch {
	case archived && gone.Why != "":
		return apierr.Hinted(err, "Project "+projectID+" is archived, which cannot be undone through the API: nothing can be created in it. Remove these objects from the configuration or use another project.")
	case archived:
		return err // 404 under an active project: the account, not the project, is missing
	default:
		return judged
	}
}
