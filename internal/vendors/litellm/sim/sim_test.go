// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openapifacts/contracttest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

type object = map[string]any

const (
	get, post = http.MethodGet, http.MethodPost
	chosen    = "sk-fake-chosen-0123456789"
)

// tried is a simulator that is asked in process.
type tried struct {
	*litellmsim.Server
	*contracttest.Asker
}

func try(t *testing.T, policy litellmsim.Policy) *tried {
	t.Helper()
	clock := simkit.NewClock(time.Date(2026, time.November, 25, 9, 0, 0, 0, time.UTC))
	sim := litellmsim.New(litellmsim.Options{Clock: clock, Policy: policy})
	return &tried{sim, &contracttest.Asker{
		T: t, Handler: sim, Base: litellmsim.BasePath, Open: undescribed,
		Contract:  contracttest.Load(t, "contract/litellm-keys.json", litellmsim.BasePath, "HTTPValidationError"),
		Authorize: func(r *http.Request, credential string) { r.Header.Set("Authorization", "Bearer "+credential) },
	}}
}

func (k *tried) send(status int, method, path, body string) object {
	k.T.Helper()
	return k.As(k.AdminKey(), status, method, path, body)
}

func message(answer object) string {
	inner, _ := answer["error"].(object)
	return fmt.Sprint(inner["message"])
}

// documented are the ways in which the simulator leaves the document behind.
var documented = map[string]string{
	"undocumented field: GET /key/list status":           "derived, as the answer about one key has it",
	"undocumented field: GET /key/list soft_budget":      "inside the budget, which is a free object",
	"undocumented field: POST /key/generate soft_budget": "the same",
	"undocumented request field: POST /key/generate x":   "metadata is a free object",
	"undocumented field: POST /key/generate x":           "the same",
}

// undescribed are the endpoints whose answers the document leaves open.
var undescribed = []string{"POST /key/service-account/generate", "POST /key/update", "POST /key/delete", "GET /key/info"}

func TestAgainstTheDocument(t *testing.T) {
	t.Parallel()
	k := try(t, litellmsim.Policy{})
	team := k.SeedTeam("payments")
	hash := k.send(200, post, "/key/generate", `{"key_alias":"a","key":"`+chosen+`","duration":"30d","models":["m"],"max_budget":5.5,"soft_budget":1,"metadata":{"x":"y"}}`)["token"].(string)
	k.send(200, post, "/key/service-account/generate", `{"key_alias":"b","team_id":"`+team+`"}`)
	k.send(200, get, "/key/info?key="+hash, "")
	k.send(200, get, "/key/list?return_full_object=true&page=1&size=100&team_id="+team, "")
	k.send(200, get, "/key/list", "")
	k.send(422, get, "/key/list?size=101", "")
	k.send(200, post, "/key/update", `{"key":"`+hash+`","key_alias":"c","max_budget":null,"duration":"60s","blocked":true,"metadata":{}}`)
	k.send(200, post, "/key/delete", `{"keys":["`+hash+`"]}`)
	k.send(200, get, "/key/info?key="+hash, "")
	k.send(200, get, "/key/list?status=deleted&return_full_object=true", "")
	k.Report(documented)
}

// What the documents say of refusals, and what operators and versions change.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy litellmsim.Policy
		status int
		path   string
		body   string
		says   string
	}{
		"chosen secrets off":   {litellmsim.Policy{NotChosen: true}, 403, "/key/generate", `{"key":"` + chosen + `"}`, "Custom API key values are disabled"},
		"secret without sk-":   {litellmsim.Policy{}, 400, "/key/generate", `{"key":"fake-0123456789abcdef"}`, "must start with 'sk-'"},
		"account without team": {litellmsim.Policy{}, 400, "/key/service-account/generate", `{}`, "team_id is required"},
		"unknown team":         {litellmsim.Policy{}, 400, "/key/service-account/generate", `{"team_id":"x"}`, "exist"},
		"alias taken":          {litellmsim.Policy{}, 400, "/key/generate", `{"key_alias":"taken"}`, "already exists. Unique"},
		"secret there":         {litellmsim.Policy{}, 500, "/key/generate", `{"key":"` + chosen + `","key_alias":"new"}`, "Internal Server Error."},
		"blank alias":          {litellmsim.Policy{}, 400, "/key/generate", `{"key_alias":" "}`, "Invalid key_alias"},
		"alias against rule":   {litellmsim.Policy{AliasPattern: "[a-z]+"}, 400, "/key/generate", `{"key_alias":"A-1"}`, "[a-z]+"},
		"above the ceiling":    {litellmsim.Policy{Ceiling: time.Hour}, 400, "/key/generate", `{"duration":"2h"}`, "is over max limit"},
		"no such duration":     {litellmsim.Policy{}, 400, "/key/generate", `{"duration":"2y"}`, "duration"},
		"update of nothing":    {litellmsim.Policy{}, 404, "/key/update", `{"key":"0"}`, "Team not found"},
		"delete of nothing":    {litellmsim.Policy{}, 404, "/key/delete", `{"keys":["0"]}`, "No keys found"},
		"expired credential":   {litellmsim.Policy{Expired: true}, 400, "/key/update", `{}`, "Expired Key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := try(t, litellmsim.Policy{})
			k.send(200, post, "/key/generate", `{"key_alias":"taken","key":"`+chosen+`"}`)
			k.SetPolicy(func(p *litellmsim.Policy) { *p = c.policy })
			if said := message(k.send(c.status, post, c.path, c.body)); !strings.Contains(said, c.says) {
				t.Errorf("got %q", said)
			}
		})
	}
}

// An admin of a team manages its keys and the user's own, sees the team's only on request, and lists no teams.
func TestTeamAdmin(t *testing.T) {
	t.Parallel()
	k := try(t, litellmsim.Policy{})
	team, otherTeam := k.SeedTeam("a"), k.SeedTeam("b")
	own, plain := k.SeedKey(litellmsim.Key{UserID: "user-lead", AdminOf: team})
	hash, _ := k.SeedKey(litellmsim.Key{Alias: "x", TeamID: team})
	other, _ := k.SeedKey(litellmsim.Key{Alias: "y", TeamID: otherTeam})
	for query, want := range map[string]float64{
		"": 1, "team_id=" + team: 0, "include_team_keys=true": 2, "include_team_keys=true&team_id=" + team: 1, "include_team_keys=true&team_id=" + otherTeam: 0,
		"key_alias=y": 0, "include_team_keys=true&key_alias=y": 1, // the filter is one of the user's own keys
	} {
		if got := k.As(plain, 200, get, "/key/list?"+query, "")["total_count"]; got != want {
			t.Errorf("%q shows %v keys, want %v", query, got, want)
		}
	}
	for id, status := range map[string]int{own: 200, hash: 200, other: 403} {
		k.As(plain, status, get, "/key/info?key="+id, "")
		k.As(plain, status, post, "/key/update", `{"key":"`+id+`","blocked":false}`)
	}
	k.As(plain, 403, post, "/key/delete", `{"keys":["`+other+`"]}`)
	k.As(plain, 200, post, "/key/service-account/generate", `{"team_id":"`+team+`"}`)
	k.As(plain, 403, post, "/key/service-account/generate", `{"team_id":"`+otherTeam+`"}`)
	k.As(plain, 401, get, "/team/list", "")
}

// A key without a team gets the user of its caller, or of a proxy admin the operator's default; one of a team gets none.
func TestUserOfANewKey(t *testing.T) {
	t.Parallel()
	for _, operators := range []string{"", "user-1"} {
		k := try(t, litellmsim.Policy{DefaultUser: operators})
		team := k.SeedTeam("a")
		_, admin := k.SeedKey(litellmsim.Key{UserID: "user-admin", Admin: true})
		_, lead := k.SeedKey(litellmsim.Key{UserID: "user-lead", AdminOf: team})
		for caller, user := range map[string]any{k.AdminKey(): simkit.OrNull(operators), admin: simkit.OrNull(operators), lead: "user-lead"} {
			if got := k.As(caller, 200, post, "/key/generate", `{}`)["user_id"]; got != user {
				t.Errorf("without a team: %v, want %v", got, user)
			}
			if got := k.As(caller, 200, post, "/key/service-account/generate", `{"team_id":"`+team+`"}`)["user_id"]; got != nil {
				t.Errorf("of a team: %v", got)
			}
		}
	}
}

// What an end, the archive, a version and a credential change.
func TestStates(t *testing.T) {
	t.Parallel()
	k := try(t, litellmsim.Policy{Ceiling: 24 * time.Hour, DefaultUser: "user-1"})
	first := k.send(200, post, "/key/generate", `{"key":"`+chosen+`"}`)
	hash := first["token"].(string)
	if first["user_id"] != "user-1" || first["expires"] != "2026-11-26T09:00:00.000000+00:00" || !k.Valid(chosen) {
		t.Errorf("the create answers %v", first)
	}
	status := func() any {
		inner, _ := k.send(200, get, "/key/info?key="+hash, "")["info"].(object)
		return inner["status"]
	}
	k.Clock().Advance(25 * time.Hour)
	if status() != "expired" || k.Valid(chosen) {
		t.Error("the key has not expired")
	}
	k.send(200, post, "/key/update", `{"key":"`+hash+`","duration":"1h"}`)
	if status() != "active" || !k.Valid(chosen) {
		t.Error("a longer end does not revive the key")
	}
	k.As(chosen, 403, get, "/key/list", "")
	k.As("sk-fake-unknown-0123456789", 401, get, "/key/list", "")
	k.send(200, post, "/key/delete", `{"keys":["`+hash+`"]}`)
	if status() != "deleted" || k.Valid(chosen) {
		t.Error("the key is not deleted")
	}
	k.SetPolicy(func(p *litellmsim.Policy) { p.Older = true })
	k.send(404, get, "/key/info?key="+hash, "")
}
