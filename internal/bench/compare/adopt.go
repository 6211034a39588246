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

	"github.com/orgkeys/terraform-provider-orgkeys/internal/bench/stock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// adopt measures a plan that imports keys of every vendor which exist already, size of each. It
// reads, and plans, each of them: a CLI that creates as many writes its state after every one.
func adopt(ctx context.Context, cli, build string, size int) error {
	env, places, sims := []string{"ORGKEYS_SEAL_RECIPIENTS="}, map[string]stock.Place{}, map[string]simulators.Simulator{}
	for _, vendor := range simulators.All {
		sim, place := stock.Vendors[vendor.Name](size)
		server := httptest.NewServer(sim)
		defer server.Close()
		defer sim.Close()
		env = append(env, vendor.KeyEnv+"="+sim.AdminKey(), vendor.AddressEnv+"="+server.URL+sim.BasePath())
		sims[vendor.Name], places[vendor.Name] = sim, place
	}
	c := comparison{cli: cli}
	w, err := c.workspace(everyKeyThere, env, provider(build))
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(w.folder) }()
	text, err := json.Marshal(map[string]any{"places": places})
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, "places.auto.tfvars.json"), text, 0o600)
	}
	if err != nil {
		return err
	}
	took, used, err := w.command(ctx, "plan")
	if err != nil {
		return err
	}
	fmt.Printf("\nA plan that imports %d keys of each of %d vendors: %.1f s, provider CPU %.2f s, memory at most %.1f MiB\n\n| vendor | calls |\n|---|---:|\n",
		size, len(sims), seconds(took), seconds(used.CPU), float64(used.Memory)/(1<<20))
	for _, vendor := range simulators.All {
		fmt.Printf("| %s | %d |\n", vendor.Name, len(sims[vendor.Name].Journal()))
	}
	return nil
}

const everyKeyThere = `
terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
  }
}

variable "places" {
  type = map(object({ ID = string, Account = string, Keys = list(string) }))
}

locals {
  numbers = { for vendor, place in var.places : vendor => { for i, id in place.Keys : "key-${i}" => id } }
}

import {
  for_each = local.numbers.openai
  to       = orgkeys_openai_api_key.k[each.key]
  id       = "${var.places.openai.ID}/${each.value}"
}

resource "orgkeys_openai_api_key" "k" {
  for_each           = local.numbers.openai
  project_id         = var.places.openai.ID
  service_account_id = var.places.openai.Account
  name               = each.key
}

import {
  for_each = local.numbers.openrouter
  to       = orgkeys_openrouter_api_key.k[each.key]
  id       = each.value
}

resource "orgkeys_openrouter_api_key" "k" {
  for_each = local.numbers.openrouter
  name     = each.key
}

import {
  for_each = local.numbers.litellm
  to       = orgkeys_litellm_key.k[each.key]
  id       = each.value
}

resource "orgkeys_litellm_key" "k" {
  for_each = local.numbers.litellm
  team_id  = var.places.litellm.ID
  name     = each.key
}

import {
  for_each = local.numbers.elevenlabs
  to       = orgkeys_elevenlabs_api_key.k[each.key]
  id       = "${var.places.elevenlabs.Account}/${each.value}"
}

resource "orgkeys_elevenlabs_api_key" "k" {
  for_each           = local.numbers.elevenlabs
  service_account_id = var.places.elevenlabs.Account
  name               = each.key
  permissions        = ["text_to_speech"]
}

import {
  for_each = local.numbers.anthropic
  to       = orgkeys_anthropic_api_key.k[each.key]
  id       = each.value
}

resource "orgkeys_anthropic_api_key" "k" {
  for_each = local.numbers.anthropic
  id       = each.value
}
`
