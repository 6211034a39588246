// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Key is a key as the API shows it.
type Key struct {
	ID, Name, AccountID string
	Redacted            string // the end of the secret, "" = not shown
	CreatedAt           time.Time
	Disabled            bool
	Reason              string   // why the vendor or the holder disabled it, "" = by an update
	Permissions         []string // nil = every one
	Limit               *int64   // characters a month, nil = none
	Used                bool     // in this month; false says nothing
	AllowedIPs          []string // nil = from everywhere
	wrong               error    // what cannot be true of it
}

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	ID     string
	Secret secret.Text
}

// Gaps is why keys of one account may be missing: what is about the account, and about the whole list.
func (c *Client) Gaps(ctx context.Context, accountID string) ([]string, error) {
	accounts, err := c.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	gaps := slices.Clone(accounts.Incomplete)
	if a, there := accounts.ByID[accountID]; there {
		gaps = append(gaps, a.gaps()...)
	}
	return gaps, nil
}

// gaps is why keys of the account are not shown.
func (a *Account) gaps() (out []string) {
	if a.partly { // taken for none it would say that they are gone
		out = append(out, "the keys of service account "+a.ID+" are not shown")
	}
	for i := range a.Keys {
		switch key := &a.Keys[i]; {
		case key.ID == "":
			out = append(out, "a key of service account "+a.ID+" has no id and was left out")
		case key.wrong != nil:
			out = append(out, "key "+key.ID+" was left out: "+key.wrong.Error())
		}
	}
	return out
}

// keysIn are the keys of a list of accounts.
func keysIn(accounts *List[*Account], err error) (*List[*Key], error) {
	if err != nil {
		return nil, err
	}
	keys, _ := accounts.Derive(func(byID map[string]*Account) any {
		out := &List[*Key]{ByID: map[string]*Key{}, Doubtful: map[string]*Key{}, Incomplete: slices.Clone(accounts.Incomplete)}
		for _, id := range slices.Sorted(maps.Keys(byID)) {
			a := byID[id]
			out.Incomplete = append(out.Incomplete, a.gaps()...)
			for i := range a.Keys {
				switch key := &a.Keys[i]; {
				case key.ID == "": // said in gaps
				case key.wrong != nil:
					out.Doubtful[key.ID] = key
				default:
					out.ByID[key.ID] = key
				}
			}
		}
		return out
	}).(*List[*Key])
	return keys, nil
}

// Keys gives the keys of all service accounts, from the list that this process remembers, once
// it is certain that one account is there. key is when a key of it was created, which may be zero: the account
// may be as young.
func (c *Client) Keys(ctx context.Context, accountID string, key time.Time) (*List[*Key], error) {
	if _, err := c.find(ctx, accountID, key); err != nil {
		return nil, err
	}
	return keysIn(c.Accounts(ctx))
}

// FreshKeys gives the keys of all service accounts past what is remembered, which the busy
// timeout does not cut short.
func (c *Client) FreshKeys(ctx context.Context) (*List[*Key], error) {
	return keysIn(c.accounts.Fresh(apiclient.Patient(ctx), "", c.listAccounts()))
}

// KeysAtStart gives the keys as this process first saw them, before its own writes.
func (c *Client) KeysAtStart(ctx context.Context) (*List[*Key], error) {
	return keysIn(c.accounts.AtStart(ctx, "", c.listAccounts()))
}

// about is a request about the keys of an account, or about one of them.
func about(name string, kind apiclient.Kind, method, accountID string, id ...string) apiclient.Request {
	return apiclient.Request{
		Operation: apiclient.Operation{Name: name, Kind: kind}, Method: method,
		Path: apiclient.Path(append([]string{"v1", "service-accounts", accountID, "api-keys"}, id...)...),
	}
}

// readKeys reads the keys of one account afresh. Rows that cannot be read are among them, perhaps without an id.
func (c *Client) readKeys(ctx context.Context, accountID string) (keys []Key, err error) {
	_, err = apiclient.JSON(ctx, c.Client, about("list API keys", apiclient.Read, http.MethodGet, accountID), func(answer *struct {
		Keys *[]json.RawMessage `json:"api-keys"`
	}) error {
		if answer.Keys == nil {
			return errNoList
		}
		keys = c.keysOf(*answer.Keys, accountID)
		for _, key := range keys {
			if err := apiclient.SameID(accountID, key.AccountID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, apierr.With(err, func(e *apierr.Error) { e.Operation += " of service account " + accountID })
	}
	return keys, nil
}

// Key looks for one key in a fresh list: it is gone where its account is there without it, twice. An empty list
// does not show that the account is there: some servers may give it for any id. A key of another account is an
// error. created may be zero.
func (c *Client) Key(ctx context.Context, accountID, id string, created time.Time) (Key, error) {
	if created.IsZero() {
		created = c.bornAt(id)
	}
	listed := false
	k, err := apiclient.Confirmed(ctx, c.Client, created, func() (*Key, error) {
		keys, err := c.readKeys(ctx, accountID)
		listed = err == nil
		if err != nil {
			return nil, err
		}
		unread := false
		for _, key := range keys {
			if key.ID == id && key.wrong == nil {
				return &key, nil
			}
			if key.ID == id {
				return &key, &apierr.Error{Operation: "read API key " + id, Message: key.wrong.Error()}
			}
			unread = unread || key.ID == ""
		}
		if unread {
			return nil, &apierr.Error{
				Operation: "read API key " + id, Message: "a row of the list has no id that can be read, so the list does not show that the key is gone",
				Hint: "Try again later; if it does not help, ask the vendor's support.",
			}
		}
		return nil, &apierr.Error{Operation: "read API key", Status: http.StatusNotFound}
	})
	if apierr.IsNotFound(err) && listed {
		there, lookErr := c.confirmed(ctx, accountID)
		switch {
		case lookErr != nil:
			return Key{}, lookErr
		case there:
			if err := c.elsewhere(ctx, accountID, id); err != nil {
				return Key{}, err
			}
			if created.IsZero() { // one that was never seen may never have been
				return Key{}, &apierr.Gone{What: "API key " + id, Why: "service account " + accountID + " has no API key of this id", Never: true}
			}
			return Key{}, &apierr.Gone{What: "API key " + id, Why: "it was deleted outside Terraform"}
		}
		err = unlisted(accountID)
	}
	return apiclient.ValueOf(k, c.missing(ctx, accountID, err))
}

// elsewhere is an error for a key that is not gone, but another account's.
func (c *Client) elsewhere(ctx context.Context, accountID, id string) error {
	keys, err := keysIn(c.Accounts(ctx))
	if err != nil {
		return err
	}
	key := cmp.Or(keys.ByID[id], keys.Doubtful[id])
	if key == nil || key.AccountID == accountID {
		return nil
	}
	return &apierr.Error{
		Operation: "read API key " + id, Message: fmt.Sprintf("it belongs to service account %s, not to %s", key.AccountID, accountID),
		Hint:      fmt.Sprintf("The key still works. Take it out of state (terraform state rm), and import it as %s/%s.", key.AccountID, id),
		Unmanaged: "Give the id of the service account that the key belongs to.",
	}
}

// MintKey creates a key of a service account, once. An [apierr.Unknown] outcome is the caller's
// to settle. The answer has no moment: it was created now.
func (c *Client) MintKey(ctx context.Context, accountID string, fields map[string]any) (MintedKey, error) {
	defer c.accounts.Drop("")
	request := about(opCreateKey, apiclient.Create, http.MethodPost, accountID)
	request.Body = apiclient.SameBody(fields)
	// A 404 is about the account, which may be new: nothing was created.
	answer, err := apiclient.WhileYoung(ctx, c.Client, c.bornAt(accountID), func() (*wireMinted, error) {
		return apiclient.JSON(ctx, c.Client, request, func(answer *wireMinted) error {
			if answer.ID == "" {
				return errNoID
			}
			return apiclient.CheckSecret(answer.Secret, answer.ID)
		})
	})
	if err != nil {
		return MintedKey{}, element(err, fields)
	}
	if _, held := c.born.LoadOrStore(answer.ID, c.Now()); held {
		return MintedKey{}, &apierr.Error{
			Operation: opCreateKey, Outcome: apierr.Unknown,
			Message: fmt.Sprintf("the server answered with API key %s, which it gave to another create of this run", answer.ID),
			Hint:    "Something between this machine and the API may give old answers again, such as a caching gateway. Check elevenlabs.base_url.",
		}
	}
	return MintedKey{ID: answer.ID, Secret: secret.New(answer.Secret)}, nil
}

// UpdateKey changes what fields name and leaves the rest alone. [apierr.Gone] and created as for [Client.Key].
func (c *Client) UpdateKey(ctx context.Context, accountID, id string, created time.Time, fields map[string]any) error {
	defer c.accounts.Drop("")
	_, err := apiclient.Changed("API key "+id, func() (*struct{}, error) {
		return c.update(ctx, accountID, id, created, fields)
	}, func() (*struct{}, error) {
		_, err := c.Key(ctx, accountID, id, created)
		return nil, err
	})
	return err
}

func (c *Client) update(ctx context.Context, accountID, id string, created time.Time, fields map[string]any) (*struct{}, error) {
	send := func() (*struct{}, error) {
		request := about("update API key", apiclient.Update, http.MethodPatch, accountID, id)
		request.Body, request.Ack = apiclient.SameBody(fields), true
		answer, err := apiclient.JSON(ctx, c.Client, request, apiclient.Anything[struct{}])
		return answer, element(err, fields)
	}
	answer, err := send()
	if apierr.Status(err) == http.StatusConflict { // somebody else's change came between
		answer, err = send()
	}
	failed, ok := apierr.As(err)
	if !ok || failed.Status != http.StatusUnprocessableEntity || !strings.HasSuffix(failed.Code, codeMissing) {
		return answer, err
	}
	k, err := c.Key(ctx, accountID, id, created)
	if err != nil {
		return nil, err
	}
	// Older servers want these to be named, with a word for what stays.
	named := map[string]any{"is_enabled": "no_update", "name": k.Name, "permissions": "no_update"}
	maps.Copy(named, fields)
	fields = named
	return send()
}

// DeleteKey deletes a key; one that is known to be gone already is success. created may be zero.
func (c *Client) DeleteKey(ctx context.Context, accountID, id string, created time.Time) (err error) {
	ctx = apiclient.Patient(ctx)
	if created.IsZero() {
		created = c.bornAt(id)
	}
	defer func() {
		if err != nil {
			c.accounts.Drop("")
			return
		}
		c.accounts.Change("", accountID, func(a *Account) *Account {
			left := *a // the row is shared
			left.Keys = slices.DeleteFunc(slices.Clone(a.Keys), func(k Key) bool { return k.ID == id })
			return &left
		})
	}()
	const name = "delete API key"
	answer, err := apiclient.Deleting(ctx, c.Client, &created, func() (*deleted, error) {
		request := about(name, apiclient.Update, http.MethodDelete, accountID, id)
		request.Ack = true
		return apiclient.JSON(ctx, c.Client, request, apiclient.Anything[deleted])
	})
	look := func(ctx context.Context) (bool, error) {
		_, err := c.Key(ctx, accountID, id, created)
		if apierr.IsGone(err) {
			return true, nil
		}
		return false, err
	}
	if err == nil && answer != nil && !answer.of(id) {
		return apiclient.Unsaid(ctx, c.Client, name, "API key "+id, look)
	}
	return apiclient.Deleted(ctx, c.Client, "API key "+id, err, look)
}
