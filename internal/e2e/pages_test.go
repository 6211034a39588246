// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// count types a command that shows a secret, and shows its length only.
var count = []string{"age -d -i identity.txt\n", "age -d -i identity.txt | wc -c\n"}

// The page that a new user begins with is followed from top to bottom.
func TestPageReadme(t *testing.T) {
	t.Parallel()
	r := readPage(t, "README.md")
	r.Skip("make demo")
	r.Skip("make simulator")
	r.says(r.NextAs("terraform apply", count...), "3 added, 0 changed, 0 destroyed")
	if live := len(r.World.Live()); live != 1 {
		t.Errorf("%d keys work, want 1", live)
	}
	r.Run("terraform destroy\nrm identity.txt")
}

func TestPageGettingStarted(t *testing.T) {
	t.Parallel()
	r := readPage(t, "docs/guides/getting-started.md")
	r.Skip("make install") // run by every test with init
	r.Next("OPENAI_ADMIN_KEY")
	r.Next("age-keygen -o identity.txt")
	r.says(r.Next("terraform apply"), "3 added, 0 changed, 0 destroyed")
	r.NextAs("terraform output -raw sealed_value", count...)
	r.says(r.Next("s/\"first\"/\"second\"/"), "1 changed", `"generation" = 2`)
	if live := len(r.World.Live()); live != 2 {
		t.Errorf("%d keys work during the overlap, want 2", live)
	}
	r.Next("terraform destroy")
	if live := len(r.World.Live()); live != 0 {
		t.Errorf("%d keys work after the destroy", live)
	}
	r.Run("rm identity.txt")
}

// A configuration of the reader's own, without an account.
func TestPageTesting(t *testing.T) {
	t.Parallel()
	r := readPage(t, "docs/guides/testing.md")
	r.cli.Write("main.tf", textOf(t, "../../examples/resources/orgkeys_openai_api_key/resource.tf"))
	r.Skip("make simulator")
	r.Skip("ORGKEYS_OPENAI_BASE_URL=") // the address of this test's simulator is in the environment
	r.says(r.Next("terraform apply"), "No changes.")
	r.Run("terraform destroy\nrm identity.txt")
}

func TestPageOpenRouter(t *testing.T) { firstKey(t, "openrouter", "2 added, 0 changed, 0 destroyed") }

func TestPageElevenLabs(t *testing.T) { firstKey(t, "elevenlabs", "2 added, 0 changed, 0 destroyed") }

func TestPageLiteLLM(t *testing.T) {
	firstKey(t, "litellm", "1 added, 0 changed, 0 destroyed", "export LITELLM_API_BASE=https://llm.example.com\n", "")
}

// firstKey follows the first page of a vendor until the secret can be read, and rotates the key.
func firstKey(t *testing.T, vendor, applied string, replace ...string) {
	t.Helper()
	t.Parallel()
	var sim simulators.Simulator
	page := "docs/guides/" + vendor + ".md"
	r := readPage(t, page, func(w *acctest.World) {
		sim = w.Simulate(vendor)
		sim.SeedSample()
	})
	r.cli.Write("output.tf", r.configuration(page, `output "sealed_value"`))
	before := len(sim.Summaries())
	r.NextAs("age-keygen -o identity.txt", replace...)
	r.says(r.NextAs("terraform apply", count...), applied)
	r.Run("sed -i.old 's/none so far/leaked/' main.tf")
	r.says(r.Run("terraform apply"), "1 changed", "will be rotated")
	if got := len(sim.Summaries()) - before; got != 2 {
		t.Errorf("%d keys work during the overlap, want 2", got)
	}
	r.Run("terraform destroy\nrm identity.txt")
}

// What the page on updates says is done to a configuration that was applied.
func TestPageUpgrade(t *testing.T) {
	t.Parallel()
	r := readPage(t, "docs/guides/upgrade.md")
	r.cli.Write("main.tf", textOf(t, "../../examples/scenarios/quickstart/main.tf"))
	r.Run("age-keygen -o identity.txt\nexport TF_VAR_seal_recipients=\"[\\\"$(age-keygen -y identity.txt)\\\"]\"\nterraform init\nterraform apply")
	r.Skip("terraform providers lock") // asks a registry for the checksums of other platforms
	r.says(r.Next("terraform init -upgrade"), "No changes.")
	r.Run("terraform destroy\nrm identity.txt")
}

// Where a key has leaked, its place is found by a configuration of its own.
func TestPageLeakedKey(t *testing.T) {
	t.Parallel()
	const page = "docs/guides/rotate-keys.md"
	r := readPage(t, page)
	r.blocks = nil // the job is a scenario, and curl asks the vendors
	r.World.Sim.SeedSample()
	r.cli.Write("main.tf", r.configuration(page, `output "keys"`))
	r.says(r.Run("export OPENAI_ADMIN_KEY=sk-admin-…\nterraform init\nterraform plan"), "redacted_value", `= "openai"`)

	// A replacement revokes what is current and previous. A key that another run left goes on, and the page says so.
	r.says(textOf(t, filepath.Join(root, page)), "revokes the current key and those in `previous`", "It leaves the keys in `leftovers` alone: revoke them by (a) or (c)")
	r.cli.Write("main.tf", textOf(t, filepath.Join(scenarios, "quickstart/main.tf")))
	r.Run("age-keygen -o identity.txt\nexport TF_VAR_seal_recipients=\"[\\\"$(age-keygen -y identity.txt)\\\"]\"\nterraform apply\nsed -i.old 's/\"first\"/\"leaked\"/' main.tf\nterraform apply")
	current := r.key("service_account", "payments-worker")
	series, _, _ := strings.Cut(current.Name, ".")
	leftover, secret := r.World.Sim.SeedKey(openaisim.KeySpec{AccountID: current.OwnerID, Name: series + ".b2c4d6e3)", LastUsedAt: time.Now()})
	before := len(r.live())
	r.Run("terraform apply -replace=orgkeys_openai_api_key.worker")
	if after := len(r.live()); !r.World.Sim.Valid(secret) || after != before-1 { // two revoked, one created
		t.Errorf("%d keys worked before the replacement and %d after it; the leftover %s works: %t", before, after, leftover, r.World.Sim.Valid(secret))
	}
	r.Run("terraform destroy\nrm identity.txt")
}

func TestPageQuickstart(t *testing.T) {
	t.Parallel()
	r := read(t, "quickstart")
	r.says(r.Next("terraform apply"), "3 added, 0 changed, 0 destroyed", `"generation" = 1`)
	r.says(r.Next("wc -c"), "No changes.")
	r.Next("terraform destroy")
	if live := len(r.World.Live()); live != 0 {
		t.Errorf("%d keys work after the destroy", live)
	}
}

func TestPageHandOver(t *testing.T) {
	t.Parallel()
	r := read(t, "hand-over")
	r.says(r.Next("modules/workload-key test"), "Success!")
	r.Next("terraform apply")
	first := r.opened("payments-worker.age", "identity.txt")
	r.says(r.Next("TF_VAR_rotate=second"), "2")
	second := r.opened("payments-worker.age", "identity.txt")
	if first == second || !r.World.Sim.Valid(first) || !r.World.Sim.Valid(second) {
		t.Error("want two keys that work, and the second one delivered")
	}
	r.says(r.Next("terraform plan -detailed-exitcode"), "No changes.")
	r.Next("terraform destroy")
}
