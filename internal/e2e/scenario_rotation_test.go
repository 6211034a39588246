// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestScenarioScheduledRotation(t *testing.T) {
	t.Parallel()
	r := read(t, "scheduled-rotation")
	r.Next("terraform apply")
	first := r.opened("worker.age", "identity.txt")

	tried := r.Next("TF_VAR_rotate_after=5s sh rotate.sh")
	r.says(tried, "nothing to do", `rotates: key "`, "is followed by generation 2", "changes when it is due", `"generation" = 2`)
	second := r.opened("worker.age", "identity.txt")
	if first == second || !r.World.Sim.Valid(first) || !r.World.Sim.Valid(second) {
		t.Error("want the new key delivered and the old one working during the overlap")
	}

	refused := r.Next("|| test $? -eq 3")
	r.says(refused, `refused: "orgkeys_openai_api_key.worker" rotates, and scopes changes too`, "nothing was applied")
	if r.opened("worker.age", "identity.txt") != second || len(r.live()) != 2 {
		t.Error("a refused plan was applied")
	}

	r.says(r.Next("jq -n -r -f only-rotations.jq"), "is followed by generation 3", "is replaced, which follows: triggers_replace", `"key" output follows`)
	onlyRotations(r)

	// The CLI destroys the delivery before it rotates the key. If that fails, the next run makes up for both.
	r.World.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: 403, Times: 1})
	r.Run("TF_VAR_rotate=missed sh rotate.sh || test $? -eq 1")
	r.silent(r.Run("terraform state list"), "terraform_data.delivery")
	r.says(r.Run("TF_VAR_rotate=missed sh rotate.sh"), "is followed by generation 3", `"terraform_data.delivery" delivers what an earlier run could not deliver`)
	if third := r.opened("worker.age", "identity.txt"); third == second || !r.World.Sim.Valid(third) {
		t.Error("the key of the second try was not delivered")
	}
	r.Run("terraform state rm terraform_data.delivery && rm worker.age") // as a killed run leaves it
	r.says(r.Run("TF_VAR_rotate=missed sh rotate.sh"), "delivers what an earlier run could not deliver")
	if third := r.opened("worker.age", "identity.txt"); !r.World.Sim.Valid(third) {
		t.Error("the key was not delivered later")
	}

	// Keys become due in a refresh, which nothing turns off.
	r.Run("TF_VAR_rotate=missed TF_VAR_rotate_after=4m sh rotate.sh")
	r.World.Sim.Clock().Advance(4*time.Minute + 30*time.Second)
	r.says(r.Run("TF_CLI_ARGS_plan=-refresh=false TF_VAR_rotate=missed TF_VAR_rotate_after=4m sh rotate.sh"), "is followed by generation 4")

	// Whether a key is due cannot be told: that is not "nothing to do".
	r.World.Sim.Clock().Advance(10 * time.Minute)
	undecided := r.Run("TF_VAR_rotate=missed TF_VAR_rotate_after=5s sh rotate.sh || test $? -eq 1")
	r.says(undecided, "was read while this machine's clock is wrong", "rotate.sh: it was not decided whether keys are due")
	r.silent(undecided, "nothing to do")

	r.Next("terraform destroy")
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
}

// onlyRotations holds the filter against real plans, each with one thing changed in its
// JSON, so that nothing but that thing can be the reason for the verdict.
func onlyRotations(r *reader) {
	r.Helper()
	plan := func(env, args string) string {
		out := r.Run("(umask 077 && " + env + " terraform plan " + args + " -out=rotation.tfplan >/dev/null)\nterraform show -json rotation.tfplan; rm rotation.tfplan")
		return strings.TrimSpace(out)
	}
	rotation := plan("TF_VAR_rotate=third", "")
	resealed := plan(`ORGKEYS_SEAL_IDENTITY_FILE=identity.txt TF_VAR_seal_recipients='["`+r.World.Recipient+`"]'`, "")
	judge := func(name, text, refused string) {
		r.Helper()
		cmd := exec.CommandContext(r.Context(), "/bin/sh", "-c", "jq -n -r -f only-rotations.jq")
		cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.shell.Env, strings.NewReader(text)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if (err == nil) != (refused == "") || !strings.Contains(out.String(), refused) {
			r.Errorf("%s: ended with %v, want %q:\n%s", name, err, refused, out.String())
		}
		r.silent(out.String(), "BEGIN AGE", "sk-fake")
	}
	judge("a rotation", rotation, "")
	judge("a re-seal", resealed, "")
	judge("nothing", "", "no plan")
	judge("no plan", "{}", "refused")
	judge("half a plan", rotation[:len(rotation)/2], "no plan")
	judge("two plans", rotation+rotation, "no plan")
	judge("a destroy", plan("", "-destroy"), "would be destroyed")
	judge("a replaced key", plan("", "-replace=orgkeys_openai_api_key.worker"), `"orgkeys_openai_api_key.worker" changes`)
	judge("a replaced delivery", plan("", "-replace=terraform_data.delivery"), "is replaced")
	judge("a targeted plan", plan("TF_VAR_rotate=third", "-target=orgkeys_openai_api_key.worker"), onTerraform("does not cover everything"))
	judge("another lifetime of the overlap", plan("TF_VAR_overlap=1s TF_VAR_rotate=third", ""), "overlap changes too")
	judge("more scopes", plan(`TF_VAR_scopes='["all"]'`, ""), "changes scopes")

	const key, delivery = "orgkeys_openai_api_key.worker", "terraform_data.delivery"
	store := map[string]any{ // as a store's provider plans it: the version follows, the rest is computed
		"address": "vault_kv_secret_v2.s", "mode": "managed", "type": "vault_kv_secret_v2", "name": "s",
		"provider_name": "registry.terraform.io/hashicorp/vault",
		"change": map[string]any{
			"actions":       []any{"update"},
			"before":        map[string]any{"name": "worker", "data_json_wo_version": nil, "path": "secret/worker", "ttl": 1},
			"after":         map[string]any{"name": "worker", "ttl": 1},
			"after_unknown": map[string]any{"data_json_wo_version": true, "path": true},
		},
	}
	configured := map[string]any{"mode": "managed", "type": "vault_kv_secret_v2", "name": "s", "expressions": map[string]any{
		"name": map[string]any{}, "data_json_wo_version": map[string]any{}, "ttl": map[string]any{},
	}}
	withStore := func(p *planJSON, change func(change map[string]any)) {
		version := p.change(key)["before"].(map[string]any)["version"]
		var mine, conf map[string]any
		copyJSON(store, &mine)
		copyJSON(configured, &conf)
		mine["change"].(map[string]any)["before"].(map[string]any)["data_json_wo_version"] = version
		change(mine["change"].(map[string]any))
		p.root["resource_changes"] = append(p.root["resource_changes"].([]any), mine)
		module := p.root["configuration"].(map[string]any)["root_module"].(map[string]any)
		module["resources"] = append(module["resources"].([]any), conf)
	}
	for name, test := range map[string]struct {
		change  func(*planJSON)
		refused string // "" = may be applied
	}{
		"as it is":          {func(*planJSON) {}, ""},
		"an error":          {func(p *planJSON) { p.root["errored"] = true }, "ended with an error"},
		"no word of errors": {func(p *planJSON) { delete(p.root, "errored") }, "ended with an error"},
		"incomplete":        {func(p *planJSON) { p.root["complete"] = false }, "does not cover everything"},
		"not applyable":     {func(p *planJSON) { p.root["applyable"] = false }, "cannot be applied"},
		"another format":    {func(p *planJSON) { p.root["format_version"] = "2.0" }, "format"},
		"something new":     {func(p *planJSON) { p.root["surprises"] = []any{} }, `"surprises"`},
		"put off":           {func(p *planJSON) { p.root["deferred_changes"] = []any{map[string]any{}} }, "deferred_changes"},
		"an action":         {func(p *planJSON) { p.root["action_invocations"] = []any{map[string]any{}} }, "action_invocations"},
		"no prior state":    {func(p *planJSON) { delete(p.root, "prior_state") }, "not the JSON of a plan"},
		"moved":             {func(p *planJSON) { p.resource(key)["previous_address"] = "x.y" }, "previous_address"},
		"deposed":           {func(p *planJSON) { p.resource(delivery)["deposed"] = "1234" }, "deposed"},
		"imported": {func(p *planJSON) {
			p.change("orgkeys_openai_project.payments")["importing"] = map[string]any{"id": "x"}
		}, "importing"},
		"a new key":          {func(p *planJSON) { p.change(key)["actions"] = []any{"create"} }, "would be created"},
		"forgotten":          {func(p *planJSON) { p.change(key)["actions"] = []any{"forget"} }, "would be forgotten"},
		"generation as is":   {func(p *planJSON) { p.after(key)["generation"] = 2 }, "may rotate or not"},
		"generation skipped": {func(p *planJSON) { p.after(key)["generation"] = 4 }, "may rotate or not"},
		"generation unknown": {func(p *planJSON) { delete(p.after(key), "generation"); p.unknown(key)["generation"] = true }, "may rotate or not"},
		"another name":       {func(p *planJSON) { p.after(key)["name"] = "x" }, "name changes too"},
		"another account":    {func(p *planJSON) { p.after(key)["service_account_id"] = "user-x" }, "service_account_id changes too"},
		"scopes unknown":     {func(p *planJSON) { delete(p.after(key), "scopes"); p.unknown(key)["scopes"] = true }, "scopes changes too"},
		"scopes taken away":  {func(p *planJSON) { p.after(key)["scopes"] = nil }, "scopes changes too"},
		"a new attribute":    {func(p *planJSON) { p.after(key)["residency"] = "eu" }, "residency changes too"},
		"lifetime":           {func(p *planJSON) { p.after(key)["lifetime"] = "365d" }, "lifetime changes too"},
		"plaintext":          {func(p *planJSON) { delete(p.after(key), "value"); p.unknown(key)["value"] = true }, "kept in another way"},
		"plaintext at once":  {func(p *planJSON) { p.after(key)["value"] = "sk-fake-plaintext" }, "kept in another way"},
		"storage":            {func(p *planJSON) { p.after(key)["secret_storage"] = "state" }, "secret_storage changes too"},
		"a stranger's old key": {func(p *planJSON) {
			p.after(key)["previous"] = []any{map[string]any{"id": "key_stranger"}}
		}, "what becomes of the old key"},
		"a company's address":  {func(p *planJSON) { p.resource(key)["provider_name"] = "app.terraform.io/acme/orgkeys" }, ""},
		"a key without id":     {func(p *planJSON) { p.before(key)["id"] = nil }, "without an id"},
		"in other modules too": {func(p *planJSON) { p.resource(key)["module_address"] = "module.x" }, ""},

		"the project too": {func(p *planJSON) { p.update("orgkeys_openai_project.payments", "name", "x") }, "changes name"},
		"the role too":    {func(p *planJSON) { p.update("orgkeys_openai_service_account.worker", "role", "owner") }, "changes role"},
		"another trigger": {func(p *planJSON) {
			delete(p.unknown(delivery), "triggers_replace")
			p.after(delivery)["triggers_replace"] = 5
		}, "does not follow"},
		"a foreign trigger":   {func(p *planJSON) { p.before(delivery)["triggers_replace"] = 5 }, "does not follow"},
		"one more argument":   {func(p *planJSON) { p.after(delivery)["input"] = "x"; p.configure(delivery, "input") }, "changes input"},
		"replaced otherwise":  {func(p *planJSON) { p.resource(delivery)["action_reason"] = "replace_by_triggers" }, "is replaced"},
		"replaced by request": {func(p *planJSON) { p.resource(delivery)["action_reason"] = "replace_by_request" }, "is replaced"},
		"no configuration":    {func(p *planJSON) { p.resource(delivery)["name"] = "elsewhere" }, "not in the configuration"},
		"other paths":         {func(p *planJSON) { p.change(delivery)["replace_paths"] = []any{[]any{"input"}} }, "does not follow"},
		"made before":         {func(p *planJSON) { p.change(delivery)["actions"] = []any{"create", "delete"} }, ""},
		"trigger in a list": {func(p *planJSON) {
			p.before(delivery)["triggers_replace"] = []any{p.before(delivery)["triggers_replace"], "t"}
			p.after(delivery)["triggers_replace"] = []any{nil, "t"}
			p.unknown(delivery)["triggers_replace"] = []any{true, false}
		}, ""},
		"trigger in a changed list": {func(p *planJSON) {
			p.before(delivery)["triggers_replace"] = []any{p.before(delivery)["triggers_replace"], "t"}
			p.after(delivery)["triggers_replace"] = []any{nil, "u"}
			p.unknown(delivery)["triggers_replace"] = []any{true, false}
		}, "does not follow"},
		"tainted": {func(p *planJSON) {
			p.resource(delivery)["action_reason"] = "replace_because_tainted"
			p.after(delivery)["triggers_replace"] = p.before(delivery)["triggers_replace"]
			delete(p.unknown(delivery), "triggers_replace")
		}, ""},
		"something else tainted": {func(p *planJSON) {
			p.resource(delivery)["action_reason"] = "replace_because_tainted"
			p.before(delivery)["triggers_replace"], p.after(delivery)["triggers_replace"] = 5, 5
			delete(p.unknown(delivery), "triggers_replace")
		}, "is replaced"},
		"data read":         {func(p *planJSON) { p.read("registry.terraform.io/hashicorp/http") }, ""},
		"own data read":     {func(p *planJSON) { p.read("registry.opentofu.org/orgkeys/orgkeys") }, ""},
		"unknown operation": {func(p *planJSON) { p.change("orgkeys_openai_project.payments")["actions"] = []any{"shred"} }, "shred"},

		"store":                    {func(p *planJSON) { withStore(p, func(map[string]any) {}) }, ""},
		"delivery missing":         {func(p *planJSON) { p.missing(delivery) }, ""},
		"delivery through a local": {func(p *planJSON) { p.missing(delivery, "local.keys") }, "would be created"},
		"store, delivered late":    {func(p *planJSON) { withStore(p, func(c map[string]any) { late(c) }) }, ""},
		"store, ttl too":           {func(p *planJSON) { withStore(p, func(c map[string]any) { c["after"].(map[string]any)["ttl"] = 2 }) }, "changes ttl"},
		"store, ttl unknown": {func(p *planJSON) {
			withStore(p, func(c map[string]any) { c["after_unknown"].(map[string]any)["ttl"] = true })
		}, "changes ttl"},
		"store, nothing of ours": {func(p *planJSON) {
			withStore(p, func(c map[string]any) {
				delete(c["after_unknown"].(map[string]any), "data_json_wo_version")
				c["after"].(map[string]any)["data_json_wo_version"] = c["before"].(map[string]any)["data_json_wo_version"]
			})
		}, "by itself"},
		"store, another version": {func(p *planJSON) {
			withStore(p, func(c map[string]any) { c["before"].(map[string]any)["data_json_wo_version"] = 1 })
		}, "does not follow"},
		"store, computed, changed": {func(p *planJSON) {
			withStore(p, func(c map[string]any) {
				c["after"].(map[string]any)["path"] = "else"
				delete(c["after_unknown"].(map[string]any), "path")
			})
		}, "by itself"},

		"output made":        {func(p *planJSON) { p.output()["actions"] = []any{"create"} }, "output would be created"},
		"output uncovered":   {func(p *planJSON) { p.output()["before_sensitive"] = true }, "no longer be sensitive"},
		"output literal":     {func(p *planJSON) { p.output()["after"].(map[string]any)["project_id"] = "proj_x" }, "does not follow"},
		"output with more":   {func(p *planJSON) { p.output()["after"].(map[string]any)["more"] = 1 }, "does not follow"},
		"output of a var":    {func(p *planJSON) { p.references("var.rotate") }, "does not follow"},
		"output of a module": {func(p *planJSON) { p.references("module.x.key", "module.x") }, ""},
	} {
		p := &planJSON{}
		if err := json.Unmarshal([]byte(rotation), &p.root); err != nil {
			r.Fatal(err)
		}
		test.change(p)
		text, err := json.Marshal(p.root)
		if err != nil {
			r.Fatal(err)
		}
		judge(name, string(text), test.refused)
	}
	if left, _ := filepath.Glob(r.path("*.tfplan")); len(left) > 0 {
		r.Errorf("left behind: %v", left)
	}
}

// late makes the planned version the one of the current key, which an earlier run made.
func late(change map[string]any) {
	before, after := change["before"].(map[string]any), change["after"].(map[string]any)
	after["data_json_wo_version"] = before["data_json_wo_version"]
	before["data_json_wo_version"] = 1
	delete(change["after_unknown"].(map[string]any), "data_json_wo_version")
}

// onTerraform is a reason that OpenTofu does not give: its plans do not tell.
func onTerraform(reason string) string {
	if acctest.IsTofu() {
		return ""
	}
	return reason
}

// planJSON is the JSON of a plan, to be changed in one place.
type planJSON struct{ root map[string]any }

func (p *planJSON) resource(address string) map[string]any {
	for _, one := range p.root["resource_changes"].([]any) {
		if one := one.(map[string]any); one["address"] == address {
			return one
		}
	}
	panic("no " + address + " in the plan")
}

func (p *planJSON) change(address string) map[string]any {
	return p.resource(address)["change"].(map[string]any)
}

func (p *planJSON) part(address, name string) map[string]any {
	return p.change(address)[name].(map[string]any)
}
func (p *planJSON) before(address string) map[string]any  { return p.part(address, "before") }
func (p *planJSON) after(address string) map[string]any   { return p.part(address, "after") }
func (p *planJSON) unknown(address string) map[string]any { return p.part(address, "after_unknown") }

func (p *planJSON) update(address, name string, value any) {
	p.change(address)["actions"] = []any{"update"}
	p.after(address)[name] = value
}

func (p *planJSON) output() map[string]any {
	return p.root["output_changes"].(map[string]any)["key"].(map[string]any)
}

func (p *planJSON) rootModule() map[string]any {
	return p.root["configuration"].(map[string]any)["root_module"].(map[string]any)
}

func (p *planJSON) references(names ...string) {
	var all []any
	for _, name := range names {
		all = append(all, name)
	}
	p.rootModule()["outputs"].(map[string]any)["key"].(map[string]any)["expression"].(map[string]any)["references"] = all
}

// missing makes a delivery one that an earlier run left away, and gives its trigger other references.
func (p *planJSON) missing(address string, references ...any) {
	p.change(address)["actions"], p.change(address)["before"] = []any{"create"}, nil
	for _, name := range []string{"replace_paths", "before_sensitive"} {
		delete(p.change(address), name)
	}
	delete(p.resource(address), "action_reason")
	resources := p.rootModule()["resources"].([]any)
	i := slices.IndexFunc(resources, func(one any) bool { return one.(map[string]any)["address"] == address })
	if len(references) > 0 {
		resources[i].(map[string]any)["expressions"].(map[string]any)["triggers_replace"].(map[string]any)["references"] = references
	}
}

// configure pretends that the configuration sets an argument.
func (p *planJSON) configure(address, argument string) {
	resources := p.rootModule()["resources"].([]any)
	i := slices.IndexFunc(resources, func(one any) bool { return one.(map[string]any)["address"] == address })
	resources[i].(map[string]any)["expressions"].(map[string]any)[argument] = map[string]any{}
}

func (p *planJSON) read(provider string) {
	p.root["resource_changes"] = append(p.root["resource_changes"].([]any), map[string]any{
		"address": "data.x.y", "mode": "data", "type": "x", "name": "y", "provider_name": provider,
		"change": map[string]any{"actions": []any{"read"}, "before": nil, "after": map[string]any{}, "after_unknown": map[string]any{}},
	})
}

func copyJSON(from, to any) {
	data, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		panic(err)
	}
}

// The filter against plans of other configurations: a store with a write-only argument,
// keys in a module with for_each, and an admin key whose overlap is over.
func TestOnlyRotationsElsewhere(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{Clock: simkit.NewRunningClock(0)})
	c := w.CLI()
	filter, err := filepath.Abs(filepath.Join(scenarios, "scheduled-rotation/only-rotations.jq"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c.Dir, "key"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.Write("key/main.tf", `terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
  }
}
variable "account" { type = object({ project_id = string, id = string }) }
variable "name" {}
variable "rotate" {}
resource "orgkeys_openai_api_key" "k" {
  project_id          = var.account.project_id
  service_account_id  = var.account.id
  name                = var.name
  rotate_when_changed = { by_hand = var.rotate }
}
output "key" { value = orgkeys_openai_api_key.k }
`)
	config := func(store string) {
		c.Config(fmt.Sprintf(`
provider "orgkeys" {}
provider "store" {
  directory = %q
}
variable "rotate" { default = "first" }
resource "orgkeys_openai_project" "p" {
  name = "payments"
}
resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "payments"
  role       = "member"
}
module "key" {
  source   = "./key"
  for_each = toset(["a.b", "c"])
  account  = orgkeys_openai_service_account.a
  name     = each.key
  rotate   = each.key == "c" ? "never" : var.rotate
}
resource "orgkeys_openai_admin_key" "admin" {
  name                = "spare"
  overlap             = "30s"
  rotate_when_changed = { by_hand = var.rotate }
}
ephemeral "orgkeys_unsealed" "k" {
  for_each     = module.key
  sealed_value = each.value.key.sealed_value
  when_locked  = terraform.applying ? "fail" : "placeholder"
}
resource "store_secret" "s" {
  for_each        = module.key
  name            = %s
  data_wo         = ephemeral.orgkeys_unsealed.k[each.key].value
  data_wo_version = each.value.key.version
}
output "versions" {
  value = { for name, one in module.key : name => one.key.version }
}
`, w.Store, store))
	}
	judge := func(ok bool, says ...string) {
		t.Helper()
		c.Must([]string{"plan", "-out=saved.tfplan", "-no-color"})
		show := c.Command("show", "-json", "saved.tfplan")
		plan, err := show.Output()
		if err != nil {
			t.Fatal(err)
		}
		jq := exec.CommandContext(t.Context(), tool(t, "jq"), "-n", "-r", "-f", filter)
		jq.Stdin = bytes.NewReader(plan)
		out, err := jq.CombinedOutput()
		if (err == nil) != ok {
			t.Errorf("ended with %v:\n%s", err, out)
		}
		for _, one := range says {
			if !strings.Contains(string(out), one) {
				t.Errorf("want %q in\n%s", one, out)
			}
		}
	}
	config("each.key")
	c.Must([]string{"get"})
	judge(false, "would be created", "not the JSON of a plan with a state")
	c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
	c.Apply()

	c.Env = append(c.Env, "TF_VAR_rotate=second")
	judge(true, `"module.key[\"a.b\"].orgkeys_openai_api_key.k" rotates`, `"store_secret.s[\"a.b\"]" follows: data_wo_version`,
		`"orgkeys_openai_admin_key.admin" rotates`, `"versions" output follows`)
	config(`"${each.key}-moved"`)
	judge(false, `"store_secret.s[\"a.b\"]" changes name`, `"store_secret.s[\"c\"]" changes name`)
	config("each.key")
	c.Apply()

	w.Sim.Clock().Advance(time.Minute)
	judge(true, `"orgkeys_openai_admin_key.admin" ends what is over of its previous keys`)
	c.Apply()
	if keys := len(w.Sim.AdminKeys()); keys != 2 {
		t.Errorf("%d admin keys, want the world's and ours", keys)
	}
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}
