// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

func TestScenarioOwnershipAudit(t *testing.T) {
	t.Parallel()
	var openrouter *openroutersim.Server
	r := read(t, "ownership-audit", func(w *acctest.World) {
		openrouter = openroutersim.Start(t, openroutersim.Options{Clock: w.Simulated})
		w.Attach("openrouter", openrouter)
	})
	r.World.Sim.SeedSample()
	openrouter.SeedSample()
	looked := r.Next("terraform plan")
	r.says(looked, "These keys belong to users.", "These keys never expire.", "These keys have not been used for 90 days.", "Ada Example, user-", `"billing" (`, "in Payments at openrouter")

	failed := r.Next("sh audit.sh >audit.md")
	r.says(failed, "## Audit of API keys 8 keys, looked at `", "Vendors: `openai`, `openrouter`.",
		"| `openai` | `nightly-batch` | `nightly-batch`<br>`"+r.key("service_account", "nightly-batch").ID+"` | `payments` | never expires<br>not used for 90 days |",
		"| `report-generator`<br>`"+r.key("user", "report-generator").ID+"` | `research` | belongs to a user<br>never expires |",
		"| `first experiment`<br>`"+r.key("user", "first experiment").ID+"` | `research` | belongs to a user<br>never expires<br>not used for 90 days |",
		"| `Bootstrap`<br>`", "` | `(the whole organization)` | never expires |", "findings.jq: 7 keys with findings",
		"| `openrouter` | `the organization` | `billing`<br>`", "` | `Payments` | never expires |", "| unknown | never | no |",
		"| `playground`<br>`", "` | `Default` | belongs to a user<br>never expires |")
	r.silent(failed, "| `payments-api`", "Incomplete")
	r.says(r.Run(`code=0; sh audit.sh >/dev/null || code=$?; echo "ended with $code"`), "ended with 2")

	accepted := r.Next("TF_VAR_accepted=")
	r.says(accepted, "findings.jq: 6 keys with findings", "Accepted: - `"+r.key("service_account", "nightly-batch").ID+"`: `Until the new batch runs in March.`")
	r.silent(accepted, "| `nightly-batch`")
	r.says(r.Next("modules/judge test"), "Success! 8 passed, 0 failed.")

	// It needs an admin key that reads, and only reads.
	limited := r.Run("(export OPENAI_ADMIN_KEY=" + r.World.Sim.RestrictedAdminKey(openaisim.ScopeManagementRead) + "; sh audit.sh || test $? -eq 2)")
	r.says(limited, "8 keys with findings") // the new admin key never expires either
	for _, entry := range append(r.World.Sim.Journal(), openrouter.Journal()...) {
		if entry.Method != "GET" {
			t.Errorf("an audit sent %s %s", entry.Method, entry.Path)
		}
	}

	// One vendor alone sends nothing to the other, and one that does not answer is no clean audit.
	openrouter.ResetJournal()
	r.says(r.Run(`(export TF_VAR_vendors='["openai"]'; sh audit.sh || test $? -eq 2)`), "5 keys with findings")
	if calls := len(openrouter.Journal()); calls > 0 {
		t.Errorf("%d calls to a vendor that nobody asked for", calls)
	}
	r.says(r.Run(`(unset OPENAI_ADMIN_KEY; export TF_VAR_openai_admin_keys=false; sh audit.sh || test $? -eq 2)`), "3 keys with findings")
	half := r.Run(`code=0; OPENROUTER_MANAGEMENT_KEY=sk-or-v1-fake-nobody sh audit.sh || code=$?; echo "ended with $code"`)
	r.says(half, "| `nightly-batch`", "Incomplete, so keys may be missing above:", "- `OpenRouter API keys: not all of them could be read: ", "ended with 1")

	// A lost secret, which a workflow gives as an empty variable, leaves no vendor out that is named.
	lost := r.Run(`code=0; OPENROUTER_MANAGEMENT_KEY= TF_VAR_vendors='["openai", "openrouter"]' sh audit.sh || code=$?; echo "ended with $code"`)
	r.says(lost, "argument vendors names openrouter", "ended with 1")

	// What could not be looked at is no clean audit.
	blind := r.Run(`code=0; OPENAI_ADMIN_KEY=sk-admin-fake-nobody sh audit.sh || code=$?; echo "ended with $code"
terraform plan -out=audit.tfplan >/dev/null; code=0
terraform show -json audit.tfplan | jq '.checks[0].status = "unknown"' | jq -n -r -f findings.jq || code=$?; echo "unknown ends with $code"; code=0
terraform show -json audit.tfplan | jq 'del(.checks[0])' | jq -n -r -f findings.jq || code=$?; echo "missing ends with $code"; code=0
terraform show -json audit.tfplan | jq 'del(.planned_values.outputs.incomplete)' | jq -n -r -f findings.jq || code=$?; echo "no word of gaps ends with $code"; code=0
terraform show -json audit.tfplan | jq '.planned_values.outputs.findings.value = []' | jq -n -r -f findings.jq || code=$?; echo "contradiction ends with $code"; code=0
jq -n -r -f findings.jq </dev/null || code=$?; echo "nothing ends with $code"; rm audit.tfplan`)
	r.says(blind, "ended with 1", "unknown ends with 1", "missing ends with 1", "no word of gaps ends with 1", "contradiction ends with 1", "nothing ends with 1")
	r.silent(blind, "## Audit")

	// A name can neither leave its cell nor notify anybody.
	project := r.World.Sim.Projects()[0].ID
	r.World.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, UserName: "<img src=x>|", Name: "a | b `c` @everyone\u001b[31m"})
	r.says(r.Run("sh audit.sh || test $? -eq 2"), "<code>&#60;img src&#61;x&#62;&#124;", "<code>a &#124; b &#96;c&#96; &#64;everyone&#63;&#91;31m</code>")

	// And when everything is as it should be, it says so and ends with 0.
	soon := time.Now().Add(24 * time.Hour)
	for _, key := range r.World.Sim.Keys() {
		if key.OwnerType == "user" || key.Name == "nightly-batch" {
			r.World.Sim.RevokeKey(key.ID)
		}
	}
	for _, key := range r.World.Sim.AdminKeys() {
		r.World.Sim.ExpireKeyAt(key.ID, soon)
	}
	for _, key := range openrouter.Keys() {
		openrouter.Change(key.ID, func(k *openroutersim.Key) { k.ExpiresAt, k.Creator = soon, "" })
	}
	clean := r.Run("sh audit.sh 2>log.txt && rm log.txt")
	r.says(clean, "No findings: every key belongs to the organization, expires where its vendor's keys can, and is used as far as its vendor shows it.")
	if strings.Contains(clean, "| owner |") || strings.Contains(clean, "Incomplete") {
		t.Errorf("a clean audit has a table:\n%s", clean)
	}
	r.Next("rm audit.md")
}
