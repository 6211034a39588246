// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package simulators is the table of all vendors' simulators, and of how the provider finds
// them.
package simulators

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// Vendor is one simulator, and how the provider finds it.
type Vendor struct {
	Name       string // of the provider's block
	API        string // what is simulated, in words
	AddressEnv string // variable that holds the provider's base URL
	KeyEnv     string // variable that holds the provider's credential
	PerMinute  int    // requests that the real API takes of each endpoint, 0 = unknown
	New        func(Options) Simulator
}

// All are the simulators: a new one adds its line.
var All = []Vendor{
	{"openai", "OpenAI Administration API", "ORGKEYS_OPENAI_BASE_URL", "OPENAI_ADMIN_KEY", 8, with(openaisim.New)},
	{"openrouter", "OpenRouter management API", "ORGKEYS_OPENROUTER_BASE_URL", "OPENROUTER_MANAGEMENT_KEY", 0, with(openroutersim.New)},
	{"litellm", "key management of a LiteLLM proxy", "ORGKEYS_LITELLM_BASE_URL", "LITELLM_API_KEY", 0, with(litellmsim.New)},
	{"elevenlabs", "ElevenLabs API", "ORGKEYS_ELEVENLABS_BASE_URL", "ELEVENLABS_API_KEY", 0, with(elevenlabssim.New)},
	{"anthropic", "Anthropic Admin API", "ORGKEYS_ANTHROPIC_BASE_URL", "ANTHROPIC_ADMIN_KEY", 0, with(anthropicsim.New)},
}

// Of is the simulator of a vendor; the error names all that there are.
func Of(name string) (Vendor, error) {
	if i := slices.IndexFunc(All, func(v Vendor) bool { return v.Name == name }); i >= 0 {
		return All[i], nil
	}
	return Vendor{}, fmt.Errorf("no simulator of the vendor %q; there is one of: %s", name, Names())
}

// Names are the vendors that have a simulator, in one text.
func Names() string {
	var out []string
	for _, v := range All {
		out = append(out, v.Name)
	}
	return strings.Join(out, ", ")
}

// Simulator is what every simulator can do.
type Simulator interface {
	http.Handler
	AdminKey() string // the credential that is admitted
	BasePath() string // where the API begins
	Start(testing.TB) // listens on a loopback address until the test is over
	URL() string      // of the API after Start
	SeedSample()      // fills the organization
	Secrets() []string
	Summaries() []simkit.Summary // of all keys that were not revoked
	Valid(plain string) bool     // whether a secret works now
	Journal() []simkit.Entry
	Inject(...simkit.Fault) // what goes wrong from now on
	Control() http.Handler
	Close()
}

// Adopts says that a simulated API creates no keys, so that there is nothing but to adopt
// those of the sample.
func Adopts(sim Simulator) bool {
	_, adopts := sim.(interface{ CreatesNoKeys() })
	return adopts
}

// Options are those that every simulator has.
type Options = simkit.Options[struct{}]

// with gives a vendor's constructor the options that all have.
func with[Policy any, S Simulator](create func(simkit.Options[Policy]) S) func(Options) Simulator {
	return func(o Options) Simulator {
		return create(simkit.Options[Policy]{Clock: o.Clock, Seed: o.Seed, PerMinute: o.PerMinute, Latency: o.Latency})
	}
}
