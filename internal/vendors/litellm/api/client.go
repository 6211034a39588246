// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package api is the client of a LiteLLM proxy's key management: keys, and teams as far as
// keys need them. It knows nothing of Terraform but its logger.
//
// Every failed call is an [apierr.Error]; objects that are known to be gone are an
// [apierr.Gone].
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// List is a complete list by id. It is shared: never change it.
type List[T any] = apiclient.List[T]

// Client talks to one proxy with one credential. It is safe for concurrent use.
type Client struct {
	http *apiclient.Client
	base string
	self string // hash of the credential

	read atomic.Bool // a read of a key has succeeded

	// Refusals counts how often the proxy has refused a chosen secret.
	Refusals atomic.Int64

	keys  *apiclient.Collection[*Key]
	teams *apiclient.Collection[*Team]

	seen    sync.Map                   // hashes of keys that this run has seen at the proxy, or has asked it for
	aliases sync.Map                   // the alias that a key was shown with last, by hash
	born    sync.Map                   // when keys were created that were young when an answer showed them, by hash
	caller  *apiclient.Asked[string]   // the user of the credential, "" for the master key
	others  *apiclient.Asked[struct{}] // see [Client.SeesOthers]
	version atomic.Pointer[string]     // of the proxy, once told
}

// New makes a client. It sends nothing. The dialect of the settings is this vendor's.
func New(settings apiclient.Config) *Client {
	settings.Dialect = dialect
	settings.Dialect.Authorize = func(h http.Header, credential string) {
		h.Set("Authorization", "Bearer "+credential)
		h.Set("Litellm-Changed-By", settings.UserAgent)
	}
	c := &Client{
		base: strings.TrimRight(settings.BaseURL, "/"), self: settings.Credential.Fingerprint(),
		keys:  apiclient.NewCollection(func(k *Key) string { return k.Hash }),
		teams: apiclient.NewCollection(func(t *Team) string { return t.ID }),

		caller: apiclient.NewAsked[string](opReadCaller, callerPause), others: apiclient.NewAsked[struct{}](opListKeys, 0),
	}
	settings.Dialect.Hint = c.hint
	c.http = apiclient.New(settings)
	c.keys.IsDoubtful = func(k *Key) bool { return k.Doubtful }
	return c
}

// CheckBaseURL is [apiclient.Base.Check] for this vendor.
func CheckBaseURL(base string, allowHTTP bool) error {
	return apiclient.Base{Credential: "API key", AllowHTTP: allowHTTP, AllowedBy: "allow_http"}.Check(base)
}

// CheckAPIKey is [apiclient.CheckCredential]: master and virtual keys look alike.
func CheckAPIKey(key secret.Text) error { return apiclient.CheckCredential(key) }

// BaseURL is the address this client talks to, for messages.
func (c *Client) BaseURL() string { return c.base }

// Self is the hash of the key that the client works with.
func (c *Client) Self() string { return c.self }

// Now is the present moment by the server's clock as far as it is known.
func (c *Client) Now() time.Time { return c.http.Now() }

// Skew is how far the server's clock is ahead of this machine's; ok is false before the
// first answer.
func (c *Client) Skew() (skew time.Duration, ok bool) { return c.http.Skew() }

// Sleep waits on the client's clock.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error { return c.http.Sleep(ctx, d) }

// Team is a team of the proxy.
type Team struct {
	ID   string `json:"team_id"`
	Name string `json:"team_alias"`
}

// Team reads one team. A 404 is an [apierr.Error]: nothing confirms that the proxy is the
// right one.
func (c *Client) Team(ctx context.Context, id string) (Team, error) {
	var out Team
	_, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: "read team", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/team/info", Query: url.Values{"team_id": {id}},
	}, func(answer *struct {
		Team
		Info *Team `json:"team_info"`
	}) error {
		if out = answer.Team; answer.Info != nil {
			out = *answer.Info
		}
		if out.ID == "" {
			return errors.New("it has no team_id")
		}
		return apiclient.SameID(id, out.ID)
	})
	if apierr.IsNotFound(err) {
		return out, apierr.Elsewhere(err,
			fmt.Sprintf("The proxy at %s has no team %s: it is another proxy, or the team was deleted, and its keys with it.", c.base, id),
			"Check litellm.base_url", "if the team was deleted, run terraform state rm for what was in it")
	}
	return out, err
}

// Teams gives all teams, from the list that this process remembers.
func (c *Client) Teams(ctx context.Context) (*List[*Team], error) {
	return c.teams.All(ctx, "", func(ctx context.Context, _ func(string)) iter.Seq2[*Team, error] {
		return func(yield func(*Team, error) bool) {
			var rows []*Team
			_, err := apiclient.JSON(ctx, c.http, apiclient.Request{
				Operation: apiclient.Operation{Name: opListTeams, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/team/list",
			}, func(answer *json.RawMessage) error {
				var wrapped struct{ Teams, Data *[]*Team }
				switch {
				case json.Unmarshal(*answer, &rows) == nil:
				case json.Unmarshal(*answer, &wrapped) == nil && wrapped.Teams != nil:
					rows = *wrapped.Teams
				case wrapped.Data != nil:
					rows = *wrapped.Data
				default:
					return errNoList
				}
				return nil
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, team := range rows {
				if team != nil && team.ID != "" && !yield(team, nil) {
					return
				}
			}
		}
	})
}

var (
	errNoList = errors.New("it has no list")
	errBare   = errors.New("its rows are hashes, not keys: this version of the proxy is too old")
)

// callerPause is how long the user of the credential is not asked for again after trouble: a list asks for each of its
// keys, and looks for a lost create are seconds apart.
const callerPause = 5 * time.Second

// ownUser is the user of the credential, "" for the master key, and beside an error.
func (c *Client) ownUser(ctx context.Context) (string, error) {
	return c.caller.Get(ctx, c.Now, func(ctx context.Context) (user string, known bool, err error) {
		answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: opReadCaller, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/key/info",
		}, apiclient.Anything[struct {
			Info struct {
				User *string `json:"user_id"`
			} `json:"info"`
		}])
		switch {
		case err == nil:
			return textOf(answer.Info.User), true, nil
		case apierr.IsNotFound(err): // the master key has no row
			return "", true, nil
		}
		return "", false, err
	})
}

// markOwn notes at a marked key whether it has the user of the credential, whom the proxy stamps its keys with.
func (c *Client) markOwn(ctx context.Context, k *Key) error {
	if _, marked := k.Metadata[MarkerEntry]; !marked || k.UserID == "" {
		return nil
	}
	user, err := c.ownUser(ctx)
	k.OwnUser = user == k.UserID
	return err
}

// versionPatience is how long the version is waited for: it is for messages.
const versionPatience = 10 * time.Second

// askVersion is the version of the proxy for messages, "" where it does not say.
func (c *Client) askVersion(ctx context.Context) string {
	if told := c.version.Load(); told != nil {
		return *told
	}
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: "read the proxy's version", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/health/readiness",
	}, apiclient.Anything[struct {
		Version string `json:"litellm_version"`
	}])
	if err != nil {
		return ""
	}
	c.version.Store(&answer.Version)
	return answer.Version
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name:       "litellm",
	Credential: "the API key",
	RequestID:  "X-Litellm-Call-Id",
	Fields:     errorFields,
	Refuses:    isUnlicensed,
}
