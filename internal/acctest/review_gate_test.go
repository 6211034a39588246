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
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const allClear = "No key is created, rotated or revoked"

// reviews are changes and the line that review.sh must write of each.
func reviews() map[string]struct {
	plan object
	says string
} {
	after, unknown := rotated()
	rotation := func(pairs ...any) object {
		return aPlan(keyChange(list("update"), aKey(), with(after, pairs...), unknown))
	}
	gone := func(actions ...any) object { return aPlan(keyChange(actions, aKey(), aKey(), object{})) }
	parent := func(kind string, actions []any, pairs ...any) object {
		before := object{"id": "x_1", "name": "payments", "role": "member", "project_id": "proj_1"}
		return aPlan(change(kind, "p", actions, before, with(before, pairs...), object{}))
	}
	drifted := func(actions []any, before, after object) object {
		return with(aPlan(), "resource_drift", list(keyChange(actions, before, after, object{})))
	}
	const project, account = "orgkeys_openai_project", "orgkeys_openai_service_account"
	moved := keyChange(list("no-op"), aKey(), aKey(), object{})
	moved["previous_address"] = "orgkeys_openai_api_key.old"
	imported := keyChange(list("no-op"), aKey(), aKey(), object{})
	imported["change"].(object)["importing"] = object{"id": "proj_1/key_1"}
	importedProject := change(project, "p", list("no-op"), object{"name": "p"}, object{"name": "p"}, object{})
	importedProject["change"].(object)["importing"] = object{"id": "proj_1"}
	surprising := keyChange(list("no-op"), aKey(), aKey(), object{})
	surprising["surprise"] = true
	return map[string]struct {
		plan object
		says string
	}{
		"deleted":                  {gone("delete"), "| revoked | Key `key_1`, `key_0` is **revoked** as soon as this is applied. Leftover keys `key_lost` go on working"},
		"replaced":                 {gone("delete", "create"), "before the new key is created"},
		"replaced, created first":  {gone("create", "delete"), "after the new key is created"},
		"forgotten":                {gone("forget"), "| forgotten |"},
		"replaced and forgotten":   {gone("create", "forget"), "| forgotten<br>created |"},
		"an unknown action":        {gone("shred"), "does not know: `shred`"},
		"no action":                {gone(), "An entry of the plan cannot be read: `orgkeys_openai_api_key.k`"},
		"an action that is null":   {aPlan(keyChange(nil, aKey(), aKey(), nil)), "An entry of the plan cannot be read: `orgkeys_openai_api_key.k`"},
		"an update without values": {aPlan(keyChange(list("update"), nil, nil, nil)), "does not know: `update`"},

		"previous taken away":     {aPlan(update("previous", list())), "| revoked | Previous key `key_0` of this series may be **revoked**."},
		"previous unknown":        {aPlan(unknownUpdate("previous")), "Previous key `key_0` of this series may be **revoked**."},
		"leftover taken away":     {aPlan(update("leftovers", nil)), "| revoked | Leftover key `key_lost`"},
		"leftovers unknown":       {aPlan(unknownUpdate("leftovers")), "Leftover key `key_lost`"},
		"rotated":                 {rotation(), "| rotated | From `key_1`, generation `1`, to generation `2`, because a value in `rotate_when_changed` changed. The old key keeps working for `1d`"},
		"rotated without overlap": {rotation("overlap", "0s", "previous", list()), "The old key is **revoked at once**."},
		"rotated, and a previous": {rotation("previous", list(object{"id": "key_1"})), "Previous key `key_0` of this series may be **revoked**."},
		"rotated, and a leftover": {rotation("leftovers", list()), "| rotated<br>revoked |"},
		"rotated into state":      {rotation("secret_storage", "state"), "**in plaintext**"},
		"rotated to others":       {rotation("sealed_to", list("age1other")), "Its new secret is readable by `age1other`, the old one by `age1fake`."},
		"generation unknown":      {aPlan(unknownUpdate("generation")), "| may rotate |"},
		"everything unknown":      {aPlan(unknownUpdate("id", "generation", "version", "previous", "leftovers")), "| may rotate<br>revoked |"},
		"a trigger unknown":       {aPlan(keyChange(list("update"), aKey(), with(aKey(), "rotate_when_changed", object{}), object{"rotate_when_changed": object{"at": true}})), "| may rotate |"},
		"into state":              {aPlan(keyChange(list("update"), aKey(), with(aKey(), "secret_storage", "state"), object{"value": true})), "**in plaintext**"},
		"other recipients":        {aPlan(update("sealed_to", list("age1other"))), "| re-sealed | Readable by `age1fake` now, and after the apply by `age1other`."},
		"all scopes":              {aPlan(keyChange(list("update"), with(aKey(), "scopes", list("a")), aKey(), object{})), "| widened |"},
		"an unknown attribute":    {aPlan(update("sprocket", "x")), "`sprocket` changes: this summary does not know what that means."},
		"a parent unknown":        {aPlan(unknownUpdate("project_id")), "`project_id` from `proj_1` to `(known after apply)`"},
		"a setting":               {aPlan(update("overlap", "2d")), "| settings | `overlap` from `1d` to `2d`. |"},
		"only filled in":          {aPlan(update("redacted_value", "sk-…2")), "Only what the provider itself fills in changes."},

		"project archived":   {parent(project, list("delete")), "The project is archived, for good: **every key of it stops working**"},
		"project replaced":   {parent(project, list("create", "delete")), "The project is archived, for good"},
		"project forgotten":  {parent(project, list("forget")), "| forgotten |"},
		"account deleted":    {parent(account, list("delete")), "The account is deleted: **every key of it stops working**"},
		"account replaced":   {parent(account, list("delete", "create")), "The account is deleted"},
		"account, role":      {parent(account, list("update"), "role", "owner"), "The role changes from `member` to `owner`"},
		"account, project":   {parent(account, list("update"), "project_id", "proj_2"), "`project_id` changes: this summary does not know what that means."},
		"project, something": {parent(project, list("shred")), "does not know: `shred`"},

		"another type":            {aPlan(change("orgkeys_openai_sprocket", "s", list("update"), object{}, object{}, object{})), "does not know objects of this type"},
		"another type, deleted":   {aPlan(change("orgkeys_sprocket", "s", list("delete"), object{}, nil, object{})), "does not know objects of this type: `delete`"},
		"a key of another vendor": {aPlan(change("orgkeys_elsewhere_api_key", "s", list("delete"), aKey(), nil, object{})), "is **revoked**"},
		"moved":                   {aPlan(moved), "| moved | Moved from `orgkeys_openai_api_key.old`."},
		"imported":                {aPlan(imported), "| adopted |"},
		"a project imported":      {aPlan(importedProject), "| adopted |"},
		"a surprising field":      {aPlan(surprising), "Has `surprise`, which this summary does not know."},

		"gone outside":     {drifted(list("delete"), aKey(), nil), "| changed outside | Is gone"},
		"lengthened":       {drifted(list("update"), with(aKey(), "expires_at", "2026-12-01T00:00:00Z"), with(aKey(), "expires_at", "2027-12-01T00:00:00Z")), "| changed outside | Outside Terraform `expires_at` from `2026-12-01T00:00:00Z` to `2027-12-01T00:00:00Z`."},
		"ended early":      {drifted(list("update"), aKey(), with(aKey(), "previous", list())), "| changed outside |"},
		"another leftover": {drifted(list("update"), with(aKey(), "leftovers", nil), aKey()), "Leftover key `key_lost` works"},
		"drift of a kind":  {drifted(list("shred"), aKey(), aKey()), "does not know: `shred`, outside Terraform"},
		"drift elsewhere":  {with(aPlan(), "resource_drift", list(change("orgkeys_sprocket", "s", list("update"), object{}, object{}, object{}))), "Changed outside Terraform."},

		"an action": {with(aPlan(), "action_invocations", list(object{"type": "orgkeys_openai_revoke_key", "address": "action.orgkeys_openai_revoke_key.a",
			"config_values": object{"project_id": "proj_1", "key_id": "key_9"}})), "| `key_9`<br>`action.orgkeys_openai_revoke_key.a` | revoked |"},
		"an unknown action of ours": {with(aPlan(), "action_invocations", list(object{"type": "orgkeys_openai_polish", "address": "action.orgkeys_openai_polish.a"})), "does not know actions of this type"},
		"an action put off":         {with(aPlan(), "deferred_action_invocations", list(object{"action_invocation": object{"address": "action.a"}})), "`action.a`, an action, is put off"},
		"put off":                   {with(aPlan(), "deferred_changes", list(object{"resource_change": object{"address": "orgkeys_openai_api_key.later"}})), "`orgkeys_openai_api_key.later` is put off"},
		"a target":                  {with(aPlan(), "complete", false), "does not cover everything"},
		"an error":                  {with(aPlan(), "errored", true), "ended with an error"},
		"only actions of others": {with(aPlan(), "resource_changes", nil, "action_invocations", list(object{"type": "local_command", "address": "action.local_command.a"})),
			"The plan has no resource_changes"},
		"a surprise":              {with(aPlan(), "surprises", list()), "The plan has `surprises`"},
		"drift is no list":        {with(aPlan(), "resource_drift", "x"), "`resource_drift` of the plan is not a list"},
		"elsewhere, an action":    {aPlan(change("terraform_data", "d", list("shred"), object{}, object{}, object{})), "`terraform_data.d`: this summary does not know the change `shred`."},
		"an entry that is a text": {aPlan("x"), "An entry of the plan cannot be read"},
	}
}

// review.sh goes by types, not by the provider's address, and has no all-clear for what
// it does not understand.
func TestReviewGate(t *testing.T) {
	t.Parallel()
	tests := reviews()
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		test := tests[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "review-gate/review.sh")
			g.write("plan.code", "0")
			g.plan(test.plan)
			code, out := g.run()
			if code != 2 || !strings.Contains(out, test.says) || strings.Contains(out, allClear) {
				t.Errorf("ended with %d, want 2 and %q:\n%s", code, test.says, out)
			}
		})
	}
}

func TestReviewGateAllClear(t *testing.T) {
	t.Parallel()
	read := object{"address": "data.x.y", "mode": "data", "type": "x", "name": "y", "provider_name": "x",
		"change": object{"actions": list("read"), "before": nil, "after": object{}, "after_unknown": object{}}}
	for name, plan := range map[string]object{
		"nothing":           aPlan(),
		"a read":            aPlan(read),
		"another resource":  aPlan(change("terraform_data", "d", list("delete", "create"), object{}, object{}, object{})),
		"a renamed project": aPlan(change("orgkeys_openai_project", "p", list("update"), object{"name": "a"}, object{"name": "b"}, object{})),
		"a previous key is over": with(aPlan(), "resource_drift", list(keyChange(list("update"),
			with(aKey(), "previous", list(object{"id": "key_0", "expires_at": "2026-11-24T00:00:00Z"}), "redacted_value", nil), with(aKey(), "previous", list()), object{}))),
	} {
		g := newGate(t, "review-gate/review.sh")
		g.write("plan.code", "0")
		g.plan(plan)
		if code, out := g.run(); code != 0 || !strings.Contains(out, allClear) {
			t.Errorf("%s: ended with %d:\n%s", name, code, out)
		}
	}
}

// printed is a warning as a CLI prints it: in colours, without them, and with -compact-warnings.
func printed(title string) map[string]string {
	return map[string]string{
		"in colours": "\x1b[33m│\x1b[0m \x1b[0m\x1b[1m\x1b[33mWarning: \x1b[0m\x1b[0m\x1b[1m" + title + "\x1b[0m\n",
		"plain":      "\nWarning: " + title + "\n",
		"compact":    "Warnings:\n\n- " + title + "\n\nTo see the full warning notes, run Terraform without -compact-warnings.\n",
	}
}

// What a plan says in a warning only, and not in its JSON, is no all-clear.
func TestReviewGateWarnings(t *testing.T) {
	t.Parallel()
	for _, what := range []string{
		"stays sealed to the old recipients", "was not refreshed",
		"was read while this machine's clock is wrong", "was read without the server's time",
	} {
		for how, text := range printed(`API key "payments" (key_1) ` + what) {
			g := newGate(t, "review-gate/review.sh")
			g.write("plan.code", "0")
			g.write("plan.out", text)
			g.plan(aPlan())
			if code, out := g.run(); code != 2 || !strings.Contains(out, "- **The plan warns: `API key \"payments\" (key_1) "+what+"`**") || strings.Contains(out, allClear) {
				t.Errorf("%s, %s: ended with %d:\n%s", what, how, code, out)
			}
		}
	}
	g := newGate(t, "review-gate/review.sh")
	g.write("plan.code", "0")
	g.write("plan.out", "\nWarning: Project \"p\" (proj_1) is archived\n\nAPI key \"k\" was not refreshed\n")
	g.plan(aPlan())
	if code, out := g.run(); code != 0 || !strings.Contains(out, allClear) {
		t.Errorf("another warning: ended with %d:\n%s", code, out)
	}
}

// A key for one run is in no plan: what was printed shows it, or the configuration does.
func TestReviewGateRunScopedKeys(t *testing.T) {
	t.Parallel()
	const address = "ephemeral.orgkeys_openai_api_key.smoke_test"
	for how, test := range map[string]struct {
		printed       string
		configuration object
		finds         bool
	}{
		"opened":       {"\x1b[0m\x1b[1m" + address + ": Opening...\x1b[0m\n", nil, true},
		"put off":      {address + ": Configuration unknown, deferring...\n", nil, true},
		"in a module":  {"module.x[\"a\"]." + address + "[0]: Opening...\n", nil, true},
		"referred to":  {"", object{"resources": list(object{"expressions": object{"input": object{"references": list(address+".value", address)}}})}, true},
		"declared":     {"", object{"resources": list(object{"mode": "ephemeral", "type": "orgkeys_openai_api_key", "name": "smoke_test"})}, true},
		"a secret":     {"ephemeral.orgkeys_unsealed.key: Opening...\n", object{"resources": list(object{"mode": "ephemeral", "type": "orgkeys_unsealed", "name": "k"})}, false},
		"another text": {"# " + address + " opens\n", nil, false},
	} {
		g := newGate(t, "review-gate/review.sh")
		g.write("plan.code", "0")
		g.write("plan.out", test.printed)
		plan := aPlan()
		if test.configuration != nil {
			plan["configuration"] = object{"root_module": test.configuration}
		}
		g.plan(plan)
		code, out := g.run()
		if finds := code == 2 && strings.Contains(out, "smoke_test") && strings.Contains(out, "is a key for one run"); finds != test.finds || finds == strings.Contains(out, allClear) {
			t.Errorf("%s: ended with %d:\n%s", how, code, out)
		}
	}
}

// Of every kind of key the table says what its vendor can do: whether an old key ends by itself,
// and whether a new name makes a new key. The provider's own descriptions have the answer.
func TestReviewGateOfWhatVendorsCan(t *testing.T) {
	t.Parallel()
	process, err := protocol.Start(t.Context(), acctest.New(t, openaisim.Options{}).Server)
	if err != nil {
		t.Fatal(err)
	}
	says := func(kind, attribute, text string) bool {
		for _, a := range process.Schemas().ResourceSchemas[kind].Block.Attributes {
			if a.Name == attribute {
				return strings.Contains(a.Description, text)
			}
		}
		t.Fatalf("%s has no %s", kind, attribute)
		return false
	}
	var changes []any
	want := map[string][]string{}
	add := func(kind string, before object, pairs []any, texts ...string) {
		after, unknown := rotationOf(before)
		one := change(kind, "k", list("update"), before, with(after, pairs...), unknown)
		one["address"] = fmt.Sprintf("%s.k[%d]", kind, len(changes))
		changes, want[one["address"].(string)] = append(changes, one), texts
	}
	const asked, renamed = "a value in `rotate_when_changed` changed.", "its name changes from `payments` to `billing`"
	for kind, key := range vendorKeys() {
		until := "The old key keeps working for at least `1d` after the new one is created, until the first apply after that revokes it. |"
		if says(kind, "overlap", "Exactly this long") {
			until = "The old key keeps working for `1d` after the new one is created. |"
		}
		add(kind, key, nil, until)
		anew, same := list("name", "billing"), list("name", "billing", "rotate_when_changed", key["rotate_when_changed"])
		switch {
		case says(kind, "name", "Renamed in place."):
			add(kind, key, anew, "because "+asked, "<br>`name` from `payments` to `billing`.")
			add(kind, key, same, "because the plan's own warning says why.") // the vendor refuses to rename it
		default:
			add(kind, key, anew, "because "+renamed+", and "+asked)
			add(kind, key, same, "because "+renamed+".")
			add(kind, with(key, "version", nil), anew, "because "+asked, "<br>`name` from `payments` to `billing`.") // imported
		}
		if _, expires := key["lifetime"]; !expires {
			continue
		}
		shorter := list("lifetime", "80d", "rotate_after", "30d")
		if says(kind, "lifetime", "A change applies in place") {
			add(kind, with(key, "lifetime", "90d"), shorter, "because "+asked)
		} else {
			add(kind, with(key, "lifetime", "90d"), shorter, "changed, and its lifetime changes from `90d` to `80d`.")
		}
	}
	seen, _ := judged(t, aPlan(changes...), 2, "", 3, "")
	for address, texts := range want {
		for _, text := range texts {
			if row := rowOf(seen, address); !strings.Contains(row, text) {
				t.Errorf("want %q of %s:\n%s", text, address, row)
			}
		}
	}
}

// Every object has a line of its own.
func TestReviewGateSeveral(t *testing.T) {
	t.Parallel()
	var changes []any
	for i := range 4 {
		one := keyChange(list("delete"), with(aKey(), "id", fmt.Sprintf("key_%d0", i)), nil, object{})
		one["address"] = fmt.Sprintf("orgkeys_openai_api_key.k[%d]", i)
		changes = append(changes, one)
	}
	g := newGate(t, "review-gate/review.sh")
	g.write("plan.code", "0")
	g.plan(aPlan(changes...))
	_, out := g.run()
	for i := range 4 {
		if strings.Count(out, fmt.Sprintf("\n| `payments`<br>`orgkeys_openai_api_key.k[%d]` | revoked | Key `key_%d0`", i, i)) != 1 {
			t.Errorf("key %d has no line of its own:\n%s", i, out)
		}
	}
	if !strings.Contains(out, "4 × **revoked**") {
		t.Errorf("not four:\n%s", out)
	}
}

func TestReviewGateNoPlan(t *testing.T) {
	t.Parallel()
	for name, text := range notPlans(t) {
		g := newGate(t, "review-gate/review.sh")
		g.write("plan.code", "0")
		g.write("show.json", text)
		if code, out := g.run(); code == 0 || code == 2 || strings.Contains(out, allClear) || !strings.Contains(out, "key-changes.jq: ") {
			t.Errorf("%s: ended with %d:\n%s", name, code, out)
		}
	}
	g := newGate(t, "review-gate/review.sh")
	g.write("plan.code", "0")
	g.plan(aPlan())
	g.write("show.code", "1")
	if code, out := g.run(); code != 1 || strings.Contains(out, allClear) {
		t.Errorf("a failed show: ended with %d:\n%s", code, out)
	}
}
