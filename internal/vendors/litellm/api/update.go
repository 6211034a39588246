// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// UpdateKey changes what fields name; nil clears. A proxy may give the key another alias than it was asked for: only one
// that is unchanged is an error. [apierr.Gone] as for [Client.Key].
func (c *Client) UpdateKey(ctx context.Context, teamID, hash string, fields map[string]any) (Key, error) {
	before, known := c.aliases.Load(hash)
	k, err := c.set(ctx, teamID, hash, fields)
	alias, renamed := fields["key_alias"].(string)
	unchanged := err == nil && renamed && k.AliasShown() && !SameAlias(alias, k.Alias) && (!known || before == k.Alias)
	if unchanged && strings.HasSuffix(strings.ToLower(k.Alias), strings.ToLower(alias)) {
		return c.renameAgain(ctx, teamID, &k, alias)
	}
	if unchanged {
		err = c.unrenamed(ctx, &k)
	}
	return k, err
}

// renameAgain finds out why a key already has an alias that ends with the one that it was asked for. A proxy that puts
// something before aliases may have done it in an attempt before, and takes another one too; one that ignores renames
// does not.
func (c *Client) renameAgain(ctx context.Context, teamID string, k *Key, alias string) (Key, error) {
	other, err := c.set(ctx, teamID, k.Hash, map[string]any{"key_alias": alias + "-" + k.Hash[:8]})
	if IsAliasRefused(err) {
		return *k, nil // only a warning then says how it is called
	}
	if err != nil {
		return *k, err
	}
	again, err := c.set(ctx, teamID, k.Hash, map[string]any{"key_alias": alias})
	if err == nil && other.Alias == k.Alias {
		err = c.unrenamed(ctx, k)
	}
	return again, err
}

func (c *Client) set(ctx context.Context, teamID, hash string, fields map[string]any) (Key, error) {
	body := maps.Clone(fields)
	body["key"] = hash
	return c.update(ctx, teamID, hash, same(body))
}

// unrenamed is the error for a rename that was answered, and that the key does not show.
func (c *Client) unrenamed(ctx context.Context, k *Key) error {
	return apierr.AfterChange(&apierr.Error{ // a replica may lag
		Operation: opUpdateKey, Hint: c.tooOld(ctx),
		Message: fmt.Sprintf("the proxy answered that key %s is renamed, and its alias is still %q", k.Hash, k.Alias),
	})
}

// SameAlias reports whether a proxy that may store aliases in lower case shows ours as shown. A part of ours is
// not the same: the present alias often begins the next one.
func SameAlias(ours, shown string) bool {
	return ident.SameName(strings.ToLower(ours), strings.ToLower(shown))
}

// update sends an update and reads the key again: answers are not documented, and a 404
// may be about a team, or a passing fault.
func (c *Client) update(ctx context.Context, teamID, hash string, body func(time.Time) (any, error)) (Key, error) {
	defer c.drop(teamID)
	there := false
	_, err := apiclient.Changed("key "+hash, func() (*struct{}, error) {
		answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
			Operation: apiclient.Operation{Name: opUpdateKey, Kind: apiclient.Update, Ack: true, Body: body}, Method: http.MethodPost, Path: "/key/update",
		}, apiclient.Anything[struct{}])
		return answer, asMissing(err)
	}, func() (*struct{}, error) {
		_, err := c.Key(ctx, teamID, hash, time.Time{})
		there = err == nil
		return nil, err
	})
	if there && apierr.IsNotFound(err) {
		return Key{}, apierr.Hinted(err, c.tooOld(ctx))
	}
	if err != nil {
		return Key{}, err
	}
	k, err := c.Key(ctx, teamID, hash, time.Time{})
	return k, apierr.AfterChange(err)
}

// tooOld is the hint for updates that an old proxy does not carry out.
func (c *Client) tooOld(ctx context.Context) string {
	return "Try again. Versions before April 2026 hash the id of a key a second time, and then find no key. The version of this proxy is " + cmp.Or(secret.Scrub(c.askVersion(ctx)), "not known") + ": update the proxy if it is older."
}
