// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestScenarioReviewGate(t *testing.T) {
	t.Parallel()
	r := read(t, "review-gate")
	r.Next("terraform apply")
	before := len(r.World.Sim.Journal())

	quiet := r.Next("sh review.sh")
	r.says(quiet, "## Key changes No key is created, rotated or revoked, and none may do more than before.")
	r.silent(quiet, "| key |")

	loud := r.Next("export TF_VAR_workloads=")
	r.says(loud,
		"1 key **created**, 1 **rotated**, 1 × **widened**.",
		"| `payments-api`<br>`orgkeys_openai_api_key.this[\"api\"]` | rotated | From `"+r.key("service_account", "payments-api").ID+"`, generation `1`, to generation `2`, because a value in `rotate_when_changed` changed. The old key keeps working for `3d` after the new one is created, at the longest until `",
		"| `payments-mailer`<br>`orgkeys_openai_api_key.this[\"mailer\"]` | created | A new key: it may do everything its account may do, lives for `90d`, is due after `60d`, and its secret is readable by `age1",
		"| `payments-worker`<br>`orgkeys_openai_api_key.this[\"worker\"]` | widened | It may also do `api.files.read`. |",
	)
	r.says(r.Run(`code=0; sh review.sh >/dev/null || code=$?; echo "ended with $code"`), "ended with 2")
	gone := r.Next("unset TF_VAR_workloads")
	r.says(gone, "2 × **revoked**.", "is **revoked** as soon as this is applied.", "The account is deleted: **every key of it stops working**")

	// A review needs no more than an admin key that reads, and changes nothing.
	r.Run("(export OPENAI_ADMIN_KEY=" + r.World.Sim.RestrictedAdminKey(openaisim.ScopeManagementRead) + "; sh review.sh)")
	for _, entry := range r.World.Sim.Journal()[before:] {
		if entry.Method != "GET" {
			t.Errorf("a review sent %s %s", entry.Method, entry.Path)
		}
	}

	// Everything else there is to say of a key, by the README's second road.
	for _, change := range []struct{ name, env, args, says string }{
		{"narrowed", `TF_VAR_workloads='{ api = { scopes = ["api.model.request"] }, worker = { scopes = ["api.model.read"] } }'`, "",
			"| widened<br>narrowed | It may also do `api.model.read`.<br>It may no longer do `api.model.request`. |"},
		{"unrestricted", `TF_VAR_workloads='{ api = { scopes = ["api.model.request"] }, worker = { scopes = ["all"] } }'`, "",
			"It may do **everything its account may do**, instead of `api.model.request`."},
		{"replaced", "", `-replace='orgkeys_openai_api_key.this["api"]'`, "| revoked<br>created | The whole series is **revoked**"},
		{"re-sealed", `ORGKEYS_SEAL_IDENTITY_FILE=identity.txt TF_VAR_seal_recipients='["` + r.World.Recipient + `"]'`, "", "2 re-sealed."},
		{"destroyed", "", "-destroy", "The project is archived, for good"},
	} {
		out := r.Run("(umask 077 && " + change.env + " terraform plan " + change.args + " -out=change.tfplan >/dev/null)\nterraform show -json change.tfplan | jq -n -r -f key-changes.jq; rm change.tfplan")
		if flat := strings.Join(strings.Fields(out), " "); !strings.Contains(flat, change.says) {
			t.Errorf("%s: want %q in\n%s", change.name, change.says, out)
		}
	}
	role := r.Run(`terraform plan -out=change.tfplan >/dev/null
terraform show -json change.tfplan | jq '.resource_changes |= map(if .address == "orgkeys_openai_service_account.this[\"api\"]"
  then .change.actions = ["update"] | .change.after.role = "owner" else . end)' | jq -n -r -f key-changes.jq; rm change.tfplan`)
	r.says(role, "1 × **role changed**", "The role changes from `member` to `owner`: that limits what every key of the account may do.")
	r.silent(role, "none may do more")
	hostile := r.Run(`terraform plan -out=change.tfplan >/dev/null
terraform show -json change.tfplan | jq '.resource_changes |= map(
  if .type == "orgkeys_openai_api_key" then .change.actions = ["create"] | .change.after.name = "x | **approved** | ` + "`" + `<b>@everyone\n| a | b"
    | .change.after.value = "sk-fake-plaintext" | .change.after_sensitive.scopes = true | .change.after_sensitive.sealed_value = true else . end)' | jq -n -r -f key-changes.jq; rm change.tfplan`)
	r.says(hostile, "<code>x &#124; &#42;&#42;approved&#42;&#42; &#124; &#96;&#60;b&#62;&#64;everyone\uFFFD&#124; a &#124; b</code>", "it may do `(sensitive)`", "**in plaintext**")
	r.silent(hostile, "sk-fake-plaintext", "**approved**", "@everyone", "BEGIN AGE")

	// Whatever is not judged, or happens outside, is no all-clear.
	judge := func(name, env, says string) {
		t.Helper()
		out := r.Run(`code=0; (` + env + ` sh review.sh 2>review.log) || code=$?; echo "ended with $code"; rm review.log`)
		if flat := strings.Join(strings.Fields(out), " "); !strings.Contains(flat, says) || !strings.Contains(flat, "ended with 2") || strings.Contains(flat, "none may do more") {
			t.Errorf("%s: want %q and 2 in\n%s", name, says, out)
		}
	}
	judge("recipients", `TF_VAR_seal_recipients='["`+r.World.Recipient+`"]'`, `The plan warns: `+"`"+`API key "payments-worker" (`+r.key("service_account", "payments-worker").ID+`) stays sealed to the old recipients`+"`")
	if !acctest.IsTofu() {
		judge("target", `TF_CLI_ARGS_plan='-target=orgkeys_openai_project.payments'`, "The plan does not cover everything")
	}
	r.Run(`cp main.tf main.tf.kept && sed -i 's/"orgkeys_openai_api_key" "this"/"orgkeys_openai_api_key" "that"/; s/orgkeys_openai_api_key.this/orgkeys_openai_api_key.that/' main.tf
printf 'moved {\n  from = orgkeys_openai_api_key.this\n  to   = orgkeys_openai_api_key.that\n}\n' >moved.tf`)
	judge("moved", "", "| moved | Moved from `orgkeys_openai_api_key.this[\"worker\"]`.")
	r.Run(`rm moved.tf; sed -i '/^resource "orgkeys_openai_api_key"/,$d' main.tf
printf 'removed {\n  from = orgkeys_openai_api_key.this\n  lifecycle {\n    destroy = false\n  }\n}\n' >removed.tf`)
	judge("forgotten", "", "| forgotten | No longer managed here.")
	r.Run("rm removed.tf; mv main.tf.kept main.tf")
	r.Run(`cp main.tf main.tf.kept && sed -i 's/= each.value.rotate /= timestamp() /' main.tf`)
	judge("unknown in every plan", "", "| may rotate |")
	r.Run("mv main.tf.kept main.tf")

	r.says(r.Next("terraform plan -out=change.tfplan"), "No key is created")
	r.World.Sim.RevokeKey(r.key("service_account", "payments-api").ID)
	judge("revoked outside", "", "| changed outside | Is gone: it was deleted or archived outside Terraform. |")
	r.Next("terraform destroy")
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
}
