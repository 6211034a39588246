// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
)

// vendorKeys are keys of every type that manages a series, as they are in state.
func vendorKeys() map[string]object {
	series := func(pairs ...any) object {
		key := aKey()
		for _, name := range []string{"project_id", "service_account_id", "scopes"} {
			delete(key, name)
		}
		return with(key, pairs...)
	}
	openRouter := series("workspace_id", "ws_1", "limit", 50, "limit_reset", "monthly", "include_byok_in_limit", true, "disabled", false,
		"guardrail_id", "guard_1", "created_by_user_id", nil)
	liteLLM := series("team_id", "team_1", "models", list("small"), "max_budget", 50, "soft_budget", 40, "budget_duration", "30d",
		"tpm_limit", 1000, "rpm_limit", 10, "max_parallel_requests", 2, "allowed_routes", list("/embeddings"), "metadata", object{"a": "b"}, "disabled", false)
	elevenLabs := series("service_account_id", "user_1", "permissions", list("text_to_speech"), "character_limit", 1000, "allowed_ips", list("8.8.8.8"), "disabled", false)
	for _, name := range []string{"lifetime", "expires_at"} {
		delete(elevenLabs, name)
	}
	admin := series()
	return map[string]object{
		"orgkeys_openai_api_key": aKey(), "orgkeys_openai_admin_key": admin, "orgkeys_openrouter_api_key": openRouter,
		"orgkeys_litellm_key": liteLLM, "orgkeys_elevenlabs_api_key": elevenLabs,
	}
}

// own says what a change of one argument lets a key do, and for how much of it: each line is
// the name, the value before, the value after, and what review.sh must say of it.
var own = map[string][][4]any{
	"orgkeys_openrouter_api_key": {
		{"limit", 50, 500, "| widened | `limit` from `50` to `500`."},
		{"limit", 50, 5, "| narrowed | `limit` from `50` to `5`."},
		{"limit", 50, nil, "| widened | `limit` from `50` to nothing: it has no such limit any more."},
		{"limit", nil, 50, "| narrowed | `limit` from nothing to `50`."},
		{"limit_reset", "monthly", "daily", "| widened | `limit_reset` from `monthly` to `daily`."},
		{"limit_reset", "daily", "weekly", "| narrowed | `limit_reset`"},
		{"limit_reset", nil, "monthly", "| widened | `limit_reset`"},
		{"limit_reset", "monthly", nil, "| narrowed | `limit_reset`"},
		{"include_byok_in_limit", true, nil, "| widened | `include_byok_in_limit` from `true` to nothing: it no longer limits the key."},
		{"include_byok_in_limit", nil, true, "| narrowed | `include_byok_in_limit`"},
		{"guardrail_id", "guard_1", nil, "| widened | `guardrail_id` from `guard_1` to nothing: it no longer limits the key."},
		{"guardrail_id", "guard_1", "guard_2", "| widened | `guardrail_id` from `guard_1` to `guard_2`: the other may allow more."},
		{"guardrail_id", nil, "guard_1", "| narrowed | `guardrail_id`"},
		{"disabled", false, true, "| disabled | It is **disabled**"},
		{"disabled", true, false, "| widened | It is **enabled** again."},
		{"workspace_id", "ws_1", "ws_2", "| settings | `workspace_id` from `ws_1` to `ws_2`."},
		{"name", "payments", "billing", "| settings | `name` from `payments` to `billing`."},
	},
	"orgkeys_litellm_key": {
		{"models", list("small"), list("small", "large"), "| widened | `models` also allows `large`."},
		{"models", list("small", "large"), list("small"), "| narrowed | `models` no longer allows `large`."},
		{"models", list("small"), list("large"), "| widened<br>narrowed |"},
		{"models", list("small"), nil, "| widened | `models` is taken away: it no longer limits the key to `small`."},
		{"models", nil, list("small"), "| narrowed | `models` limits it to `small`."},
		{"allowed_routes", list("/embeddings"), nil, "| widened | `allowed_routes` is taken away"},
		{"max_budget", 50, 51, "| widened | `max_budget`"},
		{"max_budget", 50, 0, "| narrowed | `max_budget` from `50` to `0`."},
		{"tpm_limit", 1000, nil, "| widened | `tpm_limit`"},
		{"rpm_limit", 10, 20, "| widened | `rpm_limit`"},
		{"max_parallel_requests", 2, 1, "| narrowed | `max_parallel_requests`"},
		{"budget_duration", "30d", "24h", "| widened | `budget_duration`"},
		{"budget_duration", "30d", "2mo", "| narrowed | `budget_duration`"},
		{"budget_duration", "30d", "a while", "| widened | `budget_duration`"},
		{"soft_budget", 40, nil, "| settings | `soft_budget`"},
		{"metadata", object{"a": "b"}, nil, "| settings | `metadata`"},
		{"team_id", "team_1", "team_2", "| settings | `team_id`"},
		{"disabled", true, false, "| widened | It is **enabled** again."},
	},
	"orgkeys_elevenlabs_api_key": {
		{"permissions", list("text_to_speech"), list("all"), "| widened | It may do **everything its account may do**, instead of `text_to_speech`."},
		{"permissions", list("text_to_speech"), list("text_to_speech", "workspace_write"), "| widened | It may also do `workspace_write`."},
		{"permissions", list("all"), list("text_to_speech"), "| narrowed | It may do only `text_to_speech`"},
		{"character_limit", 1000, nil, "| widened | `character_limit`"},
		{"allowed_ips", list("8.8.8.8"), list("8.8.0.0/16"), "| widened<br>narrowed |"},
		{"allowed_ips", list("8.8.8.8"), nil, "| widened | `allowed_ips` is taken away"},
		{"service_account_id", "user_1", "user_2", "| settings | `service_account_id`"},
		{"disabled", false, true, "| disabled | It is **disabled**"},
	},
}

// What a leaked key could do is shown of every type, and no job applies it unattended.
func TestGatesOfOwnArguments(t *testing.T) {
	t.Parallel()
	for kind, lines := range own {
		var known, unknown []any
		for i, line := range lines {
			name, before := line[0].(string), vendorKeys()[kind]
			if _, ok := before[name]; !ok {
				t.Fatalf("%s has no %s", kind, name)
			}
			before = with(before, name, line[1])
			label := fmt.Sprintf("k[%d]", i)
			known = append(known, change(kind, label, list("update"), before, with(before, name, line[2]), object{}))
			unknown = append(unknown, change(kind, label, list("update"), before, without(before, name), object{name: true}))
		}
		for _, changes := range [][]any{known, unknown} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				seen, refused := judged(t, aPlan(changes...), 2, "", 3, "")
				for i, line := range lines {
					says := line[3].(string)
					if &changes[0] == &unknown[0] {
						says = "| "
					}
					address := fmt.Sprintf("%s.k[%d]", kind, i)
					if !strings.Contains(rowOf(seen, address), says) {
						t.Errorf("review.sh: want %q of %v:\n%s", says, line[:3], rowOf(seen, address))
					}
					if want := fmt.Sprintf("%q changes %s\n", address, line[0]); !strings.Contains(refused, want) {
						t.Errorf("rotate.sh: want %q:\n%s", want, refused)
					}
				}
			})
		}
	}
}

// rowOf is the line of a table that is about an address.
func rowOf(table, address string) string {
	_, row, _ := strings.Cut(table, "`"+address+"`")
	row, _, _ = strings.Cut(row, "\n")
	return row
}

func without(base object, names ...string) object {
	out := maps.Clone(base)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

// judged asks both gates about a plan, and that neither says that it knows nothing.
func judged(t *testing.T, plan object, review int, reviewed string, rotate int, rotated string) (seen, verdict string) {
	t.Helper()
	g := newGate(t, "review-gate/review.sh")
	g.plan(plan)
	g.write("plan.code", "0")
	code, seen := g.run()
	if code != review || !strings.Contains(seen, reviewed) || strings.Contains(seen, "does not know") || review != 0 && strings.Contains(seen, allClear) {
		t.Errorf("review.sh ended with %d, want %d and %q:\n%s", code, review, reviewed, seen)
	}
	g = newGate(t, "scheduled-rotation/rotate.sh")
	g.plan(plan)
	code, verdict = g.run()
	if code != rotate || !strings.Contains(verdict, rotated) || g.applied() != (rotate == 0) {
		t.Errorf("rotate.sh ended with %d, want %d and %q:\n%s", code, rotate, rotated, verdict)
	}
	return seen, verdict
}

// A rotation and the end of an overlap pass, of every type that the provider has, and what
// comes with them is seen.
func TestGatesOfEverySeries(t *testing.T) {
	t.Parallel()
	types := slices.Sorted(maps.Keys(vendorKeys()))
	for _, kind := range acctest.SeriesTypes(t) {
		if !slices.Contains(types, kind) {
			t.Errorf("%s is a key series that no gate is tested with", kind)
		}
	}
	var pass, stop []any
	says := map[string][2]string{} // by address, of review.sh and rotate.sh
	expect := func(to *[]any, one object, review, rotate string) {
		one["address"] = fmt.Sprintf("%s[%d]", one["address"], len(says))
		*to, says[one["address"].(string)] = append(*to, one), [2]string{review, rotate}
	}
	for _, kind := range types {
		before := vendorKeys()[kind]
		one := func(actions []any, before, after, unknown any) object {
			return change(kind, "k", actions, before, after, unknown)
		}
		after, unknown := rotationOf(before)
		over := with(before, "previous", list())
		expect(&pass, one(list("update"), before, after, unknown), "| rotated | From `key_1`, generation `1`", `rotates: key "key_1" is followed by generation 2`)
		expect(&pass, one(list("update"), before, over, object{}), "Previous key `key_0` of this series may be **revoked**.", "ends what is over of its previous keys")
		expired := with(before, "previous", list(object{"id": "key_0", "expires_at": "2026-11-24T00:00:00Z"}))
		expect(&pass, one(list("update"), expired, over, object{}), "Previous key `key_0` is **revoked**: its overlap is over.", "ends what is over of its previous keys")
		expect(&pass, one(list("update"), before, with(over, "rotate_after", "30d"), object{"rotation_due_at": true}), "| revoked<br>settings |", "changes when it is due")
		expect(&stop, one(list("create"), nil, after, unknown), "| created | A new key: it may do ", "would be created")
		expect(&stop, one(list("delete"), before, nil, object{}), "| revoked | Key `key_1`, `key_0` is **revoked**", "would be destroyed")
		if _, has := before["disabled"]; has {
			expect(&stop, one(list("update"), with(before, "disabled", true), after, unknown), "It is disabled, and may work after this.", "rotates, and disabled changes too")
		}
		if len(own[kind]) > 0 {
			name, old, widened := own[kind][0][0].(string), own[kind][0][1], own[kind][0][2]
			expect(&stop, one(list("update"), with(before, name, old), with(after, name, widened), unknown), "| rotated<br>widened |", "rotates, and "+name+" changes too")
		}
	}
	seen, verdict := judged(t, aPlan(pass...), 2, "", 0, "")
	seenToo, refused := judged(t, aPlan(stop...), 2, "", 3, "")
	for address, want := range says {
		if row := rowOf(seen+seenToo, address); !strings.Contains(row, want[0]) {
			t.Errorf("review.sh: want %q of %s:\n%s", want[0], address, row)
		}
		if line := fmt.Sprintf("%q %s", address, want[1]); !strings.Contains(verdict+refused, line) {
			t.Errorf("rotate.sh: want %q:\n%s%s", line, verdict, refused)
		}
	}
}

// rotationOf is a key after a planned rotation, with what is unknown then.
func rotationOf(before object) (after, unknown object) {
	planned, unknown := rotated()
	after = with(before, "generation", 2, "rotate_when_changed", planned["rotate_when_changed"], "previous", planned["previous"])
	unknown["disabled"], unknown["created_by_user_id"] = true, true // computed, and not configured
	for name := range unknown {
		if _, has := before[name]; !has {
			delete(unknown, name)
		}
		delete(after, name)
	}
	return after, unknown
}

// What others changed at the vendor is shown; what it told late is not theirs.
func TestReviewGateDriftOfLimits(t *testing.T) {
	t.Parallel()
	drift := func(kind string, pairs ...any) object {
		key := vendorKeys()[kind]
		before, after := with(key, pairs[0], pairs[1]), with(key, pairs[0], pairs[2])
		return with(aPlan(), "resource_drift", list(change(kind, "k", list("update"), before, after, object{})))
	}
	judged(t, drift("orgkeys_elevenlabs_api_key", "disabled", nil, false), 0, allClear, 0, "")
	judged(t, drift("orgkeys_elevenlabs_api_key", "disabled", false, true), 2, "Outside Terraform `disabled` from `false` to `true`.", 0, "")
	judged(t, drift("orgkeys_openrouter_api_key", "limit", 50, 500), 2, "Outside Terraform `limit` from `50` to `500`.", 0, "")
}

// A new key is shown with everything that limits it.
func TestReviewGateLimitsOfANewKey(t *testing.T) {
	t.Parallel()
	for kind, says := range map[string]string{
		"orgkeys_openrouter_api_key": "it may do everything its account may do, within `limit` `50`, `limit_reset` `monthly`, `guardrail_id` `guard_1`, `include_byok_in_limit` `true`, lives",
		"orgkeys_litellm_key":        "within `max_budget` `50`, `tpm_limit` `1000`, `rpm_limit` `10`, `max_parallel_requests` `2`, `budget_duration` `30d`, `models` `small`, `allowed_routes` `/embeddings`, never",
		"orgkeys_elevenlabs_api_key": "it may do `text_to_speech`, within `character_limit` `1000`, `allowed_ips` `8.8.8.8`, never expires",
	} {
		key := vendorKeys()[kind]
		if kind == "orgkeys_openrouter_api_key" {
			key = with(key, "lifetime", "90d")
		}
		judged(t, aPlan(change(kind, "k", list("create"), nil, key, object{})), 2, says, 3, "would be created")
	}
}

// Keys that are adopted have no series: they are never minted or rotated, and a destroy does
// what on_destroy says.
func TestGatesOfAdoptedKeys(t *testing.T) {
	t.Parallel()
	key := object{
		"id": "apikey_1", "name": "payments", "status": "active", "review_after": nil, "on_destroy": "forget", "workspace_id": "wrkspc_1",
		"owner_type": "service_account", "owner_id": "svac_1", "created_at": "2026-11-01T00:00:00Z", "expires_at": nil, "partial_key_hint": "sk-...1",
	}
	fresh := object{"id": "apikey_1", "review_after": nil, "on_destroy": "forget"}
	unknown := object{}
	for name := range key {
		if _, known := fresh[name]; !known {
			unknown[name] = true
		}
	}
	tests := map[string]struct {
		actions         []any
		before, after   any
		unknown         object
		review, rotates string
	}{
		"adopted":             {list("create"), nil, fresh, unknown, "| adopted | Key `apikey_1` exists already, and is managed here from now on.", "would be created"},
		"adopted, active":     {list("create"), nil, with(fresh, "status", "active"), without(unknown, "status"), "| adopted<br>widened | Key `apikey_1` exists already, and is managed here from now on.<br>It is made **active**, whatever it is today.", "would be created"},
		"adopted, inactive":   {list("create"), nil, with(fresh, "status", "inactive"), without(unknown, "status"), "| adopted<br>disabled |", "would be created"},
		"inactive":            {list("update"), key, with(key, "status", "inactive"), object{}, "| disabled | It is made **inactive**: it refuses every call.", "changes status"},
		"active again":        {list("update"), with(key, "status", "inactive"), key, object{}, "| widened | It is made **active**: it works again.", "changes status"},
		"renamed":             {list("update"), key, with(key, "name", "billing"), object{}, "| settings | `name` from `payments` to `billing`.", "changes name"},
		"to be archived":      {list("update"), key, with(key, "on_destroy", "archive"), object{}, "| settings | `on_destroy` from `forget` to `archive`.", "changes on_destroy"},
		"to be reviewed":      {list("update"), key, with(key, "review_after", "90d"), object{}, "| settings | `review_after`", "changes review_after"},
		"forgotten":           {list("delete"), key, nil, object{}, "| forgotten | No longer managed here. Key `apikey_1` goes on working.", "would be destroyed"},
		"deactivated":         {list("delete"), with(key, "on_destroy", "deactivate"), nil, object{}, "| disabled | Key `apikey_1` is made **inactive**", "would be destroyed"},
		"archived":            {list("delete"), with(key, "on_destroy", "archive"), nil, object{}, "| revoked | Key `apikey_1` is **archived**, for good.", "would be destroyed"},
		"dead":                {list("delete"), with(key, "on_destroy", "archive", "status", "archived"), nil, object{}, "does not work any more", "would be destroyed"},
		"another, archived":   {list("delete", "create"), with(key, "on_destroy", "archive"), with(fresh, "id", "apikey_2"), unknown, "| revoked<br>adopted | Key `apikey_1` is **archived**, for good.<br>Key `apikey_2` exists already", "is not in the configuration"},
		"another, forgotten":  {list("create", "delete"), key, with(fresh, "id", "apikey_2"), unknown, "| forgotten<br>adopted |", "is not in the configuration"},
		"taken out of state":  {list("forget"), key, nil, object{}, "| forgotten |", "would be forgotten"},
		"its name is unknown": {list("update"), key, without(key, "name"), object{"name": true}, "`name` from `payments` to `(known after apply)`", "changes name"},
	}
	var changes []any
	names := slices.Sorted(maps.Keys(tests))
	address := func(name string) string { return "orgkeys_anthropic_api_key." + name }
	for _, name := range names {
		test := tests[name]
		changes = append(changes, change("orgkeys_anthropic_api_key", name, test.actions, test.before, test.after, test.unknown))
	}
	seen, refused := judged(t, aPlan(changes...), 2, "", 3, "")
	for _, name := range names {
		if row := rowOf(seen, address(name)); !strings.Contains(row, tests[name].review) {
			t.Errorf("review.sh: want %q of a key that is %s:\n%s", tests[name].review, name, row)
		}
		if want := fmt.Sprintf("%q %s", address(name), tests[name].rotates); !strings.Contains(refused, want) {
			t.Errorf("rotate.sh: want %q:\n%s", want, refused)
		}
	}
}

// What keys belong to, at other vendors.
func TestGatesOfOtherOwners(t *testing.T) {
	t.Parallel()
	account := object{"id": "user_1", "name": "narrator", "created_at": "2026-11-01T00:00:00Z"}
	space := object{"id": "ws_1", "name": "Payments", "slug": "payments", "description": nil, "tags": nil, "display_color": nil,
		"data_residency": object{"default_inference_geo": "us"}}
	gone := func(kind string, before object) object {
		return aPlan(change(kind, "p", list("delete"), before, nil, object{}))
	}
	judged(t, gone("orgkeys_elevenlabs_service_account", account), 2, "| forgotten | No longer managed here. The API cannot delete it", 3, "would be destroyed")
	for _, kind := range []string{"orgkeys_openrouter_workspace", "orgkeys_anthropic_workspace"} {
		judged(t, gone(kind, space), 2, "It is deleted or archived: **every key of it stops working**", 3, "would be destroyed")
		judged(t, aPlan(change(kind, "p", list("update"), space, with(space, "slug", "pay", "display_color", "#000000"), object{})), 0, allClear, 3, "is not in the configuration")
	}
	judged(t, aPlan(change("orgkeys_anthropic_workspace", "p", list("update"), space, with(space, "data_residency", object{"default_inference_geo": "eu"}), object{})),
		2, "| settings | `data_residency`", 3, "is not in the configuration")
	for kind, values := range map[string]object{
		"orgkeys_openrouter_revoke_key": {"key_id": "key_9"},
		"orgkeys_elevenlabs_revoke_key": {"key_id": "key_9", "service_account_id": "user_1"},
	} {
		says := "The action **revokes** this key, with no overlap."
		if values["service_account_id"] != nil {
			says = "The action **revokes** this key (`service_account_id` `user_1`), with no overlap."
		}
		judged(t, with(aPlan(), "action_invocations", list(object{"type": kind, "address": "action." + kind + ".a", "config_values": values})), 2, says, 3, "the plan has action_invocations")
	}
}
