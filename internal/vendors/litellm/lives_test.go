// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

// oddities are proxies that differ from a present-day one.
var oddities = map[string]litellmsim.Policy{
	"usual":              {},
	"secrets not chosen": {NotChosen: true},
	"secrets dropped":    {ChosenDropped: true},
	"older":              {Older: true, NaiveTimes: true, PythonErrors: true, NoKeyName: true},
	"bare teams":         {BareTeams: true},
}

// A key is created, rotated with an overlap that the server ends and an apply deletes, and
// deleted.
func TestLife(t *testing.T) {
	t.Parallel()
	for name, policy := range oddities {
		for _, inTeam := range []bool{false, true} {
			t.Run(fmt.Sprint(name, inTeam), func(t *testing.T) {
				t.Parallel()
				w := begin(t, policy)
				config := settings{"name": "payments", "lifetime": "90d", "rotate_after": "60d", "overlap": "1h", "max_budget": 5.5, "soft_budget": 4.0, "models": []string{"b", "a"}, "metadata": map[string]string{"x": "y"}}
				if inTeam {
					config["team_id"] = w.team
				}
				first := w.Apply(config)
				w.works()
				key := w.Keys()[0]
				same(t, "key", []any{key.ID, key.Alias, key.ExpiresAt.Sub(key.Exact), key.Settings["max_budget"], key.Metadata["x"], key.TeamID == w.team}, []any{first["id"], "payments", 90 * 24 * time.Hour, 5.5, "y", inTeam})

				w.Advance(61 * 24 * time.Hour)
				second := w.Apply(config)
				w.works()
				same(t, "rotated", []any{second["generation"], w.aliases(), w.Keys()[0].ID}, []any{2, []string{"payments-g1", "payments"}, first["id"]})
				left := w.Keys()[0].ExpiresAt.Sub(w.Keys()[1].Exact)
				same(t, "ends in time", left >= time.Hour && left <= time.Hour+2*time.Second, true)
				w.Advance(30 * time.Minute)
				same(t, "quiet during the overlap", w.Quiet(config), true)
				w.Advance(time.Hour)
				same(t, "an apply is due", w.Quiet(config), false)
				w.Apply(config)
				same(t, "keys after the overlap", []any{w.aliases(), w.Keys()[0].ID}, []any{[]string{"payments"}, second["id"]})

				w.Advance(91 * 24 * time.Hour) // it expires although nobody applies
				third := w.Apply(config)
				w.works()
				same(t, "after the end", []any{third["generation"], w.aliases()}, []any{3, []string{"payments"}})
				w.Apply(nil)
				same(t, "keys", len(w.Keys()), 0)
			})
		}
	}
}

// Whatever answer is lost, there is one mint, or where secrets are not chosen one key, and
// the sealed secret is the one that works.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"usual", "secrets not chosen", "secrets dropped"} {
		policy := oddities[name]
		for _, kind := range []simkit.FaultKind{simkit.CutAfter, simkit.StatusAfter, simkit.MissingSecret, simkit.Truncated, simkit.HTML, simkit.CutBefore, simkit.StatusBefore} {
			for _, rotates := range []bool{false, true} {
				t.Run(fmt.Sprint(name, kind, rotates), func(t *testing.T) {
					t.Parallel()
					w := begin(t, policy)
					config := settings{"name": "payments", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}, "overlap": "0s"}
					if rotates {
						w.Apply(config)
						config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
					}
					before := len(w.Archive())
					w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: kind, Times: 1, Skip: boolInt(policy.NotChosen)})
					w.Apply(config)
					w.works()
					same(t, "aliases", w.aliases(), []string{"payments"})
					if !policy.NotChosen && !policy.ChosenDropped {
						same(t, "mints", len(w.Keys())+len(w.Archive())-before, 1+boolInt(rotates))
					}
				})
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A create that is answered with another key, which it cannot have created: that key is left alone, and
// the one that was created is found.
func TestAnotherKeyAnswered(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"usual", "secrets not chosen"} {
		for _, rotates := range []bool{false, true} {
			policy := oddities[name]
			w := begin(t, policy)
			config := settings{"name": "payments", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}, "overlap": "0s"}
			if rotates {
				w.Apply(config)
				config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
			}
			other, plain := secret.New("sk-of-another-workload").Fingerprint(), "sk-of-another-workload" // created meanwhile
			want := []string{"payments"}
			if !policy.NotChosen {
				other, plain = w.SeedKey(litellmsim.Key{Alias: "theirs", TeamID: w.team})
				want = []string{"theirs", "payments"}
			}
			w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.Altered, Times: 1, Skip: boolInt(policy.NotChosen), Set: map[string]any{
				"key": plain, "token": other, "token_id": other, "key_alias": "theirs", "metadata": map[string]any{},
			}})
			id := w.Apply(config)["id"]
			w.works()
			same(t, name, []any{w.aliases(), w.Keys()[len(want)-1].ID, policy.NotChosen || w.Keys()[0].ID == other}, []any{want, id, true})
		}
	}
}

// Where the proxy stamps keys with the user of the credential, the marker finds them again.
func TestStampedByCaller(t *testing.T) {
	t.Parallel()
	for _, trouble := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{NotChosen: true})
		_, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", AdminOf: w.team, UserID: "user-ci"})
		w.Setenv("LITELLM_API_KEY", plain)
		if trouble { // the user of the credential is not known at first
			w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: 503, Times: 5})
		}
		w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: 1})
		w.Apply(settings{"name": "x"})
		w.works()
		same(t, "keys", []any{w.aliases(), w.Keys()[1].UserID, w.Says("belongs to a user")}, []any{[]string{"terraform", "x"}, "user-ci", true})
	}
}

// So does that of an attempt of this run where the proxy stamps the keys of the master key, which has no user: one mint
// is lost, and the next one gets the alias.
func TestStampedForTheMasterKey(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		for _, lags := range []bool{false, true} {
			w := begin(t, litellmsim.Policy{NotChosen: true, DefaultUser: "user-1"})
			config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
			if rotates {
				w.Apply(config)
				config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
			}
			w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: 1})
			if lags {
				w.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.StaleList, LagTime: 5 * time.Second})
			}
			w.Apply(config)
			w.works()
			same(t, "keys", []any{w.aliases(), w.Keys()[0].UserID, len(w.Archive()), w.Says("copied marker")}, []any{[]string{"x"}, "user-1", 1 + boolInt(rotates), false})
		}
	}
}

// A personal key with a copy of the marker is named and left alone there.
func TestCopiedMarkerForTheMasterKey(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{NotChosen: true, DefaultUser: "user-1"})
	config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	copied, _ := w.SeedKey(litellmsim.Key{Alias: "theirs", UserID: "user-ann", Metadata: maps.Clone(w.Keys()[0].Metadata)})
	w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: 1})
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	w.works()
	w.Has("is left alone", copied)
	w.Apply(nil)
	same(t, "left", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, copied})
}

// A create that was carried out and answered 404 is settled by the hash of its secret; one that was not stays an error.
func TestCreateNotFound(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{simkit.NotFoundAfter, simkit.NotFoundBefore} {
		for _, rotates := range []bool{false, true} {
			w := begin(t, litellmsim.Policy{})
			config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
			if rotates {
				w.Apply(config)
				config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
			}
			w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: kind})
			if kind == simkit.NotFoundBefore {
				w.Refused(w.Try(config), "Check litellm.base_url")
				same(t, "keys", len(w.Keys()), boolInt(rotates))
				continue
			}
			w.Apply(config)
			w.works()
			same(t, "aliases", w.aliases(), []string{"x"})
		}
	}
}

// The same where the proxy chooses the secret: what the answer hid is found by its marker, deleted and created anew.
func TestCreateNotFoundWhereTheProxyChooses(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{NotChosen: true})
		config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
		if rotates {
			w.Apply(config)
			config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
		}
		w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.NotFoundAfter, Skip: 1, Times: 1})
		w.Apply(config)
		w.works()
		same(t, "keys", []any{w.aliases(), len(w.Archive())}, []any{[]string{"x"}, 1 + boolInt(rotates)})
	}
}

// Where the call is not there at all, in an older proxy or below another address, nothing was created: that is said at once.
func TestNoSuchCall(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]litellmsim.Policy{"usual": {}, "secrets not chosen": {NotChosen: true}} {
		w := begin(t, policy)
		config := settings{"name": "x", "team_id": w.team}
		w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.StatusBefore, Status: 404, Body: `{"detail":"Not Found"}`, Skip: boolInt(policy.NotChosen)})
		before := w.now()
		w.Refused(w.Try(config), "has no call to create keys of a team", "1.103.1", "update the proxy")
		same(t, name+": in state", []any{w.State.State["x"] == nil, w.now().Sub(before) < 30*time.Second}, []any{true, true})

		w = begin(t, policy)
		w.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 404, Body: `{"detail":"Not Found"}`})
		for _, config := range []settings{{"name": "x"}, {"name": "x", "team_id": w.team}} {
			before = w.now()
			w.Refused(w.Try(config), "Check litellm.base_url")
			same(t, name+": in state", []any{w.State.State["x"] == nil, w.now().Sub(before) < 30*time.Second}, []any{true, true})
		}
	}
}

// An alias that an attempt of this very apply has is waited for: its key is deleted once it shows, or kept where its secret
// is the chosen one, and the apply goes on.
func TestAliasOfALostAttempt(t *testing.T) {
	t.Parallel()
	const lag = 40 * time.Second
	for name, policy := range map[string]litellmsim.Policy{
		"usual": {}, "secrets not chosen": {NotChosen: true}, "stamped": {NotChosen: true, DefaultUser: "user-1"},
	} {
		for _, faults := range [][]simkit.Fault{
			{{Operation: litellmsim.OpListKeys, Kind: simkit.StaleList, LagTime: lag}, {Operation: litellmsim.OpGetKey, Kind: simkit.StaleGet, LagTime: lag}},
			{{Operation: litellmsim.OpListKeys, Kind: simkit.StaleList, Lag: 5}}, // those of the looks before the second mint
		} {
			for _, rotates := range []bool{false, true} {
				t.Run(fmt.Sprint(name, len(faults), rotates), func(t *testing.T) {
					t.Parallel()
					w := begin(t, policy)
					config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
					if rotates {
						w.Apply(config)
						config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
					}
					w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: boolInt(policy.NotChosen)})
					w.Inject(faults...)
					if err := w.Try(config); err != nil {
						t.Fatal(err)
					}
					w.ClearFaults()
					w.works()
					same(t, "aliases", w.aliases(), []string{"x"})
				})
			}
		}
	}
}

// A key whose alias was to be given to the next one, of which nobody knows whether it was created, was not renamed outside.
func TestAliasGivenUpInVain(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{NotChosen: true})
	config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
	id := w.Apply(config)["id"]
	w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutBefore, Skip: 1}, simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.StatusBefore, Status: 403, Skip: 2})
	w.Refused(w.Try(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})), "is not settled")
	w.ClearFaults()
	same(t, "aliases", w.aliases(), []string{"x-g1"})
	w.Advance(2 * time.Minute)
	w.Said()
	w.Apply(config)
	said := w.Said()
	if strings.Contains(said, "renamed outside") || !strings.Contains(said, "is given its name again") {
		t.Errorf("said %s", said)
	}
	same(t, "keys", []any{w.aliases(), w.Keys()[0].ID}, []any{[]string{"x"}, id})
}

// An alias that another series has is not taken from it, as in a replacement that creates first.
func TestTakenAlias(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "payments", "team_id": w.team}
	first := w.Apply(config)["id"]
	w.Refused(w.TryAll(map[string]settings{"x": config, "y": config}), "replace it without create_before_destroy", fmt.Sprint("It is key ", first))
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, first})
}

// The key of an admin of a team is enough for the keys of that team: a lost create is found again and deleted,
// and the inventory of the team has them all.
func TestTeamAdmin(t *testing.T) {
	t.Parallel()
	for _, rotates := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{NotChosen: true})
		_, plain := w.SeedKey(litellmsim.Key{Alias: "lead", UserID: "user-lead", AdminOf: w.team})
		w.Setenv("LITELLM_API_KEY", plain)
		config := settings{"name": "payments", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}, "overlap": "0s"}
		if rotates {
			w.Apply(config)
			config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
		}
		w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.CutAfter, Times: 1, Skip: 1})
		w.Apply(config)
		w.works()
		same(t, "aliases", w.aliases(), []string{"lead", "payments"})
		got, err := w.Data("orgkeys_litellm_keys", settings{"team_id": w.team})
		rows, _ := got["keys"].([]any)
		same(t, "inventory of the team", []any{len(rows), err}, []any{1, nil})
	}
}

// One 404 about the old key of a rotation does not end its overlap.
func TestNotFoundOnceInARotation(t *testing.T) {
	t.Parallel()
	for skip := range 3 {
		w := begin(t, litellmsim.Policy{})
		config := settings{"name": "payments", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}}
		first := w.Apply(config)["id"]
		w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.NotFoundBefore, Times: 1, Skip: skip})
		w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
		same(t, "keys", []any{w.aliases(), w.Keys()[0].ID}, []any{[]string{"payments-g1", "payments"}, first})
	}
}

// A refused mint leaves everything as it was, the alias too, and so does a rename that no look confirms; a refused alias
// stops before.
func TestRefusedMint(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "payments", "rotate_when_changed": map[string]string{"a": "1"}}
	id := w.Apply(config)["id"]
	again := with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
	w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.StatusBefore, Status: 400})
	w.Refused(w.Try(again))
	same(t, "keys", []any{w.aliases(), w.Keys()[0].ID, w.Keys()[0].ExpiresAt.IsZero()}, []any{[]string{"payments"}, id, true})
	w.ClearFaults()
	w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: 500, Times: 5}) // the look after the rename, all its tries
	w.Refused(w.Try(again), "given its name back")
	same(t, "keys", []any{w.aliases(), w.Keys()[0].ID}, []any{[]string{"payments"}, id})
	w.ClearFaults()
	w.SetPolicy(func(p *litellmsim.Policy) { p.AliasPattern = "[a-z]+" })
	w.ResetJournal()
	w.Refused(w.Try(again), "[a-z]+")
	same(t, "creates", w.Count(litellmsim.OpCreateKey), 0)
	same(t, "keys", w.aliases(), []string{"payments"})
	w.SetPolicy(func(p *litellmsim.Policy) { p.AliasPattern = "" })
	w.Apply(again)
	w.works()
}

// A rename that the look after it does not show, as of a replica that lags, may have been done: previous keys get what was
// changed with it, and in a rotation the key gets its alias back.
func TestUnseenRename(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "x", "max_budget": 3.0}
	for _, reason := range []string{"1", "2"} {
		config = with(config, settings{"rotate_when_changed": map[string]string{"a": reason}})
		w.Apply(config)
	}
	w.Apply(config) // a refresh that is stored
	lags := func(skip int) {
		w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.Altered, Set: map[string]any{"info.key_alias": "x"}, Skip: skip, Times: 1})
	}
	changed := with(config, settings{"name": "y", "max_budget": 5.0})
	lags(1) // the first look is before the update
	w.Refused(w.Try(changed), `its alias is still "x"`)
	w.ClearFaults()
	w.Apply(changed)
	for _, key := range w.Keys() {
		same(t, "budget of "+key.Alias, key.Settings["max_budget"], 5)
	}
	w.Apply(config)
	lags(0)
	w.Refused(w.Try(with(config, settings{"rotate_when_changed": map[string]string{"a": "3"}})), `its alias is still "x"`, "given its name back")
	same(t, "aliases", w.aliases(), []string{"x-g1", "x"})
}

// An alias that an answer lacks is not known: it is no other name, and a rotation gives it to the next key all the same.
func TestAliasThatIsNotShown(t *testing.T) {
	t.Parallel()
	for _, operations := range [][]string{{litellmsim.OpListKeys}, {litellmsim.OpListKeys, litellmsim.OpGetKey}} {
		w := begin(t, litellmsim.Policy{})
		config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
		w.Apply(config)
		for _, operation := range operations {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"key_alias", "info.key_alias"}})
		}
		w.Said()
		same(t, "quiet", []any{w.Quiet(config), w.Says("was renamed outside")}, []any{true, false})
		for _, reason := range []string{"2", "3"} {
			config = with(config, settings{"rotate_when_changed": map[string]string{"a": reason}})
			w.Apply(config)
			w.works()
		}
		same(t, "aliases", []any{w.aliases(), w.Says("was renamed outside")}, []any{[]string{"x-g1", "x-g2", "x"}, false})
	}
	w := begin(t, litellmsim.Policy{})
	id := w.Apply(settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}})["id"]
	w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: 200, Body: fmt.Sprintf(`{"key":"%s","info":{}}`, id)})
	w.Refused(w.Try(settings{"name": "x", "rotate_when_changed": map[string]string{"a": "2"}}), "it has no info")
	same(t, "aliases", w.aliases(), []string{"x"})
}

// A rotation hands on what others have set on a key and the configuration does not know: the next key can do and spend
// no more than the one before.
func TestFollowedSettings(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]litellmsim.Policy{"usual": {}, "lists without budgets": {Older: true}} {
		for _, inTeam := range []bool{false, true} {
			w := begin(t, policy)
			config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
			if inTeam {
				config["team_id"] = w.team
			}
			first := w.Apply(config)["id"].(string)
			theirs := map[string]any{
				"budget_id": "shared", "model_max_budget": map[string]any{"m": map[string]any{"budget_limit": 1, "time_period": "1d"}}, "organization_id": "org-1",
				"object_permission": map[string]any{"object_permission_id": "p-1", "mcp_servers": []any{"s"}, "agents": nil}, "permissions": map[string]any{},
			}
			w.Change(first, func(k *litellmsim.Key) { k.Settings = maps.Clone(theirs) })
			same(t, name+": no drift", w.Quiet(config), true)
			w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
			w.works()
			want := map[string]any{
				"budget_id": "shared", "model_max_budget": theirs["model_max_budget"], "organization_id": "org-1",
				"object_permission": map[string]any{"mcp_servers": []any{"s"}},
			}
			if inTeam { // which has an organization
				delete(want, "organization_id")
			}
			same(t, name, w.Keys()[1].Settings, want)
		}
	}
	w := begin(t, litellmsim.Policy{}) // a budget of the key's own is made anew
	config := settings{"name": "x", "soft_budget": 4.0, "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	same(t, "a soft budget", w.Keys()[1].Settings, map[string]any{"soft_budget": 4})
	w.Apply(settings{"name": "x", "rotate_when_changed": map[string]string{"a": "3"}}) // taken away by a rotation
	same(t, "no soft budget", []any{w.Keys()[2].Settings["soft_budget"], w.Keys()[2].Settings["budget_id"], w.Attributes()["soft_budget"]}, []any{nil, nil, nil})
}

// Own arguments change in place, on previous keys too; what is taken away is cleared, and
// metadata of others is kept, also by a rotation.
func TestOwnArguments(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "x", "max_budget": 5.0, "tpm_limit": 10, "models": []string{"a"}, "metadata": map[string]string{"a": "1", "b": "2"}, "rotate_when_changed": map[string]string{"a": "1"}}
	first := w.Apply(config)["id"].(string)
	w.Change(first, func(k *litellmsim.Key) { k.Metadata["theirs"] = map[string]any{"n": 1} })
	same(t, "entries of others are no drift", w.Quiet(config), true)
	config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}, "max_budget": 4.0, "metadata": map[string]string{"a": "3"}})
	second := w.Apply(config)["id"].(string)
	for _, key := range w.Keys() {
		same(t, "after the rotation", []any{key.Settings["max_budget"], key.Metadata["a"], key.Metadata["b"], key.Metadata["theirs"]}, []any{4, "3", nil, map[string]any{"n": 1}})
	}
	third := w.Apply(with(settings{"name": "renamed", "disabled": true, "budget_duration": "30d"}, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	for _, key := range w.Keys() {
		same(t, "after the change", []any{key.Settings["max_budget"], key.Settings["tpm_limit"], key.Settings["models"], key.Metadata["a"], key.Settings["budget_duration"], key.Blocked}, []any{nil, nil, []any{}, nil, "30d", true})
	}
	same(t, "renamed", []any{w.aliases(), third["id"] == second, third["generation"]}, []any{[]string{"x-g1", "renamed"}, true, 2})
	w.Apply(settings{"name": "renamed", "disabled": false, "team_id": w.team})
	same(t, "replaced", []any{len(w.Keys()), w.Keys()[0].TeamID}, []any{1, w.team})
}

// An amount that is no binary fraction is the same at the proxy.
func TestBudgetOfCents(t *testing.T) {
	t.Parallel()
	budget, _, err := big.ParseFloat("0.1", 10, 512, big.ToNearestEven) // as Terraform reads it
	if err != nil {
		t.Fatal(err)
	}
	w := begin(t, litellmsim.Policy{})
	w.Apply(settings{"name": "x", "max_budget": budget, "soft_budget": budget})
	same(t, "said", w.Says("has another"), false)
}

// A lifetime changes in place, also after a time without a database, in which the proxy answers as if it refused.
func TestLifetime(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	first := w.Apply(settings{"name": "x", "lifetime": "90d", "rotate_after": "60d"})
	w.Inject(simkit.Fault{
		Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 400, Times: 2,
		Body: `{"error":{"message":"Authentication Error, Not connected to DB!","type":"internal_server_error","param":"None","code":"400"}}`,
	})
	w.Refused(w.Try(settings{"name": "x", "lifetime": "120d", "rotate_after": "60d"}), "has no database at the moment")
	w.ClearFaults()
	second := w.Apply(settings{"name": "x", "lifetime": "120d", "rotate_after": "60d"})
	same(t, "in place", []any{first["id"] == second["id"], w.Keys()[0].ExpiresAt.Sub(w.Keys()[0].Exact).Round(time.Minute)}, []any{true, 120 * 24 * time.Hour})
	// It was changed, and the look after that failed: the next plan sends what is then configured.
	for _, status := range []int{401, 403, 429} {
		w.Inject(simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: status})
		w.Refused(w.Try(settings{"name": "x", "lifetime": "150d", "rotate_after": "60d"}), fmt.Sprint("HTTP ", status))
		same(t, "changed", w.Keys()[0].ExpiresAt.Sub(w.Keys()[0].Exact).Round(time.Hour), 150*24*time.Hour)
		w.ClearFaults()
		again := w.Apply(settings{"name": "x", "lifetime": "120d", "rotate_after": "60d"})
		same(t, fmt.Sprint("taken back after ", status), []any{first["id"] == again["id"], w.Keys()[0].ExpiresAt.Sub(w.Keys()[0].Exact).Round(time.Hour)}, []any{true, 120 * 24 * time.Hour})
	}
	for _, tooLong := range []string{"11y", "3650d"} {
		w.Refused(w.Try(settings{"name": "x", "lifetime": tooLong}), "at most 3600d")
	}
}

// An end that an operator's ceiling fills in counts: the key is replaced with an overlap before it dies.
func TestACeilingBeforeTheKeyIsDue(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{Ceiling: 24 * time.Hour})
	config := settings{"name": "x", "rotate_after": "48h", "overlap": "2h"}
	first := w.Apply(config)
	w.Advance(21 * time.Hour)
	same(t, "quiet", w.Quiet(config), true)
	w.Advance(2 * time.Hour)
	second := w.Apply(config)
	same(t, "rotated", []any{second["generation"], second["id"] != first["id"], w.Keys()[0].ExpiresAt.After(w.now())}, []any{2, true, true})
	w.works()
}

// What operators and others do is said, and nothing of it is undone.
func TestNotices(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		policy litellmsim.Policy
		then   func(*world, string)
		says   string
	}{
		"a ceiling fills the end": {litellmsim.Policy{Ceiling: 24 * time.Hour}, nil, "expires sooner than asked for"},
		"stamped":                 {litellmsim.Policy{DefaultUser: "user-1"}, nil, "belongs to a user"},
		"moved":                   {litellmsim.Policy{}, func(w *world, id string) { w.Change(id, func(k *litellmsim.Key) { k.TeamID = w.team }) }, "was moved to another team"},
		"blocked":                 {litellmsim.Policy{}, func(w *world, id string) { w.Change(id, func(k *litellmsim.Key) { k.Blocked = true }) }, "is disabled"},
		"renamed":                 {litellmsim.Policy{}, func(w *world, id string) { w.Change(id, func(k *litellmsim.Key) { k.Alias = "y" }) }, "was renamed outside"},
		"shortened": {litellmsim.Policy{}, func(w *world, id string) {
			w.Change(id, func(k *litellmsim.Key) { k.ExpiresAt = w.now().Add(time.Hour) })
		}, "expires earlier"},
	} {
		w := begin(t, c.policy)
		config := settings{"name": "x"}
		if err := w.Try(config); err != nil {
			t.Fatal(err)
		}
		if c.then != nil {
			w.Apply(config) // a refresh that is stored
			c.then(w, w.Keys()[0].ID)
			w.Quiet(config)
		}
		same(t, what, w.Says(c.says), true)
		same(t, what+", no other notice of a copy", w.Quiet(config) && !w.Says("copied marker"), true)
		if c.then == nil {
			w.works()
		}
	}
}

// A key that is blocked at the proxy is not said to keep working in the plan of its rotation.
func TestRotationOfABlockedKey(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	id := w.Apply(settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}})["id"].(string)
	w.Change(id, func(k *litellmsim.Key) { k.Blocked = true })
	w.Said()
	w.Apply(settings{"name": "x", "rotate_when_changed": map[string]string{"a": "2"}})
	if said := w.Said(); !strings.Contains(said, "The old key is disabled and stays so until an apply with disabled = false; it expires 24h after the new key is created") || strings.Contains(said, "keeps working") {
		t.Errorf("said %s", said)
	}
	same(t, "blocked", []any{w.Keys()[0].Blocked, w.Keys()[1].Blocked}, []any{true, false})
}

// Two rotators are an error, until one of them is turned off; a destroy stays possible.
func TestAutoRotate(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "x"}
	id := w.Apply(config)["id"].(string)
	w.Change(id, func(k *litellmsim.Key) { k.AutoRotate = true })
	w.Refused(w.Try(config), "auto_rotate", "run destroy with -refresh=false")
	w.Apply(nil)
	same(t, "keys", len(w.Keys()), 0)
}

// A missing key leaves the state only where it is proven to be gone, at its own proxy.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, older := range []bool{false, true} {
		for _, inTeam := range []bool{false, true} {
			w := begin(t, litellmsim.Policy{Older: older})
			config := settings{"name": "x"}
			if inTeam {
				config["team_id"] = w.team
			}
			id := w.Apply(config)["id"].(string)
			if inTeam || !older { // an old proxy without a team proves nothing
				other := litellmsim.Start(t, litellmsim.Options{Clock: w.Server.Clock(), Policy: litellmsim.Policy{Older: older}})
				w.at(other)
				_, err := w.Plan(config)
				w.Refused(err, other.URL())
				w.at(w.Server)
			}
			w.DeleteKey(id)
			same(t, "quiet", w.Quiet(config), false)
			same(t, "new", w.Apply(config)["id"] != id, true)
		}
	}
}

// A key of a series that the proxy stamps is a user's to look at, and ours all the same: no copy of a marker.
func TestStampedIsManaged(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	_, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", AdminOf: w.team, UserID: "user-ci"})
	w.Setenv("LITELLM_API_KEY", plain)
	id := w.Apply(settings{"name": "x"})["id"]
	got, err := w.Data(keyType, settings{"name": "x"})
	same(t, "by name", []any{got["id"], got["owner_type"], err}, []any{id, "user", nil})
	got, err = w.Data("orgkeys_api_keys", nil)
	managed := map[any]any{}
	rows, _ := got["api_keys"].([]any)
	for _, one := range rows {
		row, _ := one.(settings)
		managed[row["name"]] = row["managed"]
	}
	same(t, "managed", []any{managed, err}, []any{map[any]any{"x": true, "terraform": false}, nil})
	names, _ := w.List(keyType, nil)
	same(t, "listed", names, []string{"x (user-ci)", ""}) // the other is a warning that there may be more
}

// A proxy that stores aliases in lower case renames, rotates and stays quiet.
func TestLowerAliases(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{LowerAliases: true})
	config := settings{"name": "Key-A", "rotate_when_changed": map[string]string{"x": "1"}}
	w.Apply(config)
	config = with(config, settings{"name": "Key-B"})
	same(t, "name", w.Apply(config)["name"], "Key-B")
	config = with(config, settings{"rotate_when_changed": map[string]string{"x": "2"}})
	w.Apply(config)
	same(t, "aliases", w.aliases(), []string{"key-b-g1", "key-b"})
	_, _, err := w.Import(keyType, "Key-B")
	same(t, "import by alias", err, nil)
}

// A key that was regenerated elsewhere has another hash, and is named.
func TestRegenerated(t *testing.T) {
	t.Parallel()
	for _, inTeam := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{})
		config := settings{"name": "x"}
		if inTeam {
			config["team_id"] = w.team
		}
		id := w.Apply(config)["id"].(string)
		other := strings.Repeat("ab", 32)
		w.Change(id, func(k *litellmsim.Key) { k.ID = other })
		w.Refused(w.Try(config), other)
		same(t, "keys", w.aliases(), []string{"x"})
	}
}

// A run that was killed leaves its key with the alias; the next one gets it all the same, also where the proxy stamps the
// keys of the master key with a user.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "user-1"} {
		w := begin(t, litellmsim.Policy{DefaultUser: user})
		config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
		if user == "" {
			config["team_id"] = w.team
		}
		first := w.Apply(config)["id"]
		before := *w.State.State["x"]
		config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
		w.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.StatusBefore, Status: 500, Skip: 1}) // no end for the old key
		if err := w.Try(config); err != nil {
			t.Fatal(err)
		}
		w.ClearFaults()
		w.State.State["x"] = &before
		third := w.Apply(config)
		w.works()
		same(t, "aliases", []any{w.Keys()[2].Alias, w.Keys()[2].ID, w.Keys()[0].ID, w.Keys()[2].UserID, w.Says("copied marker")}, []any{"x", third["id"], first, user, false})
	}
}

// The newer state of an older one may have been written after the operator had the proxy stamp keys with another user:
// beside a current key that is running out, or gone, nothing is created.
func TestOlderStateOfAnotherUser(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		w := begin(t, litellmsim.Policy{DefaultUser: "user-ann"})
		config := settings{"name": "x", "overlap": "1h", "rotate_when_changed": map[string]string{"a": "1"}}
		w.Apply(config)
		old := *w.State.State["x"]
		w.SetPolicy(func(p *litellmsim.Policy) { p.DefaultUser = "user-bob" })
		newer := with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})
		used := fmt.Sprint(w.Apply(newer)["id"])
		if gone {
			w.Advance(61 * time.Minute)
			w.Apply(newer)
		}
		w.ResetJournal()
		for _, again := range []settings{config, newer} {
			state := old
			w.State.State["x"] = &state
			w.Said()
			w.Refused(w.Try(again), "older than the server", "key "+used)
		}
		same(t, "created", w.Count(litellmsim.OpCreateKey), 0)
	}
}

// Empty elements are refused by a plan, and an alias that the proxy refuses is an error with advice.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	for _, name := range []string{"models", "allowed_routes"} {
		_, err := w.Plan(settings{"name": "x", name: []string{"a", ""}})
		w.Refused(err, "must not be empty")
	}
	w.Refused(w.Try(settings{"name": "-"}), "Choose another name", "key_alias_pattern")
}

// Another key's alias is an error that names it; so is a version that cannot update.
func TestErrors(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	hash, _ := w.SeedKey(litellmsim.Key{Alias: "x"})
	w.Refused(w.Try(settings{"name": "x"}), "terraform import ADDRESS "+hash)
	w.Apply(settings{"name": "y"})
	w.SetPolicy(func(p *litellmsim.Policy) { p.HashedAgain = true })
	w.Refused(w.Try(settings{"name": "z"}), "1.103.1")
	w.SetPolicy(func(p *litellmsim.Policy) { *p = litellmsim.Policy{Expired: true} })
	w.Refused(w.Try(settings{"name": "y"}), "has expired")
}

// The key that the provider works with is neither disabled nor made to expire.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	own, plain := w.SeedKey(litellmsim.Key{Alias: "terraform", Admin: true})
	w.Setenv("LITELLM_API_KEY", plain)
	w.Adopt(own)
	config := settings{"name": "terraform", "overlap": "24h"}
	w.Refused(w.Try(with(config, settings{"disabled": true})), "provider itself uses key "+own)
	same(t, "disabled", w.Keys()[0].Blocked, false)
	for _, reason := range []string{"1", "2"} {
		config["rotate_when_changed"] = map[string]string{"a": reason}
		same(t, "rotated", w.Try(config), nil) // what is left to do is planned again
	}
	w.Has("does not expire at the server yet", "provider itself uses key "+own)
	same(t, "kept", []any{w.Keys()[0].ExpiresAt.IsZero(), len(w.Keys())}, []any{true, 2})
	w.Setenv("LITELLM_API_KEY", w.AdminKey())
	w.Apply(config)
	same(t, "expires", w.Keys()[0].ExpiresAt.IsZero(), false)
}

// A proxy whose keys are too many to be listed rotates them all the same.
func TestRotationWithoutAList(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "x", "rotate_when_changed": map[string]string{"a": "1"}}
	w.Apply(config)
	w.Inject(simkit.Fault{Operation: litellmsim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"total_pages": 1 << 20}})
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	w.works()
	same(t, "rotated", w.aliases(), []string{"x-g1", "x"})
}

// A feature that needs a license is refused with 500, at once and for good: nothing was done, so nothing is waited for.
func TestWithoutALicense(t *testing.T) {
	t.Parallel()
	const body = `{"error":{"message":"You must be a LiteLLM Enterprise user to use this feature: ['allowed_routes']. Get a license key","type":"internal_server_error","param":"None","code":"500"}}`
	for _, policy := range []litellmsim.Policy{{}, {NotChosen: true}} {
		w := begin(t, policy)
		config := settings{"name": "worker", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}}
		refusal := func(operation string) {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 500, Body: body, Skip: boolInt(policy.NotChosen && operation == litellmsim.OpCreateKey)})
		}
		quick := func(err error) {
			t.Helper()
			w.Refused(err, "leave out allowed_routes")
			w.ClearFaults()
		}
		refusal(litellmsim.OpCreateKey)
		before := w.now()
		quick(w.Try(config))
		same(t, "state, keys", []any{w.Attributes(), len(w.Keys())}, []any{settings(nil), 0})

		id := w.Apply(config)["id"]
		refusal(litellmsim.OpCreateKey)
		quick(w.Try(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}})))
		same(t, "name", w.aliases(), []string{"worker"})

		refusal(litellmsim.OpUpdateKey)
		w.ResetJournal()
		quick(w.Try(with(config, settings{"allowed_routes": []string{"/x"}})))
		same(t, "updates", w.Count(litellmsim.OpUpdateKey), 1)
		w.Apply(config)
		same(t, "current, seconds", []any{w.Keys()[0].ID, w.now().Sub(before) < 10*time.Second}, []any{id, true})
	}
}

// A run that was killed after the current key got its second name, because another key has the first, is gone on with.
func TestSecondNameOfAKilledRun(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "x", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}}
	id := fmt.Sprint(w.Apply(config)["id"])
	w.SeedKey(litellmsim.Key{Alias: "x-g1"})
	second := "x-g1-" + id[:8]
	w.Change(id, func(k *litellmsim.Key) { k.Alias = second })
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	same(t, "aliases", w.aliases(), []string{second, "x-g1", "x"})
}

// A proxy that puts something before aliases: renames and rotations go on, with a warning, and a rotation that fails gives the
// key the very alias back that it had.
func TestPrefixedAliases(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{true, false} {
		w := begin(t, litellmsim.Policy{AliasPrefix: "x-", PrefixedOnce: once})
		config := settings{"name": "worker", "team_id": w.team, "rotate_when_changed": map[string]string{"a": "1"}}
		w.Apply(config)
		w.Said()
		config["name"] = "other"
		w.Apply(config)
		w.Has("is not called as it was asked to be", `"x-other"`)
		same(t, "renamed", w.aliases(), []string{"x-other"})
		config["rotate_when_changed"] = map[string]string{"a": "2"}
		for range 2 {
			w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.StatusBefore, Status: 400})
			w.Refused(w.Try(config), "Create key")
			w.ClearFaults()
			same(t, "given back", w.aliases(), []string{"x-other"})
		}
		// Also where the first name that it would get is another key's.
		taken := map[bool]string{true: "x-other-g1", false: "x-x-other-g1"}[once]
		stranger, _ := w.SeedKey(litellmsim.Key{Alias: taken})
		w.Inject(simkit.Fault{Operation: litellmsim.OpCreateKey, Kind: simkit.StatusBefore, Status: 400})
		w.Refused(w.Try(config), "Create key")
		w.ClearFaults()
		same(t, "given back by its second name", w.aliases(), []string{"x-other", taken})
		w.DeleteKey(stranger)
		w.Apply(config)
		same(t, "rotated", w.aliases(), map[bool][]string{true: {"x-other-g1", "x-other"}, false: {"x-x-other-g1", "x-other"}}[once])

		config["name"] = "third" // and once more after an answer that was lost
		w.Inject(simkit.Fault{Operation: litellmsim.OpUpdateKey, Kind: simkit.CutAfter}, simkit.Fault{Operation: litellmsim.OpGetKey, Kind: simkit.StatusBefore, Status: 403, Skip: 1})
		w.Refused(w.Try(config), "update key")
		w.ClearFaults()
		w.Apply(config)
		same(t, "renamed again", w.Keys()[1].Alias, "x-third")
	}
}

// A lifetime above the operator's ceiling is refused as a value: the next one is tried in place again.
func TestLifetimeAboveTheCeiling(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{Ceiling: 30 * 24 * time.Hour})
	config := settings{"name": "worker", "team_id": w.team, "lifetime": "20d", "rotate_after": "10d"}
	id := w.Apply(config)["id"]
	for range 2 {
		w.Refused(w.Try(with(config, settings{"lifetime": "90d"})), "upperbound_key_generate_params", "max_value")
		same(t, "says that it rotates", w.Says("rotates the key instead"), false)
	}
	same(t, "key", w.Apply(with(config, settings{"lifetime": "25d"}))["id"], id)
}

// A key whose metadata somebody replaced has lost its marker, and every plan says so; one that was imported never had one.
func TestLostMarker(t *testing.T) {
	t.Parallel()
	w := begin(t, litellmsim.Policy{})
	config := settings{"name": "worker", "team_id": w.team}
	id := fmt.Sprint(w.Apply(config)["id"])
	same(t, "quiet", []any{w.Quiet(config), w.Says("has lost its marker")}, []any{true, false})
	w.Change(id, func(k *litellmsim.Key) { k.Metadata = map[string]any{"hers": "x"} })
	for range 2 {
		w.Quiet(config)
		w.Has("has lost its marker", "orgkeys", "the next rotation")
	}
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "1"}}))
	w.Said()
	w.Apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}}))
	w.Said()

	hash, _ := w.SeedKey(litellmsim.Key{Alias: "old", TeamID: w.team})
	w.Adopt(hash)
	w.Apply(with(config, settings{"name": "old"}))
	same(t, "said of an import", w.Says("has lost its marker"), false)
}
