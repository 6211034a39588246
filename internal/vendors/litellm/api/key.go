// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// MarkerEntry is the entry of a key's metadata that belongs to this provider.
const MarkerEntry = "orgkeys"

// Key is a key as the proxy shows it.
type Key struct {
	Hash     string
	Alias    string
	Redacted string // the secret's ends, "" where it is not shown
	TeamID   string // "" = none, or not shown:
	NoTeam   bool   // the key is known to have no team
	UserID   string // "" = none
	OwnUser  bool   // of a marked key: it is the user of the credential
	Metadata map[string]json.RawMessage
	// Fields are all fields as they were answered: what is not in there was not shown.
	Fields     map[string]json.RawMessage
	AutoRotate bool
	Blocked    bool
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never
	LastActive time.Time // zero = never or not shown
	Used       bool
	Deleted    bool // a row of the archive
	Doubtful   bool // the proxy showed a moment that cannot be true, left out here
}

// MintedKey is the answer to a mint, the only time the secret is shown.
type MintedKey struct {
	Key
	Secret secret.Text
}

const (
	opCreateKey = "create key"
	opUpdateKey = "update key"
	opDeleteKey = "delete key"
	opListKeys  = "list keys"
	opListTeams = "list teams"
	// opReadCaller is the read of the key that the provider works with.
	opReadCaller = "read the API key"
)

// keyOf reads a key of that hash, never nil. The error says what is wrong with it.
func (c *Client) keyOf(hash string, w *wireKey) (*Key, error) {
	spend := orZero[float64](w.all["spend"])
	k := &Key{
		Hash: hash, Alias: w.Alias, Redacted: apiclient.Redacted(w.Name), TeamID: w.TeamID, UserID: w.UserID,
		Metadata: w.Metadata, Fields: w.all, AutoRotate: orZero[bool](w.all["auto_rotate"]), Blocked: orZero[bool](w.all["blocked"]),
		Used:    spend > 0,
		Deleted: w.Deleted != "" || w.Status == "deleted",
	}
	c.read.Store(true)
	if !k.Deleted {
		c.seen.Store(hash, true)
	}
	if k.AliasShown() {
		c.aliases.Store(hash, k.Alias)
	}
	_, shown := w.all["team_id"]
	k.NoTeam = shown && k.TeamID == ""
	var errs []error
	for name, pair := range map[string]struct {
		text string
		into *time.Time
	}{"created_at": {w.Created, &k.CreatedAt}, "expires": {w.Expires, &k.ExpiresAt}, "last_active": {w.Active, &k.LastActive}} {
		at, err := c.moment(name, pair.text)
		*pair.into = at
		errs = append(errs, err)
	}
	wrong := errors.Join(errs...)
	k.Doubtful = wrong != nil
	if c.http.Young(k.CreatedAt) {
		c.born.Store(hash, k.CreatedAt)
	}
	return k, wrong
}

// MintKey creates a key, as one of a service account where there is a team, once. fields
// are what it gets beside its secret, empty for the proxy's choice, and its lifetime. An
// [apierr.Unknown] outcome is the caller's to settle.
func (c *Client) MintKey(ctx context.Context, teamID string, chosen secret.Text, lifetime time.Duration, fields map[string]any) (MintedKey, error) {
	defer c.drop(teamID)
	body, path := maps.Clone(fields), "/key/generate"
	if teamID != "" {
		body["team_id"], path = teamID, "/key/service-account/generate"
	}
	if lifetime > 0 {
		body["duration"] = seconds(lifetime)
	}
	if !chosen.Empty() {
		body["key"] = chosen.Reveal()
		c.seen.Store(chosen.Fingerprint(), true)
	}
	answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: opCreateKey, Kind: apiclient.Create, Body: same(body)}, Method: http.MethodPost, Path: path,
	}, func(w *wireKey) error {
		if err := apiclient.CheckSecret(w.Secret, w.Token); err != nil {
			return err
		}
		if token := cmp.Or(w.Token, w.TokenID); token != "" && token != secret.New(w.Secret).Fingerprint() {
			return errors.New("its token is not the hash of its secret")
		}
		return nil
	})
	if err != nil {
		return MintedKey{}, err
	}
	minted := MintedKey{Secret: secret.New(answer.Secret)}
	// What is wrong with the rest of the answer does not make the secret a wrong one.
	key, _ := c.keyOf(minted.Secret.Fingerprint(), answer)
	minted.Key = *key
	delete(minted.Fields, "key")
	if lifetime > 0 && !minted.EndShown() {
		if read, err := c.Key(ctx, teamID, minted.Hash, c.Now()); err == nil {
			minted.Key = read // what the answer has left out
		}
	}
	c.http.Created(minted.CreatedAt)
	return minted, nil
}

// CreateNotFound completes the 404 of a create; none reports that nothing was created: the proxy does not have the call,
// or is somewhere else. Any other 404 may be a gateway's.
func (c *Client) CreateNotFound(ctx context.Context, teamID string, err error) (hinted error, none bool) {
	_, lookErr := c.page(ctx, nil, 1, 1)
	switch {
	case lookErr != nil: // with another 404 there is no key management at this address
		return err, apierr.IsNotFound(lookErr)
	case isNoCall(err) && teamID != "":
		return apierr.Hinted(err, "This proxy has no call to create keys of a team (/key/service-account/generate). Its version is "+
			cmp.Or(secret.Scrub(c.askVersion(ctx)), "not known")+": update the proxy if it is an old one, or leave out team_id."), true
	}
	return apierr.Hinted(err, "Key management answers at this address, so something before the proxy may have answered in its place. Check litellm.base_url."), isNoCall(err)
}

// drop forgets the lists that a team's keys are in.
func (c *Client) drop(teamID string) {
	c.keys.Drop(teamID)
	c.keys.Drop("")
}

// same is a body that is the same whenever it is sent.
func same(v any) func(time.Time) (any, error) {
	return func(time.Time) (any, error) { return v, nil }
}

// seconds is a duration as the proxy takes it, rounded up.
func seconds(d time.Duration) string { return fmt.Sprintf("%ds", (d+time.Second-1)/time.Second) }

// Key reads one key by a request of its own; [apierr.Gone] for one in the archive, and on two 404s
// where the key's team, or that the proxy keeps no archive, confirms it. created may be zero.
func (c *Client) Key(ctx context.Context, teamID, hash string, created time.Time) (Key, error) {
	if at, young := c.born.Load(hash); young && created.IsZero() {
		created, _ = at.(time.Time)
	}
	k, err := apiclient.Confirmed(ctx, c.http, created, func() (k *Key, err error) {
		_, err = apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: "read key", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/key/info", Query: url.Values{"key": {hash}},
		}, func(answer *struct {
			Key  string   `json:"key"`
			Info *wireKey `json:"info"`
		}) error {
			if answer.Info == nil || len(answer.Info.all) == 0 {
				return errors.New("it has no info")
			}
			for _, got := range []string{answer.Key, answer.Info.Token} {
				if err := apiclient.SameID(hash, got); err != nil {
					return err
				}
			}
			k, err = c.keyOf(hash, answer.Info)
			return err
		})
		if err == nil {
			if asked := c.markOwn(ctx, k); ctx.Err() != nil {
				err = asked
			}
		}
		return k, err
	})
	gone := &apierr.Gone{What: "key " + hash, Why: "it was deleted outside Terraform"}
	if err == nil && k.Deleted {
		return Key{}, gone
	}
	if !apierr.IsNotFound(err) {
		return apiclient.ValueOf(k, err)
	}
	if _, known := c.seen.Load(hash); known {
		return Key{}, gone // it was at this very proxy, or was never created
	}
	if teamID != "" {
		if _, err := c.Team(ctx, teamID); err != nil {
			return Key{}, err
		}
		return Key{}, gone
	}
	keeps, lookErr := c.keepsArchive(ctx, hash)
	switch {
	case apierr.Status(lookErr) != 0: // as a team's admin may get for a key that nobody has
		return Key{}, apierr.Elsewhere(err, fmt.Sprintf("The proxy at %s has no key %s, and did not show whether it once had it: %s.", c.base, hash, lookErr),
			"Check litellm.base_url and the id", "if the key is gone for good, run terraform state rm")
	case lookErr != nil:
		return Key{}, lookErr
	case keeps:
		return Key{}, apierr.Elsewhere(err,
			fmt.Sprintf("The proxy at %s keeps an archive of deleted keys, and key %s is not in it, so the proxy never had this key. Most likely this is another proxy, or its database was restored.", c.base, hash),
			"Check litellm.base_url and the id", "if the key is gone for good, run terraform state rm")
	}
	return Key{}, gone
}

// archivePages is how many pages of the archive are looked through for one key.
const archivePages = 10

// keepsArchive reports whether the proxy keeps deleted keys, without having this one. Each
// filter may be one that its version does not know.
func (c *Client) keepsArchive(ctx context.Context, hash string) (bool, error) {
	others := false
	for number, more := 1, true; more && number <= archivePages; number++ {
		answer, err := c.page(ctx, url.Values{"status": {"deleted"}, "key_hash": {hash}}, number, longestPage)
		if err != nil {
			return false, err
		}
		for _, row := range *answer.Keys {
			k, _ := c.keyOf(row.Token, row)
			switch {
			case !k.Deleted && k.Hash == hash:
				return false, &apierr.Error{Operation: opListKeys, Message: fmt.Sprintf("the list shows key %s, and every read of it answers 404", hash), Hint: "The proxy contradicts itself: its replicas may have different databases. Try again later."}
			case !k.Deleted || k.Hash == hash:
				return false, nil // a version that does not know the status, or the key itself
			}
			others = true
		}
		pages, _ := answer.Pages.Count()
		more = number < pages
	}
	if others {
		return true, nil
	}
	for _, status := range []string{"deleted", ""} {
		query := url.Values{}
		if status != "" {
			query.Set("status", status)
		}
		answer, err := c.page(ctx, query, 1, 10)
		if err != nil {
			return false, err
		}
		if rows := *answer.Keys; len(rows) > 0 { // without the status, keys that it held back: it is known
			k, _ := c.keyOf(rows[0].Token, rows[0])
			return k.Deleted || status == "", nil
		}
	}
	// A proxy that shows no key: only its version tells an empty archive from a status that is not known.
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(c.askVersion(ctx), "v"), "%d.%d", &major, &minor); n < 2 {
		return true, nil
	}
	return major > 1 || minor >= firstArchive, nil
}

// firstArchive is the first minor version that may have the archive, which came in January 2026.
const firstArchive = 81
