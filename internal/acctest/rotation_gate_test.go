// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rotations are plans and what rotate.sh says of them: ok are those that it applies.
func rotations() map[string]struct {
	plan object
	ok   bool
	says string
} {
	after, unknown := rotated()
	rotation := func(pairs ...any) any { return keyChange(list("update"), aKey(), with(after, pairs...), unknown) }
	other := func(mode string, actions ...any) any {
		return object{"address": "x.y", "mode": mode, "type": "http", "name": "y", "provider_name": "registry.terraform.io/hashicorp/http",
			"action_reason": "read_because_dependency_pending",
			"change":        object{"actions": actions, "before": nil, "after": object{}, "after_unknown": object{"body": true}}}
	}
	own := func(kind string, actions ...any) any {
		return change(kind, "o", actions, object{"a": 1}, object{"a": 1}, object{})
	}
	// storing is a plan in which a key loses a previous key and the store's resource is updated without
	// a change that shows; its arguments are as given.
	ending := update("previous", list())
	secret, version := object{"references": list("ephemeral.orgkeys_unsealed.s.value", "ephemeral.orgkeys_unsealed.s")}, object{"references": list("orgkeys_openai_api_key.k.version")}
	storing := func(key any, expressions object) object {
		values := object{"name": "s", "data_wo": nil, "data_wo_version": 1}
		plan := aPlan(key, change("store_secret", "s", list("update"), values, values, object{}))
		plan["configuration"] = object{"root_module": object{"resources": list(object{"mode": "managed", "type": "store_secret", "name": "s", "expressions": expressions})}}
		return plan
	}
	untouched := keyChange(list("no-op"), aKey(), aKey(), object{})
	// delivering is a plan with a delivery as given, whose trigger is the key's version.
	delivering := func(key any, actions []any, after, unknown any, arguments ...any) object {
		plan := aPlan(key, with(change("terraform_data", "d", actions, nil, after, unknown), "provider_name", "terraform.io/builtin/terraform"))
		plan["configuration"] = object{"root_module": object{"resources": list(object{"mode": "managed", "type": "terraform_data", "name": "d",
			"expressions": with(object{"triggers_replace": version}, arguments...)})}}
		return plan
	}
	later := keyChange(list("no-op"), with(aKey(), "generation", 2), with(aKey(), "generation", 2), object{})
	delivered, comes := object{"triggers_replace": aKey()["version"]}, object{"id": true, "triggers_replace": true}
	// versioned is a plan in which a resource of a store is created in another one, with the secret of a key.
	versioned := func(key any, after, unknown any, arguments ...any) object {
		plan := aPlan(key, change("aws_secretsmanager_secret", "s", list("no-op"), object{"id": "arn"}, object{"id": "arn"}, object{}),
			change("aws_secretsmanager_secret_version", "s", list("create"), nil, after, unknown))
		plan["configuration"] = object{"root_module": object{"resources": list(object{"mode": "managed", "type": "aws_secretsmanager_secret_version", "name": "s",
			"expressions": with(object{
				"secret_id":        object{"references": list("aws_secretsmanager_secret.s.id", "aws_secretsmanager_secret.s")},
				"secret_string_wo": secret, "secret_string_wo_version": version,
			}, arguments...)})}}
		return plan
	}
	planned, created := object{"secret_id": "arn", "secret_string_wo": nil, "secret_string_wo_version": aKey()["version"]}, object{"arn": true, "id": true}
	removed := versioned(later, planned, created)
	removed["resource_drift"] = list(object{"address": "aws_secretsmanager_secret_version.s", "mode": "managed", "type": "aws_secretsmanager_secret_version",
		"name": "s", "change": object{"actions": list("delete"), "before": planned, "after": nil}})
	// exchanged are two keys that stay as they are, and a store that gets the secret of the second in place of the first's.
	second := with(aKey(), "id", "key_2", "version", 2)
	exchanged := storing(untouched, object{"name": object{"constant_value": "s"}, "data_wo": secret, "data_wo_version": version})
	exchanged["resource_changes"] = list(untouched, keyChange(list("no-op"), second, second, object{}),
		change("store_secret", "s", list("update"), object{"data_wo": nil, "data_wo_version": aKey()["version"]}, object{"data_wo": nil, "data_wo_version": 2}, object{}))
	stored := object{"name": object{"constant_value": "s"}, "data_wo": secret, "data_wo_version": version}
	return map[string]struct {
		plan object
		ok   bool
		says string
	}{
		"a rotation":               {aPlan(rotation()), true, `rotates: key "key_1" is followed by generation 2`},
		"without overlap":          {aPlan(rotation("previous", list())), true, "is revoked at once"},
		"beside a read":            {aPlan(rotation(), other("data", "read")), true, "rotates"},
		"beside a read of our own": {aPlan(rotation(), with(change("orgkeys_openai_api_keys", "all", list("read"), nil, object{}, object{}), "mode", "data")), true, "rotates"},
		"beside a no-op":           {aPlan(rotation(), untouched, other("managed", "no-op"), own("orgkeys_sprocket", "no-op")), true, "rotates"},

		"a read that deletes":                    {aPlan(rotation(), other("data", "delete")), false, "is not a resource: delete"},
		"another kind of thing":                  {aPlan(rotation(), other("list", "read")), false, "is not a resource: read"},
		"a resource that reads":                  {aPlan(rotation(), other("managed", "read")), false, "would be read"},
		"a leftover":                             {aPlan(rotation("leftovers", list())), false, `may revoke keys that no rotation of this state superseded: "key_lost"`},
		"a leftover alone":                       {aPlan(update("leftovers", nil)), false, `superseded: "key_lost"`},
		"leftovers unknown":                      {aPlan(unknownUpdate("leftovers")), false, `superseded: "key_lost"`},
		"a generation unknown":                   {aPlan(unknownUpdate("generation")), false, "changes generation"},
		"everything unknown":                     {aPlan(unknownUpdate("id", "generation", "version")), false, "may rotate or not"},
		"a deleted key":                          {aPlan(rotation(), own("orgkeys_openai_api_key", "delete")), false, "would be destroyed"},
		"a replaced key":                         {aPlan(rotation(), own("orgkeys_openai_api_key", "delete", "create")), false, "is not in the configuration"},
		"a forgotten key":                        {aPlan(rotation(), own("orgkeys_openai_api_key", "forget")), false, "would be forgotten"},
		"another type of ours":                   {aPlan(rotation(), own("orgkeys_sprocket", "update")), false, "is not in the configuration"},
		"an unknown action":                      {aPlan(rotation(), own("orgkeys_openai_api_key", "shred")), false, "would be shred"},
		"no actions":                             {aPlan(rotation(), own("orgkeys_openai_api_key")), false, "without address, type or actions"},
		"an entry that is empty":                 {aPlan(rotation(), object{"address": "x.y"}), false, "without address, type or actions"},
		"a secret taken again":                   {storing(ending, stored), true, "takes the secret of a key again"},
		"taken again by each":                    {storing(ending, with(stored, "data_wo", object{"references": list("ephemeral.orgkeys_unsealed.s", "each.key")})), true, "takes the secret of a key again"},
		"taken again, with a value of each":      {storing(ending, with(stored, "data_wo", object{"references": list("ephemeral.orgkeys_unsealed.s", "each.value")})), false, "changes by itself"},
		"taken again, and no key changes":        {storing(untouched, stored), false, "changes by itself"},
		"taken again from elsewhere":             {storing(ending, with(stored, "data_wo", object{"references": list("var.secret")})), false, "changes by itself"},
		"taken again, and something of a user's": {storing(ending, with(stored, "data_wo", object{"references": list("ephemeral.orgkeys_unsealed.s", "var.salt")})), false, "changes by itself"},
		"taken again, written down":              {storing(ending, with(stored, "data_wo", object{"constant_value": "s"})), false, "changes by itself"},
		"a second hidden argument":               {storing(ending, with(stored, "more_wo", object{"references": list("var.secret")})), false, "changes by itself"},
		"nothing hidden":                         {storing(ending, object{"name": object{"constant_value": "s"}}), false, "changes by itself"},

		"a delivery that was lost":                {delivering(later, list("create"), delivered, object{"id": true}), true, "delivers what an earlier run could not deliver"},
		"lost before the rotation":                {delivering(rotation(), list("create"), object{}, comes), true, "delivers what an earlier run could not deliver"},
		"a lost AWS version":                      {versioned(later, planned, created), true, "delivers what an earlier run could not deliver"},
		"an AWS version lost before the rotation": {versioned(rotation(), with(planned, "secret_string_wo_version", nil), with(created, "secret_string_wo_version", true)), true, "delivers what an earlier run could not deliver"},
		"a first AWS version":                     {versioned(untouched, planned, created), false, "would be created"},
		"an AWS version that was removed":         {removed, false, "would be created"},
		"an AWS version of something else":        {versioned(later, with(planned, "secret_string_wo_version", 7), created), false, "would be created"},
		"an AWS version of another secret":        {versioned(later, planned, created, "secret_string_wo", object{"references": list("var.secret")}), false, "would be created"},
		"an AWS version without a secret":         {versioned(later, with(planned, "secret_string_wo", "s"), created, "secret_string_wo", object{"constant_value": "s"}), false, "would be created"},
		"an AWS version written down":             {versioned(later, planned, created, "secret_id", object{"constant_value": "arn"}), false, "would be created"},
		"an AWS version of a new secret":          {versioned(later, planned, created, "secret_id", object{"references": list("aws_secretsmanager_secret.new")}), false, "would be created"},
		"an AWS version with stages":              {versioned(later, with(planned, "version_stages", list("AWSCURRENT", aKey()["version"])), created, "version_stages", object{"references": list("var.stages")}), false, "would be created"},
		"a first delivery":                        {delivering(untouched, list("create"), delivered, object{"id": true}), false, "would be created"},
		"a delivery of something else":            {delivering(later, list("create"), object{"triggers_replace": "x"}, object{"id": true}), false, "would be created"},
		"a delivery with an input":                {delivering(later, list("create"), delivered, object{"id": true}, "input", version), false, "would be created"},
		"a delivery that is not known":            {delivering(rotation(), list("create"), object{}, comes, "triggers_replace", object{"references": list("data.http.x.body")}), false, "would be created"},
		"a store of another key":                  {exchanged, false, "data_wo_version, which does not follow from a rotation"},
		"a list in a value":                       {with(storing(ending, stored), "configuration", object{"root_module": object{"variables": object{"rules": object{"default": list(object{"resources": list("pods")})}}, "resources": storing(ending, stored)["configuration"].(object)["root_module"].(object)["resources"]}}), true, "takes the secret of a key again"},

		"no resource_changes": {with(aPlan(), "resource_changes", nil), false, "the plan has no resource_changes"},
	}
}

func TestRotationGate(t *testing.T) {
	t.Parallel()
	tests := rotations()
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		test := tests[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "scheduled-rotation/rotate.sh")
			g.plan(test.plan)
			code, out := g.run()
			if (code == 0) != test.ok || !test.ok && code != 3 || g.applied() != test.ok || !strings.Contains(out, test.says) {
				t.Errorf("ended with %d, applied: %t, want %q:\n%s", code, g.applied(), test.says, out)
			}
		})
	}
}

func TestRotationGateNoPlan(t *testing.T) {
	t.Parallel()
	for name, text := range notPlans(t) {
		g := newGate(t, "scheduled-rotation/rotate.sh")
		g.write("show.json", text)
		if code, out := g.run(); code == 0 || g.applied() || !strings.Contains(out, "nothing was applied") {
			t.Errorf("%s: ended with %d:\n%s", name, code, out)
		}
	}
	after, unknown := rotated()
	g := newGate(t, "scheduled-rotation/rotate.sh")
	g.plan(aPlan(keyChange(list("update"), aKey(), after, unknown)))
	g.write("show.code", "1")
	if code, out := g.run(); code != 1 || g.applied() {
		t.Errorf("a failed show: ended with %d:\n%s", code, out)
	}
}

// A state that is older than the server has an exit code of its own.
func TestRotationGateStaleState(t *testing.T) {
	t.Parallel()
	const (
		stale = "╷\n│ \x1b[31mError: \x1b[0m\x1b[1mAPI key \"payments\" (key_1): its state is older than the server\x1b[0m\n│\n"
		other = "╷\n│ Error: API key \"payments\" (key_1) cannot be read\n│\n│ 500\n"
	)
	after, unknown := rotated()
	for _, test := range []struct {
		name, file, text string
		code             int
	}{
		{"plan", "plan", stale, 4},
		{"plan, other", "plan", other, 1},
		{"plan, several", "plan", other + stale, 4},
		{"plan, a warning", "plan", "│ Warning: Admin key \"a\" (key_1): its state is older than the server\n" + other, 1},
		{"apply", "apply", stale, 4},
		{"apply, other", "apply", other, 1},
	} {
		g := newGate(t, "scheduled-rotation/rotate.sh")
		g.plan(aPlan(keyChange(list("update"), aKey(), after, unknown)))
		g.write(test.file+".err", test.text)
		g.write(test.file+".code", "1")
		if code, out := g.run(); code != test.code || !strings.Contains(out, test.text) || strings.Contains(out, "bring back the newer state") != (code == 4) {
			t.Errorf("%s: ended with %d, want %d:\n%s", test.name, code, test.code, out)
		}
	}
}

// A plan that could not find out which keys are due is not "nothing to do", and if it holds
// rotations of other keys it is applied and reported.
func TestRotationGateUndecided(t *testing.T) {
	t.Parallel()
	after, unknown := rotated()
	expect := func(name, out string, planned, code int, says string) {
		t.Helper()
		g := newGate(t, "scheduled-rotation/rotate.sh")
		g.plan(aPlan(keyChange(list("update"), aKey(), after, unknown)))
		g.write("plan.code", strconv.Itoa(planned))
		g.write("plan.out", out)
		got, text := g.run()
		if got != code || !strings.Contains(text, says) || strings.Contains(text, "nothing to do") != (code == 0) || g.applied() != (planned == 2) {
			t.Errorf("%s: ended with %d, want %d and %q:\n%s", name, got, code, says, text)
		}
	}
	for _, title := range []string{
		`API key "a" (key_1) was read while this machine's clock is wrong`, `Key "a" (0a1b) was read without the server's time`,
		`Admin key "a" (key_1) was not refreshed`, `Key "a" (0a1b) was not refreshed`,
	} {
		for how, text := range printed(title) {
			for _, planned := range []int{0, 2} {
				expect(how+": "+title, text, planned, 1, "it was not decided whether keys are due")
			}
		}
	}
	expect("a project", "Warning: Project \"p\" (proj_1) was not refreshed\n", 0, 0, "nothing to do")
	expect("a value", "  ~ note = \"API key was not refreshed\"\n", 0, 0, "nothing to do")
}

// Where the log cannot be written, no plan is left behind, none is applied, and the exit code
// still says what was found.
func TestRotationGateFullDisk(t *testing.T) {
	t.Parallel()
	after, unknown := rotated()
	for _, test := range []struct {
		name, to string
		planned  string
		code     int
	}{
		{"the plan", ">/dev/full", "2", 1},
		{"a stale state", "2>/dev/full", "1", 4},
		{"a stale state, everything", ">/dev/full 2>&1", "1", 4},
		{"not decided", ">/dev/full 2>&1", "0", 1},
	} {
		g := newGate(t, "scheduled-rotation/rotate.sh")
		g.plan(aPlan(keyChange(list("update"), aKey(), after, unknown)))
		g.write("plan.out", "│ Warning: API key \"a\" (key_1) was not refreshed\n")
		g.write("plan.err", "│ Error: API key \"a\" (key_1): its state is older than the server\n")
		g.write("plan.code", test.planned)
		g.cmd = append([]string{"sh", "-c", `"$@" ` + test.to, "sh"}, g.cmd...)
		if code, out := g.run(); code != test.code || g.applied() {
			t.Errorf("%s: ended with %d, want %d, applied: %t:\n%s", test.name, code, test.code, g.applied(), out)
		}
	}
}

// Only an empty state is one to apply to by hand; one that cannot be read is not.
func TestRotationGateState(t *testing.T) {
	t.Parallel()
	const advice = "Apply once by hand"
	for _, test := range []struct {
		name, state, code, says string
		advised                 bool
	}{
		{"empty", "", "0", "the state is empty", true},
		{"cannot be read", "", "1", "the state cannot be listed", false},
		{"cut off", "orgkeys_openai_api_key.k\n", "1", "the state cannot be listed", false},
	} {
		g := newGate(t, "scheduled-rotation/rotate.sh")
		g.write("state.out", test.state)
		g.write("state.code", test.code)
		if code, out := g.run(); code != 1 || !strings.Contains(out, test.says) || strings.Contains(out, advice) != test.advised || g.applied() {
			t.Errorf("%s: ended with %d, want 1 and %q:\n%s", test.name, code, test.says, out)
		}
	}
}

// The line for cron does not wait without an end for a run that hangs, and says so; the two pages have the same line.
func TestCrontabLine(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("flock is part of Linux only")
	}
	line := func(file string) string {
		t.Helper()
		for line := range strings.Lines(read(t, file)) {
			if rest, ok := strings.CutPrefix(line, "17 5 * * * "); ok {
				return rest
			}
		}
		t.Fatalf("%s has no line for cron", file)
		return ""
	}
	page := line(filepath.Join(templates, "guides/rotate-keys.md.tmpl"))
	if other := line(filepath.Join(examples, "scenarios/scheduled-rotation/README.md")); other != page {
		t.Errorf("the pages differ:\n%s%s", page, other)
	}
	const hour = "-w 3600 "
	if !strings.Contains(page, hour) {
		t.Fatalf("this waits without an end:\n%s", page)
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"environment": "", "rotate.sh": "echo rotated\n"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func() string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.NewReplacer("/etc/orgkeys", dir, "/srv/keys", dir, hour, "-w 1 ").Replace(page))
		cmd.Env = append(os.Environ(), "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return string(out)
	}
	if out, log := run(), read(t, filepath.Join(dir, "rotate.log")); out != "" || log != "rotated\n" {
		t.Errorf("a run that succeeds printed %q and logged %q", out, log)
	}
	held := exec.CommandContext(t.Context(), "flock", filepath.Join(dir, "orgkeys.lock"), "sh", "-c", "echo held; cat")
	typed, err := held.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	prints, err := held.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(prints, make([]byte, len("held"))); err != nil {
		t.Fatal(err)
	}
	if out := run(); !strings.Contains(out, "another one has run for an hour") {
		t.Errorf("a run behind one that hangs printed %q", out)
	}
	if err := typed.Close(); err != nil {
		t.Error(err)
	}
	if err := held.Wait(); err != nil {
		t.Error(err)
	}
}
