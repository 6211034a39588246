// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"time"

	vendor "github.com/openai/openai-go/v3"
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

func accountOf(projectID string) func(*vendor.ProjectServiceAccount) ServiceAccount {
	return func(a *vendor.ProjectServiceAccount) ServiceAccount {
		return ServiceAccount{ID: a.ID, ProjectID: projectID, Name: a.Name, Role: string(a.Role), CreatedAt: unix(a.CreatedAt)}
	}
}

func usableAccount(a *vendor.ProjectServiceAccount) string {
	if a == nil || a.ID == "" {
		return "it has no service account id"
	}
	return ""
}

// CreateServiceAccount creates an account with the role "none" and without the
// first key the API would otherwise make. After an unknown outcome it adopts the
// account that the request made, and says so with adopted. An error together with an
// account means that the account exists, but a key that came with it does too.
func (c *Client) CreateServiceAccount(ctx context.Context, projectID, name string) (made ServiceAccount, adopted bool, err error) {
	unwanted := ""
	made, adopted, err = apiclient.CreateNamed(ctx, c.http, apiclient.Named[ServiceAccount]{
		Noun: "service account", Name: name,
		Send: func(ctx context.Context, op *apiclient.Operation) (ServiceAccount, error) {
			defer c.accounts.Drop(projectID)
			answer, err := apiclient.Call(ctx, c.http, op, func(ctx context.Context) (*vendor.AdminOrganizationProjectServiceAccountNewResponse, error) {
				return c.admin.Organization.Projects.ServiceAccounts.New(ctx, projectID, vendor.AdminOrganizationProjectServiceAccountNewParams{
					Name: name, CreateServiceAccountOnly: param.NewOpt(true),
				})
			}, func(a *vendor.AdminOrganizationProjectServiceAccountNewResponse) string {
				if a == nil || a.ID == "" {
					return "it has no service account id"
				}
				return ""
			})
			if err != nil {
				return ServiceAccount{}, err
			}
			unwanted = answer.APIKey.ID
			return ServiceAccount{ID: answer.ID, ProjectID: projectID, Name: answer.Name, Role: string(answer.Role), CreatedAt: unix(answer.CreatedAt)}, nil
		},
		List: func(ctx context.Context) (*List[ServiceAccount], error) {
			return c.accounts.Fresh(ctx, projectID, c.listAccounts(projectID))
		},
		Facts:   func(a ServiceAccount) (string, string, time.Time) { return a.ID, a.Name, a.CreatedAt },
		Command: func(id string) string { return projectID + "/" + id },
	})
	if err != nil {
		return made, adopted, c.refusedParent(ctx, projectID, err)
	}
	if unwanted != "" {
		// An older server made a key nobody asked for; nobody will ever hold it.
		err = c.RevokeKey(context.WithoutCancel(ctx), projectID, unwanted)
	}
	return made, adopted, err
}

// ServiceAccount reads one account; [apierr.Gone] when it was deleted or its
// project archived. created as for [Client.Project].
func (c *Client) ServiceAccount(ctx context.Context, projectID, id string, created time.Time) (ServiceAccount, error) {
	what := "service account " + id + " of project " + projectID
	const deleted = "it was deleted outside Terraform"
	if c.accounts.Several(projectID, id) {
		list, err := c.accounts.All(ctx, projectID, c.listAccounts(projectID))
		if err != nil {
			return ServiceAccount{}, c.listed(ctx, projectID, what, err)
		}
		if a, ok := list.ByID[id]; ok {
			return a, nil
		}
	}
	a, err := apiclient.Patient(ctx, c.http, created, func() (*vendor.ProjectServiceAccount, error) {
		return apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "read service account", Kind: apiclient.Read}, func(ctx context.Context) (*vendor.ProjectServiceAccount, error) {
			return c.admin.Organization.Projects.ServiceAccounts.Get(ctx, projectID, id)
		}, usableAccount)
	})
	if err != nil {
		return ServiceAccount{}, c.child(ctx, projectID, what, deleted, err)
	}
	return accountOf(projectID)(a), nil
}

// ServiceAccounts gives all accounts of a project, from the list this process
// remembers. [apierr.Gone] when the project is archived.
func (c *Client) ServiceAccounts(ctx context.Context, projectID string) (*List[ServiceAccount], error) {
	list, err := c.accounts.All(ctx, projectID, c.listAccounts(projectID))
	if err != nil {
		return nil, c.listed(ctx, projectID, "the list of service accounts of project "+projectID, err)
	}
	return list, nil
}

// WalkServiceAccounts walks the accounts of a project page by page: who stops early
// saves the rest.
func (c *Client) WalkServiceAccounts(ctx context.Context, projectID string) iter.Seq2[ServiceAccount, error] {
	return c.listAccounts(projectID)(ctx)
}

func (c *Client) listAccounts(projectID string) func(context.Context) iter.Seq2[ServiceAccount, error] {
	return func(ctx context.Context) iter.Seq2[ServiceAccount, error] {
		const name = "list service accounts"
		return apiclient.Pages(ctx, name, func(a ServiceAccount) string { return a.ID }, func(ctx context.Context, after string) (apiclient.Page[ServiceAccount], error) {
			query := vendor.AdminOrganizationProjectServiceAccountListParams{Limit: param.NewOpt[int64](pageSize)}
			if after != "" {
				query.After = param.NewOpt(after)
			}
			answer, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: name, Kind: apiclient.Read}, func(ctx context.Context) (*conversationPage[vendor.ProjectServiceAccount], error) {
				return c.admin.Organization.Projects.ServiceAccounts.List(ctx, projectID, query)
			}, usableList)
			return pageOf(answer, err, accountOf(projectID))
		})
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
	a, err := apiclient.Patient(ctx, c.http, created, func() (*vendor.ProjectServiceAccount, error) {
		return apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "update service account", Kind: apiclient.Update}, func(ctx context.Context) (*vendor.ProjectServiceAccount, error) {
			return c.admin.Organization.Projects.ServiceAccounts.Update(ctx, projectID, id, body)
		}, usableAccount)
	})
	if err != nil {
		return ServiceAccount{}, err
	}
	return accountOf(projectID)(a), nil
}

// DeleteServiceAccount deletes an account and with it all its keys; one that is
// gone already, with its project or without, is success.
func (c *Client) DeleteServiceAccount(ctx context.Context, projectID, id string) error {
	defer c.accounts.Drop(projectID)
	defer c.keys.Drop(projectID)
	_, err := apiclient.Call(ctx, c.http, &apiclient.Operation{Name: "delete service account", Kind: apiclient.Update, Ack: true}, func(ctx context.Context) (*vendor.AdminOrganizationProjectServiceAccountDeleteResponse, error) {
		return c.admin.Organization.Projects.ServiceAccounts.Delete(ctx, projectID, id)
	}, apiclient.Anything)
	return c.deleted(ctx, projectID, err)
}

// deleted judges the answer of a delete inside a project.
func (c *Client) deleted(ctx context.Context, projectID string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := apierr.As(err); ok && e.Status >= 200 && e.Status < 300 {
		return nil // done, whatever the body says
	}
	err = c.child(ctx, projectID, "it", "", err)
	if _, gone := apierr.AsGone(err); gone {
		return nil
	}
	return err
}

// refusedParent gives a create that was refused because of its project the words
// for what is wrong with the project.
func (c *Client) refusedParent(ctx context.Context, projectID string, err error) error {
	e, ok := apierr.As(err)
	if !ok || e.Outcome != apierr.Refused {
		return err
	}
	judged := c.child(ctx, projectID, "it", "", err)
	gone, archived := apierr.AsGone(judged)
	switch {
	case archived && gone.Why != "":
		copied := *e
		copied.Hint = "Project " + projectID + " is archived, which cannot be undone through the API: nothing can be created in it. Remove these objects from the configuration or use another project."
		return &copied
	case archived:
		return err // 404 under an active project: the account, not the project, is missing
	default:
		return judged
	}
}
