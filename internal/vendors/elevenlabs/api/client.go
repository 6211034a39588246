// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the client of the part of ElevenLabs' API that manages service accounts and
// their keys. It knows nothing of Terraform but its logger.
//
// Every failed call is an [apierr.Error]; objects that are known to be gone are an
// [apierr.Gone].
package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// DefaultBaseURL is the address of the vendor's API.
const DefaultBaseURL = "https://api.elevenlabs.io"

// Client talks to one workspace with one API key. It is safe for concurrent use.
type Client struct {
	*apiclient.Client
	base       string
	credential secret.Text

	accounts *apiclient.Collection[*Account] // with their keys: one list shows everything
	born     sync.Map                        // when objects of this run were created, by id
	absent   sync.Map                        // errors of accounts that are not there, by id

	mu   sync.Mutex
	held map[string]bool // accounts of this state, see [Client.Hold]
	wait sync.Once       // for other reads to say which accounts they hold
}

// New makes a client. It sends nothing. The dialect of the settings is this vendor's.
func New(settings apiclient.Config) *Client {
	settings.Dialect = dialect
	return &Client{
		Client: apiclient.New(settings), base: strings.TrimRight(settings.BaseURL, "/"), credential: settings.Credential,
		accounts: apiclient.NewCollection(func(a *Account) string { return a.ID }), held: map[string]bool{},
	}
}

// CheckBaseURL is [apiclient.Base.Check] for this vendor.
func CheckBaseURL(base string, _ bool) error {
	return apiclient.Base{Default: DefaultBaseURL, Credential: "API key"}.Check(base)
}

// KeyAddress is where a key is, for messages.
func (c *Client) KeyAddress(accountID, id string) string {
	return c.base + about("", apiclient.Read, "", accountID, id).Path
}

// Uses reports whether a fingerprint is that of the key this client works with.
func (c *Client) Uses(fingerprint string) bool { return c.credential.Fingerprint() == fingerprint }

// MayUse reports whether the key that is shown so may be the one this client works with.
func (c *Client) MayUse(redacted string) bool { return secret.Fits(c.credential, redacted) }

// bornAt is when this run created an object, the zero time for another one.
func (c *Client) bornAt(id string) time.Time {
	at, _ := c.born.Load(id)
	born, _ := at.(time.Time)
	return born
}

// moment reads seconds since 1970; null is the zero time.
func (c *Client) moment(seconds apiclient.Number) (time.Time, error) {
	if seconds == "" {
		return time.Time{}, nil
	}
	f, ok := seconds.Float()
	at := time.Unix(int64(f), 0).UTC()
	if !ok || !c.Plausible(at) { // milliseconds are not, either
		return time.Time{}, fmt.Errorf("its created_at_unix (%.20s) cannot be true: it is more than ten years from now", seconds)
	}
	return at, nil
}

// The names of operations that hints depend on.
const (
	opListAccounts  = "list service accounts"
	opCreateAccount = "create service account"
	opCreateKey     = "create API key"
)

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name:       "elevenlabs",
	Credential: "the API key",
	Authorize:  func(h http.Header, credential string) { h.Set("Xi-Api-Key", credential) },
	RequestID:  "Request-Id",
	Fields:     errorFields,
	// A conflict may be the second half of a request that was repeated on its way: look first.
	MayBeDone: func(operation string, status int) bool {
		return (operation == opCreateKey || operation == opCreateAccount) && status == http.StatusConflict
	},
	Hint: hint,
}

// errorFields reads the three forms in which a refusal says what is wrong, and a plain text.
// What the validating framework repeats of the request (input) is not read.
func errorFields(body []byte) (kind, code, param, message string) {
	var outer struct {
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &outer) != nil || json.Unmarshal(outer.Detail, &message) == nil {
		return "", "", "", message
	}
	var invalid []struct {
		Type, Msg string
		Loc       []any
	}
	if json.Unmarshal(outer.Detail, &invalid) == nil && len(invalid) > 0 {
		return "validation", invalid[0].Type, strings.Trim(strings.ReplaceAll(fmt.Sprint(invalid[0].Loc), " ", "."), "[]"), invalid[0].Msg
	}
	var one struct{ Type, Code, Status, Param, Message string }
	_ = json.Unmarshal(outer.Detail, &one) // as far as it goes
	if one.Code == "" {
		one.Code = one.Status
	}
	return one.Type, one.Code, one.Param, one.Message
}

const (
	codeNoAccount    = "service_account_not_found"
	codeNoPermission = "missing_permissions"
	codeMissing      = "missing" // of the validating framework, which wrote "value_error.missing" once: a field
)

// managing is the permission for service accounts and their keys.
const managing = "service_account_write"

var namedPermission = pattern.Lazy(`missing the permission ([a-z0-9_]+)`)

// hint is what the user should do about an error, "" when the message says enough.
func hint(e *apierr.Error) string {
	const give = "give it as elevenlabs.api_key or in ELEVENLABS_API_KEY."
	switch {
	case e.Code == codeNoPermission, strings.Contains(e.Message, "missing the permission"):
		permission := ""
		if found := namedPermission().FindStringSubmatch(e.Message); found != nil {
			permission = found[1]
		}
		switch permission {
		case "":
			return "The API key is valid, but lacks a permission. Create a key with " + managing + ", which service accounts and their keys need, and " + give
		case managing:
			return "The API key is valid, but lacks the permission " + managing + ". Create a key with it, and " + give
		}
		return "The API key is valid, but lacks the permission " + permission + ". Create a key with it, and with " + managing + ", which service accounts and their keys need, and " + give
	case e.Status == http.StatusUnauthorized:
		return "The API key is unknown to this server, deleted or disabled. Keys of an isolated environment (US, EU, India) work at its own address only: check elevenlabs.base_url. Create a key of a workspace admin or of a service account with the permission " + managing + ", and " + give
	case NoAddressLists(e):
		return "The plan of this workspace has no allow list of addresses. Remove allowed_ips."
	case e.Status == http.StatusPaymentRequired, e.Status == http.StatusForbidden:
		return "The plan of the workspace or the role of the API key's owner does not allow it. Service accounts need a plan with several seats, and a workspace admin."
	case e.Status == http.StatusNotFound && (e.Operation == opListAccounts || e.Operation == opCreateAccount):
		return "There is no such API at elevenlabs.base_url. It is the address without a path, such as " + DefaultBaseURL + "."
	case e.Status == http.StatusNotFound && e.Operation == opCreateKey:
		return "Nothing was created: the workspace of the API key has no such service account. Check service_account_id, elevenlabs.api_key and elevenlabs.base_url."
	case e.Code == codeNoAccount:
		return elsewhere
	case e.Status == http.StatusTooManyRequests:
		return "The server stayed busy for the whole of elevenlabs.busy_timeout. Try again later, raise busy_timeout, or set elevenlabs.requests_per_minute."
	case e.Status == http.StatusUnprocessableEntity && e.Param != "":
		return "The server refuses " + strings.TrimPrefix(e.Param, "body.") + ": check that argument."
	}
	return ""
}

// element is a refusal with the element of a list that it is about.
func element(err error, fields map[string]any) error {
	refused, ok := apierr.As(err)
	if !ok {
		return err
	}
	where := strings.Split(strings.TrimPrefix(refused.Param, "body."), ".")
	list, _ := fields[where[0]].([]string)
	at, wrong := strconv.Atoi(where[len(where)-1])
	if wrong != nil || at < 0 || at >= len(list) {
		return err
	}
	return apierr.With(err, func(e *apierr.Error) {
		e.Hint = fmt.Sprintf("The server refuses %q in %s: check that argument.", list[at], where[0])
	})
}

// elsewhere is the hint for a service account that is not there.
const elsewhere = "The workspace of the API key has no such service account: the key is of another workspace or environment, or the account was removed on the vendor's web page, and its keys with it. Nothing was removed from state. Check elevenlabs.api_key and elevenlabs.base_url; if the account was removed, run terraform state rm for it and for its keys."

// NoAddressLists reports whether the server refused a call because it named allowed_ips, even to take them
// away: the plan of the workspace has no such lists.
func NoAddressLists(err error) bool {
	e, ok := apierr.As(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(e.Param, "allowed_ips")
}
