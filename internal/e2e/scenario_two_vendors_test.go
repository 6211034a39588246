// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

func TestScenarioTwoVendors(t *testing.T) {
	t.Parallel()
	var openRouter simulators.Simulator
	r := read(t, "two-vendors", func(w *acctest.World) { openRouter = w.Simulate("openrouter") })
	secrets := func() [2]string {
		t.Helper()
		return [2]string{r.opened("worker-openai.age", "identity.txt"), r.opened("worker-openrouter.age", "identity.txt")}
	}
	work := func(when string, keys ...[2]string) {
		t.Helper()
		for _, pair := range keys {
			if !r.World.Sim.Valid(pair[0]) || !openRouter.Valid(pair[1]) {
				t.Errorf("%s: the key at OpenAI works %t, the one at OpenRouter %t", when, r.World.Sim.Valid(pair[0]), openRouter.Valid(pair[1]))
			}
		}
	}
	writes := func() (count int) {
		for _, entry := range r.World.Sim.Journal() {
			if entry.Method != "GET" {
				count++
			}
		}
		return count
	}

	r.Next("terraform apply")
	first := secrets()
	work("at first", first)
	r.Next("-detailed-exitcode")

	before := writes()
	r.says(r.Next(`{ openrouter = "second" }`), `"openai" = 1`, `"openrouter" = 2`)
	second := secrets()
	work("after a rotation at OpenRouter", first, second)
	if second[0] != first[0] || second[1] == first[1] || writes() != before {
		t.Errorf("OpenAI's key was delivered again: %t, OpenRouter's: %t; OpenAI was written %d times", second[0] != first[0], second[1] != first[1], writes()-before)
	}

	// One vendor that cannot be read changes nothing at the other.
	before = writes()
	r.Run(`if OPENROUTER_MANAGEMENT_KEY=sk-or-fake TF_VAR_rotate='{ openai = "second" }' terraform apply; then exit 9; fi`)
	if secrets() != second || writes() != before {
		t.Error("an apply went on although a vendor could not be read")
	}

	r.says(r.Next(`{ openai = "second"`), `"openai" = 2`, `"openrouter" = 3`)
	third := secrets()
	work("after rotations at both", first, second, third)

	// The daily job of the other scenario applies a rotation here too, and revokes at
	// OpenRouter what is over.
	for _, name := range []string{"rotate.sh", "only-rotations.jq"} {
		if err := os.WriteFile(r.path(name), []byte(textOf(t, filepath.Join(scenarios, "scheduled-rotation", name))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.Run("export TF_VAR_overlap=1m\nterraform apply") // from now on, not for keys that run out already
	done := r.Run(`TF_VAR_rotate='{ openai = "third", openrouter = "fourth" }' sh rotate.sh`)
	r.says(done, `"orgkeys_openai_api_key.worker" rotates`, `"orgkeys_openrouter_api_key.worker" rotates`,
		`"terraform_data.openai" is replaced, which follows: triggers_replace`, "Apply complete")
	fourth := secrets()
	work("after rotations by the job", third, fourth)
	r.World.Sim.Clock().Advance(61 * time.Second)
	r.World.Simulated.Advance(61 * time.Second)
	r.says(r.Run(`TF_VAR_rotate='{ openai = "third", openrouter = "fourth" }' sh rotate.sh`), `"orgkeys_openrouter_api_key.worker" ends what is over of its previous keys`)
	if r.World.Sim.Valid(third[0]) || openRouter.Valid(third[1]) {
		t.Error("a key works after its overlap")
	}
	work("after the overlap", fourth)

	// Where one vendor refuses the creation, the other's new secret is delivered all the same, and the job makes up
	// for the rest as soon as it can.
	const rotations = `TF_VAR_rotate='{ openai = "fourth", openrouter = "fifth" }' sh rotate.sh`
	openRouter.Inject(simkit.Fault{Operation: "keys.create", Kind: simkit.StatusBefore, Status: 403, Times: 2})
	r.Run(rotations + " || test $? -eq 1")
	if fifth := r.opened("worker-openai.age", "identity.txt"); fifth == fourth[0] || !r.World.Sim.Valid(fifth) || !openRouter.Valid(fourth[1]) {
		t.Error("a refused creation at OpenRouter withheld the new key of OpenAI, or took the one of OpenRouter away")
	}
	r.silent(r.Run("terraform state list"), "terraform_data.openrouter")
	r.says(r.Run(rotations+" || test $? -eq 1"), `"terraform_data.openrouter" delivers what an earlier run could not deliver`)
	r.says(r.Run(rotations), `"orgkeys_openrouter_api_key.worker" rotates`, `"terraform_data.openrouter" delivers what an earlier run could not deliver`)
	work("after the refused creations", fourth, secrets())
	if last := secrets(); last[0] == fourth[0] || last[1] == fourth[1] {
		t.Error("a new key was not delivered")
	}

	r.Next("terraform destroy")
	if live := r.live(); len(live) != 0 {
		t.Errorf("after the destroy %v work", live)
	}
}
