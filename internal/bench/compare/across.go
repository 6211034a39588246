// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
)

// across measures one build with keys of every vendor in one configuration, size of each.
func across(ctx context.Context, cli, build string, size int) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	env := []string{"ORGKEYS_SEAL_RECIPIENTS=" + identity.Recipient().String()}
	sims := map[string]simulators.Simulator{}
	var adopted []string // keys that no API creates
	for _, vendor := range simulators.All {
		sim := vendor.New(simulators.Options{})
		if anthropic, ok := sim.(*anthropicsim.Server); ok {
			for i := range size {
				id, _ := anthropic.SeedKey(anthropicsim.Key{Name: fmt.Sprint("worker-", i), Principal: "svac_worker"})
				adopted = append(adopted, id)
			}
		}
		server := httptest.NewServer(sim)
		defer server.Close()
		defer sim.Close()
		env = append(env, vendor.KeyEnv+"="+sim.AdminKey(), vendor.AddressEnv+"="+server.URL+sim.BasePath())
		sims[vendor.Name] = sim
	}
	c := comparison{cli: cli}
	w, err := c.workspace(fmt.Sprintf(everyVendor, size), env, provider(build))
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(w.folder) }()
	ids, err := json.Marshal(map[string]any{"adopted": adopted})
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, "adopted.auto.tfvars.json"), ids, 0o600)
	}
	if err != nil {
		return err
	}
	fmt.Printf("\n%d keys of each of %d vendors\n\n| | apply | plan |\n|---|---:|---:|\n", size, len(sims))
	calls := map[string][]int{}
	var took, memory [2]float64
	for i, args := range [][]string{{"apply", "-auto-approve"}, {"plan", "-detailed-exitcode"}} {
		before := map[string]int{}
		for name, sim := range sims {
			before[name] = len(sim.Journal())
		}
		time, used, err := w.command(ctx, args...)
		if err != nil {
			return err
		}
		took[i], memory[i] = seconds(time), float64(used.Memory)/(1<<20)
		for name, sim := range sims {
			calls[name] = append(calls[name], len(sim.Journal())-before[name])
		}
	}
	for _, vendor := range simulators.All {
		fmt.Printf("| calls to %s | %d | %d |\n", vendor.Name, calls[vendor.Name][0], calls[vendor.Name][1])
	}
	fmt.Printf("| provider memory at most, MiB | %.1f | %.1f |\n| time, s | %.1f | %.1f |\n", memory[0], memory[1], took[0], took[1])
	return nil
}

const everyVendor = `
terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
  }
}

variable "adopted" {
  type = list(string)
}

resource "orgkeys_openai_project" "p" {
  name = "bench"
}

resource "orgkeys_openai_service_account" "a" {
  project_id = orgkeys_openai_project.p.id
  name       = "worker"
  role       = "member"
}

resource "orgkeys_openai_api_key" "k" {
  count              = %[1]d
  project_id         = orgkeys_openai_project.p.id
  service_account_id = orgkeys_openai_service_account.a.id
  name               = "worker-${count.index}"
  lifetime           = "90d"
  rotate_after       = "60d"
}

resource "orgkeys_openrouter_workspace" "w" {
  name = "bench"
  slug = "bench"
}

resource "orgkeys_openrouter_api_key" "k" {
  count        = %[1]d
  workspace_id = orgkeys_openrouter_workspace.w.id
  name         = "worker-${count.index}"
  lifetime     = "90d"
  rotate_after = "60d"
}

resource "orgkeys_litellm_key" "k" {
  count        = %[1]d
  name         = "worker-${count.index}"
  lifetime     = "90d"
  rotate_after = "60d"
}

resource "orgkeys_elevenlabs_service_account" "a" {
  name = "worker"
}

resource "orgkeys_elevenlabs_api_key" "k" {
  count              = %[1]d
  service_account_id = orgkeys_elevenlabs_service_account.a.id
  name               = "worker-${count.index}"
  permissions        = ["text_to_speech"]
  rotate_after       = "60d"
}

resource "orgkeys_anthropic_api_key" "k" {
  count = %[1]d
  id    = var.adopted[count.index]
}
`
