// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
)

const create = `{"name":"x"}`

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for kind, created := range map[simkit.FaultKind]int{simkit.CutBefore: 0, simkit.CutAfter: 1, simkit.Truncated: 1} {
		c, _ := begin(t, toysim.Options{})
		c.sim.Inject(simkit.Fault{Operation: toysim.OpCreate, Kind: kind, Times: 1})
		if r, err := c.try("POST", "/keys", create); err == nil {
			t.Errorf("%s: answers %d %s", kind, r.status, r.raw)
		}
		same(t, len(c.sim.Keys()), created)
		same(t, c.last().Fault, kind)
		c.do(200, "POST", "/keys", create) // used up
	}
}

func TestHeldAnswers(t *testing.T) {
	t.Parallel()
	for kind, created := range map[simkit.FaultKind]int{simkit.HangBefore: 0, simkit.HangAfter: 1} {
		c, _ := begin(t, toysim.Options{})
		ctx, leave := context.WithCancel(t.Context())
		c.sim.Inject(simkit.Fault{Kind: kind, Notify: leave})
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, c.sim.URL()+"/keys", strings.NewReader(create))
		r.Header.Set("Authorization", "Bearer "+c.sim.RootKey())
		r.Header.Set("Content-Type", "application/json")
		if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", kind, err)
		}
		same(t, []int{len(c.sim.Keys()), c.last().Status}, []int{created, 0})
	}
	c, _ := begin(t, toysim.Options{})
	c.sim.Inject(simkit.Fault{Kind: simkit.HangAfter, Notify: c.sim.Close})
	if r, err := c.try("GET", "/keys", ""); err == nil {
		t.Errorf("a server that goes down answers %d", r.status)
	}
}

// The shape of a refusal is the vendor's, whoever refuses.
func TestRefusalsHaveTheVendorsShape(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, toysim.Options{})
	for _, test := range []struct {
		fault   simkit.Fault
		status  int
		error   any
		created int
	}{
		{simkit.Fault{Kind: simkit.StatusBefore}, 503, "Service Unavailable", 0},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 500, Message: "boom"}, 500, "boom", 0},
		{simkit.Fault{Kind: simkit.StatusAfter}, 502, "Bad Gateway", 1},
		{simkit.Fault{Kind: simkit.NotFoundAfter}, 404, "The created object could not be found", 1},
		{simkit.Fault{Kind: simkit.NotFoundBefore}, 404, "Not Found", 0},
		{simkit.Fault{Kind: simkit.NumericCode}, 500, "Internal Server Error", 0},
		{simkit.Fault{Kind: simkit.PlainError, Status: 400}, 400, "Bad Request", 0},
		{simkit.Fault{Kind: simkit.BareError}, 500, nil, 0},
		{simkit.Fault{Kind: simkit.BlockPage}, 403, nil, 0},
		{simkit.Fault{Kind: simkit.HTML}, 200, nil, 1},
	} {
		before := len(c.sim.Keys())
		c.sim.ClearFaults()
		c.sim.Inject(test.fault)
		r := c.do(test.status, "POST", "/keys", create)
		same(t, r.body["error"], test.error)
		same(t, len(c.sim.Keys())-before, test.created)
	}
	c.sim.ClearFaults()
	same(t, c.do(401, "GET", "/keys", "", "Authorization", "Bearer toy-wrong").body["error"], "The credential is wrong")
	same(t, c.do(413, "POST", "/keys", strings.Repeat("x", 1<<20+1)).body["error"], "The body of the request is too large")
}

func TestUnknownRoutesFailTheTest(t *testing.T) {
	t.Parallel()
	r := &recorder{TB: t}
	sim := toysim.Start(r, toysim.Options{})
	c := caller{t, sim}
	same(t, c.get(501, "/owners").body["error"], "The simulator has no GET /api/owners")
	c.do(501, "HEAD", "/keys", "")
	c.do(501, "PUT", "/keys", "")
	for _, f := range r.cleanups {
		f()
	}
	same(t, r.errors, []string{
		"toysim: unknown route called: GET /api/owners", "toysim: unknown route called: HEAD /api/keys", "toysim: unknown route called: PUT /api/keys",
	})
}

// recorder is a testing.TB that remembers failures instead of failing.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, toysim.Options{PerMinute: 2, RetryAfter: true})
	c.do(200, "POST", "/keys", create)
	c.do(200, "POST", "/keys", create)
	r := c.do(429, "POST", "/keys", create)
	same(t, []any{r.header.Get("Retry-After"), r.body["error"], c.last().Throttled, len(c.sim.Keys())}, []any{"30", "Too Many Requests", true, 2})
	c.get(200, "/keys") // another operation
	clock.Advance(30 * time.Second)
	c.do(200, "POST", "/keys", create)
	c.do(429, "POST", "/keys", create)

	c.sim.SetLimits(0, 1)
	c.do(200, "POST", "/keys", create)
	c.get(429, "/keys")
	c.sim.SetLimits(0, 0)
	c.get(200, "/keys")
	c.sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429, RetryAfter: 1500 * time.Millisecond})
	same(t, c.get(429, "/keys").header.Get("Retry-After"), "2")
}

// Whatever carries a secret, the journal does not.
func TestJournalWithoutSecrets(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, toysim.Options{})
	minted := c.do(200, "POST", "/keys", create).body["secret"].(string)
	for _, header := range []string{"X-Api-Key", "Xi-Api-Key", "Api-Key", "Proxy-Authorization", "Cookie", "X-Other"} {
		c.do(200, "GET", "/keys", "", header, minted)
		c.do(200, "GET", "/keys", "", header, c.sim.RootKey())
	}
	c.get(404, "/keys/"+minted)
	c.get(400, "/keys?after="+minted+"&secret=chosen-by-the-caller")
	c.get(400, "/keys?"+c.sim.RootKey()+"=1")
	c.do(400, "POST", "/keys", `{"name":"`+minted+` and more","secret":"chosen-by-the-caller","nested":[{"`+minted+`":"`+c.sim.RootKey()+`"}]}`)
	for _, entry := range c.sim.Journal() {
		text := fmt.Sprint(entry)
		for _, secret := range []string{minted, c.sim.RootKey(), "chosen-by-the-caller"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s %s shows a secret: %s", entry.Method, entry.Path, text)
			}
		}
	}
	e := c.last()
	same(t, []any{e.Operation, e.Fields["name"], e.Fields["secret"], e.CredentialID, e.Time}, []any{toysim.OpCreate, "[secret] and more", "[secret]", "admin", start})
	same(t, []int{c.sim.Count(""), c.sim.Count(toysim.OpCreate)}, []int{17, 2})
	c.sim.ResetJournal()
	same(t, c.sim.Count(""), 0)
}

func TestAlteredAnswers(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, toysim.Options{})
	a, _ := c.sim.SeedKey("a", "")
	b, _ := c.sim.SeedKey("b", "")
	inject := func(f simkit.Fault) { c.sim.ClearFaults(); c.sim.Inject(f) }
	inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"name": "odd"}, Omit: []string{"created_at"}})
	same(t, c.names(c.get(200, "/keys")), []string{"odd", "odd"})
	if row := c.get(200, "/keys/"+a).body; row["name"] != "odd" || row["created_at"] != nil {
		t.Errorf("got %v", row)
	}
	inject(simkit.Fault{Kind: simkit.MissingSecret})
	if made := c.do(200, "POST", "/keys", create).body; made["secret"] != nil || made["id"] == nil {
		t.Errorf("got %v", made)
	}
	inject(simkit.Fault{Kind: simkit.FormerAnswer})
	same(t, c.do(200, "PATCH", "/keys/"+a, `{"name":"c"}`).body["name"], "a")
	same(t, c.sim.Keys()[0].Name, "c")
	inject(simkit.Fault{Kind: simkit.Crossed, ObjectID: a})
	same(t, c.get(200, "/keys/"+a).body["id"], c.sim.Keys()[2].ID)
	same(t, c.do(204, "DELETE", "/keys/"+a, "").raw, "")
	same(t, c.sim.DeletedKeys(), []string{a})
	inject(simkit.Fault{Kind: simkit.Crossed, OtherID: "toy_other"})
	same(t, c.get(200, "/keys/"+b).body["id"], "toy_other")
	inject(simkit.Fault{Kind: simkit.Echo, Header: map[string]string{"date": ""}})
	r := c.get(400, "/keys")
	if !strings.Contains(r.body["error"].(string), "Bearer%20"+c.sim.RootKey()) || r.header["Date"] != nil {
		t.Errorf("got %v %s", r.header, r.raw)
	}
}

func TestLateAnswers(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, toysim.Options{})
	c.sim.SeedKey("old", "")
	c.sim.Inject(simkit.Fault{Kind: simkit.StaleList, LagTime: time.Minute}, simkit.Fault{Kind: simkit.StaleGet, Lag: 2})
	id := c.do(200, "POST", "/keys", create).body["id"].(string)
	same(t, c.names(c.get(200, "/keys")), []string{"old"})
	c.get(404, "/keys/"+id)
	c.get(404, "/keys/"+id)
	c.get(200, "/keys/"+id)
	clock.Advance(time.Minute)
	same(t, c.names(c.get(200, "/keys")), []string{"old", "x"})
}

func TestListsWithoutEnd(t *testing.T) {
	t.Parallel()
	for _, paging := range []toysim.Paging{toysim.PagesByCursor, toysim.PagesByNumber} {
		c, _ := begin(t, toysim.Options{Policy: toysim.Policy{Paging: paging}, MaxPage: 2})
		c.sim.SeedKey("a", "")
		first := c.sim.Keys()[0].ID
		next := func(page int, after string) string {
			if paging == toysim.PagesByNumber {
				return fmt.Sprintf("/keys?limit=5&page=%d", page)
			}
			return "/keys?limit=5&after=" + after
		}
		c.sim.Inject(simkit.Fault{Kind: simkit.EndlessList, Times: 3})
		seen, after := map[string]bool{}, first
		for page := range 3 {
			r := c.get(200, next(page+1, after))
			same(t, []any{len(c.names(r)), r.body["more"]}, []any{2, true})
			for _, row := range r.body["keys"].([]any) {
				after = row.(map[string]any)["id"].(string)
				seen[after] = true
			}
		}
		same(t, len(seen), 6)
		c.sim.Inject(simkit.Fault{Kind: simkit.RepeatedCursor})
		same(t, c.names(c.get(200, next(9, first))), []string{"a"})
	}
}

func TestDateAndSeed(t *testing.T) {
	t.Parallel()
	c, clock := begin(t, toysim.Options{Seed: 7})
	other, _ := begin(t, toysim.Options{Seed: 7})
	same(t, c.sim.RootKey(), other.sim.RootKey())
	clock.Advance(time.Hour)
	same(t, c.get(200, "/keys").header.Get("Date"), "Wed, 02 Jan 2030 04:04:05 GMT")
	_, secret := c.sim.SeedKey("a", "")
	same(t, c.sim.Secrets(), []string{c.sim.RootKey(), secret})
	c.sim.Reset()
	same(t, len(c.sim.Keys()), 0)
	if _, again := c.sim.SeedKey("a", ""); again == secret || c.sim.Valid(secret) || !c.sim.Valid(again) {
		t.Error("a secret came back after the reset")
	}
}

// A snapshot is a copy, and only known acts are done.
func TestOutside(t *testing.T) {
	t.Parallel()
	one := 1
	e := simkit.New(simkit.API{Name: "outside"}, simkit.Options[struct{}]{}).Engine
	copied := simkit.Snapshot(e, func() []*int { return []*int{&one} })
	simkit.Act(map[string]func(){"add": func() { one++ }}, "add")
	if len(copied) != 1 || copied[0] != 1 || one != 2 {
		t.Errorf("got %v and %d", copied, one)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown act was done")
		}
	}()
	simkit.Act(nil, "unknown")
}
