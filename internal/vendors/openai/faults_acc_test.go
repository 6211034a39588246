// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// lostAnswers are the ways in which the outcome of a create stays unknown, and those
// in which it is plain. Every one of them must be healed within the same apply.
var lostAnswers = map[string]simkit.Fault{
	"cut before the commit": {Kind: simkit.CutBefore, Times: 1},
	"cut after the commit":  {Kind: simkit.CutAfter, Times: 1},
	"502 after the commit":  {Kind: simkit.StatusAfter, Status: http.StatusBadGateway, Times: 1},
	"502 before the commit": {Kind: simkit.StatusBefore, Status: http.StatusBadGateway, Times: 1},
	"500 after the commit":  {Kind: simkit.StatusAfter, Status: http.StatusInternalServerError, Times: 1},
	"408 after the commit":  {Kind: simkit.StatusAfter, Status: http.StatusRequestTimeout, Times: 1},
	"timeout after":         {Kind: simkit.HangAfter, Times: 1},
	"timeout before":        {Kind: simkit.HangBefore, Times: 1},
	"429":                   {Kind: simkit.StatusBefore, Status: http.StatusTooManyRequests, Times: 3},
	"429 with Retry-After":  {Kind: simkit.StatusBefore, Status: http.StatusTooManyRequests, RetryAfter: 20 * time.Second, Times: 2},
	"truncated body":        {Kind: simkit.Truncated, Times: 1},
	"HTML body":             {Kind: simkit.HTML, Status: http.StatusOK, Times: 1},
}

func TestAccCreateSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{openaisim.OpProjectsCreate, openaisim.OpServiceAccountsCreate, openaisim.OpServiceAccountKeysCreate} {
		for name, fault := range lostAnswers {
			t.Run(operation+" "+name, func(t *testing.T) {
				t.Parallel()
				w := acctest.New(t, openaisim.Options{})
				w.AttemptTimeout = 500 * time.Millisecond
				fault.Operation = operation
				w.Sim.Inject(fault)
				w.Run(resource.TestStep{
					Config: stack(`lifetime = "90d"`, `rotate_after = "60d"`),
					Check:  resource.ComposeTestCheckFunc(works(t, w), onlyOne(w)),
				})
			})
		}
	}
}

// A 2xx without the secret is as lost as no answer.
func TestAccMintWithoutSecret(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.MissingSecret, Times: 1})
	w.Run(resource.TestStep{Config: stack(), Check: resource.ComposeTestCheckFunc(works(t, w), onlyOne(w))})
}

// A list that lags behind must not hide what a lost answer left.
func TestAccLaggingListAfterLostMint(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.Inject(
		simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, Lag: 4},
		simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.StaleGet, Lag: 1},
		simkit.Fault{Operation: openaisim.OpServiceAccountsGet, Kind: simkit.StaleGet, Lag: 1},
	)
	w.Run(resource.TestStep{Config: stack(), Check: resource.ComposeTestCheckFunc(works(t, w), onlyOne(w))})
}

// onlyOne checks that no second project or account was made beside those in state.
func onlyOne(w *acctest.World) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		projects, accounts := 0, len(w.Sim.ServiceAccounts())
		for _, project := range w.Sim.Projects() {
			if !project.Default {
				projects++
			}
		}
		if projects != 1 || accounts != 1 {
			return fmt.Errorf("%d projects and %d accounts at the server, want one of each", projects, accounts)
		}
		if got, want := s.RootModule().Resources[accountAddress].Primary.ID, w.Sim.ServiceAccounts()[0].ID; got != want {
			return fmt.Errorf("state has account %s, the server %s", got, want)
		}
		return nil
	}
}

// When not even the clean-up gets through, the attempt stays in state and the next
// apply finds it: one live key, and none that nobody knows.
func TestAccUnsettledMintIsFoundByTheNextApply(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.Inject(
		simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1},
		simkit.Fault{Operation: openaisim.OpAPIKeysList, Skip: 1, Kind: simkit.StatusBefore, Status: http.StatusForbidden},
	)
	w.Run(
		resource.TestStep{
			Config:      stack(),
			ExpectError: regexp.MustCompile(`(?s)Unable to create API key.*not\s+settled`),
		},
		resource.TestStep{
			PreConfig: func() {
				if live := len(w.Live()); live != 1 {
					t.Errorf("%d live keys after the cut mint, want the 1 nobody holds", live)
				}
				w.Sim.ClearFaults()
			},
			Config: stack(),
			Check:  resource.ComposeTestCheckFunc(works(t, w), onlyOne(w)),
		},
	)
}
