// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func exact(text string) knownvalue.Check { return knownvalue.StringExact(text) }

func TestAccQuery(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.14", false)
	w := acctest.New(t, openaisim.Options{MaxPage: 1})
	o := newTown(t, w)
	bare := map[string]knownvalue.Check{"project_id": exact(o.payments), "id": exact(o.bare)}
	// A query needs a configuration that tells where the provider comes from.
	w.Run(resource.TestStep{Config: fmt.Sprintf("data \"orgkeys_openai_project\" \"p\" {\n  id = %q\n}\n", o.payments)}, resource.TestStep{
		Query: true,
		Config: fmt.Sprintf(`
list "orgkeys_openai_project" "all" {
  provider = orgkeys
}

list "orgkeys_openai_service_account" "everywhere" {
  provider = orgkeys
}

list "orgkeys_openai_api_key" "everywhere" {
  provider = orgkeys
}

list "orgkeys_openai_api_key" "first" {
  provider = orgkeys
  limit    = 1
  config {
    project_id = %[1]q
  }
}

list "orgkeys_openai_api_key" "of_worker" {
  provider         = orgkeys
  include_resource = true
  config {
    project_id         = %[1]q
    service_account_id = %[2]q
  }
}
`, o.payments, o.worker),
		QueryResultChecks: []querycheck.QueryResultCheck{
			querycheck.ExpectLength("orgkeys_openai_project.all", 3),
			querycheck.ExpectIdentity("orgkeys_openai_project.all", map[string]knownvalue.Check{"id": exact(o.search)}),
			querycheck.ExpectLength("orgkeys_openai_service_account.everywhere", 2),
			querycheck.ExpectIdentity("orgkeys_openai_service_account.everywhere", map[string]knownvalue.Check{"project_id": exact(o.search), "id": exact(o.bot)}),
			querycheck.ExpectLength("orgkeys_openai_api_key.everywhere", 3),
			querycheck.ExpectLength("orgkeys_openai_api_key.first", 1),
			querycheck.ExpectLength("orgkeys_openai_api_key.of_worker", 2),
			querycheck.ExpectIdentity("orgkeys_openai_api_key.of_worker", bare),
			querycheck.ExpectResourceDisplayName("orgkeys_openai_api_key.of_worker", queryfilter.ByResourceIdentity(bare), exact("made by hand (worker)")),
			querycheck.ExpectResourceKnownValues("orgkeys_openai_api_key.of_worker", queryfilter.ByResourceIdentity(bare), []querycheck.KnownValueCheck{
				{Path: tfjsonpath.New("name"), KnownValue: exact("made by hand")},
				{Path: tfjsonpath.New("service_account_id"), KnownValue: exact(o.worker)},
				{Path: tfjsonpath.New("overlap"), KnownValue: exact("24h")},
			}),
		},
	})
}

// What a query writes down is adopted as it stands: nothing is changed by it, neither
// in the configuration afterwards nor at the server.
func TestAccCLIQueryWritesAnAdoption(t *testing.T) {
	t.Parallel()
	acctest.Require(t, "1.14", false)
	w := acctest.NewRealTime(t, openaisim.Options{})
	newTown(t, w)
	before := len(w.Live())
	c := w.AttachedCLI()
	c.Config(bareProvider)
	c.Write("find.tfquery.hcl", `
list "orgkeys_openai_project" "all" {
  provider = orgkeys
}

list "orgkeys_openai_service_account" "all" {
  provider = orgkeys
}

list "orgkeys_openai_api_key" "all" {
  provider = orgkeys
}
`)
	says(t, c.Must([]string{"query", "-no-color"}).Output, "made by hand (worker)", "crawler (bot)", "payments")
	c.Must([]string{"query", "-no-color", "-generate-config-out=found.tf"})
	says(t, c.Plan().Output, "Plan: 8 to import, 0 to add, 0 to change, 0 to destroy")
	c.Apply()
	c.NoChanges()
	for _, entry := range w.Sim.Journal() {
		if entry.Method != "GET" {
			t.Errorf("an adoption sent %s %s", entry.Method, entry.Path)
		}
	}
	if after := len(w.Live()); after != before {
		t.Errorf("%d keys worked before, %d after", before, after)
	}
}
