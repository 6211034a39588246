// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// own gives a script its folder as the workspace, as scripts need that work beside their
// files.
func (g *gate) own(files ...string) *gate {
	g.t.Helper()
	for _, file := range append(files, filepath.Base(g.cmd[1])) {
		if err := copyInto(g.dir, filepath.Dir(g.cmd[1]), file); err != nil {
			g.t.Fatal(err)
		}
	}
	g.cmd = []string{"sh", filepath.Join(g.dir, filepath.Base(g.cmd[1]))}
	return g
}

// outputs is the JSON of a plan with outputs.
func outputs(values object, checks ...any) object {
	out := object{}
	for name, value := range values {
		out[name] = object{"value": value}
	}
	return with(aPlan(), "planned_values", object{"outputs": out}, "checks", checks)
}

// audited is the plan of an audit without findings.
func audited() object {
	var checks []any
	for _, name := range list("no_keys_of_users", "every_key_expires", "every_key_is_used") {
		checks = append(checks, object{"address": object{"kind": "check", "name": name}, "status": "pass"})
	}
	return outputs(object{"findings": list(), "looked_at": 3, "accepted": object{}, "incomplete": list()}, checks...)
}

// What could not be looked at is no clean audit.
func TestAuditScript(t *testing.T) {
	t.Parallel()
	expect := func(name string, code int, says, warning string, plan object) {
		t.Helper()
		g := newGate(t, "ownership-audit/audit.sh")
		g.write("plan.code", "0")
		g.write("plan.err", warning)
		g.plan(plan)
		if got, out := g.run(); got != code || !strings.Contains(out, says) {
			t.Errorf("%s: ended with %d, want %d and %q:\n%s", name, got, code, says, out)
		}
	}
	expect("clean", 0, "No findings", "", audited())
	for how, warning := range printed("Keys of project proj_1 may be incomplete") {
		expect("incomplete list, "+how, 1, "a list may be incomplete", warning, audited())
	}
	named := audited()
	named["planned_values"].(object)["outputs"].(object)["vendors"] = object{"value": list("openai", "a | b")}
	expect("vendors", 0, "\n\nVendors: `openai`, <code>a &#124; b</code>.\n", "", named)
	expect("unknown findings", 1, "not every check was judged", "", outputs(object{"looked_at": 3, "incomplete": list()}, audited()["checks"].([]any)...))
	expect("no number", 1, "not every check was judged", "", outputs(object{"findings": list(), "incomplete": list()}, audited()["checks"].([]any)...))
	expect("no word of gaps", 1, "not every check was judged", "", outputs(object{"findings": list(), "looked_at": 3}, audited()["checks"].([]any)...))
	expect("a gap", 1, "- `Acme API keys: not read`", "", outputs(object{"findings": list(), "looked_at": 3, "incomplete": list("Acme API keys: not read")}, audited()["checks"].([]any)...))
	expect("no word of errors", 1, "not every check was judged", "", with(audited(), "errored", nil))
	expect("a target", 1, "not every check was judged", "", with(audited(), "complete", false))
	expect("another format", 1, "format", "", with(audited(), "format_version", "2.0"))

	for name, text := range notPlans(t) {
		g := newGate(t, "ownership-audit/audit.sh")
		g.write("plan.code", "0")
		g.write("show.json", text)
		if code, out := g.run(); code != 1 || strings.Contains(out, "## Audit") {
			t.Errorf("%s: ended with %d:\n%s", name, code, out)
		}
	}
	alone := newGate(t, "ownership-audit/audit.sh").own()
	alone.write("plan.code", "0")
	if code, out := alone.run(); code != 1 || !strings.Contains(out, "this is no audit") {
		t.Errorf("without its filter it ended with %d:\n%s", code, out)
	}
}

// The workflow names the vendor of each secret that it has: a vendor that is not named is left out,
// without a word, where its secret is missing.
func TestAuditWorkflow(t *testing.T) {
	t.Parallel()
	workflow := read(t, filepath.Join(examples, "scenarios/ownership-audit/workflow.yml"))
	_, line, _ := strings.Cut(workflow, "TF_VAR_vendors: '")
	line, _, _ = strings.Cut(line, "'")
	var vendors []string
	if err := json.Unmarshal([]byte(line), &vendors); err != nil {
		t.Fatalf("TF_VAR_vendors: %q: %v", line, err)
	}
	secrets := regexp.MustCompile(`secrets\.([A-Z]+)_`).FindAllStringSubmatch(workflow, -1)
	if len(secrets) == 0 || len(secrets) != len(vendors) {
		t.Errorf("%d secrets, and the vendors are %q", len(secrets), vendors)
	}
	for _, secret := range secrets {
		if !slices.Contains(vendors, strings.ToLower(secret[1])) {
			t.Errorf("TF_VAR_vendors does not name the vendor of %s", secret[0])
		}
	}
}

// What TF_CLI_ARGS_plan asks for makes no failure of a plan that succeeded.
func TestScriptsWithDetailedExitcode(t *testing.T) {
	t.Parallel()
	for script, test := range map[string]struct {
		plan  object
		files []string // beside the script, which then works in its own folder
	}{
		"review-gate/review.sh":    {plan: aPlan()},
		"ownership-audit/audit.sh": {plan: audited()},
		"adoption/adopt.sh":        {adoptable(object{"id": "proj_1", "name": "payments"}), []string{"adopt.jq"}},
		"personal-keys/moved.sh":   {moved(), []string{"move.jq"}},
		"personal-keys/ask.sh":     {moved(), []string{"move.jq"}},
	} {
		g := newGate(t, script)
		if test.files != nil {
			g.own(test.files...)
		}
		g.write("plan.code", "0")
		g.plan(test.plan)
		g.env = append(g.env, "TF_CLI_ARGS_plan=-detailed-exitcode")
		if code, out := g.run(); code != 0 {
			t.Errorf("%s: ended with %d:\n%s", script, code, out)
		}
	}
}

// moved is the plan of a workload that has moved to a key of its own.
func moved(pairs ...any) object {
	personal := object{"name": "old", "id": "key_1", "shown": "sk-…", "owner": "Ada", "last_used_at": "2026-11-01T00:00:00Z", "unused_days": 24}
	workload := object{"name": "new", "id": "key_2", "account": "new", "project": "p", "created_at": "2026-11-02T00:00:00Z", "last_used_at": "2026-11-24T00:00:00Z"}
	return outputs(object{"move": object{"quiet_days": 7, "workload": workload, "personal": with(personal, pairs...)}})
}

// adoptable is the plan of an inventory with the given projects.
func adoptable(projects ...any) object {
	return outputs(object{"found": object{"projects": list(projects...), "accounts": list(), "keys": list()}})
}

// Neither "moved" nor "not moved yet" is said where that could not be found out.
func TestMovedScript(t *testing.T) {
	t.Parallel()
	expect := func(name string, code int, text string, says ...string) {
		t.Helper()
		g := newGate(t, "personal-keys/moved.sh").own("move.jq")
		g.write("plan.code", "0")
		g.write("show.json", text)
		got, out := g.run()
		if got != code || slices.ContainsFunc(says, func(one string) bool { return !strings.Contains(out, one) }) {
			t.Errorf("%s: ended with %d, want %d and %q:\n%s", name, got, code, says, out)
		}
	}
	expect("moved", 0, asJSON(t, moved()))
	expect("used lately", 2, asJSON(t, moved("unused_days", 1)), "The old key was used 1 day ago")
	expect("never used", 2, asJSON(t, moved("last_used_at", nil, "unused_days", 3)), "The old key was created 3 days ago")
	expect("unknown use", 2, asJSON(t, moved("unused_days", nil)), "The server does not show when the old key was last used.")
	expect("no word of errors", 1, asJSON(t, with(moved(), "errored", nil)))
	for name, text := range notPlans(t) {
		expect(name, 1, text)
	}
	alone := newGate(t, "personal-keys/moved.sh").own()
	alone.write("plan.code", "0")
	if code, out := alone.run(); code != 1 {
		t.Errorf("without its filter it ended with %d:\n%s", code, out)
	}
}

// An inventory that is empty or cannot be read leaves no files.
func TestAdoptScript(t *testing.T) {
	t.Parallel()
	texts := notPlans(t)
	texts["empty"] = asJSON(t, adoptable())
	texts["nothing found"] = asJSON(t, outputs(object{"found": nil}))
	for name, text := range texts {
		g := newGate(t, "adoption/adopt.sh").own("adopt.jq")
		g.write("plan.code", "0")
		g.write("show.json", text)
		code, out := g.run()
		files, err := filepath.Glob(filepath.Join(g.dir, "*.tf"))
		if code == 0 || err != nil || len(files) > 0 {
			t.Errorf("%s: ended with %d, %v:\n%s", name, code, files, out)
		}
	}
	for how, warning := range printed("Keys of project proj_1 may be incomplete") {
		g := newGate(t, "adoption/adopt.sh").own("adopt.jq")
		g.write("plan.code", "0")
		g.write("plan.out", warning)
		g.plan(adoptable(object{"id": "proj_1", "name": "payments"}))
		if code, out := g.run(); code != 0 || !strings.Contains(out, "1 objects") || !strings.Contains(out, "may be incomplete") {
			t.Errorf("%s: ended with %d:\n%s", how, code, out)
		}
	}
}

// Of a series the key in use is taken over, not one that was never delivered, and of those that are left out it
// is said whether they are in use.
func TestAdoptScriptChoosesOfASeries(t *testing.T) {
	t.Parallel()
	key := func(id, created string, pairs ...any) object {
		return with(object{"id": id, "name": "worker", "project_id": "proj_1", "owner_id": "user-1", "series": "k3v6zq2mda", "created_at": created, "expires_at": nil, "last_used_at": nil, "unused_days": 0}, pairs...)
	}
	const early, late, use = "2026-09-01T00:00:00Z", "2026-11-01T00:00:00Z", "2026-11-27T00:00:00Z"
	for name, test := range map[string]struct {
		early, late object
		taken, says string
	}{
		"never used":          {key("key_1", early), key("key_2", late), "key_2", "It was never used as far as the server shows, and does not expire"},
		"never delivered":     {key("key_1", early, "last_used_at", use), key("key_2", late), "key_1", "It was never used as far as the server shows, and does not expire"},
		"both used":           {key("key_1", early, "last_used_at", use), key("key_2", late, "last_used_at", use), "key_2", "It was last used at " + use + ", and does not expire"},
		"during an overlap":   {key("key_1", early, "last_used_at", use, "expires_at", "2026-12-01T00:00:00Z"), key("key_2", late), "key_2", "It was last used at " + use + ", and expires at 2026-12-01T00:00:00Z"},
		"with a lifetime":     {key("key_1", early, "last_used_at", use, "expires_at", "2026-12-01T00:00:00Z"), key("key_2", late, "expires_at", "2027-01-31T00:00:00Z"), "key_1", "It was never used as far as the server shows, and expires at 2027-01-31T00:00:00Z"},
		"and shortened":       {key("key_1", early, "last_used_at", use, "expires_at", "2026-11-02T00:00:00Z"), key("key_2", late, "expires_at", "2027-01-31T00:00:00Z"), "key_2", "It was last used at " + use + ", and expires at 2026-11-02T00:00:00Z"},
		"the use is left out": {key("key_1", early, "unused_days", nil), key("key_2", late, "unused_days", nil), "key_2", "It may be in use, which the server does not show, and does not expire"},
	} {
		g := newGate(t, "adoption/adopt.sh").own("adopt.jq")
		g.write("plan.code", "0")
		g.plan(outputs(object{"found": object{
			"projects": list(object{"id": "proj_1", "name": "payments"}), "accounts": list(object{"id": "user-1", "project_id": "proj_1", "name": "worker"}),
			"keys": list(test.early, test.late),
		}}))
		code, out := g.run()
		if imports := read(t, filepath.Join(g.dir, "imports.tf")); code != 0 || !strings.Contains(imports, "/"+test.taken) || strings.Count(imports, "/key_") != 1 ||
			!strings.Contains(out, "key "+test.taken+" of its series is taken over. "+test.says) {
			t.Errorf("%s: ended with %d, want %s and %q:\n%s%s", name, code, test.taken, test.says, out, imports)
		}
	}
}

// Scripts that hand secrets over do not end well with nothing handed over.
func TestHandOverScripts(t *testing.T) {
	t.Parallel()
	hand := func(script string, files map[string]string) (int, string) {
		t.Helper()
		g := newGate(t, script)
		g.write("identity.txt", "")
		g.program("age", "#!/bin/sh\ncat\n") // opens nothing: what comes in goes out
		for name, text := range files {
			g.write(name, text)
		}
		g.env = append(g.env, "PATH="+g.dir+":"+os.Getenv("PATH"), "ORGKEYS_SEAL_IDENTITY_FILE="+filepath.Join(g.dir, "identity.txt"),
			"DELIVER=cat >/dev/null; echo delivered", "STORE=cat >/dev/null; echo delivered", "TF_CLI_ARGS_plan=-detailed-exitcode")
		return g.run()
	}
	const versions = `{"api":{"version":1}}`
	for name, test := range map[string]struct {
		keys, sealed string
		code         int
	}{
		"one":               {versions, `{"api":"sealed"}`, 0},
		"none":              {versions, `{}`, 1},
		"null":              {versions, `null`, 1},
		"nothing":           {versions, ``, 1},
		"cut off":           {versions, `{"api":`, 1},
		"an imported key":   {versions, `{"api":null}`, 1},
		"without a version": {`{}`, `{"api":"sealed"}`, 1},
	} {
		code, out := hand("onboarding/hand-over.sh", map[string]string{"output-keys.json": test.keys, "output-sealed_values.json": test.sealed})
		if code != test.code || strings.Contains(out, "delivered") != (code == 0) {
			t.Errorf("%s: ended with %d, want %d:\n%s", name, code, test.code, out)
		}
	}
	for value, want := range map[string]int{"": 1, "sealed": 0} {
		code, out := hand("bootstrap/hand-back.sh", map[string]string{"output-admin_key_sealed.json": value, "plan.code": "0"})
		if code != want || strings.Contains(out, "delivered") != (code == 0) {
			t.Errorf("%q: ended with %d, want %d:\n%s", value, code, want, out)
		}
	}
}

// A path of the identity that is relative to where the user is works for a folder elsewhere, too.
func TestScriptsWithARelativeIdentity(t *testing.T) {
	t.Parallel()
	after, unknown := rotated()
	rotation := aPlan(keyChange(list("update"), aKey(), after, unknown))
	for script, test := range map[string]struct {
		plan  object
		code  string
		files []string // beside the script, which then works in its own folder
	}{
		"bootstrap/hand-back.sh":       {aPlan(), "0", nil},
		"onboarding/hand-over.sh":      {aPlan(), "0", nil},
		"scheduled-rotation/rotate.sh": {rotation, "2", nil},
		"review-gate/review.sh":        {aPlan(), "0", nil},
		"ownership-audit/audit.sh":     {audited(), "0", nil},
		"adoption/adopt.sh":            {adoptable(object{"id": "proj_1", "name": "payments"}), "0", []string{"adopt.jq"}},
		"personal-keys/moved.sh":       {moved(), "0", []string{"move.jq"}},
		"personal-keys/ask.sh":         {moved(), "0", []string{"move.jq"}},
	} {
		g := newGate(t, script)
		if test.files != nil {
			g.own(test.files...)
		}
		g.plan(test.plan)
		g.write("plan.code", test.code)
		g.write("output-admin_key_sealed.json", "sealed")
		g.write("output-keys.json", `{"api":{"version":1}}`)
		g.write("output-sealed_values.json", `{"api":"sealed"}`)
		const opens = `[ -r "$ORGKEYS_SEAL_IDENTITY_FILE" ] && cat`
		g.program("age", "#!/bin/sh\n[ -r \"$3\" ] && cat\n") // opens nothing: what comes in goes out
		g.cmd = []string{"sh", "-c", `mkdir elsewhere && cd elsewhere && : >identity.txt && sh "$0" ..`, g.cmd[1]}
		g.env = append(g.env, "PATH="+g.dir+":"+os.Getenv("PATH"), "ORGKEYS_SEAL_IDENTITY_FILE=identity.txt", "DELIVER="+opens, "STORE="+opens)
		if code, out := g.run(); code != 0 || g.applied() != (test.code == "2") {
			t.Errorf("%s: ended with %d:\n%s", script, code, out)
		}
	}
}

// A secret stays in a variable of the script, also where the caller exports one of its name.
func TestScriptsExportNoSecret(t *testing.T) {
	t.Parallel()
	const plaintext = "sk-fake-plaintext"
	for _, test := range []struct {
		script string
		args   []string
		files  map[string]string
		allows string // what the script hands over in the environment
	}{
		{"bootstrap/hand-back.sh", nil, map[string]string{"output-admin_key_sealed.json": plaintext}, "OPENAI_ADMIN_KEY=" + plaintext},
		{"onboarding/hand-over.sh", nil, map[string]string{"output-keys.json": `{"api":{"version":1}}`, "output-sealed_values.json": `{"api":"` + plaintext + `"}`}, ""},
		{"no-key/try-access.sh", []string{"api"}, map[string]string{"output-identities.json": `{"api":{}}`}, ""},
		{"vault/pipe/pipe.sh", nil, map[string]string{"output-sealed_value.json": plaintext}, ""},
	} {
		g := newGate(t, test.script)
		if strings.HasPrefix(read(t, g.cmd[1]), "#!/usr/bin/env bash") {
			g.cmd[0] = "bash"
		}
		if test.args != nil {
			g.cmd = append(g.cmd[:2], test.args...)
		}
		for name, text := range test.files {
			g.write(name, text)
		}
		const note = "#!/bin/sh\nenv >>\"$FAKE/env\"\n"
		g.write("plan.code", "0")
		g.write("identity.txt", "")
		g.program("terraform", strings.Replace(fakeCLI, "#!/bin/sh\n", note, 1))
		g.program("age", note+"cat\n") // opens nothing: what comes in goes out
		g.program("vault", note+"cat\n")
		g.program("curl", note+`cat >/dev/null
case "$*" in
*http_code*) printf 200 ;;
*) echo '{"access_token":"`+plaintext+`","expires_in":60}' ;;
esac
`)
		g.env = append(g.env, "PATH="+g.dir+":"+os.Getenv("PATH"), "ORGKEYS_SEAL_IDENTITY_FILE=identity.txt", "IDENTITY_FILE=identity.txt",
			`DELIVER=env >>"$FAKE/env"; cat >/dev/null`, `STORE=env >>"$FAKE/env"; cat >/dev/null`,
			"key=x", "secret=x", "value=x", "access=x", "answer=x")
		if code, out := g.run(); code != 0 {
			t.Errorf("%s ended with %d:\n%s", test.script, code, out)
		}
		noted := 0
		for line := range strings.Lines(read(t, filepath.Join(g.dir, "env"))) {
			noted++
			if line = strings.TrimSuffix(line, "\n"); strings.Contains(line, plaintext) && line != test.allows {
				t.Errorf("%s gives its commands %s", test.script, line)
			}
		}
		if noted == 0 {
			t.Errorf("%s started nothing that noted its environment", test.script)
		}
	}
}

// The token of a cluster reaches the simulator where the provider works with one, and nothing else.
func TestTryAccessAddresses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  []string
		want []string
	}{
		"the vendor":  {nil, []string{"https://auth.openai.com/oauth/token", "https://api.openai.com/v1/models"}},
		"a simulator": {[]string{"ORGKEYS_OPENAI_BASE_URL=http://127.0.0.1:9/v1"}, []string{"http://127.0.0.1:9/v1/oauth/token", "http://127.0.0.1:9/v1/models"}},
		"addresses of its own": {[]string{"ORGKEYS_OPENAI_BASE_URL=http://127.0.0.1:9/v1", "OPENAI_TOKEN_URL=http://127.0.0.1:8/t", "OPENAI_BASE_URL=http://127.0.0.1:8"},
			[]string{"http://127.0.0.1:8/t", "http://127.0.0.1:8/models"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "no-key/try-access.sh")
			g.cmd = append(g.cmd[:2], "api")
			g.write("output-identities.json", `{"api":{}}`)
			g.program("curl", `#!/bin/sh
cat >/dev/null
for last; do :; done
echo "$last" >>"$FAKE/asked"
case "$*" in
*http_code*) printf 200 ;;
*) echo '{"access_token":"x","expires_in":60}' ;;
esac
`)
			g.env = append(g.env, "PATH="+g.dir+":"+os.Getenv("PATH"), "OPENAI_TOKEN_URL=", "OPENAI_BASE_URL=", "ORGKEYS_OPENAI_BASE_URL=")
			g.env = append(g.env, test.env...)
			if code, out := g.run(); code != 0 {
				t.Fatalf("ended with %d:\n%s", code, out)
			}
			if asked := strings.Fields(read(t, filepath.Join(g.dir, "asked"))); !slices.Equal(asked, test.want) {
				t.Errorf("asked %q, want %q", asked, test.want)
			}
		})
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
