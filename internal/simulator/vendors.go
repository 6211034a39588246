// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// vendor is one simulator that the command can run, and how the provider finds it.
type vendor struct {
	name       string // of the provider's block
	api        string // what is simulated, for the banner
	addressEnv string // variable that holds the provider's base URL
	keyEnv     string // variable that holds the provider's credential
	perMinute  int    // requests that the real API takes of each endpoint, 0 = unknown
	create     func(options) simulator
}

// vendors is the table of all simulators: a new one adds its line.
var vendors = []vendor{
	{"openai", "OpenAI Administration API", "ORGKEYS_OPENAI_BASE_URL", "OPENAI_ADMIN_KEY", 8, with(openaisim.New)},
	{"openrouter", "OpenRouter management API", "ORGKEYS_OPENROUTER_BASE_URL", "OPENROUTER_MANAGEMENT_KEY", 0, with(openroutersim.New)},
}

// simulator is what the command needs of one.
type simulator interface {
	http.Handler
	AdminKey() string // the plaintext that is admitted
	BasePath() string // where the API begins
	SeedSample()      // fills the organization
	Control() http.Handler
	Close()
}

// options are those that every simulator has.
type options = simkit.Options[struct{}]

// with gives a vendor's constructor the options of the command line.
func with[Policy any, S simulator](create func(simkit.Options[Policy]) S) func(options) simulator {
	return func(o options) simulator {
		return create(simkit.Options[Policy]{Clock: o.Clock, Seed: o.Seed, PerMinute: o.PerMinute, Latency: o.Latency})
	}
}
