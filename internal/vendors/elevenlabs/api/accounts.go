// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// List is a complete list by id. It is shared: never change it.
type List[T any] = apiclient.List[T]

// Account is a service account as the API shows it.
type Account struct {
	ID, Name  string
	CreatedAt time.Time
	Keys      []Key
	wrong     error // what cannot be true of it
	partly    bool  // its keys are not shown
}

// wireAccount has no type that decodes itself: beside a field of another type the others are read.
type wireAccount struct {
	ID   string            `json:"service_account_user_id"`
	Name string            `json:"name"`
	Keys []json.RawMessage `json:"api-keys"`
}

type wireCreated struct {
	CreatedAt apiclient.Number `json:"created_at_unix"`
}

var (
	errNoList = errors.New("it has no list")
	errNoID   = errors.New("it has no id")
	errUnread = errors.New("a field of it is of another type than documented") // not quoted: who knows what is in it
)

// accountOf reads an account, as far as it can be read.
func (c *Client) accountOf(raw json.RawMessage) *Account {
	var w wireAccount
	var at wireCreated
	unread := errors.Join(json.Unmarshal(raw, &w), json.Unmarshal(raw, &at))
	a := &Account{ID: w.ID, Name: w.Name, Keys: c.keysOf(w.Keys, w.ID), partly: w.Keys == nil, wrong: errUnread}
	if unread == nil {
		a.CreatedAt, a.wrong = c.moment(at.CreatedAt)
	}
	return a
}

// listAccounts reads the one list that the API has: it is not paged.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listAccounts() apiclient.Fetch[*Account] {
	return func(ctx context.Context, note func(string)) iter.Seq2[*Account, error] {
		return apiclient.Pages(ctx, apiclient.Walk[*Account]{Name: opListAccounts, Size: 1, IDOf: func(a *Account) string { return a.ID }, Note: note,
			Get: func(ctx context.Context, _ string, _ int) (page apiclient.Page[*Account], err error) {
				answer, err := apiclient.JSON(ctx, c.Client, apiclient.Request{
					Operation: apiclient.Operation{Name: opListAccounts, Kind: apiclient.Read}, Method: http.MethodGet, Path: apiclient.Path("v1", "service-accounts"),
				}, func(answer *struct {
					Accounts *[]json.RawMessage `json:"service-accounts"`
				}) error {
					if answer.Accounts == nil { // taken for an empty one it would say that everything is gone
						return errNoList
					}
					return nil
				})
				if err != nil {
					return page, err
				}
				for _, raw := range *answer.Accounts {
					a := c.accountOf(raw)
					if errors.Is(a.wrong, errUnread) && a.ID != "" {
						note("service account " + a.ID + " is not shown whole: " + a.wrong.Error())
					}
					page.Items = append(page.Items, a)
				}
				return page, nil
			}})
	}
}

// Hold notes that a state has objects of a service account: where it is not there, another
// one that is there shows that the workspace is the right one. Not for what this run imports or
// creates: that is in the workspace of the credential, whichever it is.
func (c *Client) Hold(accountID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[accountID] = true
}

// settle is how long a missing account waits for other reads of the same plan.
const settle = 2 * time.Second

// missing judges the 404 of a service account.
func (c *Client) missing(ctx context.Context, id string, err error) error {
	if !apierr.IsNotFound(err) {
		return err
	}
	list, lookErr := c.accounts.All(ctx, "", c.listAccounts())
	if lookErr != nil {
		return err
	}
	c.wait.Do(func() { _ = c.Sleep(ctx, settle) })
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := list.ByID[id]; there || len(list.Incomplete) > 0 {
		return err
	}
	for other := range c.held {
		if _, there := list.ByID[other]; there && other != id {
			return &apierr.Gone{What: "service account " + id, Why: "it was removed from the workspace, which still has service account " + other + " of this state"}
		}
	}
	return apierr.With(err, func(e *apierr.Error) {
		e.Hint = "Service account " + id + ": " + elsewhere
		e.Unmanaged = "The workspace of the API key has no service account " + id + ". Check the id, elevenlabs.api_key and elevenlabs.base_url."
	})
}

// unlisted is the 404 of an account for which a server has an empty list of keys.
func unlisted(id string) error {
	return &apierr.Error{Operation: "read service account", Status: http.StatusNotFound, Message: "the list of service accounts does not show service account " + id}
}

// confirmed reports whether the workspace has the account: this run created it there, or the list shows it.
func (c *Client) confirmed(ctx context.Context, id string) (bool, error) {
	if !c.bornAt(id).IsZero() {
		return true, nil
	}
	list, err := c.Accounts(ctx)
	if err == nil && list.ByID[id] == nil {
		list, err = c.accounts.Fresh(ctx, "", c.listAccounts())
	}
	return err == nil && list.ByID[id] != nil, err
}

// judged is [Client.missing], remembered: many keys may be of the account.
func (c *Client) judged(ctx context.Context, id string, err error) error {
	after := c.missing(ctx, id, err)
	if apierr.IsNotFound(err) {
		c.absent.Store(id, after)
	}
	return after
}

// Accounts gives all service accounts, from the list that this process remembers.
func (c *Client) Accounts(ctx context.Context) (*List[*Account], error) {
	return c.accounts.All(ctx, "", c.listAccounts())
}

// WalkAccounts walks the service accounts.
func (c *Client) WalkAccounts(ctx context.Context, note func(string)) iter.Seq2[*Account, error] {
	return c.accounts.Walk(ctx, "", note, c.listAccounts())
}

// FirstAccounts gives the service accounts as this process first saw them.
func (c *Client) FirstAccounts(ctx context.Context) apiclient.Look[*Account] {
	return c.accounts.First(ctx, "", 1, c.listAccounts())
}

// Account finds a service account in the list, which is read again where it does not show it.
// A missing one is an [apierr.Gone] only where the list shows another account that is held. created may
// be zero.
func (c *Client) Account(ctx context.Context, id string, created time.Time) (Account, error) {
	a, err := c.find(ctx, id, created)
	if err == nil && a.wrong != nil {
		err = &apierr.Error{Operation: "read service account " + id, Message: a.wrong.Error()}
	}
	return apiclient.ValueOf(a, err)
}

// find is [Client.Account], whatever its moments are.
func (c *Client) find(ctx context.Context, id string, created time.Time) (*Account, error) {
	if before, known := c.absent.Load(id); known {
		err, _ := before.(error)
		return nil, err
	}
	list, err := c.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	a, there := list.ByID[id]
	if !there {
		born := created
		if born.IsZero() {
			born = c.bornAt(id)
		}
		a, err = apiclient.Confirmed(ctx, c.Client, born, func() (*Account, error) {
			keys, err := c.readKeys(ctx, id)
			if err != nil {
				return nil, err
			}
			list, err := c.accounts.Fresh(ctx, "", c.listAccounts())
			if err != nil {
				return nil, err
			}
			if a, there := list.ByID[id]; there {
				return a, nil
			}
			if len(keys) == 0 && !c.Young(born) { // as of any account that is not there
				return nil, unlisted(id)
			}
			return &Account{ID: id, CreatedAt: created, Keys: keys}, nil // the list lags
		})
	}
	return a, c.judged(ctx, id, err)
}

// CreateAccount creates a service account. After an unknown outcome it adopts the one that the
// request made.
func (c *Client) CreateAccount(ctx context.Context, name string) (Account, apiclient.Recovered, error) {
	// Where no creation time is shown, what was not there before is new; the keys of this run are
	// looked for in the same list.
	before, unread := c.accounts.AtStart(ctx, "", c.listAccounts())
	older := func(id string) (there bool) {
		if unread == nil {
			_, there = before.ByID[id]
		}
		return there
	}
	return apiclient.MadeOf(apiclient.CreateNamed(ctx, c.Client, apiclient.Named[*Account]{
		Noun: "service account", Name: name,
		Send: func(ctx context.Context, op apiclient.Operation) (*Account, error) {
			defer c.accounts.Drop("")
			op.Body = apiclient.SameBody(map[string]any{"name": name})
			answer, err := apiclient.JSON(ctx, c.Client, apiclient.Request{Operation: op, Method: http.MethodPost, Path: apiclient.Path("v1", "service-accounts")},
				func(answer *struct {
					ID string `json:"service-account-user-id"`
				}) error {
					if answer.ID == "" {
						return errNoID
					}
					return nil
				})
			if err != nil {
				return nil, err
			}
			return &Account{ID: answer.ID, Name: name, CreatedAt: c.Now().Truncate(time.Second).UTC()}, nil
		},
		Learn: func(a *Account) { c.born.Store(a.ID, c.Now()) },
		List:  func(ctx context.Context) (*List[*Account], error) { return c.accounts.Fresh(ctx, "", c.listAccounts()) },
		Older: older,
		Facts: func(a *Account) (string, string, time.Time) {
			created := a.CreatedAt
			if created.IsZero() && unread == nil {
				created = c.Now()
				if older(a.ID) {
					created = apiclient.LongAgo
				}
			}
			return a.ID, a.Name, created
		},
		Command: func(id string) string { return id },
	}))
}
