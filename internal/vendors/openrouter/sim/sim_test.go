// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

func same(t *testing.T, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("got %s, want %s", g, w)
	}
}

// Each kind of wrong credential has its own refusal.
func TestCredentials(t *testing.T) {
	t.Parallel()
	k := try(t)
	hash, inference := k.SeedKey(openroutersim.Key{Name: "x"})
	same(t, message(k.As("", 401, "GET", "/keys", "")), "Missing Authentication header")
	same(t, message(k.As("sk-or-v1-sim-unknown", 401, "GET", "/keys", "")), "User not found.")
	same(t, message(k.As(inference, 403, "POST", "/keys", `{"name":"x"}`)), "Only management keys can perform this operation")
	same(t, data(k.As(inference, 200, "GET", "/key", ""))["is_management_key"], false)
	same(t, data(k.send(200, "GET", "/key", ""))["is_management_key"], true)
	k.SetPolicy(func(p *openroutersim.Policy) { p.WrongKey401 = true })
	same(t, message(k.As(inference, 401, "GET", "/keys", "")), "User not found.")
	k.SetPolicy(func(p *openroutersim.Policy) { p.WrongKey401 = false })
	k.DeleteKey(hash)
	same(t, message(k.As(inference, 401, "GET", "/keys", "")), "User not found.")
}

// A secret is shown once, beside the key or in it, and the hash is not made of it.
func TestCreate(t *testing.T) {
	t.Parallel()
	k := try(t)
	answer := k.send(201, "POST", "/keys", `{"name":"x","expires_at":"2026-11-26T09:00:00Z"}`)
	plain, hash := answer["key"].(string), data(answer)["hash"].(string)
	same(t, regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(hash), true)
	same(t, data(answer)["workspace_id"], k.DefaultWorkspace())
	same(t, data(answer)["label"], plain[:12]+"..."+plain[len(plain)-4:])
	same(t, data(answer)["creator_user_id"], nil)
	same(t, []bool{k.Valid(plain), k.Valid(hash)}, []bool{true, false})
	if shown := fmt.Sprint(k.send(200, "GET", "/keys/"+hash, "")); strings.Contains(shown, plain) {
		t.Error("a read shows the secret")
	}
	if journal := fmt.Sprint(k.Journal()); strings.Contains(journal, plain) || strings.Contains(journal, k.AdminKey()) {
		t.Error("the journal shows a secret")
	}
	k.SetPolicy(func(p *openroutersim.Policy) { p.SecretInside, p.CreatorShown = true, true })
	inside := k.send(201, "POST", "/keys", `{"name":"x"}`)
	same(t, []any{inside["key"], k.Valid(data(inside)["key"].(string)), data(inside)["creator_user_id"] != nil}, []any{nil, true, true})
	k.SetPolicy(func(p *openroutersim.Policy) { *p = openroutersim.Policy{} })

	nowhere := strings.Repeat("0", 8) + "-0000-4000-8000-000000000000"
	for body, status := range map[string]int{
		`{}`: 400, `{"name":""}`: 400, `{"name":"x","limit_reset":"yearly"}`: 400, `{"name":"x","limit":-1}`: 400, `{"name":"x","other":1}`: 400,
		`{"name":"x","expires_at":"2026-11-26T09:00Z"}`:         400, // without seconds
		`{"name":"x","expires_at":"2026-11-26T09:00:00+01:00"}`: 400, // another zone
		`{"name":"x","expires_at":"2026-11-25T09:00:00Z"}`:      400, // past
		`{"name":"x","workspace_id":"` + nowhere + `"}`:         404,
	} {
		k.send(status, "POST", "/keys", body)
	}
	k.SetPolicy(func(p *openroutersim.Policy) { p.UnknownWorkspace400 = true })
	k.send(400, "POST", "/keys", `{"name":"x","workspace_id":"`+nowhere+`"}`)
	same(t, len(k.Keys()), 2)
}

// Lists are per workspace, newest first, a hundred to a page, without disabled keys unless
// asked; expired ones are shown.
func TestList(t *testing.T) {
	t.Parallel()
	k := try(t)
	w := k.SeedWorkspace("Payments", "payments")
	var last string
	for i := range 101 {
		last, _ = k.SeedKey(openroutersim.Key{Name: fmt.Sprint(i), WorkspaceID: w, Disabled: i == 50, ExpiresAt: start.Add(time.Duration(i) * time.Hour)})
	}
	rows := func(query string) []any { return k.send(200, "GET", "/keys"+query, "")["data"].([]any) }
	same(t, len(rows("")), 0)
	first := rows("?include_disabled=true&workspace_id=" + w)
	same(t, []any{len(first), first[0].(object)["hash"]}, []any{100, last})
	same(t, len(rows("?workspace_id="+w+"&offset=100")), 0)
	same(t, len(rows("?include_disabled=true&offset=100&workspace_id="+w)), 1)
	same(t, len(rows("?include_disabled=true&offset=101&workspace_id="+w)), 0)
	k.SeedKey(openroutersim.Key{Name: "new", WorkspaceID: w}) // rows move on by one
	same(t, rows("?include_disabled=true&offset=100&workspace_id=" + w)[0].(object)["name"], "1")

	k.SetPolicy(func(p *openroutersim.Policy) { p.ExpiredHidden = true })
	same(t, len(rows("?include_disabled=true&offset=100&workspace_id="+w)), 1)
	k.send(404, "GET", "/keys/"+k.Keys()[0].ID, "")
	k.send(404, "GET", "/keys?workspace_id=nope", "")
	k.SetPolicy(func(p *openroutersim.Policy) { p.UnknownWorkspaceEmpty = true })
	same(t, len(rows("?workspace_id=nope")), 0)
}

// An update changes what it names; null clears.
func TestUpdate(t *testing.T) {
	t.Parallel()
	k := try(t)
	hash, plain := k.SeedKey(openroutersim.Key{Name: "x", Limit: 5, LimitReset: "daily", ExpiresAt: start.Add(time.Hour)})
	k.Clock().Advance(time.Minute)
	after := data(k.send(200, "PATCH", "/keys/"+hash, `{"limit":null,"disabled":true}`))
	same(t, []any{after["limit"], after["limit_reset"], after["name"], after["disabled"], after["updated_at"]}, []any{nil, "daily", "x", true, "2026-11-25T09:01:00.000Z"})
	same(t, k.Valid(plain), false)
	after = data(k.send(200, "PATCH", "/keys/"+hash, `{"expires_at":"2030-01-01T00:00:00Z","disabled":false}`))
	same(t, after["expires_at"], "2026-11-25T10:00:00.000Z")
	k.SetPolicy(func(p *openroutersim.Policy) { p.ImmutableRefused, p.OffsetTimes = true, true })
	k.send(400, "PATCH", "/keys/"+hash, `{"expires_at":"2030-01-01T00:00:00Z"}`)
	same(t, data(k.send(200, "GET", "/keys/"+hash, ""))["expires_at"], "2026-11-25T10:00:00+00:00")
	k.Clock().Advance(time.Hour)
	same(t, k.Valid(plain), false)
	k.send(200, "DELETE", "/keys/"+hash, "")
	k.send(404, "DELETE", "/keys/"+hash, "")
}

// The counters of a used key move on with every read; those of others stay 0.
func TestCounters(t *testing.T) {
	t.Parallel()
	k := try(t)
	used, _ := k.SeedKey(openroutersim.Key{Name: "used"})
	unused, _ := k.SeedKey(openroutersim.Key{Name: "unused"})
	k.UseKey(used)
	usage := func(hash string) any { return data(k.send(200, "GET", "/keys/"+hash, ""))["usage"] }
	if one, two := usage(used), usage(used); one == two {
		t.Errorf("the counter stands at %v", one)
	}
	same(t, []any{usage(unused), usage(unused)}, []any{0.0, 0.0})
}

// A key has one guardrail at most, and a workspace with working keys stays.
func TestGuardrailsAndWorkspaces(t *testing.T) {
	t.Parallel()
	k := try(t)
	w := k.SeedWorkspace("Payments", "payments")
	hash, _ := k.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: w})
	one, two := k.SeedGuardrail(""), k.SeedGuardrail("")
	body := `{"key_hashes":["` + hash + `"]}`
	k.send(200, "POST", "/guardrails/"+one+"/assignments/keys", body)
	k.send(200, "POST", "/guardrails/"+two+"/assignments/keys", body)
	same(t, k.send(200, "GET", "/guardrails/"+one+"/assignments/keys", "")["total_count"], 0.0)
	same(t, k.Keys()[0].GuardrailID, two)
	same(t, k.send(200, "POST", "/guardrails/"+one+"/assignments/keys/remove", body)["unassigned_count"], 0.0)
	k.send(404, "POST", "/guardrails/"+one+"/assignments/keys", `{"key_hashes":["nope"]}`)
	k.send(400, "POST", "/guardrails/"+one+"/assignments/keys", `{"key_hashes":[]}`)

	k.send(400, "DELETE", "/workspaces/payments", "")
	k.send(200, "PATCH", "/keys/"+hash, `{"disabled":true}`)
	k.send(200, "DELETE", "/workspaces/payments", "")
	same(t, len(k.Keys()), 0)
}

// Faults meet keys by their hash and workspaces by their id.
func TestFaults(t *testing.T) {
	t.Parallel()
	k := try(t)
	hash, _ := k.SeedKey(openroutersim.Key{Name: "x"})
	k.SeedKey(openroutersim.Key{Name: "other"})
	k.SeedWorkspace("Payments", "payments")
	k.Inject(simkit.Fault{Kind: simkit.Crossed})
	same(t, data(k.send(200, "GET", "/keys/"+hash, ""))["name"], "other")
	same(t, data(k.send(200, "GET", "/workspaces/default", ""))["slug"], "payments")
	k.ClearFaults()
	k.Inject(simkit.Fault{Kind: simkit.MissingSecret})
	same(t, k.send(201, "POST", "/keys", `{"name":"x"}`)["key"], nil)
	k.ClearFaults()
	k.Inject(simkit.Fault{Kind: simkit.StaleList, Lag: 1})
	k.send(201, "POST", "/keys", `{"name":"young"}`)
	rows := func() int { return len(k.send(200, "GET", "/keys", "")["data"].([]any)) }
	same(t, []int{rows(), rows()}, []int{3, 4})
	k.Reset()
	same(t, []int{rows(), len(k.Workspaces())}, []int{0, 1})
}
