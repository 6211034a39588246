// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/api"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

var start = time.Date(2030, time.January, 2, 3, 4, 5, 600_000_000, time.UTC)

// world is a simulator with one workspace, and a client whose waits move the simulator's
// clock too. Its requests are held against the facts of the vendor's document.
type world struct {
	*openroutersim.Server
	t         *testing.T
	client    *api.Client
	workspace string
}

func begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, Server: openroutersim.Start(t, openroutersim.Options{Clock: simkit.NewClock(start)})}
	w.workspace = w.SeedWorkspace("Payments", "payments")
	w.client = w.connect(w.AdminKey())
	return w
}

func (w *world) connect(credential string) *api.Client {
	w.t.Helper()
	fake := clock.NewFake(start)
	fake.OnSleep = w.Clock().Advance
	contract := contracttest.Load(w.t, "../sim/contract/openrouter-keys.json", openroutersim.BasePath, "NotFoundResponse")
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

// A mint gives the secret wherever it is in the answer, and its end counts from the
// server's time.
func TestMint(t *testing.T) {
	t.Parallel()
	w := begin(t)
	_, err := w.client.Keys(t.Context(), "")
	ok(t, err)
	for _, inside := range []bool{false, true} {
		w.SetPolicy(func(p *openroutersim.Policy) { p.SecretInside = inside })
		minted, err := w.client.MintKey(t.Context(), w.workspace, "x", time.Hour, map[string]any{"limit": 5.5, "limit_reset": "daily"})
		ok(t, err)
		same(t, []any{w.Valid(minted.Secret.Reveal()), minted.WorkspaceID, *minted.Limit, minted.LimitReset}, []any{true, w.workspace, 5.5, "daily"})
		same(t, minted.Label != "" && secret.Fits(minted.Secret, minted.Label), true)
		if end := minted.ExpiresAt.Sub(w.Clock().Now()); end < time.Hour-2*time.Second || end > time.Hour+time.Second {
			t.Errorf("the key lives for %s", end)
		}
	}
	minted, err := w.client.MintKey(t.Context(), "", "y", 0, nil)
	ok(t, err)
	same(t, []any{minted.WorkspaceID, minted.ExpiresAt.IsZero(), minted.Limit == nil}, []any{w.DefaultWorkspace(), true, true})
}

// A mint whose answer is lost is sent once; its outcome is unknown. One that was refused
// is known not to have happened, and a busy server is asked again.
func TestLostMints(t *testing.T) {
	t.Parallel()
	w := begin(t)
	for _, kind := range []simkit.FaultKind{simkit.CutAfter, simkit.StatusAfter, simkit.Truncated, simkit.MissingSecret, simkit.HTML} {
		w.ResetJournal()
		w.ClearFaults()
		before := len(w.Keys())
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: kind, Times: 1})
		_, err := w.client.MintKey(t.Context(), w.workspace, string(kind), 0, nil)
		same(t, []any{kind, apierr.IsUnknown(err), w.Count(openroutersim.OpCreateKey), len(w.Keys()) - before}, []any{kind, true, 1, 1})
		list, err := w.client.FreshKeys(t.Context(), w.workspace)
		ok(t, err)
		same(t, len(list.ByID), len(w.Keys()))
	}
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.StatusBefore, Status: 429, Times: 1})
	_, err := w.client.MintKey(t.Context(), w.workspace, "x", 0, nil)
	ok(t, err)
	_, err = w.client.MintKey(t.Context(), "00000000-0000-4000-8000-000000000000", "x", 0, nil)
	same(t, []any{apierr.IsUnknown(err), apierr.Status(err)}, []any{false, 404})
}

// A base_url may end with a slash: addresses in messages have none too many.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	same(t, api.New(apiclient.Config{BaseURL: api.DefaultBaseURL + "/"}).BaseURL(), api.DefaultBaseURL)
}

// Both refusals of a wrong credential say what may be wrong with it, and repeat nothing.
func TestWrongCredential(t *testing.T) {
	t.Parallel()
	w := begin(t)
	_, inference := w.SeedKey(openroutersim.Key{Name: "x"})
	for _, as401 := range []bool{false, true} {
		w.SetPolicy(func(p *openroutersim.Policy) { p.WrongKey401 = as401 })
		_, err := w.connect(inference).Keys(t.Context(), w.workspace)
		failed, _ := apierr.As(err)
		if failed == nil || !strings.Contains(failed.Hint, "inference key") || strings.Contains(fmt.Sprint(err, failed.Hint), inference) {
			t.Errorf("got %v", err)
		}
	}
}

// An inference key is known by what the server says of it; what it does not say is no error, and it is asked once.
func TestInferenceKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   simkit.Fault
		refused bool
	}{
		"said":                    {simkit.Fault{}, true},
		"said under its old name": {simkit.Fault{Kind: simkit.Altered, Omit: []string{"is_management_key"}}, true},
		"contradicted":            {simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"is_provisioning_key": true}}, false},
		"not said":                {simkit.Fault{Kind: simkit.Altered, Omit: []string{"is_management_key", "is_provisioning_key"}}, false},
		"null":                    {simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"is_management_key": nil, "is_provisioning_key": nil}}, false},
		"not there":               {simkit.Fault{Kind: simkit.StatusBefore, Status: 404}, false},
		"refused":                 {simkit.Fault{Kind: simkit.StatusBefore, Status: 401}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			_, inference := w.SeedKey(openroutersim.Key{Name: "x"})
			if c.fault.Kind != "" {
				c.fault.Operation = openroutersim.OpOwnKey
				w.Inject(c.fault)
			}
			client := w.connect(inference)
			for range 2 {
				if err := client.CheckManages(t.Context()); (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "is an inference key") {
					t.Errorf("got %v", err)
				}
			}
			same(t, w.Count(openroutersim.OpOwnKey), 1)
			ok(t, w.client.CheckManages(t.Context()))
		})
	}
}

// Lists show disabled keys, come page by page, and miss none when a key is deleted between
// two pages.
func TestList(t *testing.T) {
	t.Parallel()
	w := begin(t)
	for i := range 230 {
		w.SeedKey(openroutersim.Key{Name: fmt.Sprint(i), WorkspaceID: w.workspace, Disabled: i == 7})
	}
	w.SeedKey(openroutersim.Key{Name: "elsewhere"})
	list, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	same(t, []int{len(list.ByID), len(list.Incomplete), w.Count(openroutersim.OpListKeys)}, []int{230, 0, 3})
	_, err = w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	same(t, w.Count(openroutersim.OpListKeys), 3)

	keys := w.Keys()
	deletedFirst := false
	seen := map[string]bool{}
	for key, err := range w.client.WalkKeys(t.Context(), w.workspace, func(why string) { t.Errorf("incomplete: %s", why) }) {
		ok(t, err)
		if !deletedFirst { // the first page is read, the second is not
			deletedFirst = true
			w.DeleteKey(keys[228].ID)
		}
		seen[key.Hash] = true
	}
	for _, key := range w.Keys() {
		if key.WorkspaceID == w.workspace && !seen[key.ID] {
			t.Errorf("key %s was passed over", key.Name)
		}
	}
}

// A list whose server takes no notice of the offset ends where its first page comes again; that there may be more is
// noted only where that page is full.
func TestListWithoutOffset(t *testing.T) {
	t.Parallel()
	for keys, incomplete := range map[int]int{1: 0, 3: 0, 99: 0, 100: 1, 130: 1} {
		w := begin(t)
		for i := range keys {
			w.SeedKey(openroutersim.Key{Name: fmt.Sprint(i), WorkspaceID: w.workspace})
		}
		w.Inject(simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.RepeatedCursor})
		list, err := w.client.Keys(t.Context(), w.workspace)
		ok(t, err)
		same(t, []int{len(list.ByID), len(list.Incomplete), w.Count(openroutersim.OpListKeys)}, []int{min(keys, 100), incomplete, 2})
	}
	w := begin(t)
	for i := range 100 {
		w.SeedWorkspace("w", fmt.Sprint("w-", i))
	}
	w.Inject(simkit.Fault{Operation: openroutersim.OpListWorkspaces, Kind: simkit.RepeatedCursor})
	list, err := w.client.Workspaces(t.Context())
	ok(t, err)
	same(t, []int{len(list.ByID), len(list.Incomplete)}, []int{100, 1}) // of 102
}

// A missing key is gone only where its workspace is there: another organization's
// management key proves nothing.
func TestGone(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	k, err := w.client.Key(t.Context(), w.workspace, hash, time.Time{})
	ok(t, err)
	same(t, []any{k.Name, k.WorkspaceID, k.CreatorID}, []any{"x", w.workspace, ""})
	w.DeleteKey(hash)
	_, err = w.client.Key(t.Context(), w.workspace, hash, time.Time{})
	_, gone := apierr.AsGone(err)
	same(t, gone, true)
	ok(t, w.client.RevokeKey(t.Context(), w.workspace, hash, time.Time{}))

	const other = "00000000-0000-4000-8000-000000000000"
	for name, err := range map[string]error{
		"read":   func() error { _, err := w.client.Key(t.Context(), other, hash, time.Time{}); return err }(),
		"revoke": w.client.RevokeKey(t.Context(), other, hash, time.Time{}),
		"list":   func() error { _, err := w.client.Keys(t.Context(), other); return err }(),
	} {
		_, gone := apierr.AsGone(err)
		failed, _ := apierr.As(err)
		if gone || failed == nil || !strings.Contains(failed.Hint, other) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// One 404 proves nothing: a read, a change, a guardrail and a deletion ask once more.
func TestNotFoundOnce(t *testing.T) {
	t.Parallel()
	w := begin(t)
	guardrail := w.SeedGuardrail("")
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	w.Clock().Advance(2 * time.Minute) // it is not young
	for operation, call := range map[string]func() error{
		openroutersim.OpGetKey: func() error {
			_, err := w.client.Key(t.Context(), w.workspace, hash, time.Time{})
			return err
		},
		openroutersim.OpAssignGuardrail: func() error { return w.client.Assign(t.Context(), w.workspace, hash, guardrail) },
	} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 1})
		if err := call(); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	for _, operation := range []string{openroutersim.OpDeleteKey, openroutersim.OpGetKey} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 1})
	}
	if err := w.client.RevokeKey(t.Context(), w.workspace, hash, time.Time{}); err == nil {
		t.Error("a key that is there is taken for deleted")
	}
	same(t, len(w.Keys()), 1)
}

// A new key that not all of the server knows yet is restricted and changed all the same, also where an answer says
// that it was assigned to no key; one that the server does not get to know is told from a wrong guardrail.
func TestYoung(t *testing.T) {
	t.Parallel()
	const none = `{"assigned_count":0}`
	for name, faults := range map[string][]simkit.Fault{
		"once":            {{Operation: openroutersim.OpAssignGuardrail, Times: 1}, {Operation: openroutersim.OpUpdateKey, Times: 1}, {Operation: openroutersim.OpGetKey, Times: 3}},
		"for six seconds": {{Operation: openroutersim.OpAssignGuardrail, Times: 3}, {Operation: openroutersim.OpUpdateKey, Times: 3}},
		"to no key":       {{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 200, Body: none, Times: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			guardrail := w.SeedGuardrail("")
			minted, err := w.client.MintKey(t.Context(), w.workspace, "x", 0, nil)
			ok(t, err)
			for _, fault := range faults {
				if fault.Kind == "" {
					fault.Kind = simkit.NotFoundBefore
				}
				w.Inject(fault)
			}
			ok(t, w.client.Assign(t.Context(), w.workspace, minted.Hash, guardrail))
			_, err = w.client.UpdateKey(t.Context(), w.workspace, minted.Hash, map[string]any{"disabled": true})
			ok(t, err)
			same(t, []any{w.Keys()[0].GuardrailID, w.Keys()[0].Disabled}, []any{guardrail, true})
		})
	}
	for _, fault := range []simkit.Fault{{Kind: simkit.NotFoundBefore}, {Kind: simkit.StatusBefore, Status: 200, Body: none}} {
		w := begin(t)
		fault.Operation = openroutersim.OpAssignGuardrail
		w.Inject(fault)
		minted, err := w.client.MintKey(t.Context(), w.workspace, "x", 0, nil)
		ok(t, err)
		err = w.client.Assign(t.Context(), w.workspace, minted.Hash, w.SeedGuardrail(""))
		if failed, _ := apierr.As(err); failed == nil || !strings.Contains(failed.Hint, "did not know the new key yet") {
			t.Errorf("got %v", err)
		}
	}
}

// So is a young key of another run, as soon as an answer has shown when it was created; a key that is not young is gone.
func TestYoungOfAnotherRun(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		w := begin(t)
		hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
		guardrail := w.SeedGuardrail("")
		if old {
			w.Clock().Advance(2 * time.Minute)
		}
		_, err := w.client.Keys(t.Context(), w.workspace)
		ok(t, err)
		for _, operation := range []string{openroutersim.OpUpdateKey, openroutersim.OpAssignGuardrail, openroutersim.OpGetKey} {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 3})
		}
		_, err = w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"disabled": true})
		same(t, apierr.IsGone(err), old)
		if !old {
			ok(t, err)
			ok(t, w.client.Assign(t.Context(), w.workspace, hash, guardrail))
			same(t, []any{w.Keys()[0].GuardrailID, w.Keys()[0].Disabled}, []any{guardrail, true})
		}
	}
}

// A workspace that this run has created and that not all of the server knows yet gets its key all the same.
func TestYoungWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t)
	made, _, err := w.client.CreateWorkspace(t.Context(), "Team", map[string]any{"name": "Team", "slug": "team"})
	ok(t, err)
	fault := simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.NotFoundBefore, Times: 2}
	w.Inject(fault)
	minted, err := w.client.MintKey(t.Context(), made.ID, "x", 0, nil)
	ok(t, err)
	same(t, []any{minted.WorkspaceID, len(w.Keys())}, []any{made.ID, 1})
	w.Inject(fault)
	_, err = w.client.MintKey(t.Context(), w.workspace, "x", 0, nil) // an older one
	same(t, apierr.Status(err), 404)
}

// A guardrail that one list does not show is taken away all the same.
func TestGuardrailTakenAway(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	ok(t, w.client.Assign(t.Context(), w.workspace, hash, w.SeedGuardrail("")))
	w.Inject(simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.Altered, Body: `{"data":[],"total_count":0}`, Times: 1})
	ok(t, w.client.Assign(t.Context(), w.workspace, hash, ""))
	same(t, w.Keys()[0].GuardrailID, "")
}

// An answer to a create that shows nothing but the key and its secret is completed by a read.
func TestMintOfFewFields(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.Altered, Omit: []string{"workspace_id", "expires_at", "created_at"}, Times: 1})
	minted, err := w.client.MintKey(t.Context(), "", "x", time.Hour, nil)
	ok(t, err)
	same(t, []any{minted.WorkspaceID, minted.ExpiresAt.IsZero(), minted.CreatedAt.IsZero(), minted.Secret.Empty()}, []any{w.DefaultWorkspace(), false, false, false})
}

// A key that is stamped with the creator of the management key is known as such.
func TestCreator(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.SetPolicy(func(p *openroutersim.Policy) { p.CreatorShown = true })
	minted, err := w.client.MintKey(t.Context(), w.workspace, "x", 0, nil)
	ok(t, err)
	member, _ := w.SeedKey(openroutersim.Key{Name: "y", WorkspaceID: w.workspace, Creator: "user_member"})
	list, err := w.client.FreshKeys(t.Context(), w.workspace)
	ok(t, err)
	same(t, []bool{w.client.Stamps(minted.Key), w.client.Stamps(*list.ByID[minted.Hash]), w.client.Stamps(*list.ByID[member])}, []bool{true, true, false})
	same(t, w.Count(openroutersim.OpOwnKey), 1)
}

// The key of a lost create is known by its nonce, also where the server spells the rest of its name in its own way.
func TestCreatorOfALostCreate(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.SetPolicy(func(p *openroutersim.Policy) { p.CreatorShown, p.CreatorUnnamed = true, true })
	w.client.Nonce = func(name string) string { _, nonce, _ := strings.Cut(name, "#"); return nonce }
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter})
	if _, err := w.client.MintKey(t.Context(), w.workspace, "Payments #1", 0, nil); !apierr.IsUnknown(err) {
		t.Fatal(err)
	}
	lost := w.Keys()[0].ID
	w.Change(lost, func(k *openroutersim.Key) { k.Name = "payments #1" })
	list, err := w.client.FreshKeys(t.Context(), w.workspace)
	ok(t, err)
	same(t, w.client.Stamps(*list.ByID[lost]), true)
}

// Where the management key cannot be read, what else is asked and done goes on as where it does not name its creator. A
// refusal is not asked for again, trouble after some seconds.
func TestCreatorNotRead(t *testing.T) {
	t.Parallel()
	for status, refused := range map[int]bool{401: true, 403: true, 429: false, 500: false} {
		w := begin(t)
		w.SetPolicy(func(p *openroutersim.Policy) { p.CreatorShown = true })
		member, _ := w.SeedKey(openroutersim.Key{Name: "y", WorkspaceID: w.workspace, Creator: "user_member"})
		for i := range 5 {
			w.SeedKey(openroutersim.Key{Name: fmt.Sprint(i), WorkspaceID: w.workspace, Creator: "user_member"})
		}
		w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: status})
		ok(t, w.client.CheckManages(t.Context()))
		list, err := w.client.Keys(t.Context(), w.workspace)
		ok(t, err)
		same(t, []any{len(list.ByID), list.ByID[member].CreatorID, list.ByID[member].OwnCreator, len(list.Incomplete)}, []any{6, "user_member", false, 1})
		if why := fmt.Sprint(list.Incomplete); !strings.Contains(why, "have the creator of the management key") {
			t.Errorf("%d: incomplete because %s", status, why)
		}
		_, err = w.client.Key(t.Context(), w.workspace, member, time.Time{})
		ok(t, err)
		k, err := w.client.UpdateKey(t.Context(), w.workspace, member, map[string]any{"name": "z"})
		ok(t, err)
		same(t, k.Name, "z")
		minted, err := w.client.MintKey(t.Context(), w.workspace, "x", 0, nil)
		ok(t, err)
		list, err = w.client.FreshKeys(t.Context(), w.workspace)
		ok(t, err)
		same(t, []bool{w.client.Stamps(*list.ByID[minted.Hash]), w.client.Stamps(*list.ByID[member])}, []bool{true, false})
		asked := w.Count(openroutersim.OpOwnKey)
		same(t, []bool{asked == 1, refused}, []bool{refused, refused})

		w.ClearFaults()
		ok(t, w.client.Sleep(t.Context(), time.Minute))
		list, err = w.client.FreshKeys(t.Context(), w.workspace)
		ok(t, err)
		same(t, []any{len(list.Incomplete), w.Count(openroutersim.OpOwnKey) - asked}, []any{map[bool]int{true: 1, false: 0}[refused], map[bool]int{true: 0, false: 1}[refused]})
	}
	// A stop is no answer of the server.
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "y", WorkspaceID: w.workspace, Creator: "user_member"})
	ctx, stop := context.WithCancel(t.Context())
	w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: 503, Notify: stop, Times: 1})
	if _, err := w.client.Key(ctx, w.workspace, hash, time.Time{}); err == nil {
		t.Error("stopped, and no error")
	}
	list, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	same(t, len(list.Incomplete), 0)
}

// One row that cannot be read is left out of a list, and said so without quoting it.
func TestStrangeRow(t *testing.T) {
	t.Parallel()
	const mine = `{"hash":"mine","name":"x","limit":"5","created_at":"2030-01-02T03:04:05Z"}`
	for _, row := range []string{`{"hash":"other","limit":"sk-or-v1-none"}`, `{"hash":"other","name":5}`, `{"hash":7}`, `"text"`, `{"name":"no hash"}`, `{"hash":"far","expires_at":"2099-12-31T00:00:00Z"}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rows := row + "," + mine
			if r.URL.Query().Get("offset") != "0" {
				rows = mine
			}
			_, _ = fmt.Fprintf(w, `{"data":[%s]}`, rows)
		}))
		client := api.New(apiclient.Config{BaseURL: server.URL, Credential: secret.New("sk-or-mgmt-fake"), Clock: clock.NewFake(start)})
		list, err := client.Keys(t.Context(), "")
		server.Close()
		ok(t, err)
		same(t, []any{len(list.ByID), list.ByID["mine"].Name, len(list.Incomplete) > 0}, []any{1, "x", true})
		_, doubtful := list.Doubtful["far"]
		same(t, doubtful, strings.Contains(row, "far"))
		if strings.Contains(fmt.Sprint(list.Incomplete), "none") {
			t.Errorf("quoted: %v", list.Incomplete)
		}
	}
}

// A gateway may write counts as texts, and none as an empty one.
func TestNumbersAsTexts(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace, Limit: 5})
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.Altered, Body: `{"data":[{"key_hash":"one"}],"total_count":"2"}`, Times: 1},
		simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.Altered, Body: `{"data":[{"key_hash":"two"}],"total_count":"2"}`, Times: 1},
		simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"limit": "", "usage": "0"}},
		simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 200, Body: `{"assigned_count":"0"}`},
	)
	assignments, err := w.client.Assignments(t.Context())
	ok(t, err)
	same(t, []int{len(assignments.ByID), w.Count(openroutersim.OpListAssignments)}, []int{2, 2})
	keys, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	same(t, []any{keys.ByID[hash].Limit == nil, keys.ByID[hash].Used, len(keys.Incomplete)}, []any{true, false, 0})
	if err := w.client.Assign(t.Context(), w.workspace, hash, w.SeedGuardrail("")); err == nil || !strings.Contains(err.Error(), "to no key") {
		t.Errorf("got %v", err)
	}
}

// An update changes what it names, and null clears.
func TestUpdate(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.SetPolicy(func(p *openroutersim.Policy) { p.OffsetTimes = true })
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace, Limit: 5, LimitReset: "daily"})
	k, err := w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"limit": nil, "disabled": true})
	ok(t, err)
	same(t, []any{k.Limit == nil, k.LimitReset, k.Disabled, k.CreatedAt.IsZero()}, []any{true, "daily", true, false})
	w.Inject(simkit.Fault{Operation: openroutersim.OpUpdateKey, Kind: simkit.Crossed, Times: 5})
	w.SeedKey(openroutersim.Key{Name: "other", WorkspaceID: w.workspace})
	if _, err := w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"disabled": false}); err == nil {
		t.Error("an answer about another key passes")
	}
}

// The list of the default workspace is remembered without its id as well, and shows own writes all the same.
func TestDefaultWorkspaceByItsID(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x"})
	name := func() any {
		list, err := w.client.Keys(t.Context(), "")
		ok(t, err)
		if list.ByID[hash] == nil {
			return ""
		}
		return list.ByID[hash].Name
	}
	same(t, name(), "x")
	_, err := w.client.UpdateKey(t.Context(), w.DefaultWorkspace(), hash, map[string]any{"name": "y"})
	ok(t, err)
	same(t, name(), "y")
	ok(t, w.client.RevokeKey(t.Context(), w.DefaultWorkspace(), hash, time.Time{}))
	same(t, name(), "")
}

// A passing 404 to a change does not count where a look finds what the change is about; one
// that stays says so, and what is gone is gone.
func TestUpdateNotFound(t *testing.T) {
	t.Parallel()
	for times, says := range map[int]string{1: "", 2: "still exists"} {
		w := begin(t)
		hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
		for operation, change := range map[string]func() error{
			openroutersim.OpUpdateKey: func() error {
				_, err := w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"name": "y"})
				return err
			},
			openroutersim.OpUpdateWorkspace: func() error {
				_, err := w.client.UpdateWorkspace(t.Context(), w.workspace, time.Time{}, map[string]any{"name": "y"})
				return err
			},
		} {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: times})
			if err := change(); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("%s after %d: %v", operation, times, err)
			}
		}
		w.DeleteKey(hash)
		if _, err := w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"name": "y"}); !apierr.IsGone(err) {
			t.Errorf("got %v", err)
		}
	}
}

// A guardrail is assigned in place of another, found in the list, and taken away.
func TestGuardrails(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	w.Clock().Advance(2 * time.Minute) // it is not young
	one, two := w.SeedGuardrail(""), w.SeedGuardrail("")
	for _, id := range []string{one, two, ""} {
		ok(t, w.client.Assign(t.Context(), w.workspace, hash, id))
		_, err := w.client.Assignments(t.Context())
		ok(t, err)
		has, _ := w.client.GuardrailOf(hash)
		same(t, []string{has, w.Keys()[0].GuardrailID}, []string{id, id})
	}
	err := w.client.Assign(t.Context(), w.workspace, hash, "nope")
	if failed, _ := apierr.As(err); !apierr.IsNotFound(err) || !strings.Contains(failed.Hint, "has no guardrail nope. Check guardrail_id") {
		t.Errorf("got %v", err)
	}
	if err := w.client.Assign(t.Context(), w.workspace, strings.Repeat("0", 64), one); !apierr.IsGone(err) {
		t.Errorf("got %v", err)
	}

	// A count of 0 is none where a repeated request comes too late, and an error where nothing was assigned.
	const none = `{"assigned_count":0}`
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.Altered, Body: none, Times: 1},
	)
	ok(t, w.client.Assign(t.Context(), w.workspace, hash, one))
	w.Inject(simkit.Fault{Operation: openroutersim.OpAssignGuardrail, Kind: simkit.StatusBefore, Status: 200, Body: none, Times: 1})
	if err := w.client.Assign(t.Context(), w.workspace, hash, two); err == nil || !strings.Contains(err.Error(), "to no key") {
		t.Errorf("got %v", err)
	}
	same(t, w.Keys()[0].GuardrailID, one)
}

// A workspace is created once though its answer is lost, read by id and slug, and deleted.
func TestWorkspaces(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.Inject(simkit.Fault{Operation: openroutersim.OpCreateWorkspace, Kind: simkit.CutAfter, Times: 1})
	made, how, err := w.client.CreateWorkspace(t.Context(), "Team", map[string]any{"name": "Team", "slug": "team"})
	ok(t, err)
	same(t, []any{how.Adopted, len(w.Workspaces())}, []any{true, 3})
	bySlug, err := w.client.Workspace(t.Context(), "team", time.Time{})
	ok(t, err)
	same(t, bySlug.ID, made.ID)
	made, err = w.client.UpdateWorkspace(t.Context(), made.ID, time.Time{}, map[string]any{"description": "d"})
	ok(t, err)
	same(t, *made.Description, "d")
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: made.ID})
	err = w.client.DeleteWorkspace(t.Context(), made.ID, time.Time{})
	if failed, _ := apierr.As(err); failed == nil || !strings.Contains(failed.Hint, "keys that work") {
		t.Errorf("got %v", err)
	}
	w.DeleteKey(hash)
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpDeleteWorkspace, Kind: simkit.NotFoundBefore, Times: 1},
		simkit.Fault{Operation: openroutersim.OpListWorkspaces, Kind: simkit.Altered, Set: map[string]any{"created_at": "1970-01-01T00:00:00Z"}, Times: 2},
	)
	err = w.client.DeleteWorkspace(t.Context(), made.ID, time.Time{})
	if err == nil || !strings.Contains(err.Error(), "may be incomplete") {
		t.Errorf("got %v", err)
	}
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: openroutersim.OpDeleteWorkspace, Kind: simkit.CutAfter, Times: 1})
	ok(t, w.client.DeleteWorkspace(t.Context(), made.ID, time.Time{}))
	same(t, len(w.Workspaces()), 2)
	// What is not there before may be another organization's.
	err = w.client.DeleteWorkspace(t.Context(), made.ID, time.Time{})
	if failed, _ := apierr.As(err); failed == nil || !strings.Contains(failed.Hint, "another organization") {
		t.Errorf("got %v", err)
	}
}

// A delete whose good answer says that nothing was deleted is success only where a look shows the object gone.
func TestDeleteThatWasNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"deleted":false}`, `{"deleted":"yes"}`, `{}`} {
		for _, done := range []bool{false, true} {
			w := begin(t)
			hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
			empty := w.SeedWorkspace("Empty", "empty")
			for operation, remove := range map[string]func() error{
				openroutersim.OpDeleteKey:       func() error { return w.client.RevokeKey(t.Context(), w.workspace, hash, time.Time{}) },
				openroutersim.OpDeleteWorkspace: func() error { return w.client.DeleteWorkspace(t.Context(), empty, time.Time{}) },
			} {
				fault := simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 200, Body: body}
				if done {
					fault.Kind = simkit.Altered
				}
				w.Inject(fault)
				err := remove()
				if fails := !done && body == `{"deleted":false}`; (err != nil) != fails || fails && !strings.Contains(err.Error(), "still exists") {
					t.Errorf("%s, %s, done %t: %v", operation, body, done, err)
				}
			}
		}
	}
}

// A refusal of one call after reads that succeeded is about the call; one of the first create may be about the kind of key.
func TestRefusedAfterARead(t *testing.T) {
	t.Parallel()
	w := begin(t)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
	_, err := w.client.Keys(t.Context(), w.workspace)
	ok(t, err)
	for _, operation := range []string{openroutersim.OpDeleteKey, openroutersim.OpCreateKey} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 403})
	}
	failed, _ := apierr.As(w.client.RevokeKey(t.Context(), w.workspace, hash, time.Time{}))
	if failed == nil || !strings.Contains(failed.Hint, "The management key works: it has been used in this run") {
		t.Errorf("delete: %+v", failed)
	}
	_, err = w.client.MintKey(t.Context(), w.workspace, "y", 0, nil)
	if failed, _ = apierr.As(err); failed == nil || !strings.Contains(failed.Hint, "inference key") {
		t.Errorf("create: %+v", failed)
	}
}

// A refusal after a write that succeeded is about the call, not about the management key.
func TestRefusedAfterAWrite(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{false, true} {
		w := begin(t)
		hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w.workspace})
		if written {
			_, err := w.client.MintKey(t.Context(), w.workspace, "y", 0, nil)
			ok(t, err)
		}
		w.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 403})
		_, update := w.client.UpdateKey(t.Context(), w.workspace, hash, map[string]any{"disabled": true})
		for name, err := range map[string]error{
			"update": update,
			"assign": w.client.Assign(t.Context(), w.workspace, hash, w.SeedGuardrail("")),
			"delete": w.client.RevokeKey(t.Context(), w.workspace, hash, time.Time{}),
		} {
			failed, _ := apierr.As(err)
			if failed == nil || strings.Contains(failed.Hint, "may be unknown to this server") == written || strings.Contains(failed.Hint, "may not make this call") != written {
				t.Errorf("%s, written %t: %+v", name, written, failed)
			}
		}
	}
}

// A young workspace of another run that does not show everywhere yet is changed and deleted all the same.
func TestYoungWorkspaceOfAnotherRun(t *testing.T) {
	t.Parallel()
	w := begin(t)
	before := len(w.Workspaces())
	w.Inject(
		simkit.Fault{Operation: openroutersim.OpListWorkspaces, Kind: simkit.StaleList, LagTime: 25 * time.Second},
		simkit.Fault{Operation: openroutersim.OpGetWorkspace, Kind: simkit.NotFoundBefore, For: 5 * time.Second},
		simkit.Fault{Operation: openroutersim.OpDeleteWorkspace, Kind: simkit.NotFoundBefore, For: 10 * time.Second},
	)
	id := w.SeedWorkspace("Team", "team")
	ok(t, w.client.DeleteWorkspace(t.Context(), id, start))
	same(t, len(w.Workspaces()), before)
	id = w.SeedWorkspace("Team", "team")
	for _, operation := range []string{openroutersim.OpUpdateWorkspace, openroutersim.OpGetWorkspace} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 1})
	}
	_, err := w.client.UpdateWorkspace(t.Context(), id, w.client.Now(), map[string]any{"description": "d"})
	ok(t, err)
	ok(t, w.client.DeleteWorkspace(t.Context(), id, time.Time{}))
	same(t, len(w.Workspaces()), before)
}
