// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// Two keys of this configuration and the samples of two vendors, in one inventory.
const allKeys = `
resource "orgkeys_openai_service_account" "worker" {
  project_id = %q
  name       = "worker"
  role       = "member"
}

resource "orgkeys_openai_api_key" "worker" {
  project_id         = %[1]q
  service_account_id = orgkeys_openai_service_account.worker.id
  name               = "worker"
  lifetime           = "90d"
}

resource "orgkeys_openrouter_api_key" "worker" {
  name     = "worker"
  lifetime = "90d"
}

data "orgkeys_api_keys" "all" {
  depends_on = [orgkeys_openai_api_key.worker, orgkeys_openrouter_api_key.worker]
}

output "all" { value = data.orgkeys_api_keys.all.api_keys }
output "incomplete" { value = data.orgkeys_api_keys.all.incomplete }
`

// auditOnly asks one inventory, with the given arguments.
const auditOnly = `
data "orgkeys_api_keys" "all" { %s }
output "all" { value = data.orgkeys_api_keys.all.api_keys }
output "incomplete" { value = data.orgkeys_api_keys.all.incomplete }
`

type auditedKey struct {
	Vendor, Place, Name, ID string
	Series                  *string
	Managed                 bool
	OwnerType               string `json:"owner_type"`
	LastUseKnown            bool   `json:"last_use_known"`
	RedactedValue           string `json:"redacted_value"`
}

func TestAccAllKeys(t *testing.T) {
	t.Parallel()
	w := acctest.OpenRealTime(t)
	openai := openaisim.Start(t, openaisim.Options{Clock: w.Simulated})
	openrouter := openroutersim.Start(t, openroutersim.Options{Clock: w.Simulated})
	w.Attach("openai", openai)
	w.Attach("openrouter", openrouter)
	openai.SeedSample()
	openrouter.SeedSample()
	c := w.CLI()
	c.Config(fmt.Sprintf(allKeys, openai.SeedProject("work")))
	c.Apply()
	c.NoChanges()
	keys, incomplete := output[[]auditedKey](t, c, "all"), output[[]string](t, c, "incomplete")
	if len(incomplete) > 0 {
		t.Errorf("incomplete: %q", incomplete)
	}
	var lines []string
	for _, key := range keys {
		if key.Managed != (key.Series != nil) || key.ID == "" || key.RedactedValue == "" || key.LastUseKnown != (key.Vendor == "openai") {
			t.Errorf("%+v", key)
		}
		lines = append(lines, fmt.Sprintf("%s %s/%s %s %v", key.Vendor, key.Place, key.Name, key.OwnerType, key.Managed))
	}
	slices.Sort(lines)
	want := []string{
		"openai payments/nightly-batch service_account false", "openai payments/payments-api service_account false",
		"openai research/first experiment user false", "openai research/report-generator user false",
		"openai work/worker service_account true",
		"openrouter Default/playground user false", "openrouter Default/worker organization true",
		"openrouter Payments/billing organization false", "openrouter Payments/forgotten organization false",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the inventory is\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}

	// One vendor that is named is the only one that is asked.
	openrouter.ResetJournal()
	alone := w.CLI()
	alone.Config(fmt.Sprintf(auditOnly, `vendors = ["openai"]`))
	alone.Apply()
	if len(output[[]auditedKey](t, alone, "all")) != 5 || len(openrouter.Journal()) > 0 {
		t.Errorf("%d calls to a vendor that was not named", len(openrouter.Journal()))
	}

	// One that does not answer is told about, and an error where it is named.
	openrouter.Inject(simkit.Fault{Operation: openroutersim.OpListKeys, Kind: simkit.StatusBefore, Status: 403, Times: 100})
	half := w.CLI()
	half.Config(fmt.Sprintf(auditOnly, ""))
	result := half.Apply()
	if gaps := output[[]string](t, half, "incomplete"); len(gaps) != 1 || !strings.HasPrefix(gaps[0], "OpenRouter API keys: not all of them could be read") ||
		!strings.Contains(result.Output, "Warning: The list of OpenRouter API keys may be incomplete") || len(output[[]auditedKey](t, half, "all")) != 5 {
		t.Errorf("incomplete %q:\n%s", gaps, result.Output)
	}
	half.Config(fmt.Sprintf(auditOnly, `vendors = ["openrouter"]`))
	if failed := half.Run("plan", "-no-color", "-input=false"); failed.Code == 0 || !strings.Contains(failed.Output, "vendors names openrouter, whose keys cannot be read") {
		t.Errorf("the plan ended with %d:\n%s", failed.Code, failed.Output)
	}
	openrouter.ClearFaults()
	c.Must([]string{"destroy", "-auto-approve", "-no-color"})
}

// output reads an output of the workspace.
func output[T any](t *testing.T, c *acctest.CLI, name string) T {
	t.Helper()
	var out T
	if err := json.Unmarshal([]byte(c.Run("output", "-json", name).Output), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
