// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

var start = time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC)

func begin(t *testing.T, o litellmsim.Options) (*litellmsim.Server, *api.Client) {
	t.Helper()
	o.Clock = simkit.NewClock(start)
	s, own := litellmsim.Start(t, o), clock.NewFake(start)
	own.OnSleep = s.Clock().Advance
	return s, api.New(apiclient.Config{BaseURL: s.URL(), Credential: secret.New(s.AdminKey()), UserAgent: "orgkeys/test", Clock: own})
}

// A refusal is read in every form that the proxy or its framework gives it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":{"message":"plain words","type":"internal_server_error","param":"None","code":"400"}}`: "plain words (HTTP 400",
		`{"error":{"message":"{'error': 'No keys found'}","type":"internal_server_error","code":"400"}}`: "No keys found (HTTP 400",
		`{"error":"bare text"}`:              "bare text",
		`{"detail":{"error":"inner words"}}`: "inner words",
		`{"detail":"detail words"}`:          "detail words",
		`{"detail":[{"loc":["query","size"],"msg":"too large","type":"value_error"}]}`: "query, size: too large",
		`<html><title>Bad Gateway</title></html>`:                                      "Bad Gateway",
	} {
		s, c := begin(t, litellmsim.Options{})
		s.Inject(simkit.Fault{Operation: litellmsim.OpGetTeam, Kind: simkit.StatusBefore, Status: 400, Body: body})
		if _, err := c.Team(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", body, err)
		}
	}
}

// The secret that the proxy repeats in an error about an expired credential is not passed on.
func TestExpiredCredential(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{Policy: litellmsim.Policy{Expired: true}})
	_, err := c.Keys(t.Context(), "")
	failed, ok := apierr.As(err)
	if !ok || !strings.Contains(failed.Hint, "has expired") || strings.Contains(fmt.Sprintf("%+v", *failed), s.AdminKey()) {
		t.Errorf("got %v", err)
	}
}

// A list is whole although its pages shift, an old proxy knows no filter, and a team's list
// has nothing of others.
// A full page that shows more keys than the answer counts is not the last one.
func TestMoreKeysThanCounted(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	for range 5 {
		s.SeedKey(litellmsim.Key{})
	}
	s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.EndlessList, Times: 2})
	all, err := c.Keys(t.Context(), "")
	if err != nil || len(all.ByID) != 200 || s.Count(litellmsim.OpListKeys) != 3 {
		t.Errorf("%d keys of %d pages, %v", len(all.ByID), s.Count(litellmsim.OpListKeys), err)
	}
	for range 95 {
		s.SeedKey(litellmsim.Key{})
	}
	s.ResetJournal()
	all, err = c.FreshKeys(t.Context(), "")
	if err != nil || len(all.ByID) != 100 || s.Count(litellmsim.OpListKeys) != 1 {
		t.Errorf("%d keys of %d pages, %v: a full page that ends where the count does is the last one", len(all.ByID), s.Count(litellmsim.OpListKeys), err)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 7} {
		s, c := begin(t, litellmsim.Options{MaxPage: size})
		team := s.SeedTeam("a")
		for i := range 12 {
			s.SeedKey(litellmsim.Key{Alias: fmt.Sprint("k", i), TeamID: []string{"", team}[i%2]})
		}
		all, err := c.Keys(t.Context(), "")
		if err != nil || len(all.ByID) != 12 || len(all.Incomplete) != 0 {
			t.Errorf("%d keys, %v", len(all.ByID), err)
		}
		some, err := c.Keys(t.Context(), team)
		if err != nil || len(some.ByID) != 6 {
			t.Errorf("%d keys, %v", len(some.ByID), err)
		}
	}
	s, c := begin(t, litellmsim.Options{MaxPage: 2})
	first, _ := s.SeedKey(litellmsim.Key{})
	for range 5 {
		s.SeedKey(litellmsim.Key{})
	}
	s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Times: 1, Notify: func() { s.DeleteKey(first) }})
	all, err := c.Keys(t.Context(), "") // the second page passes one over
	if err != nil || len(all.ByID) != 6 {
		t.Errorf("%d keys, %v", len(all.ByID), err)
	}
	s.ClearFaults()
	s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Body: `{"keys":["0123"]}`})
	if _, err := c.FreshKeys(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "hashes, not keys") {
		t.Errorf("got %v", err)
	}
}

// An admin of a team sees the keys of the team, whether these are asked for by team, by alias or with all others.
func TestListsOfATeamAdmin(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, litellmsim.Options{})
	team := s.SeedTeam("a")
	_, plain := s.SeedKey(litellmsim.Key{Alias: "lead", UserID: "user-lead", AdminOf: team})
	hash, _ := s.SeedKey(litellmsim.Key{Alias: "x", TeamID: team})
	s.SeedKey(litellmsim.Key{Alias: "y", TeamID: s.SeedTeam("b")})
	c := api.New(apiclient.Config{BaseURL: s.URL(), Credential: secret.New(plain), UserAgent: "orgkeys/test", Clock: clock.NewFake(start)})
	for id, want := range map[string]int{team: 1, "": 2} {
		if all, err := c.Keys(t.Context(), id); err != nil || len(all.ByID) != want || all.ByID[hash].Alias != "x" {
			t.Errorf("of %q: %d keys, %v", id, len(all.ByID), err)
		}
	}
	if found, err := c.ByAlias(t.Context(), team, "x"); err != nil || len(found) != 1 || found[0].Hash != hash {
		t.Errorf("by alias: %+v, %v", found, err)
	}
}

// A key is gone where the archive, its team or an old proxy prove it, and nowhere else.
func TestGone(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		older, inTeam, archived, neighbour, living, forgets bool
		version                                             string
		gone                                                bool
	}{
		"behind others in an archive that only lists show": {archived: true, neighbour: true, forgets: true, gone: true},
		"not in an archive that only lists show":           {neighbour: true, forgets: true},

		"in the archive":                                {archived: true, gone: true},
		"not in an archive that has others":             {neighbour: true},
		"not in an empty archive":                       {},
		"not in the empty archive of a proxy with keys": {living: true, version: `{"litellm_version":"1.80.0"}`},
		"an old proxy with keys":                        {older: true, living: true, gone: true},
		"the first version with an archive":             {version: `{"litellm_version":"1.81.0"}`},

		"unknown version":                 {older: true, version: "{}"},
		"an old proxy by its version":     {older: true, gone: true},
		"an old proxy by its list":        {older: true, neighbour: true, version: "{}", gone: true},
		"under its team":                  {inTeam: true, gone: true},
		"under its team, on an old proxy": {inTeam: true, older: true, gone: true},
	} {
		s, client := begin(t, litellmsim.Options{Policy: litellmsim.Policy{Older: c.older, InfoForgets: c.forgets}})
		hash, team := strings.Repeat("0", 64), ""
		if c.inTeam {
			team = s.SeedTeam("a")
		}
		if c.neighbour {
			other, _ := s.SeedKey(litellmsim.Key{})
			s.SeedKey(litellmsim.Key{})
			s.DeleteKey(other)
		}
		if c.living {
			s.SeedKey(litellmsim.Key{})
		}
		if c.archived {
			hash, _ = s.SeedKey(litellmsim.Key{})
			s.DeleteKey(hash)
		}
		if c.version != "" {
			s.Inject(simkit.Fault{Operation: litellmsim.OpHealth, Kind: simkit.Altered, Body: c.version})
		}
		_, err := client.Key(t.Context(), team, hash, time.Time{})
		if apierr.IsGone(err) != c.gone || !c.gone && !strings.Contains(fmt.Sprint(hintOf(err)), s.URL()) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s, client := begin(t, litellmsim.Options{})
	if _, err := client.Key(t.Context(), "team-nope", strings.Repeat("0", 64), time.Time{}); apierr.IsGone(err) || !strings.Contains(hintOf(err), s.URL()) {
		t.Errorf("an unknown team: %v", err)
	}
	for _, status := range []int{http.StatusForbidden, http.StatusInternalServerError} {
		s, client = begin(t, litellmsim.Options{})
		s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.StatusBefore, Status: status})
		if _, err := client.KeyWherever(t.Context(), strings.Repeat("0", 64)); apierr.IsGone(err) || !strings.Contains(hintOf(err), s.URL()) || apierr.Status(err) != http.StatusNotFound {
			t.Errorf("an archive that is not shown (%d): %v", status, err)
		}
	}
	s, client = begin(t, litellmsim.Options{Policy: litellmsim.Policy{Older: true}})
	hash, _ := s.SeedKey(litellmsim.Key{})
	s.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.NotFoundBefore})
	if _, err := client.Key(t.Context(), "", hash, time.Time{}); err == nil || apierr.IsGone(err) || !strings.Contains(hintOf(err), "contradicts itself") {
		t.Errorf("a key that only the list shows: %v", err)
	}
}

func hintOf(err error) string {
	if failed, ok := apierr.As(err); ok {
		return failed.Hint
	}
	return ""
}

// An end is rounded up, counts from when the request has its turn, and never revives a key.
func TestEnd(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	hash, _ := s.SeedKey(litellmsim.Key{})
	if _, err := c.Keys(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	s.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 429, RetryAfter: time.Minute, Times: 1})
	end := start.Add(time.Hour + 300*time.Millisecond)
	got, err := c.EndKey(t.Context(), "", hash, end)
	if late := got.ExpiresAt.Sub(end); err != nil || late < 0 || late > 2*time.Second {
		t.Errorf("ends %s late, %v", late, err)
	}
	if _, err := c.EndKey(t.Context(), "", hash, start); err == nil {
		t.Error("an end in the past was sent")
	}
}

// An end is taken away from a key in the way that the proxy understands.
func TestNeverEnd(t *testing.T) {
	t.Parallel()
	for nulled, sent := range map[bool]int{false: 1, true: 2} {
		s, c := begin(t, litellmsim.Options{Policy: litellmsim.Policy{EndNulled: nulled}})
		hash, _ := s.SeedKey(litellmsim.Key{ExpiresAt: start.Add(time.Hour)})
		if err := c.NeverEnd(t.Context(), "", hash); err != nil || !s.Keys()[0].ExpiresAt.IsZero() || s.Count(litellmsim.OpUpdateKey) != sent {
			t.Errorf("nulled %v: %v, it expires at %s, after %d updates", nulled, err, s.Keys()[0].ExpiresAt, s.Count(litellmsim.OpUpdateKey))
		}
	}
}

// A proxy that refuses one way is asked in the other; one that keeps the end is an error.
func TestNeverEndRefused(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	hash, _ := s.SeedKey(litellmsim.Key{ExpiresAt: start.Add(time.Hour)})
	s.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 400, Times: 1, Body: `{"error":{"message":"invalid duration"}}`})
	if err := c.NeverEnd(t.Context(), "", hash); err != nil || !s.Keys()[0].ExpiresAt.IsZero() {
		t.Errorf("%v, it expires at %s", err, s.Keys()[0].ExpiresAt)
	}
	hash, _ = s.SeedKey(litellmsim.Key{ExpiresAt: start.Add(time.Hour)})
	s.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 400, Body: `{"error":{"message":"invalid duration"}}`})
	if err := c.NeverEnd(t.Context(), "", hash); err == nil {
		t.Error("a key that still ends is no error")
	}
}

// The clock of a proxy before the proxy does not count: an end is not moved by it.
func TestEndAfterAStrangersAnswer(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	hash, _ := s.SeedKey(litellmsim.Key{})
	if _, err := c.Keys(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	s.Inject(simkit.Fault{
		Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 503, Times: 1, ContentType: "text/html", Body: "<html><title>Maintenance</title>",
		Header: map[string]string{"Date": start.Add(2 * time.Hour).Format(http.TimeFormat)},
	})
	end := start.Add(24 * time.Hour)
	got, err := c.EndKey(t.Context(), "", hash, end)
	if late := got.ExpiresAt.Sub(end); err != nil || late < 0 || late > 3*time.Second || s.Count(litellmsim.OpUpdateKey) != 2 {
		t.Errorf("ends %s late, %v", late, err)
	}
}

// One 404 about a key proves nothing, also where this run has seen the key, and after a change.
func TestNotFoundOnce(t *testing.T) {
	t.Parallel()
	for _, older := range []bool{false, true} {
		s, c := begin(t, litellmsim.Options{Policy: litellmsim.Policy{Older: older}})
		hash, _ := s.SeedKey(litellmsim.Key{})
		for what, call := range map[string]func() error{
			"read": func() error { _, err := c.Key(t.Context(), "", hash, time.Time{}); return err },
			"end":  func() error { _, err := c.EndKey(t.Context(), "", hash, start.Add(time.Hour)); return err },
			"alias": func() error {
				_, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"key_alias": "y"})
				return err
			},
		} {
			if _, err := c.Keys(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			s.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.NotFoundBefore, Times: 1})
			if err := call(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

// A delete that finds nothing is success only after a look.
func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, older := range []bool{false, true} {
		s, c := begin(t, litellmsim.Options{Policy: litellmsim.Policy{Older: older}})
		hash, _ := s.SeedKey(litellmsim.Key{})
		s.Inject(simkit.Fault{Operation: litellmsim.OpDeleteKey, Kind: simkit.CutAfter, Times: 1})
		if err := c.RevokeKey(t.Context(), "", hash, time.Time{}); err != nil || len(s.Keys()) != 0 {
			t.Error(err)
		}
		there, _ := s.SeedKey(litellmsim.Key{})
		s.Inject(simkit.Fault{Operation: litellmsim.OpDeleteKey, Kind: simkit.NotFoundBefore})
		if err := c.RevokeKey(context.Background(), "", there, time.Time{}); err == nil || !strings.Contains(err.Error(), "still exists") {
			t.Errorf("got %v", err)
		}
	}
}

// However many ask at a time whether the credential sees the keys of others, the proxy is asked once.
func TestSeesOthersIsAskedOnce(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := c.SeesOthers(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if lists := s.Count(litellmsim.OpListKeys); lists != 1 {
		t.Errorf("asked %d times", lists)
	}
}

// A young key of another run, which a list has shown, and that not all of the proxy knows yet, is not gone.
func TestYoungOfAnotherRun(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		s, c := begin(t, litellmsim.Options{})
		hash, _ := s.SeedKey(litellmsim.Key{Alias: "x"})
		if old {
			s.Clock().Advance(2 * time.Minute)
		}
		if _, err := c.Keys(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		s.Inject(
			simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.NotFoundBefore, Times: 1},
			simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.NotFoundBefore, Times: 2},
		)
		_, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"max_budget": 5})
		if apierr.IsGone(err) != old || !old && err != nil {
			t.Errorf("old %t: %v", old, err)
		}
	}
}

// A good answer that does not name the key as deleted is success only where a look shows it gone; an empty one is believed.
func TestRevokeWithAnotherAnswer(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"deleted_keys":[]}`, `{"deleted_keys":["0"]}`, `{"deleted_keys":1}`, `{"message":"ok"}`, " "} {
		for _, done := range []bool{false, true} {
			s, c := begin(t, litellmsim.Options{})
			hash, _ := s.SeedKey(litellmsim.Key{})
			fault := simkit.Fault{Operation: litellmsim.OpDeleteKey, Kind: simkit.StatusBefore, Status: 200, Body: body}
			if done {
				fault.Kind = simkit.Altered
			}
			s.Inject(fault)
			err := c.RevokeKey(t.Context(), "", hash, time.Time{})
			if fails := !done && body != " "; (err != nil) != fails || fails && !strings.Contains(err.Error(), "key "+hash+" still exists") {
				t.Errorf("%s, done %t: %v", body, done, err)
			}
		}
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for base, want := range map[string][2]bool{
		"https://llm.example.com/litellm": {true, true}, "http://127.0.0.1:4000": {true, true},
		"http://llm.example.com": {false, true}, "": {false, false}, "https://u:p@llm.example.com": {false, false},
	} {
		for i, allowed := range []bool{false, true} {
			if err := api.CheckBaseURL(base, allowed); (err == nil) != want[i] {
				t.Errorf("%q, http allowed %v: %v", base, allowed, err)
			}
		}
	}
	if err := api.CheckBaseURL("http://10.0.0.1:4000", false); err == nil || !strings.Contains(err.Error(), "set allow_http = true") {
		t.Errorf("http inside a private network: %v", err)
	}
	if got := api.New(apiclient.Config{BaseURL: "https://litellm.example.com/"}).BaseURL(); got != "https://litellm.example.com" {
		t.Errorf("addresses in messages begin with %s", got)
	}
}

// What the answer to a create leaves out is read; the secret that is sent is the one chosen.
func TestMint(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	s.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.Altered, Omit: []string{"expires", "created_at", "token", "token_id", "metadata"}})
	chosen := secret.New("sk-fake-chosen-0123456789")
	got, err := c.MintKey(t.Context(), "", chosen, time.Hour, map[string]any{"key_alias": "x"})
	if err != nil || got.Hash != chosen.Fingerprint() || got.Secret.Reveal() != chosen.Reveal() || !got.ExpiresAt.Equal(start.Add(time.Hour)) || got.CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A field of another type than the document has is not read, or from its text, and spoils
// neither the list that it is in nor the secret beside it. An end that cannot be read is
// not taken for none.
func TestOddFields(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	chosen := secret.New("sk-fake-chosen-0123456789")
	s.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.Altered, Body: fmt.Sprintf(`{"key":%q,"spend":"0.0","metadata":[],"key_name":7,"blocked":"no"}`, chosen.Reveal())})
	if got, err := c.MintKey(t.Context(), "", chosen, 0, map[string]any{}); err != nil || got.Hash != chosen.Fingerprint() {
		t.Errorf("got %+v, %v", got, err)
	}
	s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Body: `{"keys":[
		{"token":"a","spend":"1.5","blocked":"true","max_budget":"2","metadata":"{\"orgkeys\":{}}","team_id":null,"user_id":7},
		{"token":"b","spend":{},"metadata":3,"expires":{"at":1},"team_id":9}]}`})
	all, err := c.Keys(t.Context(), "")
	if err != nil || len(all.ByID) != 1 || len(all.Doubtful) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	if why := fmt.Sprint(all.Incomplete); !strings.Contains(why, "b has a wrong time: its expires is not a time") {
		t.Errorf("incomplete because of %s", why)
	}
	a, b := all.ByID["a"], all.Doubtful["b"]
	if budget, ok := api.Field[float64](a.Fields["max_budget"]); !a.Used || !a.Blocked || a.Metadata[api.MarkerEntry] == nil || !a.NoTeam || a.UserID != "7" || a.Doubtful || !ok || *budget != 2 {
		t.Errorf("got %+v", a)
	}
	if b.Used || b.NoTeam || !b.Doubtful {
		t.Errorf("got %+v", b)
	}
}

// A gateway may write the counts of a list as texts.
func TestCountsAsTexts(t *testing.T) {
	t.Parallel()
	s, c := begin(t, litellmsim.Options{})
	for _, token := range []string{"a", "b"} {
		s.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Times: 1, Body: fmt.Sprintf(`{"keys":[{"token":%q}],"total_count":"2","total_pages":"2"}`, token)})
	}
	all, err := c.Keys(t.Context(), "")
	if err != nil || len(all.ByID) != 2 || len(all.Incomplete) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// One passing 404 to an update does not count, where the key is there. A 401 that is about the key is a 404, too.
func TestUpdateNotFoundOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []simkit.Fault{
		{Operation: litellmsim.OpUpdateKey, Kind: simkit.NotFoundBefore, Times: 1},
		{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 401, Times: 1, Body: `{"error":{"message":"Authentication Error: invalid user key - user key does not exist in db. User Key=0123","type":"auth_error","code":"401"}}`},
	} {
		s, c := begin(t, litellmsim.Options{})
		hash, _ := s.SeedKey(litellmsim.Key{})
		s.Inject(fault)
		if got, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"key_alias": "x"}); err != nil || got.Alias != "x" {
			t.Errorf("%s: got %+v, %v", fault.Kind, got, err)
		}
		s.Inject(fault)
		s.DeleteKey(hash)
		if _, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"key_alias": "y"}); !apierr.IsGone(err) {
			t.Errorf("%s of a key that is gone: %v", fault.Kind, err)
		}
	}
}

// A rename that was answered and not carried out is an error, also where the present alias begins or ends with the next one.
func TestRenameNotCarriedOut(t *testing.T) {
	t.Parallel()
	for before, after := range map[string]string{"payments-worker-production": "payments-worker-production-g1", "team-app": "app", "TEAM-APP": "app"} {
		for _, listed := range []bool{true, false} {
			s, c := begin(t, litellmsim.Options{})
			hash, _ := s.SeedKey(litellmsim.Key{Alias: before})
			if listed {
				_, _ = c.Keys(t.Context(), "")
			}
			s.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 200})
			if _, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"key_alias": after}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("its alias is still %q", before)) {
				t.Errorf("%s to %s says %v", before, after, err)
			}
		}
	}
}

// A key that has the alias already which a proxy makes of the next one, as after an answer that was lost, is renamed.
func TestRenameDoneBefore(t *testing.T) {
	t.Parallel()
	for _, listed := range []bool{true, false} {
		for pattern, updates := range map[string]int{"": 3, "x-[a-z]+": 2} {
			s, c := begin(t, litellmsim.Options{Policy: litellmsim.Policy{AliasPrefix: "x-", AliasPattern: pattern}})
			hash, _ := s.SeedKey(litellmsim.Key{Alias: "x-app"})
			if listed {
				_, _ = c.Keys(t.Context(), "")
			}
			k, err := c.UpdateKey(t.Context(), "", hash, map[string]any{"key_alias": "app", "max_budget": 3})
			if err != nil || k.Alias != "x-app" || s.Keys()[0].Alias != "x-app" || s.Count(litellmsim.OpUpdateKey) != updates {
				t.Errorf("%q, %v, %d updates", k.Alias, err, s.Count(litellmsim.OpUpdateKey))
			}
		}
	}
}

// A refusal of one call after reads that succeeded is about the call.
func TestRefusedAfterARead(t *testing.T) {
	t.Parallel()
	for _, read := range []bool{false, true} {
		s, c := begin(t, litellmsim.Options{})
		hash, _ := s.SeedKey(litellmsim.Key{})
		if read {
			if _, err := c.Keys(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
		s.Inject(simkit.Fault{Operation: litellmsim.OpDeleteKey, Kind: simkit.StatusBefore, Status: 403})
		failed, _ := apierr.As(c.RevokeKey(t.Context(), "", hash, start))
		if failed == nil || strings.Contains(failed.Hint, "The proxy knows the provider's own key") != read || strings.Contains(failed.Hint, "for inference") == read {
			t.Errorf("read %v: %+v", read, failed)
		}
	}
}

// A refusal whose own words do not say so comes with what to do.
func TestHints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		operation string
		status    int
		body      string
		want      string
	}{
		{litellmsim.OpListKeys, 404, `{"detail":"Not Found"}`, "Check litellm.base_url"},
		{litellmsim.OpCreateKey, 404, `{"detail":"Not Found"}`, "Check litellm.base_url"},
		{litellmsim.OpCreateKey, 403, `{"detail":"against a rule"}`, "ask the operator"},
		{litellmsim.OpCreateKey, 400, `{"error":{"message":"Team doesn't exist in db. Team=x"}}`, "Check team_id"},
		{litellmsim.OpListTeams, 401, `{"error":{"message":"{'error': 'Only admin users can query all teams/other teams. Your user role=internal_user'}","code":"401"}}`, "give the id of the team"},
		{litellmsim.OpCreateKey, 400, `{"error":{"message":"Authentication Error, Not connected to DB!"}}`, "has no database"},
	} {
		s, client := begin(t, litellmsim.Options{})
		s.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: c.status, Body: c.body})
		_, err := client.Keys(t.Context(), "")
		switch c.operation {
		case litellmsim.OpCreateKey:
			_, err = client.MintKey(t.Context(), "", secret.Text{}, 0, map[string]any{})
		case litellmsim.OpListTeams:
			_, err = client.Teams(t.Context())
		}
		if failed, ok := apierr.As(err); !ok || !strings.Contains(failed.Hint, c.want) {
			t.Errorf("%s %d: got %v", c.operation, c.status, err)
		}
	}
}
