// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package elevenlabs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

const accountType = "orgkeys_elevenlabs_service_account"

type settings = vendortest.Settings

var same = vendortest.Same

// world is the vendor with resources of one type.
type world struct {
	*vendortest.Stage
	*elevenlabssim.Server
	account string
}

func begin(t *testing.T, policy elevenlabssim.Policy, typeName string) *world {
	t.Helper()
	opened := open(t, policy)
	sim, _ := opened.Sim.(*keys)
	return &world{vendortest.Begin(t, opened, typeName), sim.Server, sim.account}
}

// key is a configuration of the usual key with further arguments.
func (w *world) key(further settings) settings {
	return vendorkit.Merge(settings{"name": "x", "service_account_id": w.account, "permissions": []string{"voices_read"}}, further)
}

// sent are the bodies of the requests of an operation since the journal was emptied.
func (w *world) sent(operation string) (bodies []string) {
	for _, entry := range w.Journal() {
		if operation == "" || entry.Operation == operation {
			body, _ := json.Marshal(entry.Fields)
			bodies = append(bodies, entry.Operation+" "+string(body))
		}
	}
	return bodies
}

// A previous key is disabled and then deleted by the first apply after its overlap, and its
// promised end is shown all the while.
func TestOverlap(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	config := w.key(settings{"rotate_after": "30d", "overlap": "1h"})
	w.Apply(config)
	w.Advance(31 * 24 * time.Hour)
	second := w.Apply(config)
	created, err := time.Parse(time.RFC3339, fmt.Sprint(second["created_at"]))
	same(t, "previous", []any{second["previous"], err}, []any{[]any{settings{"id": w.Keys()[0].ID, "expires_at": created.Add(time.Hour).Format(time.RFC3339)}}, nil})
	w.Advance(2 * time.Hour)
	w.ResetJournal()
	w.Apply(config)
	writes := slices.DeleteFunc(w.sent(""), func(one string) bool { return strings.HasPrefix(one, elevenlabssim.OpListAccounts) })
	same(t, "requests", writes, []string{elevenlabssim.OpUpdateKey + ` {"is_enabled":false}`, elevenlabssim.OpDeleteKey + " null"})
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, second["id"]})
}

// allowed_ips is named in no request unless it was set; what is taken away is cleared.
func TestTakenAway(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	w.Apply(w.key(settings{"character_limit": 5}))
	w.Apply(w.key(settings{"permissions": []string{"all"}, "disabled": true, "name": "y"}))
	key := w.Keys()[0]
	same(t, "key", []any{key.CharacterLimit, key.Permissions, key.Disabled, strings.HasPrefix(key.Name, "y (ok-")}, []any{0, []string{"all"}, true, true})
	same(t, "said", w.Says("will be allowed everything"), true)
	if sent := fmt.Sprint(w.sent("")); strings.Contains(sent, "allowed_ips") {
		t.Errorf("allowed_ips was sent: %s", sent)
	}
	w.Refused(w.Try(w.key(settings{"allowed_ips": []string{"8.8.8.8"}})), "Remove allowed_ips")

	w = begin(t, elevenlabssim.Policy{Enterprise: true}, keyType)
	w.Apply(w.key(settings{"allowed_ips": []string{"8.8.8.8", "8.8.4.0/24", "2600::1"}}))
	same(t, "addresses", w.Keys()[0].AllowedIPs, []string{"2600::1/128", "8.8.4.0/24", "8.8.8.8/32"})
	w.Apply(w.key(settings{"allowed_ips": []string{"8.8.8.8/32", "8.8.4.7/24", "2600::1"}}))
	w.Apply(w.key(nil))
	same(t, "addresses", []any{w.Keys()[0].AllowedIPs, w.Says("may be used from everywhere")}, []any{[]string(nil), true})
	same(t, "updates", w.sent(elevenlabssim.OpUpdateKey), []string{elevenlabssim.OpUpdateKey + ` {"allowed_ips":"clear"}`})

	// The workspace leaves the plan that has them: not even their end can be named then.
	w.Apply(w.key(settings{"allowed_ips": []string{"8.8.8.8"}}))
	w.SetPolicy(func(p *elevenlabssim.Policy) { p.Enterprise = false })
	w.Refused(w.Try(w.key(nil)), "refuses to change the allowed_ips", "The next plan rotates the key instead")
	if err := w.Try(w.key(nil)); err != nil {
		t.Fatal(err)
	}
	same(t, "the new key", []any{w.Keys()[1].AllowedIPs, w.Says("keeps its old allowed_ips", "until its overlap ends")}, []any{[]string(nil), true})
	same(t, "quiet", []any{w.Quiet(w.key(nil)), w.Says("keeps its old")}, []any{true, false})
	// What else changes reaches the previous key, too.
	w.Apply(w.key(settings{"permissions": []string{"models_read"}}))
	same(t, "permissions", []any{w.Keys()[0].Permissions, w.Keys()[0].AllowedIPs}, []any{[]string{"models_read"}, []string{"8.8.8.8/32"}})
}

// A change that failed without being carried out leaves nothing to send to previous keys.
func TestTakenBackAfterAFailure(t *testing.T) {
	t.Parallel()
	for _, enterprise := range []bool{true, false} {
		for _, kind := range []simkit.FaultKind{simkit.StatusBefore, simkit.StatusAfter} {
			w := begin(t, elevenlabssim.Policy{Enterprise: enterprise}, keyType)
			at := func(turn string, more settings) settings {
				return w.key(vendorkit.Merge(settings{"character_limit": 5, "rotate_when_changed": map[string]string{"turn": turn}}, more))
			}
			w.Apply(at("1", nil))
			w.Apply(at("2", nil)) // so there is a previous key
			w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: kind, Status: 502})
			w.Refused(w.Try(at("2", settings{"character_limit": 9, "allowed_ips": []string{"8.8.8.8"}})))
			w.ClearFaults()
			w.ResetJournal()
			done := enterprise && kind == simkit.StatusAfter
			same(t, "quiet", w.Quiet(at("2", nil)), !done)
			w.Apply(at("2", nil))
			for _, key := range w.Keys() {
				same(t, "key", []any{key.AllowedIPs, key.CharacterLimit}, []any{[]string(nil), 5})
			}
			if sent := fmt.Sprint(w.sent(elevenlabssim.OpUpdateKey)); done != strings.Contains(sent, "allowed_ips") || !done && sent != "[]" {
				t.Errorf("enterprise %v, %s: sent %s", enterprise, kind, sent)
			}
			same(t, "said", w.Says("keeps old settings"), false)
		}
	}
}

// A refusal of one element of a list says which one it is.
func TestRefusedElement(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{Enterprise: true}, keyType)
	refuse := func(loc string) {
		w.ClearFaults()
		for _, operation := range []string{elevenlabssim.OpCreateKey, elevenlabssim.OpUpdateKey} {
			w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 422, Body: `{"detail":[{"type":"enum","loc":["body",` + loc + `],"msg":"Input should be another one"}]}`})
		}
	}
	wrong := w.key(settings{"permissions": []string{"voices_read", "text_to_whisper"}, "allowed_ips": []string{"8.8.8.8/32"}})
	refuse(`"permissions",0`)
	w.Refused(w.Try(wrong), `The server refuses "text_to_whisper" in permissions`)
	refuse(`"permissions","list[PermissionType]",1`)
	w.Refused(w.Try(wrong), `The server refuses "voices_read" in permissions`)
	for _, other := range []string{`"permissions",2`, `"permissions"`, `"permissions",-1`} {
		refuse(other)
		w.Refused(w.Try(wrong), "The server refuses permissions", "check that argument")
	}
	w.ClearFaults()
	w.Apply(w.key(nil))
	refuse(`"allowed_ips",0`)
	w.Refused(w.Try(wrong), `The server refuses "8.8.8.8/32" in allowed_ips`)
}

// "all" is sent only where it is written: a list of every permission that was known once is sent as it is.
func TestEveryPermissionByName(t *testing.T) {
	t.Parallel()
	for _, policy := range []elevenlabssim.Policy{{}, {AllListed: true}} {
		w := begin(t, policy, keyType)
		for _, config := range []settings{w.key(settings{"permissions": elevenlabs.Documented}), w.key(nil), w.key(settings{"permissions": elevenlabs.Documented})} {
			w.Apply(config)
		}
		w.Apply(w.key(settings{"permissions": []string{"all"}}))
		same(t, "said", w.Says("will be allowed everything"), true)
		w.Apply(w.key(settings{"permissions": elevenlabs.Documented}))
		same(t, "said", w.Says("has another value for permissions"), false)
		var whole []bool
		for _, sent := range append(w.sent(elevenlabssim.OpCreateKey), w.sent(elevenlabssim.OpUpdateKey)...) {
			whole = append(whole, strings.Contains(sent, `"permissions":"all"`))
		}
		same(t, "everything was asked for", whole, []bool{false, false, false, true, false})
	}
}

// What the server ignored warns in every plan; what somebody changes right after a write is drift, though no answer
// shows what was written.
func TestAnotherValueAtTheServer(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{Enterprise: true}, keyType)
	config := w.key(settings{"character_limit": 1000, "allowed_ips": []string{"8.8.8.8"}, "disabled": false})
	widen := func() {
		w.Change(w.Keys()[0].ID, func(k *elevenlabssim.Key) { k.Permissions, k.CharacterLimit, k.AllowedIPs = nil, 0, nil })
	}
	has := func(what string, permissions []string, limit int64) {
		t.Helper()
		key := w.Keys()[0]
		same(t, what, []any{key.Permissions, key.CharacterLimit, key.AllowedIPs, w.Says("at the vendor")}, []any{permissions, limit, []string{"8.8.8.8/32"}, false})
	}
	for _, at := range []struct {
		permissions []string
		limit       int64
	}{{[]string{"voices_read"}, 1000}, {[]string{"models_read"}, 2000}} {
		config["permissions"], config["character_limit"] = at.permissions, at.limit
		if err := w.Try(config); err != nil {
			t.Fatal(err)
		}
		widen()
		same(t, "quiet", w.Quiet(config), false)
		w.Apply(config)
		has("written again", at.permissions, at.limit)
	}

	// What is lost on the way is no drift.
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.Altered, Times: 1, Notify: func() {
		w.Change(w.Keys()[0].ID, func(k *elevenlabssim.Key) { k.Permissions, k.CharacterLimit = nil, 0 })
	}})
	config["character_limit"], config["permissions"] = 3000, []string{"voices_read"}
	for range 3 {
		w.Apply(config)
		w.Has("has another value for permissions", "has another value for character_limit", `It is ["voices_read"] in state and ["all"] at the server`)
	}
}

// A key that the vendor or its holder disabled warns in every plan and is never enabled again;
// one that an update disabled is, if that is configured.
func TestDisabled(t *testing.T) {
	t.Parallel()
	for _, disabled := range []any{nil, false} {
		w := begin(t, elevenlabssim.Policy{}, keyType)
		config := w.key(settings{"disabled": disabled, "rotate_when_changed": map[string]string{"a": "1"}})
		id, _ := w.Apply(config)["id"].(string)
		for _, reason := range []string{"exposed_publicly", "self_disabled", "trial_ended", "another"} {
			w.DisableKey(id, reason)
			for range 2 {
				w.Apply(config)
				same(t, reason, []any{w.Says("was disabled by the vendor or its holder", reason), w.Keys()[0].Disabled}, []any{true, true})
			}
		}
		w.Apply(w.key(settings{"disabled": true, "rotate_when_changed": map[string]string{"a": "1"}}))
		w.Apply(config)
		same(t, "enabled again", w.Keys()[0].Disabled, true)
		config["rotate_when_changed"] = map[string]string{"a": "2"}
		w.Said()
		w.Apply(config)
		said := w.Said()
		if !strings.Contains(said, "The old key does nothing now, because it was disabled by the vendor or its holder; the first apply after its overlap of 24h revokes it") || strings.Contains(said, "keeps working") {
			t.Errorf("disabled = %v: said %s", disabled, said)
		}
		same(t, "after the rotation", []any{w.Keys()[0].Disabled, w.Keys()[1].Disabled}, []any{true, false})
		if sent := fmt.Sprint(w.sent("")); strings.Contains(sent, `"is_enabled":true`) {
			t.Errorf("it was enabled: %s", sent)
		}
	}
	w := begin(t, elevenlabssim.Policy{}, keyType)
	id, _ := w.Apply(w.key(nil))["id"].(string)
	w.Change(id, func(k *elevenlabssim.Key) { k.Disabled = true })
	w.Apply(w.key(nil))
	same(t, "left alone", []any{w.Says("is disabled"), w.Keys()[0].Disabled}, []any{true, true})
	w.Apply(w.key(settings{"disabled": false}))
	same(t, "enabled", w.Keys()[0].Disabled, false)

	w.Change(id, func(k *elevenlabssim.Key) { k.Disabled = true })
	turned := w.key(settings{"rotate_when_changed": map[string]string{"a": "1"}})
	w.Apply(turned) // recorded
	turned["rotate_when_changed"] = map[string]string{"a": "2"}
	w.Apply(turned)
	w.Said()
	same(t, "after a rotation", []any{w.Apply(turned)["disabled"], w.Says("is disabled"), w.Keys()[1].Disabled}, []any{false, false, false})
}

// A name that the server spells in its own way is no rename by somebody else; one that it does not take is said.
func TestRespelled(t *testing.T) {
	t.Parallel()
	for _, respelled := range []bool{true, false} {
		w := begin(t, elevenlabssim.Policy{}, keyType)
		id := fmt.Sprint(w.Apply(w.key(nil))["id"])
		before := w.Keys()[0].Name
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpUpdateKey, Kind: simkit.Altered, Times: 1, Notify: func() {
			w.Change(id, func(k *elevenlabssim.Key) {
				if k.Name = strings.ToLower(k.Name); !respelled {
					k.Name = before
				}
			})
		}})
		w.Apply(w.key(settings{"name": "Payments"}))
		same(t, "said", w.Says("was renamed outside Terraform"), !respelled)
	}
}

// A key that was never seen is not said to be gone: its id may be mistyped.
func TestMistypedKey(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	id := fmt.Sprint(w.Apply(w.key(nil))["id"])
	_, err := w.Data(keyType, settings{"service_account_id": w.account, "id": id + "x"})
	for _, err := range []error{err, w.Invoke("orgkeys_elevenlabs_revoke_key", settings{"service_account_id": w.account, "key_id": id + "x"})} {
		w.Refused(err, id+"x", "service account "+w.account+" has no API key of this id")
		same(t, fmt.Sprint(err), strings.Contains(fmt.Sprint(err), "deleted outside"), false)
	}
}

// The hint repeats the permission that the server named.
func TestMissingPermission(t *testing.T) {
	t.Parallel()
	for message, says := range map[string]string{
		"The API key you used is missing the permission workspace_read to execute this operation.":        "lacks the permission workspace_read. Create a key with it, and with service_account_write",
		"The API key you used is missing the permission service_account_write to execute this operation.": "lacks the permission service_account_write. Create a key with it, and give it",
		"No.": "lacks a permission. Create a key with service_account_write",
	} {
		w := begin(t, elevenlabssim.Policy{}, keyType)
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpCreateKey, Kind: simkit.StatusBefore, Status: 401, Code: "missing_permissions", Message: message,
			Body: `{"detail":{"status":"missing_permissions","message":"` + message + `"}}`})
		w.Refused(w.Try(w.key(nil)), says)
	}
}

// What a server repeats in a list is one element of a set.
func TestRepeatedElements(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{Enterprise: true}, keyType)
	config := w.key(settings{"allowed_ips": []string{"8.8.8.8"}})
	id := fmt.Sprint(w.Apply(config)["id"])
	w.Change(id, func(k *elevenlabssim.Key) {
		k.Permissions, k.AllowedIPs = []string{"voices_read", "voices_read"}, []string{"8.8.8.8/32", "8.8.8.8/32"}
	})
	w.Said()
	for range 2 {
		same(t, "quiet", []any{w.Quiet(config), w.Said()}, []any{true, "[]"})
	}
	_, _, err := w.Import(keyType, w.account+"/"+id)
	same(t, "import", err, nil)
}

// What is wrong is said at validate.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	for text, change := range map[string]settings{
		"at least 1":              {"permissions": []string{}},
		"stands alone":            {"permissions": []string{"all", "voices_read"}},
		"is no permission":        {"permissions": []string{"Voices Read"}},
		"permissions":             {"permissions": nil},
		"at least 1 elements":     {"allowed_ips": []string{}},
		"for documentation":       {"allowed_ips": []string{"203.0.113.10"}},
		"10.0.0.0/8":              {"allowed_ips": []string{"10.1.0.0/16"}},
		"neither an address":      {"allowed_ips": []string{"example.com"}},
		"character_limit":         {"character_limit": 0},
		"lifetime":                {"lifetime": "90d"},
		"Choose a shorter name":   {"name": strings.Repeat("n", 39)},
		"service_account_id must": {"service_account_id": ""},
	} {
		w.Refused(w.Try(w.key(change)), strings.TrimSuffix(text, " must"))
	}
	same(t, "requests", len(w.Journal()), 0)
}

// Nothing leaves state with another workspace's key; an account that was removed does, with its
// keys, once another one of the state is there.
func TestGone(t *testing.T) {
	t.Parallel()
	other := elevenlabssim.Start(t, elevenlabssim.Options{})
	other.SeedAccount("foreign")
	for _, kind := range []string{keyType, accountType} {
		w := begin(t, elevenlabssim.Policy{}, kind)
		all := map[string]settings{"x": w.key(nil), "y": w.key(settings{"service_account_id": w.SeedAccount("second")})}
		if kind == accountType {
			all = map[string]settings{"x": {"name": "x"}, "y": {"name": "y"}}
		}
		if err := w.TryAll(all); err != nil {
			t.Fatal(err)
		}
		w.Setenv("ELEVENLABS_API_KEY", other.AdminKey())
		w.Setenv("ORGKEYS_ELEVENLABS_BASE_URL", other.URL())
		w.Refused(w.TryAll(all), "workspace '"+other.Workspace(), "terraform state rm")
		same(t, "in state", len(w.State.State), 2)
		w.Setenv("ELEVENLABS_API_KEY", w.AdminKey())
		w.Setenv("ORGKEYS_ELEVENLABS_BASE_URL", w.URL())

		// This driver reads one after the other, so that x is known when y is missing.
		id := fmt.Sprint(w.Held("y")["id"])
		if kind == keyType {
			id = fmt.Sprint(all["y"]["service_account_id"])
		}
		w.RemoveAccount(id)
		if plan, err := w.PlanAll(all); err != nil || plan.Changes["y"].Action != protocol.Create {
			t.Errorf("%s: got %v", kind, err)
		}
		delete(w.State.State, "x")
		w.Refused(w.TryAll(map[string]settings{"y": all["y"]}), id)
	}
}

// Just after the apply that created both, neither list may show the account or the key: the next plan and the next
// change wait until they do.
func TestYoungAccount(t *testing.T) {
	t.Parallel()
	for _, policy := range []elevenlabssim.Policy{{}, {UnknownAccountEmpty: true}} {
		w := begin(t, policy, keyType)
		lags := func(operations ...string) {
			for _, operation := range operations {
				w.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, For: 20 * time.Second})
			}
		}
		w.Inject(simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.StaleList, LagTime: 25 * time.Second})
		config := w.key(settings{"service_account_id": w.SeedAccount("young"), "disabled": true})
		if err := w.Try(config); err != nil {
			t.Fatal(err)
		}
		lags(elevenlabssim.OpListKeys)
		same(t, "quiet", w.Quiet(config), true)
		id := w.Attributes()["id"]
		config["disabled"] = false
		plan, err := w.Plan(config)
		if err != nil {
			t.Fatal(err)
		}
		lags(elevenlabssim.OpListKeys, elevenlabssim.OpUpdateKey)
		if err := w.Carry(plan, config); err != nil {
			t.Fatal(err)
		}
		same(t, "the key", []any{w.Attributes()["id"], w.Keys()[0].Disabled}, []any{id, false})
	}
}

// An empty list of keys under another workspace's key proves nothing: no plan removes the key, no destroy forgets it.
func TestGoneWhereUnknownAccountsAreEmpty(t *testing.T) {
	t.Parallel()
	other := elevenlabssim.Start(t, elevenlabssim.Options{Policy: elevenlabssim.Policy{UnknownAccountEmpty: true}})
	other.SeedAccount("foreign")
	w := begin(t, elevenlabssim.Policy{UnknownAccountEmpty: true}, keyType)
	id := w.Apply(w.key(nil))["id"]
	plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	w.Setenv("ELEVENLABS_API_KEY", other.AdminKey())
	w.Setenv("ORGKEYS_ELEVENLABS_BASE_URL", other.URL())
	_, err = w.Plan(w.key(nil))
	w.Refused(err, "terraform state rm")
	w.Refused(w.Carry(plan, nil), "terraform state rm")
	same(t, "in state", []any{w.Attributes()["id"], len(w.Keys())}, []any{id, 1})
	w.Setenv("ELEVENLABS_API_KEY", w.AdminKey())
	w.Setenv("ORGKEYS_ELEVENLABS_BASE_URL", w.URL())
	w.DeleteKey(fmt.Sprint(id))
	same(t, "new", w.Apply(w.key(nil))["id"] != id, true)
}

// An import beside them does not make another workspace the right one.
func TestGoneBesideAnImport(t *testing.T) {
	t.Parallel()
	other := elevenlabssim.Start(t, elevenlabssim.Options{})
	foreign := other.SeedAccount("foreign")
	key, _ := other.SeedKey(elevenlabssim.Key{AccountID: foreign, Name: "foreign"})
	for kind, id := range map[string]string{keyType: foreign + "/" + key, accountType: foreign} {
		w := begin(t, elevenlabssim.Policy{}, kind)
		config := w.key(nil)
		if kind == accountType {
			config = settings{"name": "x"}
		}
		w.Apply(config)
		w.Setenv("ELEVENLABS_API_KEY", other.AdminKey())
		w.Setenv("ORGKEYS_ELEVENLABS_BASE_URL", other.URL())
		r, err := w.Process().Resource(kind)
		if err != nil {
			t.Fatal(err)
		}
		imported, err := r.Import(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, held := range []protocol.Held{{Value: imported.Value, Private: imported.Private, Identity: imported.Identity}, *w.State.State["x"].Current} {
			read, err := r.Read(t.Context(), held)
			if err != nil {
				t.Fatal(err)
			}
			failed := protocol.Failure(read.Diagnostics)
			same(t, kind+" is refused", failed != nil, held.Value.Equal(w.State.State["x"].Current.Value))
		}
	}
}

// The key that the provider works with is neither revoked nor disabled.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	id, plain := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "terraform", Permissions: []string{"service_account_write"}})
	w.Setenv("ELEVENLABS_API_KEY", plain)
	w.Refused(w.Invoke("orgkeys_elevenlabs_revoke_key", settings{"service_account_id": w.account, "key_id": id}), "provider itself seems to use API key")
	w.Adopt(w.account + "/" + id)
	config := settings{"name": "terraform", "service_account_id": w.account, "permissions": []string{"service_account_write"}}
	w.Refused(w.Try(vendorkit.Merge(config, settings{"disabled": true})), "provider itself seems to use API key", "so it is not disabled")
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].Disabled}, []any{1, false})
}

// Where nothing of a secret is shown, any key may be the provider's own, and the error says what to do by hand. A key of
// this very create is not: its attempt is cleaned up.
func TestNoHints(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.Altered, Set: map[string]any{"hint": nil}},
		simkit.Fault{Operation: elevenlabssim.OpCreateKey, Kind: simkit.StatusAfter, Times: 1})
	id := fmt.Sprint(w.Apply(w.key(nil))["id"])
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID, len(w.DeletedKeys())}, []any{1, id, 1})
	// The command of the error is the way out.
	byHand := []string{"shows nothing of the secret of API key " + id, "If it is another one, delete it by hand", "curl", "DELETE", "/api-keys/" + id}
	w.Refused(w.Invoke("orgkeys_elevenlabs_revoke_key", settings{"service_account_id": w.account, "key_id": id}), byHand...)
	w.Refused(w.Try(w.key(settings{"disabled": true})), append(byHand, "it is not disabled")...)
	same(t, "keys", []any{len(w.Keys()), w.Keys()[0].Disabled}, []any{1, false})
	// A key that was created here is known by its fingerprint.
	w.Apply(nil)
	same(t, "keys", len(w.Keys()), 0)
}

// An account cannot be renamed, and is forgotten.
func TestServiceAccount(t *testing.T) {
	t.Parallel()
	for _, policy := range []elevenlabssim.Policy{{}, {NoCreated: true}} {
		serviceAccount(t, begin(t, policy, accountType))
	}
}

func serviceAccount(t *testing.T, w *world) {
	t.Helper()
	w.Apply(settings{"name": "team"})
	w.Refused(w.Try(settings{"name": "crew"}), `Write name = "team"`)
	w.RenameAccount(w.Accounts()[2].ID, "crew")
	w.Apply(settings{"name": "team"})
	same(t, "said", w.Says(`the server has "crew"`), true)
	w.Refused(w.Try(settings{"name": "another"}), "cannot be renamed by the API")
	w.RenameAccount(w.Accounts()[2].ID, "Bru\u0308cke") // as a web page may store what was typed
	w.Quiet(settings{"name": "team"})
	w.Apply(settings{"name": "Br\u00fccke"})
	w.RenameAccount(w.Accounts()[2].ID, "crew")
	w.Quiet(settings{"name": "Br\u00fccke"})
	w.Said()
	w.Apply(settings{"name": "crew"})
	same(t, "said", w.Says("the server has"), false)
	w.Apply(nil)
	same(t, "forgotten", []any{len(w.Accounts()), w.Says("still exists", "will be forgotten")}, []any{3, true})
}

func TestImportAndData(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "billing (ok-k3v6zq2mda.x5b7qd2k)", Permissions: []string{"voices_read"}, CharacterLimit: 7, Disabled: true, Reason: "self_disabled"})
	got, _, err := w.Import(keyType, w.account+"/"+id)
	same(t, "import", []any{got["name"], got["permissions"], got["character_limit"], got["disabled"], got["sealed_value"], err}, []any{"billing", []string{"voices_read"}, 7, nil, nil, nil})
	_, _, err = w.Import(keyType, w.account+"/nope")
	w.Refused(err, "nope was not found")

	got, err = w.Data("orgkeys_elevenlabs_api_keys", nil)
	if err != nil {
		t.Fatal(err)
	}
	row := got["api_keys"].([]any)[0].(settings)
	same(t, "row", []any{row["id"], row["name"], row["service_account_id"], row["owner_type"], row["owner_name"], row["disabled"], row["disable_reason"], row["expires_at"], row["unused_days"]},
		[]any{id, "billing", w.account, "service_account", "narrator", true, "self_disabled", nil, nil})
	for _, config := range []settings{{"id": id}, {"name": "billing", "service_account_id": w.account}, {"name": "billing"}} {
		got, err := w.Data(keyType, config)
		same(t, "lookup", []any{got["id"], got["service_account_id"], err}, []any{id, w.account, nil})
	}
}

// A key that is asked for under another account than its own is not taken for gone: its import, its destroy and the
// action that revokes it are errors that name its account.
func TestKeyOfAnotherAccount(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	other := w.Accounts()[1].ID
	config := w.key(nil)
	id := fmt.Sprint(w.Apply(config)["id"])
	belongs := func(owner, asked string) string {
		return fmt.Sprintf("belongs to service account %s, not to %s", owner, asked)
	}
	_, _, err := w.Import(keyType, other+"/"+id)
	w.Refused(err, id+" "+belongs(w.account, other), "in the import id")
	w.Refused(w.Invoke("orgkeys_elevenlabs_revoke_key", settings{"service_account_id": other, "key_id": id}), belongs(w.account, other), "Nothing was revoked")
	_, err = w.Data(keyType, settings{"id": id, "service_account_id": other})
	w.Refused(err, belongs(w.account, other))

	w.Change(id, func(k *elevenlabssim.Key) { k.AccountID = other }) // the account in state is the wrong one
	w.Refused(w.Try(nil), belongs(other, w.account), "terraform state rm", other+"/"+id)
	same(t, "left, and in state", []any{len(w.Keys()), w.Attributes()["id"]}, []any{1, id})
}

// A key of the other provider is moved by its ids, without the plaintext of its state.
func TestMove(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	for state, want := range map[string]string{
		`{"id":"k1","user_id":"u1","name":"x","api_key":"sk_fake_of_another_provider","permissions":["voices_read"]}`: "had a plaintext secret in the moved state",
		`{"id":"k1","user_id":"u1","name":"x"}`: "",
		`{"id":"k1"}`:                           "The user_id in its state is empty",
	} {
		r, err := w.Process().Resource(keyType)
		if err != nil {
			t.Fatal(err)
		}
		moved, err := r.Move(t.Context(), "elevenlabs_service_account_key", "registry.terraform.io/j4ng5y/elevenlabs", 0, []byte(state))
		said := fmt.Sprint(moved.Diagnostics)
		if err != nil || want == "" && len(moved.Diagnostics) > 0 || strings.Contains(said, "sk_fake") || strings.Contains(moved.Value.String(), "sk_fake") {
			t.Errorf("%s: got %v, %s", state, err, said)
		}
		if len(moved.Diagnostics) > 0 {
			same(t, "said", strings.Contains(moved.Diagnostics[0].Summary+moved.Diagnostics[0].Detail, want), true)
		}
		if !strings.HasPrefix(want, "The") {
			got := protocol.Attributes(moved.Value)
			same(t, "ids", []any{got["service_account_id"], got["id"]}, []any{"u1", "k1"})
		}
	}
}

func TestListAndRevoke(t *testing.T) {
	t.Parallel()
	w := begin(t, elevenlabssim.Policy{}, keyType)
	id, _ := w.SeedKey(elevenlabssim.Key{AccountID: w.account, Name: "billing"})
	names, _ := w.List(keyType, nil)
	same(t, "names", names, []string{"billing (narrator)"})
	revoke := func(account string) error {
		return w.Invoke("orgkeys_elevenlabs_revoke_key", settings{"service_account_id": account, "key_id": id})
	}
	w.Refused(revoke("user_x"), "user_x")
	// A list that misses the account once, and one 404, are not believed.
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListAccounts, Kind: simkit.Altered, Set: map[string]any{"service_account_user_id": "user_y"}, Times: 1})
	w.Inject(simkit.Fault{Operation: elevenlabssim.OpListKeys, Kind: simkit.NotFoundBefore, Times: 1})
	same(t, "revoked", []any{revoke(w.account), len(w.Keys())}, []any{nil, 0})
	w.Refused(revoke(w.account), "Nothing was revoked")
}
