// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// fakeCLI stands in for Terraform: its plans are the JSON of a test, and its commands end
// as the test says.
const fakeCLI = `#!/bin/sh
case " $* " in *" plan "* | *" apply "*) [ -r "${ORGKEYS_SEAL_IDENTITY_FILE:-/dev/null}" ] || exit 1 ;; esac # as the provider does
cd "$FAKE"
case $1 in -chdir=*) shift ;; esac
case $1 in
state) cat state.out; exit "$(cat state.code)" ;;
plan)
	cat plan.out; cat plan.err >&2
	case "${TF_CLI_ARGS_plan-} $*" in
	*-detailed-exitcode=false) ;;
	-detailed-exitcode*) [ "$(cat plan.code)" != 0 ] || exit 2 ;;
	esac
	exit "$(cat plan.code)"
	;;
show) cat show.json; exit "$(cat show.code)" ;;
output) cat "output-$3.json" ;;
apply) echo applied >>applied; cat apply.err >&2; exit "$(cat apply.code)" ;;
*) exit 9 ;;
esac
`

// gate runs a script of a scenario on a fake CLI.
type gate struct {
	t   *testing.T
	dir string
	cmd []string
	env []string
}

func newGate(t *testing.T, script string) *gate {
	t.Helper()
	jq(t)
	g := &gate{t: t, dir: t.TempDir()}
	path, err := filepath.Abs(filepath.Join(examples, "scenarios", script))
	if err != nil {
		t.Fatal(err)
	}
	g.cmd = []string{"sh", path, g.dir}
	g.env = []string{"CLI=" + filepath.Join(g.dir, "terraform"), "FAKE=" + g.dir}
	for file, content := range map[string]string{
		"state.out": "orgkeys_openai_api_key.k\n", "state.code": "0", "plan.out": "", "plan.err": "", "plan.code": "2", "show.code": "0", "apply.err": "", "apply.code": "0", "show.json": "",
	} {
		g.write(file, content)
	}
	g.program("terraform", fakeCLI)
	return g
}

// jq fails the test where the scripts would not find it.
func jq(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Fatal("no jq: make test puts one on PATH")
	}
}

func (g *gate) write(file, content string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, file), []byte(content), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) program(name, script string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		g.t.Fatal(err)
	}
}

// run gives the exit code and everything printed.
func (g *gate) run() (int, string) {
	g.t.Helper()
	cmd := exec.CommandContext(g.t.Context(), g.cmd[0], g.cmd[1:]...)
	cmd.Dir = g.dir
	temporary := g.t.TempDir()
	cmd.Env = append(append(os.Environ(), "TMPDIR="+temporary), g.env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		g.t.Fatal(err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		g.t.Errorf("temporary files are left behind: %v, %v", left, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (g *gate) applied() bool {
	_, err := os.Stat(filepath.Join(g.dir, "applied"))
	return err == nil
}

type object = map[string]any

// with is a copy of base with some attributes set: names and values by turns.
func with(base object, pairs ...any) object {
	out := maps.Clone(base)
	for pair := range slices.Chunk(pairs, 2) {
		out[pair[0].(string)] = pair[1]
	}
	return out
}

func list(items ...any) []any { return append([]any{}, items...) }

// aKey is a key as it is in state.
func aKey() object {
	return object{
		"id": "key_1", "name": "payments", "project_id": "proj_1", "service_account_id": "user-1", "generation": 1, "version": 1001,
		"created_at": "2026-11-01T00:00:00Z", "expires_at": nil, "lifetime": nil, "rotate_after": "60d", "overlap": "1d",
		"scopes": nil, "rotate_when_changed": object{"by_hand": "first"}, "secret_storage": nil, "seal_recipients": nil,
		"sealed_value": "sealed", "value": nil, "sealed_to": list("age1fake"), "redacted_value": "sk-…1", "rotation_due_at": "2026-12-31T00:00:00Z",
		"ready_for_rotation": false, "previous": list(object{"id": "key_0", "expires_at": "2026-11-26T00:00:00Z"}),
		"leftovers": list(object{"id": "key_lost", "created_at": "2026-11-02T00:00:00Z", "last_used_at": nil}),
	}
}

// rotated is the same after a planned rotation, with what is unknown then.
func rotated() (after, unknown object) {
	after = with(aKey(), "generation", 2, "rotate_when_changed", object{"by_hand": "second"},
		"previous", list(object{"id": "key_0", "expires_at": "2026-11-26T00:00:00Z"}, object{"id": "key_1"}))
	unknown = object{}
	for _, name := range []string{"id", "version", "created_at", "expires_at", "rotation_due_at", "sealed_value", "redacted_value"} {
		delete(after, name)
		unknown[name] = true
	}
	return after, unknown
}

// change is one entry of resource_changes.
func change(kind, name string, actions []any, before, after, unknown any) object {
	return object{
		"address": kind + "." + name, "mode": "managed", "type": kind, "name": name, "provider_name": "app.terraform.io/acme/orgkeys",
		"change": object{"actions": actions, "before": before, "after": after, "after_unknown": unknown},
	}
}

func keyChange(actions []any, before, after, unknown any) object {
	return change("orgkeys_openai_api_key", "k", actions, before, after, unknown)
}

func update(pairs ...any) object {
	return keyChange(list("update"), aKey(), with(aKey(), pairs...), object{})
}

func unknownUpdate(names ...string) object {
	after, unknown := aKey(), object{}
	for _, name := range names {
		delete(after, name)
		unknown[name] = true
	}
	return keyChange(list("update"), aKey(), after, unknown)
}

// aPlan is the JSON of a plan with the given changes.
func aPlan(changes ...any) object {
	if changes == nil {
		changes = list(keyChange(list("no-op"), aKey(), aKey(), object{}))
	}
	return object{
		"format_version": "1.2", "timestamp": "2026-11-25T00:00:00Z", "errored": false, "complete": true, "applyable": true,
		"planned_values": object{}, "prior_state": object{}, "configuration": object{"root_module": object{}}, "resource_changes": changes,
	}
}

func (g *gate) plan(plan any) {
	g.t.Helper()
	text, err := json.Marshal(plan)
	if err != nil {
		g.t.Fatal(err)
	}
	g.write("show.json", string(text))
}

// notPlans is what no gate may take for a plan.
func notPlans(t *testing.T) map[string]string {
	t.Helper()
	text := func(plan object, without string) string {
		delete(plan, without)
		out, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	whole := text(aPlan(), "")
	return map[string]string{
		"empty": "", "blank": " \n", "half": whole[:len(whole)/2], "twice": whole + whole, "with more": whole + "and more",
		"a text": `"plan"`, "null": "null", "a list": "[]", "an object": "{}",
		"no resource_changes":   text(aPlan(), "resource_changes"),
		"null resource_changes": text(with(aPlan(), "resource_changes", nil), ""),
		"no format":             text(aPlan(), "format_version"),
		"another format":        text(with(aPlan(), "format_version", "2.0"), ""),
		"a number as format":    text(with(aPlan(), "format_version", 1.2), ""),
		"a state":               text(aPlan(), "planned_values"),
	}
}
