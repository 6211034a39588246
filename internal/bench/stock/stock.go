// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package stock gives simulators of every vendor with many keys in one place.
package stock

import (
	"fmt"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	elevenlabssim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/elevenlabs/sim"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

// Place is where keys are, and their ids.
type Place struct {
	ID      string // of a project, team or workspace; "" where keys are in none
	Account string // their owner, "" = none
	Keys    []string
}

// Vendors make a simulator with that many keys, which are called key-0 and so on, by the vendors' names.
var Vendors = map[string]func(keys int) (simulators.Simulator, Place){
	"openai": func(keys int) (simulators.Simulator, Place) {
		s := openaisim.New(openaisim.Options{})
		at := Place{ID: s.SeedProject("work")}
		at.Account = s.SeedServiceAccount(at.ID, "worker", "member")
		for i := range keys {
			id, _ := s.SeedKey(openaisim.KeySpec{AccountID: at.Account, Name: fmt.Sprint("key-", i)})
			at.Keys = append(at.Keys, id)
		}
		return s, at
	},
	"openrouter": func(keys int) (simulators.Simulator, Place) {
		s, at := openroutersim.New(openroutersim.Options{}), Place{}
		for i := range keys {
			id, _ := s.SeedKey(openroutersim.Key{Name: fmt.Sprint("key-", i)})
			at.Keys = append(at.Keys, id)
		}
		return s, at
	},
	"litellm": func(keys int) (simulators.Simulator, Place) {
		s := litellmsim.New(litellmsim.Options{})
		at := Place{ID: s.SeedTeam("work")}
		for i := range keys {
			id, _ := s.SeedKey(litellmsim.Key{Alias: fmt.Sprint("key-", i), TeamID: at.ID})
			at.Keys = append(at.Keys, id)
		}
		return s, at
	},
	"elevenlabs": func(keys int) (simulators.Simulator, Place) {
		s := elevenlabssim.New(elevenlabssim.Options{})
		at := Place{Account: s.SeedAccount("worker")}
		for i := range keys {
			id, _ := s.SeedKey(elevenlabssim.Key{AccountID: at.Account, Name: fmt.Sprint("key-", i)})
			at.Keys = append(at.Keys, id)
		}
		return s, at
	},
	"anthropic": func(keys int) (simulators.Simulator, Place) {
		s := anthropicsim.New(anthropicsim.Options{})
		at := Place{ID: s.SeedWorkspace("work")}
		for i := range keys {
			id, _ := s.SeedKey(anthropicsim.Key{Name: fmt.Sprint("key-", i), WorkspaceID: at.ID, Principal: "svac_worker"})
			at.Keys = append(at.Keys, id)
		}
		return s, at
	},
}
