// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/api"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
)

var start = time.Date(2030, time.January, 2, 3, 4, 5, 600_000_000, time.UTC)

// world is a simulator with one service account, and a client whose waits move the simulator's
// clock too. Its requests are held against the facts of the vendor's document.
type world struct {
	*elevenlabssim.Server
	t       *testing.T
	client  *api.Client
	account string
}

func begin(t *testing.T, policy elevenlabssim.Policy) *world {
	t.Helper()
	w := &world{t: t, Server: elevenlabssim.Start(t, elevenlabssim.Options{Clock: simkit.NewClock(start), Policy: policy})}
	w.account = w.SeedAccount("narrator")
	w.client = w.connect(w.AdminKey())
	return w
}

func (w *world) connect(credential string) *api.Client {
	w.t.Helper()
	return w.connectWaiting(credential, w.Clock().Advance)
}

func (w *world) connectWaiting(credential string, onSleep func(time.Duration)) *api.Client {
	w.t.Helper()
	fake := clock.NewFake(start)
	fake.OnSleep = onSleep
	contract := contracttest.Load(w.t, "../sim/contract/elevenlabs-keys.json", "/", "HTTPValidationError")
	return api.New(apiclient.Config{
		BaseURL: w.URL(), Credential: secret.New(credential), Clock: fake,
		Transport: contract.Transport(&http.Transport{DisableKeepAlives: true}, func(difference string) {
			w.t.Errorf("the client leaves the document: %s", difference)
		}),
	})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("got %s, want %s", g, w)
	}
}

var usual = map[string]any{"name": "x", "permissions": "all"}

// A mint whose answer is lost is sent once and its outcome is unknown, a conflict included; one
// that was refused is known not to have happened.
func TestMints(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	for i, fault := range []simkit.Fault{
		{Kind: simkit.CutAfter}, {Kind: simkit.StatusAfter}, {Kind: simkit.Truncated}, {Kind: simkit.MissingSecret}, {Kind: simkit.HTML}, {Kind: simkit.StatusAfter, Status: 409},
	} {
		w.ResetJournal()
		w.ClearFaults()
		fault.Operation, fault.Times = elevenlabssim.OpCreateKey, 1
		w.Inject(fault)
		_, err := w.client.MintKey(t.Context(), w.account, usual)
		same(t, []any{i, apierr.IsUnknown(err), w.Count(elevenlabssim.OpCreateKey), len(w.Keys())}, []any{i, true, 1, i + 1})
		list, err := w.client.FreshKeys(t.Context())
		ok(t, err)
		same(t, len(list.ByID), i+1)
	}
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpCreateKey, Kind: simkit.StatusBefore, Status: 429, Times: 1})
	minted, err := w.client.MintKey(t.Context(), w.account, usual)
	ok(t, err)
	same(t, w.Valid(minted.Secret.Reveal()), true)
	_, err = w.client.MintKey(t.Context(), "user_x", usual)
	same(t, []any{apierr.IsUnknown(err), apierr.Status(err)}, []any{false, 404})
}

// A conflict in the create of an account may be the second half of a repeated request: the account is looked for.
func TestConflictOfAccounts(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpCreateAccount, Kind: simkit.StatusAfter, Status: 409, Times: 1})
	made, how, err := w.client.CreateAccount(t.Context(), "team")
	ok(t, err)
	same(t, []any{how.Adopted, len(w.Accounts()), w.Accounts()[1].ID}, []any{true, 2, made.ID})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpCreateAccount, Kind: simkit.StatusBefore, Status: 409})
	_, _, err = w.client.CreateAccount(t.Context(), "crew")
	same(t, []any{apierr.IsUnknown(err), apierr.Status(err), len(w.Accounts())}, []any{true, 409, 2})
}

// Each form of a refusal is read, and what the server repeats of the request is not said.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	id, plain := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x", Permissions: []string{"voices_read"}})
	list := func(credential string) error { _, err := w.connect(credential).Accounts(t.Context()); return err }
	update := func(fields map[string]any) error {
		return w.client.UpdateKey(t.Context(), w.account, id, time.Time{}, fields)
	}
	for text, err := range map[string]error{
		"lacks the permission":                  list(plain),
		"unknown to this server":                list("sk_el-sim-unknown"),
		"Remove allowed_ips":                    update(map[string]any{"allowed_ips": "clear"}),
		`refuses "203.0.113.10" in allowed_ips`: update(map[string]any{"allowed_ips": []string{"203.0.113.10"}}),
		"elevenlabs.base_url":                   func() error { _, err := w.client.Account(t.Context(), "user_x", time.Time{}); return err }(),
		"workspace '" + w.Workspace():           func() error { _, err := w.client.Key(t.Context(), "user_x", "y", time.Time{}); return err }(),
		"does not exist in the workspace. This": func() error { _, err := w.client.MintKey(t.Context(), "user_x", usual); return err }(),
	} {
		failed, _ := apierr.As(err)
		if failed == nil || !strings.Contains(failed.Hint+failed.Error(), text) || strings.Contains(fmt.Sprint(err, failed.Hint), plain) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	w.SetPolicy(func(p *elevenlabssim.Policy) { p.PlainDetail = true })
	if err := update(map[string]any{"allowed_ips": "clear"}); err == nil || !strings.Contains(err.Error(), "enterprise plans") {
		t.Errorf("got %v", err)
	}
}

// A key is gone where its account is there without it, an account only where another one of
// this state is there.
func TestGone(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x"})
	for _, kind := range []simkit.Fault{{Kind: simkit.NotFoundBefore}, {Kind: simkit.Altered, Set: map[string]any{"key_id": "y"}}} {
		kind.Operation, kind.Times = elevenlabssim.OpListKeys, 1 // one look is not believed
		w.Inject(kind)
		_, err := w.client.Key(t.Context(), w.account, id, time.Time{})
		ok(t, err)
	}
	_, err := w.client.Key(t.Context(), w.account, id, time.Time{})
	ok(t, err)
	w.DeleteKey(id)
	_, err = w.client.Key(t.Context(), w.account, id, time.Time{})
	same(t, apierr.IsGone(err), true)
	ok(t, w.client.DeleteKey(t.Context(), w.account, id, time.Time{}))

	other := w.SeedAccount("other")
	for _, held := range []bool{false, true} {
		var client *api.Client
		client = w.connectWaiting(w.AdminKey(), func(d time.Duration) {
			w.Clock().Advance(d)
			if held { // another read comes meanwhile
				client.Hold(other)
			}
		})
		client.Hold("user_x")
		_, read := client.Account(t.Context(), "user_x", time.Time{})
		_, key := client.Key(t.Context(), "user_x", id, time.Time{})
		same(t, []any{apierr.IsGone(read), apierr.IsGone(key)}, []any{held, held})
		if err := client.DeleteKey(t.Context(), "user_x", id, time.Time{}); held != (err == nil) {
			t.Errorf("held %v: %v", held, err)
		}
		w.ResetJournal()
		for range 50 {
			_, _ = client.Keys(t.Context(), "user_x", time.Time{})
		}
		same(t, len(w.Journal()), 0)
	}
}

// An account that is in no list proves nothing of its keys, although the server answers with an empty list of them.
func TestGoneOfAnUnknownAccount(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{UnknownAccountEmpty: true})
	w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x"})
	for name, call := range map[string]func() error{
		"read":   func() error { _, err := w.client.Key(t.Context(), "user_x", "y", time.Time{}); return err },
		"delete": func() error { return w.client.DeleteKey(t.Context(), "user_x", "y", time.Time{}) },
		"update": func() error {
			return w.client.UpdateKey(t.Context(), "user_x", "y", time.Time{}, map[string]any{"name": "z"})
		},
		"list": func() error { _, err := w.connect(w.AdminKey()).Keys(t.Context(), "user_x", time.Time{}); return err },
		"account": func() error {
			_, err := w.connect(w.AdminKey()).Account(t.Context(), "user_x", time.Time{})
			return err
		},
	} {
		err := call()
		failed, _ := apierr.As(err)
		if failed == nil || apierr.IsGone(err) || !strings.Contains(failed.Hint, "terraform state rm") || !strings.Contains(err.Error(), "user_x") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// A list that lags behind, or that lacks the account once, hides neither it nor its keys.
	made, _, err := w.client.CreateAccount(t.Context(), "team")
	ok(t, err)
	lags := simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.Altered, Set: map[string]any{"service_account_user_id": "user_y"}}
	w.Inject(lags)
	_, err = w.client.Keys(t.Context(), made.ID, time.Time{})
	ok(t, err)
	ok(t, w.client.DeleteKey(t.Context(), made.ID, "y", time.Time{}))
	w.ClearFaults()
	lags.Times = 1
	w.Inject(lags)
	ok(t, w.connect(w.AdminKey()).DeleteKey(t.Context(), w.account, "y", time.Time{}))
}

// What this run has created and not all of the server knows yet is found and changed all the same.
func TestYoung(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		w := begin(t, elevenlabssim.Policy{OldUpdates: old})
		made, _, err := w.client.CreateAccount(t.Context(), "team")
		ok(t, err)
		w.Inject(
			simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.Altered, Set: map[string]any{"service_account_user_id": "user_y"}, Times: 1},
			simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.NotFoundBefore, Times: 3},
		)
		_, err = w.client.Keys(t.Context(), made.ID, time.Time{})
		ok(t, err)
		w.ClearFaults()
		minted, err := w.client.MintKey(t.Context(), made.ID, usual)
		ok(t, err)
		if !old { // an old one refuses the first update, and the key is looked for as well
			w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.NotFoundBefore, Times: 1})
		}
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"key_id": "y"}, Times: 3})
		ok(t, w.client.UpdateKey(t.Context(), made.ID, minted.ID, time.Time{}, map[string]any{"is_enabled": false}))
		same(t, w.Keys()[0].Disabled, true)
	}
}

// An update changes what it names, also at a server that wants more to be named, and after a
// conflict; answers about another account are refused.
func TestUpdate(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{OldUpdates: true})
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x", Permissions: []string{"voices_read"}})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 409, Times: 1})
	ok(t, w.client.UpdateKey(t.Context(), w.account, id, time.Time{}, map[string]any{"character_limit": 5}))
	ok(t, w.client.UpdateKey(t.Context(), w.account, id, time.Time{}, map[string]any{"is_enabled": false}))
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.NotFoundBefore})
	if err := w.client.UpdateKey(t.Context(), w.account, id, time.Time{}, map[string]any{"name": "y"}); err == nil || !strings.Contains(err.Error(), "still exists") {
		t.Errorf("got %v", err)
	}
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.NotFoundBefore, Times: 1})
	ok(t, w.client.UpdateKey(t.Context(), w.account, id, time.Time{}, map[string]any{"name": "z"}))
	key := w.Keys()[0]
	same(t, []any{key.Name, key.Permissions, key.CharacterLimit, key.Disabled}, []any{"z", []string{"voices_read"}, 5, true})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"service_account_user_id": "user_x"}})
	if _, err := w.client.Key(t.Context(), w.account, id, time.Time{}); err == nil || apierr.IsGone(err) {
		t.Errorf("got %v", err)
	}
}

// A limit that is shown as an empty text is none, and one in a text is that number.
func TestLimitAsText(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x"})
	for text, want := range map[string]int64{"": 0, "7": 7} {
		w.ClearFaults()
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"character_limit": text, "character_count": ""}})
		key, err := w.client.Key(t.Context(), w.account, id, time.Time{})
		ok(t, err)
		limit := int64(0)
		if key.Limit != nil {
			limit = *key.Limit
		}
		same(t, []any{limit, key.Limit == nil, key.Used}, []any{want, want == 0, false})
	}
}

// A row that cannot be true makes the list incomplete; the same key read alone is an error.
func TestImplausible(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x"})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"created_at_unix": 1893553445000}})
	if _, err := w.client.Key(t.Context(), w.account, id, time.Time{}); err == nil || !strings.Contains(err.Error(), "cannot be true") {
		t.Errorf("got %v", err)
	}
	for _, created := range []any{nil, 1893553445.5} {
		w.ClearFaults()
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"created_at_unix": created}})
		key, err := w.client.Key(t.Context(), w.account, id, time.Time{})
		ok(t, err)
		same(t, key.CreatedAt.IsZero(), created == nil)
	}
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.Altered, Omit: []string{"api-keys"}, Times: 1})
	list, err := w.client.FreshKeys(t.Context())
	ok(t, err)
	same(t, len(list.Incomplete), 1)
	_, err = w.client.FreshKeys(t.Context())
	ok(t, err)
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.Altered, Omit: []string{"api-keys"}, Set: map[string]any{"created_at_unix": 1}})
	_, err = w.connect(w.AdminKey()).Keys(t.Context(), w.account, time.Time{})
	ok(t, err)
	if _, err := w.connect(w.AdminKey()).Account(t.Context(), w.account, time.Time{}); err == nil || !strings.Contains(err.Error(), "cannot be true") {
		t.Errorf("got %v", err)
	}
}

// A row that cannot be read is left out and said so, without quoting it, and hides no other one. Where it may be the
// key that is looked for, nothing shows that this one is gone.
func TestStrangeRow(t *testing.T) {
	t.Parallel()
	const (
		mine  = `{"key_id":"mine","name":"x","created_at_unix":1893553445}`
		named = `"key_id":"other","name":"y",`
	)
	for _, row := range []string{
		`{` + named + `"created_at_unix":"2026-11-25T10:00:00Z"}`, `{` + named + `"is_disabled":"false"}`, `{` + named + `"allowed_ips":"1.2.3.4"}`,
		`{` + named + `"permissions":{"sk_none":1}}`, `{"key_id":7,"name":"y"}`, `{"name":"no id"}`, `"text"`, `null`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			keys := fmt.Sprintf(`"api-keys":[%s,%s]`, row, mine)
			if strings.HasSuffix(r.URL.Path, "/api-keys") {
				_, _ = fmt.Fprintf(w, `{%s}`, keys)
				return
			}
			_, _ = fmt.Fprintf(w, `{"service-accounts":[{"service_account_user_id":"a","name":"n",%s}]}`, keys)
		}))
		client := api.New(apiclient.Config{BaseURL: server.URL, Credential: secret.New("sk_el_fake"), Clock: clock.NewFake(start)})
		list, err := client.Keys(t.Context(), "a", time.Time{})
		ok(t, err)
		same(t, []any{len(list.ByID), list.ByID["mine"].Name, len(list.Incomplete)}, []any{1, "x", 1})
		key, err := client.Key(t.Context(), "a", "mine", time.Time{})
		ok(t, err)
		same(t, key.Name, "x")
		_, asked := client.Key(t.Context(), "a", "other", time.Time{})
		_, gone := client.Key(t.Context(), "a", "gone", time.Time{})
		deleted := client.DeleteKey(t.Context(), "a", "gone", time.Time{})
		hasID := strings.Contains(row, named)
		doubtful := list.Doubtful["other"]
		same(t, []any{doubtful != nil && doubtful.Name == "y", asked != nil && !apierr.IsGone(asked), apierr.IsGone(gone), deleted == nil}, []any{hasID, true, hasID, hasID})
		if said := fmt.Sprint(list.Incomplete, asked, gone, deleted); strings.Contains(said, "sk_none") || strings.Contains(said, "1.2.3.4") || !strings.Contains(said, "than documented") && hasID {
			t.Errorf("%s: said %s", row, said)
		}
		server.Close()
	}
}

// The same of accounts: the keys of another one, and those of a broken one, are shown.
func TestStrangeAccount(t *testing.T) {
	t.Parallel()
	const mine = `{"service_account_user_id":"a","name":"n","api-keys":[{"key_id":"mine","name":"x"}]}`
	for row, there := range map[string]bool{
		`{"service_account_user_id":"b","name":7,"api-keys":[]}`:                           true,
		`{"service_account_user_id":"b","name":"m","created_at_unix":"now","api-keys":[]}`: true,
		`{"service_account_user_id":"b","name":"m","api-keys":{"sk_none":1}}`:              true,
		`{"service_account_user_id":7,"name":"m","api-keys":[]}`:                           false,
		`7`: false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/api-keys") {
				_, _ = fmt.Fprint(w, `{"api-keys":[{"key_id":"of b","name":"y"}]}`)
				return
			}
			_, _ = fmt.Fprintf(w, `{"service-accounts":[%s,%s]}`, row, mine)
		}))
		client := api.New(apiclient.Config{BaseURL: server.URL, Credential: secret.New("sk_el_fake"), Clock: clock.NewFake(start)})
		list, err := client.Keys(t.Context(), "a", time.Time{})
		ok(t, err)
		same(t, []any{len(list.ByID), list.ByID["mine"].Name, len(list.Incomplete) > 0}, []any{1, "x", true})
		accounts, err := client.Accounts(t.Context())
		ok(t, err)
		same(t, []any{accounts.ByID["b"] != nil, len(accounts.ByID)}, []any{there, map[bool]int{true: 2, false: 1}[there]})
		_, err = client.Account(t.Context(), "a", time.Time{})
		ok(t, err)
		if _, err := client.Account(t.Context(), "b", time.Time{}); there && (err == nil || !strings.Contains(err.Error(), "than documented")) {
			t.Errorf("%s: got %v", row, err)
		}
		key, err := client.Key(t.Context(), "b", "of b", time.Time{})
		ok(t, err)
		same(t, key.Name, "y")
		if strings.Contains(fmt.Sprint(list.Incomplete), "sk_none") {
			t.Errorf("quoted: %v", list.Incomplete)
		}
		server.Close()
	}
}

// Why a list may be incomplete is said in the order of the accounts, in every process, and of an account only what is
// about it.
func TestGapsOfAccounts(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	accounts := []string{w.account, w.SeedAccount("second"), w.SeedAccount("third"), w.SeedAccount("fourth")}
	slices.Sort(accounts)
	whole := accounts[1]
	var gaps []string
	for _, account := range accounts {
		id, _ := w.SeedKey(elevenlabssim.Key{AccountID: account, Name: "x"})
		if account != whole {
			w.Change(id, func(k *elevenlabssim.Key) { k.At = start.AddDate(30, 0, 0) })
			gaps = append(gaps, id)
		}
	}
	about := func(incomplete []string) (ids []string) {
		for _, why := range incomplete {
			ids = append(ids, strings.Fields(why)[1])
		}
		return ids
	}
	for range 5 {
		client := w.connect(w.AdminKey())
		list, err := client.Keys(t.Context(), whole, time.Time{})
		ok(t, err)
		same(t, about(list.Incomplete), gaps)
		for i, want := range [][]string{gaps[:1], nil, gaps[1:2], gaps[2:]} {
			own, err := client.Gaps(t.Context(), accounts[i])
			ok(t, err)
			same(t, about(own), want)
		}
	}
}

// A mint that is answered with the key of another mint of this run has an unknown outcome: its own key is
// in no answer.
func TestMintAnsweredAgain(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{})
	first, err := w.client.MintKey(t.Context(), w.account, usual)
	ok(t, err)
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpCreateKey, Kind: simkit.Altered, Set: map[string]any{"key_id": first.ID, "xi-api-key": first.Secret.Reveal()}})
	_, err = w.client.MintKey(t.Context(), w.account, usual)
	if !apierr.IsUnknown(err) || !strings.Contains(err.Error(), first.ID) || strings.Contains(err.Error(), first.Secret.Reveal()) {
		t.Errorf("got %v", err)
	}
}

// A good answer to a delete that says that the key is left, or that names another one, is success only where a look
// shows the key gone.
func TestDeletesThatAreDenied(t *testing.T) {
	t.Parallel()
	for body, set := range map[string]map[string]any{`{"deleted":false}`: {"deleted": false}, `{"key_id":"y"}`: {"key_id": "y"}} {
		w := begin(t, elevenlabssim.Policy{})
		id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "x"})
		w.Clock().Advance(time.Hour)
		w.Inject(
			simkit.Fault{Operation: elevenlabssim.OpDeleteKey, Kind: simkit.StatusBefore, Status: 200, Body: body, Times: 1},
			simkit.Fault{Operation: elevenlabssim.OpDeleteKey, Kind: simkit.Altered, Set: set},
		)
		if err := w.client.DeleteKey(t.Context(), w.account, id, time.Time{}); err == nil || !strings.Contains(err.Error(), "still exists and was not removed") {
			t.Errorf("%s: got %v", body, err)
		}
		ok(t, w.client.DeleteKey(t.Context(), w.account, id, time.Time{}))
		same(t, len(w.Keys()), 0)
	}
}
