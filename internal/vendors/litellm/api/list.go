// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// longestPage is the longest page of a list that the proxy gives.
const longestPage = 100

// page is one page of a list of keys.
type page struct {
	Keys  *[]*wireKey      `json:"keys"`
	Total apiclient.Number `json:"total_count"`
	Pages apiclient.Number `json:"total_pages"`
}

func (c *Client) page(ctx context.Context, query url.Values, number, size int) (*page, error) {
	q := url.Values{"page": {strconv.Itoa(number)}, "size": {strconv.Itoa(size)}, "return_full_object": {"true"}, "sort_by": {"created_at"}, "sort_order": {"asc"}}
	maps.Copy(q, query)
	return apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: opListKeys, Kind: apiclient.Read}, Method: http.MethodGet, Path: "/key/list", Query: q,
	}, func(answer *page) error {
		if answer.Keys == nil {
			return errNoList
		}
		if slices.ContainsFunc(*answer.Keys, func(w *wireKey) bool { return w == nil || w.all == nil }) {
			return errBare
		}
		return nil
	})
}

// listKeys walks the keys of a team, "" for all that the credential sees. Filters are
// applied here once more: an old proxy leaves out those that it does not know. A walk
// begins again when the number of keys changes meanwhile, because pages then shift.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (c *Client) listKeys(teamID, alias string) apiclient.Fetch[*Key] {
	query := url.Values{"include_team_keys": {"true"}} // an admin of a team sees only their own otherwise, whatever team is asked for
	if teamID != "" {
		query.Set("team_id", teamID)
	}
	if alias != "" {
		query.Set("key_alias", alias)
	}
	wanted := func(k *Key) bool {
		return !k.Deleted && (teamID == "" || k.TeamID == teamID || k.TeamID == "" && !k.NoTeam) && (alias == "" || SameAlias(alias, k.Alias))
	}
	return func(ctx context.Context, note func(string)) iter.Seq2[*Key, error] {
		total := -1
		return apiclient.Pages(ctx, apiclient.Walk[*Key]{
			Name: opListKeys, Size: longestPage, IDOf: func(k *Key) string { return k.Hash }, Note: note,
			Get: func(ctx context.Context, after string, size int) (out apiclient.Page[*Key], err error) {
				number := 1
				if before := 0; after != "" { // the cursor is the last page and its size
					_, _ = fmt.Sscanf(after, "%d/%d", &number, &before)
					number = number*before/size + 1
				}
				answer, err := c.page(ctx, query, number, size)
				if err != nil {
					return out, err
				}
				for _, row := range *answer.Keys {
					k, err := c.keyOf(row.Token, row)
					if err != nil {
						note("key " + k.Hash + " has a wrong time: " + strings.ReplaceAll(err.Error(), "\n", "; "))
					}
					if err := c.markOwn(ctx, k); err != nil {
						if ctx.Err() != nil {
							return out, err
						}
						note("it is not known whether key " + k.Hash + " has the user of the provider's own key: " + err.Error())
					}
					if row.Token == "" || wanted(k) {
						out.Items = append(out.Items, k)
					}
				}
				if now, ok := answer.Total.Count(); ok {
					out.Moved = after != "" && total >= 0 && total != now
					total = now
				}
				out.Last = fmt.Sprintf("%d/%d", number, size)
				full := len(*answer.Keys) >= size
				out.More = full
				if pages, ok := answer.Pages.Count(); ok {
					// A full page that does not end where the total says is not believed to be the last one.
					out.More = number < pages || full && total >= 0 && (number-1)*size+len(*answer.Keys) != total
				}
				return out, nil
			},
		})
	}
}

// Keys gives all keys of a team, "" for all that the credential sees, from the list that
// this process remembers.
func (c *Client) Keys(ctx context.Context, teamID string) (*List[*Key], error) {
	return c.keys.All(ctx, teamID, c.listKeys(teamID, ""))
}

// FreshKeys is [Client.Keys] past what is remembered, which the busy timeout does not cut
// short.
func (c *Client) FreshKeys(ctx context.Context, teamID string) (*List[*Key], error) {
	return c.keys.Fresh(apiclient.Patient(ctx), teamID, c.listKeys(teamID, ""))
}

// KeysAtStart is [Client.Keys] as this process first saw them, before its own writes.
func (c *Client) KeysAtStart(ctx context.Context, teamID string) (*List[*Key], error) {
	return c.keys.AtStart(ctx, teamID, c.listKeys(teamID, ""))
}

// WalkKeys walks the keys of a team page by page; note is told why some may be missing.
func (c *Client) WalkKeys(ctx context.Context, teamID string, note func(string)) iter.Seq2[*Key, error] {
	return func(yield func(*Key, error) bool) {
		for key, err := range c.keys.Walk(ctx, teamID, note, c.listKeys(teamID, "")) {
			if (err != nil || !key.Doubtful) && !yield(key, err) {
				return
			}
		}
	}
}

// nobody is a user that no proxy has.
const nobody = "orgkeys-nobody"

// SeesOthers fails with 401 or 403 where lists do not show the credential the keys of other users, as they show
// them to proxy admins. Older versions refuse to list the teams as well; newer ones show everybody their own.
func (c *Client) SeesOthers(ctx context.Context) error {
	_, err := c.others.Get(ctx, c.Now, func(ctx context.Context) (none struct{}, known bool, err error) {
		_, err = c.Teams(ctx)
		if err == nil {
			_, err = c.page(ctx, url.Values{"user_id": {nobody}}, 1, 1)
			if IsDenied(err) {
				switch views, unread := c.onlyViews(ctx); {
				case unread != nil:
					return none, false, unread
				case views:
					err = nil
				}
			}
		}
		return none, err == nil || IsDenied(err), err
	})
	return err
}

// onlyViews reports whether the credential is of a proxy admin who only views: lists show them every key, and
// refuse to list those of one other user. A proxy that does not show the credential its user has no such role.
func (c *Client) onlyViews(ctx context.Context) (bool, error) {
	answer, err := apiclient.JSON(ctx, c.http, apiclient.Request{
		Operation: apiclient.Operation{Name: "read the user of the API key", Kind: apiclient.Read}, Method: http.MethodGet, Path: "/user/info",
	}, apiclient.Anything[struct {
		Info struct {
			Role string `json:"user_role"`
		} `json:"user_info"`
	}])
	if IsDenied(err) || apierr.IsNotFound(err) {
		return false, nil
	}
	return err == nil && answer.Info.Role == "proxy_admin_viewer", err
}

// ByAlias finds the keys of an alias, past what is remembered: as a rule one. Where there is none, the proxy may
// have stored it in lower case.
func (c *Client) ByAlias(ctx context.Context, teamID, alias string) (found []*Key, err error) {
	exact := false
	for key, err := range c.listKeys(teamID, alias)(ctx, func(string) {}) {
		if err != nil {
			return nil, err
		}
		found, exact = append(found, key), exact || ident.SameName(alias, key.Alias)
	}
	if lower := strings.ToLower(alias); len(found) == 0 && lower != alias {
		return c.ByAlias(ctx, teamID, lower)
	}
	if exact { // a list that an admin of a team gets has the others too
		found = slices.DeleteFunc(found, func(k *Key) bool { return !ident.SameName(alias, k.Alias) })
	}
	return found, nil
}

// AliasShown says whether the answer has the key's alias, or that it has none.
func (k Key) AliasShown() bool {
	_, shown := k.Fields["key_alias"]
	return shown
}

// EndShown says whether the answer has when the key expires, or that it never does.
func (k Key) EndShown() bool {
	_, shown := k.Fields["expires"]
	return shown
}

// PlaceKnown says whether it is shown in which team a key is, or that it is in none.
func (k Key) PlaceKnown() bool { return k.TeamID != "" || k.NoTeam }

// KeyWherever is [Client.Key] of a key whose team is not known, which a remembered list may
// show.
func (c *Client) KeyWherever(ctx context.Context, hash string) (Key, error) {
	return apiclient.ValueOf(c.keys.Wherever(ctx, hash, func(byID map[string]*Key) []*Key {
		if k, there := byID[hash]; there && k.PlaceKnown() {
			return []*Key{k}
		}
		return nil
	}, func(ctx context.Context, many bool) (*Key, error) {
		k, err := c.Key(ctx, "", hash, time.Time{})
		return c.beside(ctx, &k, many), err
	}))
}

// AliasWherever finds the key of an alias whose team is not known, which a remembered list may
// show. The error says that there is none or several.
func (c *Client) AliasWherever(ctx context.Context, alias string) (Key, error) {
	return apiclient.ValueOf(c.keys.Wherever(ctx, alias, func(byID map[string]*Key) (found []*Key) {
		for _, k := range byID {
			if ident.SameName(alias, k.Alias) && k.PlaceKnown() { // in lower case it is another key, unless a look finds none
				found = append(found, k)
			}
		}
		return found
	}, func(ctx context.Context, many bool) (*Key, error) {
		all, err := c.ByAlias(ctx, "", alias)
		switch {
		case err != nil:
			return nil, err
		case len(all) == 0:
			return nil, &apierr.Gone{What: fmt.Sprintf("a key with the alias %q", alias), Why: "the proxy at " + c.base + " shows none", Never: true}
		case len(all) > 1:
			return nil, fmt.Errorf("keys %s and %s both have the alias %q: import one by its hash", all[0].Hash, all[1].Hash, alias)
		}
		return c.beside(ctx, all[0], many), nil
	}))
}

// beside gives a key after its team's keys were listed, if many are asked for.
func (c *Client) beside(ctx context.Context, k *Key, many bool) *Key {
	if many && k.PlaceKnown() {
		_, _ = c.Keys(ctx, k.TeamID)
	}
	return k
}
