// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toysim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
)

func TestExtras(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{Extras: true, RegionInCapitals: true})
	made := y.do(200, "POST", "/keys", `{"name":"a","note":"n","limit":7,"scopes":["x"],"tier":"gold","region":"north"}`)
	id := made["id"].(string)
	y.same([]any{made["note"], made["limit"], made["scopes"], made["tier"], made["region"]}, []any{"n", 7.0, nil, "gold", "NORTH"})
	y.same(y.Keys()[0].Scopes, []string{"x"})
	secret := made["secret"].(string)
	y.same([]any{made["hint"], made["serial"]}, []any{secret[:8] + "..." + secret[len(secret)-4:], "no-1"})
	changed := y.do(200, "PATCH", "/keys/"+id, `{"limit":null,"scopes":[],"region":null}`)
	y.same([]any{changed["limit"], changed["region"], changed["note"], y.Keys()[0].Scopes}, []any{nil, "HOME", "n", []string{}})
	y.SetPolicy(func(p *toysim.Policy) { p.LimitIgnored = true })
	y.same(y.do(200, "PATCH", "/keys/"+id, `{"limit":9}`)["limit"], nil)
	for body, status := range map[string]int{`{"tier":"x"}`: 400, `{"secret":"x"}`: 400, `{"note":1}`: 400, `{"scopes":1}`: 400} {
		y.do(status, "PATCH", "/keys/"+id, body)
	}
	y.SetPolicy(func(p *toysim.Policy) { p.LimitIgnored, p.ActivationNeeded = false, true })
	y.do(400, "PATCH", "/keys/"+id, `{"limit":-1}`)
	y.same(y.Valid(secret), false)
	y.do(200, "POST", "/keys/"+id+"/activate", "")
	y.do(404, "POST", "/keys/nope/activate", "")
	y.same(y.Valid(secret), true)
	y.do(400, "PATCH", "/keys/"+id, `{"disabled":1}`)
	y.same(y.do(200, "PATCH", "/keys/"+id, `{"disabled":true}`)["disabled"], true)
	y.same(y.Valid(secret), false)
	y.ChangeKey(id, func(e *toysim.Extras) { e.Tier = "tin" })
	y.same(y.do(200, "GET", "/keys/"+id, "")["tier"], "tin")
}

func TestChosenSecret(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{Extras: true, HashIDs: true})
	const chosen = "toy-fake-chosen-0123456789"
	made := y.do(200, "POST", "/keys", `{"name":"a","secret":"`+chosen+`"}`)
	hash := sha256.Sum256([]byte(chosen))
	y.same([]any{made["secret"], made["id"], y.Valid(chosen)}, []any{chosen, hex.EncodeToString(hash[:]), true})
	y.do(400, "POST", "/keys", `{"name":"a","secret":"short"}`)
	y.SetPolicy(func(p *toysim.Policy) { p.SecretsOwn = true })
	y.do(422, "POST", "/keys", `{"name":"a","secret":"`+chosen+`"}`)
}

func TestOneKeyOfAnOwner(t *testing.T) {
	t.Parallel()
	y := begin(t, toysim.Policy{OneEach: true, UseYesNo: true})
	id, before := y.SeedKey("a", "ci")
	y.do(403, "POST", "/keys", `{"name":"b","owner":"ci"}`)
	y.do(200, "POST", "/keys", `{"name":"b","owner":"cd"}`)
	y.SetPolicy(func(p *toysim.Policy) { p.OneEach, p.SameKey = false, true })
	made := y.do(200, "POST", "/keys", `{"name":"b","owner":"ci"}`)
	y.same([]any{made["id"], made["used"], y.Valid(before), y.Valid(made["secret"].(string))}, []any{id, false, false, true})
	y.UseKey(id)
	y.same(y.do(200, "GET", "/keys/"+id, "")["used"], true)
}
