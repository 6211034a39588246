// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// slow is a server whose every answer asks for two minutes, to a client that waits ten
// seconds.
func slow(t *testing.T, status int, times int) *world {
	t.Helper()
	w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = 10 * time.Second })
	w.know()
	w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: status, RetryAfter: 2 * time.Minute, Times: times})
	return w
}

var waiting = map[string]func(*world) error{
	"read": (*world).readKey,
	"list": func(w *world) error { _, err := w.client.Keys(w.t.Context(), w.project); return err },
	"mint": func(w *world) error { _, err := w.mint(); return err },
	"end": func(w *world) error {
		_, err := w.client.EndKeyAt(w.t.Context(), w.project, w.key, start.Add(time.Hour))
		return err
	},
}

// A wait that would end after the busy timeout is no wait at all.
func TestRetryAfterBeyondTheBusyTimeout(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		for name, do := range waiting {
			if status == 503 && name == "mint" {
				continue // its outcome is unknown
			}
			w := slow(t, status, 0)
			err := do(w)
			failed, _ := apierr.As(err)
			if failed == nil || failed.Status != status {
				t.Fatalf("%s: got %v, want the %d", name, err, status)
			}
			contains(t, failed.Hint, "Retry-After", "2m", "openai.busy_timeout", "10s")
			if slept := w.clock.Slept(); slept != 0 {
				t.Errorf("%s %d: waited %s", name, status, slept)
			}
			w.count("", 1)
		}
	}
}

// A pause that the server asked another call for holds nothing up that it is too long for,
// whether that was refused itself or not. Shorter ones, and the queue, are waited for.
func TestPauseBeyondTheBusyTimeout(t *testing.T) {
	t.Parallel()
	for name, do := range waiting {
		w := slow(t, 429, 1)
		if err := w.client.SetKeyScopes(t.Context(), w.project, w.key, nil); apierr.Status(err) != 429 {
			t.Fatalf("got %v, want the 429", err)
		}
		failed := failure(t, do(w), apierr.NotSent)
		contains(t, failed.Hint, "Retry-After to another request", "2m", "openai.busy_timeout", "10s", "Nothing was sent")
		w.count("", 1)
		if slept := w.clock.Slept(); slept != 0 {
			t.Errorf("%s: waited %s", name, slept)
		}
		w.advance(111 * time.Second) // nine are left
		ok(t, do(w))
		if slept := w.clock.Slept(); slept < 8*time.Second || slept > 10*time.Second {
			t.Errorf("%s: waited %s, want the rest of the server's two minutes", name, slept)
		}
	}
	// What a recovery does has more time.
	w := slow(t, 429, 1)
	_ = w.readKey()
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
}

// A look after a lost create does not sleep away its time for a pause that ends after it.
func TestPauseBeyondTheEndOfARecovery(t *testing.T) {
	t.Parallel()
	lost := func(operation string) *world {
		w := begin(t, openaisim.Options{})
		w.know()
		w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 503, RetryAfter: 10 * time.Minute, Times: 1})
		return w
	}
	idle := func(w *world) {
		t.Helper()
		if slept := w.clock.Slept(); slept != 0 {
			t.Errorf("waited %s", slept)
		}
		w.count("", 1)
	}
	w := lost(openaisim.OpProjectsCreate)
	_, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "app"})
	contains(t, failure(t, err, apierr.Unknown).Hint, "Looking for it failed too", "asks to wait 10m", "3m", "terraform import")
	idle(w)

	w = lost(openaisim.OpServiceAccountKeysCreate)
	_, err = w.mint()
	_ = failure(t, err, apierr.Unknown)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	_, err = w.client.FreshKeys(ctx, w.project)
	failed := failure(t, err, apierr.NotSent)
	contains(t, failed.Error(), "asks to wait 10m", "3m")
	contains(t, failed.Hint, "Retry-After to another request", "10m", "3m", "Try again later")
	if strings.Contains(failed.Hint, "busy_timeout") {
		t.Errorf("%s: busy_timeout is not what ends it", failed.Hint)
	}
	idle(w)

	// A refusal of its own asks for too long.
	w = begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429, RetryAfter: 4 * time.Minute})
	_, err = w.client.FreshKeys(ctx, w.project)
	contains(t, failure(t, err, apierr.Refused).Hint, "4m", "3m", "Try again later")
	idle(w)
}

// What was begun is settled, however short the busy timeout is.
func TestRecoveryHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation string
		do        func(*world) error
	}{
		"revoke": {openaisim.OpAPIKeysDelete, func(w *world) error { return w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}) }},
		"look":   {openaisim.OpAPIKeysList, func(w *world) error { _, err := w.client.FreshKeys(t.Context(), w.project); return err }},
		"look for a project": {openaisim.OpProjectsList, func(w *world) error {
			w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.CutAfter, Times: 1})
			_, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "app"})
			return err
		}},
	} {
		w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = 10 * time.Second })
		w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: 429, RetryAfter: 2 * time.Minute, Times: 1})
		if err := c.do(w); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: 429, RetryAfter: 4 * time.Minute})
		if err := c.do(w); err == nil {
			t.Errorf("%s: no end to the waiting", name)
		}
	}
}

// rowsOf serves a key list of n rows (0 = without end) of that size.
func rowsOf(t *testing.T, n, size int, pages *int) *api.Client {
	t.Helper()
	return rowsSaying(t, n, size, pages, func(more bool) string { return fmt.Sprintf(`"has_more":%t,`, more) })
}

// rowsSaying is [rowsOf] where a page says by these fields whether there is more.
func rowsSaying(t *testing.T, n, size int, pages *int, says func(more bool) string) *api.Client {
	t.Helper()
	rest := `","name":"` + strings.Repeat("n", size) + `","owner_project_access":"active"}`
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		*pages++
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		from, _ := strconv.Atoi(r.URL.Query().Get("after"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"object":"list","data":[`)
		to := from + limit
		if n > 0 {
			to = min(to, n)
		}
		for id := from + 1; id <= to; id++ {
			if id > from+1 {
				_, _ = io.WriteString(w, ",")
			}
			_, _ = io.WriteString(w, `{"id":"`+strconv.Itoa(id))
			_, _ = io.WriteString(w, rest)
		}
		_, _ = fmt.Fprintf(w, `],%s"last_id":"%d"}`, says(n == 0 || to < n), to)
	})
}

func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	pages := 0
	_, err := rowsOf(t, 0, 20_000, &pages).Keys(t.Context(), "proj_1")
	if !errors.Is(err, apiclient.ErrListTooLarge) {
		t.Errorf("got %v, want ErrListTooLarge", err)
	}
	contains(t, failure(t, err, apierr.Refused).Hint, "no end")
	if pages > 40 {
		t.Errorf("%d pages of two megabytes were read", pages)
	}
}

func TestLongListsAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, size, most int }{
		{10_000, 100, 100},
		{100, 90_000, 11},   // a page of a hundred is too large, ten fit
		{10, 1_000_000, 12}, // one fits
	} {
		pages := 0
		list, err := rowsOf(t, c.n, c.size, &pages).Keys(t.Context(), "proj_1")
		ok(t, err)
		if len(list.ByID) != c.n || pages > c.most {
			t.Errorf("%d rows of %d bytes: read %d in %d pages, want at most %d", c.n, c.size, len(list.ByID), pages, c.most)
		}
	}
	pages := 0
	_, err := rowsOf(t, 3, 9<<20, &pages).Keys(t.Context(), "proj_1")
	if !errors.Is(err, apiclient.ErrListTooLarge) {
		t.Errorf("rows larger than an answer may be: got %v", err)
	}
}

// A page that does not say whether there is more is the last one only if it shows nothing new.
func TestPagesWithoutHasMore(t *testing.T) {
	t.Parallel()
	for _, says := range []string{"", `"has_more":null,`} {
		for name, count := range map[string]func(*api.Client) (int, error){
			"keys": func(c *api.Client) (int, error) {
				list, err := c.Keys(t.Context(), "proj_1")
				return len(list.ByID), err
			},
			"accounts": func(c *api.Client) (int, error) {
				list, err := c.ServiceAccounts(t.Context(), "proj_1")
				return len(list.ByID), err
			},
			"projects": func(c *api.Client) (n int, last error) {
				for _, err := range c.Projects(t.Context(), false, func(string) {}) {
					n, last = n+1, err
				}
				return n, last
			},
			"admin keys": func(c *api.Client) (int, error) {
				list, err := c.AdminKeys(t.Context())
				return len(list.ByID), err
			},
		} {
			pages := 0
			n, err := count(rowsSaying(t, 150, 10, &pages, func(bool) string { return says }))
			if err != nil || n != 150 || pages != 3 {
				t.Errorf("%s that say %q: %d in %d pages, %v", name, says, n, pages, err)
			}
		}
	}
}

// A DELETE that finds nothing proves nothing.
func TestDeletesThatAnswer404(t *testing.T) {
	t.Parallel()
	for operation, do := range map[string]func(*world) error{
		openaisim.OpAPIKeysDelete: func(w *world) error { return w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}) },
		openaisim.OpServiceAccountsDelete: func(w *world) error {
			return w.client.DeleteServiceAccount(t.Context(), w.project, w.account, time.Time{})
		},
		openaisim.OpProjectsArchive:    func(w *world) error { return w.client.ArchiveProject(t.Context(), w.project) },
		openaisim.OpAdminAPIKeysDelete: func(w *world) error { return w.client.RevokeAdminKey(t.Context(), w.sim.AdminKeyID(), time.Time{}) },
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			w.advance(time.Hour) // nothing is young
			before := w.clock.Slept()
			w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 404})
			err := do(w)
			contains(t, failure(t, err, apierr.Refused).Error(), "still exists", "404")
			notGone(t, err)
			if looked := w.clock.Slept() - before; looked != 10*time.Second {
				t.Errorf("looked for %s, want ten seconds", looked)
			}
			// Gone meanwhile: the look shows it.
			w.sim.ClearFaults()
			ok(t, do(w))
			w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 404})
			if operation != openaisim.OpAdminAPIKeysDelete { // that was the client's own key
				ok(t, do(w))
			}
		})
	}
}

// Right after its mint a key may not be found yet, neither to delete nor to read.
func TestYoungKeyIsRevokedForCertain(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	minted, err := w.mint()
	ok(t, err)
	w.sim.Inject(
		simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: 404, Times: 2},
		simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: 404},
	)
	ok(t, w.client.RevokeKey(t.Context(), w.project, minted.ID, time.Time{}))
	if w.sim.Valid(minted.Value.Reveal()) {
		t.Error("the key is alive, and said to be revoked")
	}
}

// Keys that are gone already cost a look each only at first.
func TestManyDeletesOfWhatIsGone(t *testing.T) {
	t.Parallel()
	const n = 40
	w := begin(t, openaisim.Options{})
	var ids []string
	for range n {
		id, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account, Name: "k"})
		ids = append(ids, id)
	}
	w.advance(time.Hour)
	_, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	for _, id := range ids {
		w.sim.RevokeKey(id)
	}
	w.sim.ResetJournal()
	for _, id := range ids {
		ok(t, w.client.RevokeKey(t.Context(), w.project, id, time.Time{}))
	}
	if extra := w.sim.Count("") - n; extra > 5 {
		t.Errorf("%d requests beside the %d deletes", extra, n)
	}
}

// A gateway's page to a DELETE proves nothing either.
func TestDeleteAnsweredByAPage(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.Method != http.MethodDelete {
			return next.RoundTrip(r)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader("<html><title>Login</title>")), Request: r}, nil
	}))
	err := w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})
	contains(t, fmt.Sprint(err), "not the API's answer", "Login")
	w.sim.RevokeKey(w.key)
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
}

// Where keys of accounts cannot be deleted they are made to expire, for every caller.
func TestKeyThatCannotBeDeletedExpires(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{Policy: openaisim.Policy{NoServiceAccountKeyDelete: true}})
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})) // whether a clock is known or not
	if end := w.sim.Keys()[0].ExpiresAt; end.IsZero() || end.After(start.Add(3*time.Second)) {
		t.Errorf("the key ends at %s", end)
	}
	w.advance(time.Minute)
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})) // an expired key can be neither deleted nor changed
}

// An expiry that changes nothing revokes nothing; one whose answer shows the key as it was
// does.
func TestKeyThatNeitherDeletesNorExpires(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{Policy: openaisim.Policy{NoServiceAccountKeyDelete: true}})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.FormerAnswer, Times: 1})
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
	w = begin(t, openaisim.Options{Policy: openaisim.Policy{NoServiceAccountKeyDelete: true, KeyUpdateIgnored: true}})
	err := w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})
	contains(t, fmt.Sprint(err), "could not be made to expire either", "its expiry is unchanged")
	if key := w.sim.Keys()[0]; !key.ExpiresAt.IsZero() {
		t.Errorf("the key ends at %s", key.ExpiresAt)
	}
}

func TestOwnerFilter(t *testing.T) {
	t.Parallel()
	refuse := func(status int, body string) configure {
		return through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if !r.URL.Query().Has("owner_project_access") {
				return next.RoundTrip(r)
			}
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
	}
	for name, change := range map[string]configure{
		"named":   refuse(400, `{"error":{"message":"Unknown query parameter","param":"owner_project_access"}}`),
		"unnamed": refuse(400, `{"error":{"message":"Bad request"}}`),
		"422":     refuse(422, `{"detail":"extra"}`),
		"ignored": altered(func(_ *http.Request, body object) {
			data, _ := body["data"].([]any)
			for _, one := range data {
				delete(one.(object), "owner_project_access")
			}
		}),
	} {
		w := begin(t, openaisim.Options{}, change)
		other := w.sim.SeedProject("other")
		account := w.sim.SeedServiceAccount(other, "a", "member")
		w.sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: "b"})
		for _, project := range []string{w.project, other} {
			list, err := w.client.Keys(t.Context(), project)
			ok(t, err)
			if len(list.ByID) != 1 || len(list.Incomplete) != 1 || !strings.Contains(list.Incomplete[0], "owner_project_access") {
				t.Errorf("%s: got %d keys, incomplete %v", name, len(list.ByID), list.Incomplete)
			}
		}
	}
	// One refusal is no knowledge.
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 400, Times: 1})
	list, err := w.client.Keys(t.Context(), w.project)
	if err != nil || len(list.Incomplete) != 0 {
		t.Errorf("got %+v, %v, want the whole list", list, err)
	}
}

// A key that a read finds and the list does not show says that the list leaves some out.
func TestKeyThatTheListLeavesOut(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		q := r.URL.Query()
		q.Del("owner_project_access")
		r.URL.RawQuery = q.Encode()
		return next.RoundTrip(r)
	}))
	idle := w.sim.SeedServiceAccount(w.project, "idle", "none")
	hidden, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: idle, Name: "hidden"})
	list, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, listed := list.ByID[hidden]; listed || len(list.Incomplete) > 0 {
		t.Fatalf("got %+v: the server of this test is wrong", list)
	}
	_, err = w.client.Key(t.Context(), w.project, hidden, time.Time{})
	ok(t, err)
	for _, read := range []func() (*api.List[*api.APIKey], error){
		func() (*api.List[*api.APIKey], error) { return w.client.Keys(t.Context(), w.project) },
		func() (*api.List[*api.APIKey], error) { return w.client.FreshKeys(t.Context(), w.project) },
	} {
		list, err := read()
		ok(t, err)
		if !slices.ContainsFunc(list.Incomplete, func(why string) bool { return strings.Contains(why, hidden) }) {
			t.Errorf("incomplete is %v, want it to name %s", list.Incomplete, hidden)
		}
	}
}

// To find out that a list has no end costs a thousand requests: once in a process.
func TestListWithoutEndIsReadOnce(t *testing.T) {
	t.Parallel()
	pages := 0
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		pages++
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":[{"id":"key_%d","owner_project_access":"active"}],"has_more":true}`, pages)
	})
	_, err := client.Keys(t.Context(), "proj_1")
	if !errors.Is(err, apiclient.ErrListTooLarge) || pages > 1010 {
		t.Fatalf("got %v after %d pages", err, pages)
	}
	found := pages
	for name, ask := range map[string]func() error{
		"again": func() error { _, err := client.Keys(t.Context(), "proj_1"); return err },
		"fresh": func() error { _, err := client.FreshKeys(t.Context(), "proj_1"); return err },
		"walk": func() (err error) {
			for _, err = range client.WalkKeys(t.Context(), "proj_1", quiet) {
			}
			return err
		}, //nolint:revive // walked for its error
		"at start": func() error { _, err := client.KeysAtStart(t.Context(), "proj_1"); return err },
	} {
		if err := ask(); name != "at start" && !errors.Is(err, api.ErrNoList) || pages != found {
			t.Errorf("%s: got %v after %d more pages", name, err, pages-found)
		}
	}
	if _, err := client.KeysAtStart(t.Context(), "proj_2"); !errors.Is(err, apiclient.ErrListTooLarge) || pages == found {
		t.Errorf("another project: got %v after %d more pages", err, pages-found)
	}
}

// A server that takes no notice of the cursor.
func TestListThatShowsNothingNew(t *testing.T) {
	t.Parallel()
	requests := 0
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":[{"id":"key_1","owner_project_access":"active"}],"has_more":true,"last_id":"c%d"}`, requests)
	})
	for range 2 {
		_, err := client.Keys(t.Context(), "proj_1")
		if !errors.Is(err, apiclient.ErrListStuck) || !errors.Is(err, api.ErrNoList) || requests > 8 {
			t.Errorf("got %v after %d requests", err, requests)
		}
	}
}

// A server that has shown no key may take no notice of the filter: an empty list says
// nothing then. As soon as a key was seen, it is known.
func TestEmptyListsWhereTheFilterIsUnknown(t *testing.T) {
	t.Parallel()
	hide := altered(func(_ *http.Request, body object) {
		delete(body, "owner_project_access")
		data, _ := body["data"].([]any)
		for _, one := range data {
			delete(one.(object), "owner_project_access")
		}
	})
	for name, c := range map[string]struct {
		change     configure
		after      func(*world) // what happens beside the empty list
		unseen     bool
		incomplete bool // the list of an empty project, read again
	}{
		"nothing seen":       {func(*api.Config) {}, func(*world) {}, true, false},
		"a list showed it":   {func(*api.Config) {}, func(w *world) { _, err := w.client.Keys(t.Context(), w.project); ok(t, err) }, false, false},
		"a read showed it":   {func(*api.Config) {}, func(w *world) { ok(t, w.readKey()) }, false, false},
		"a list lacks it":    {hide, func(w *world) { _, err := w.client.Keys(t.Context(), w.project); ok(t, err) }, false, true},
		"a read may lack it": {hide, func(w *world) { ok(t, w.readKey()) }, true, false},
	} {
		w := begin(t, openaisim.Options{}, c.change)
		empty := w.sim.SeedProject("empty")
		if why := w.client.Unseen(); why != "" {
			t.Errorf("%s: before any list: %s", name, why)
		}
		list, err := w.client.Keys(t.Context(), empty)
		ok(t, err)
		if len(list.ByID)+len(list.Incomplete) > 0 {
			t.Errorf("%s: got %+v", name, list)
		}
		c.after(w)
		if why := w.client.Unseen(); (why != "") != c.unseen || c.unseen && !strings.Contains(why, "owner_project_access") {
			t.Errorf("%s: unseen is %q", name, why)
		}
		list, err = w.client.FreshKeys(t.Context(), empty)
		ok(t, err)
		if (len(list.Incomplete) > 0) != c.incomplete {
			t.Errorf("%s: incomplete is %v", name, list.Incomplete)
		}
	}
}
