// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// begin is a configured provider with the toy vendor alone, and its simulator.
func begin(t *testing.T, variant toy.Variant, policy toysim.Policy) (*protocol.Process, *toysim.Server) {
	t.Helper()
	sim := toysim.Start(t, toysim.Options{Clock: simkit.NewClock(start), Policy: policy})
	env := map[string]string{toy.RootKeyEnv: sim.RootKey(), toy.BaseURLEnv: sim.URL()}
	process, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{
		Clock: clock.NewFake(start), Getenv: func(name string) string { return env[name] }, Vendors: []vendorblock.Block{toy.Block(variant)},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if said, err := process.Configure(t.Context(), nil); err != nil || len(said) > 0 {
		t.Fatal(err, said)
	}
	return process, sim
}

// The objects beside the managed key: an inventory, the action that revokes, a key for one
// run. None of them shows a secret that it did not create for the run.
func TestObjects(t *testing.T) {
	t.Parallel()
	process, sim := begin(t, toy.Usual(), toysim.Policy{Extras: true})
	ids := map[string]string{}
	for _, name := range []string{"a", "b"} {
		ids[name], _ = sim.SeedKey(name, "ci")
	}
	sim.UseKey(ids["b"])
	answer, err := process.Data(t.Context(), "orgkeys_toy_keys", nil)
	if err != nil || protocol.Failure(answer.Diagnostics) != nil {
		t.Fatal(err, answer.Diagnostics)
	}
	rows, _ := protocol.Attributes(answer.Value)["keys"].([]any)
	if len(rows) != 2 {
		t.Fatalf("rows %v", rows)
	}
	for _, one := range rows {
		row, _ := one.(map[string]any)
		name, _ := row["name"].(string)
		if id, there := ids[name]; !there || row["id"] != id || row["owner_id"] != "ci" || (row["last_used_at"] == nil) != (name == "a") {
			t.Errorf("row %v", row)
		}
	}
	if found := leak.In([]byte(answer.Value.String()), "the inventory", sim.Secrets()); len(found) > 0 {
		t.Error(found)
	}

	events := invoke(t, process, ids["a"])
	if strings.Contains(events, "error") || len(sim.Keys()) != 1 {
		t.Errorf("said %s, keys %v", events, sim.Keys())
	}
	if events = invoke(t, process, ids["a"]); !strings.Contains(events, "error") {
		t.Errorf("a key that is gone was revoked: %s", events)
	}

	const run = "orgkeys_toy_key"
	form := process.Schemas().EphemeralResourceSchemas[run].ValueType()
	config, err := protocol.Pack(form, map[string]any{"owner": "ci", "name": "smoke"})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := process.Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: run, Config: config})
	if err != nil || protocol.Failure(opened.Diagnostics) != nil {
		t.Fatal(err, opened.Diagnostics)
	}
	result, err := opened.Result.Unmarshal(form)
	if err != nil {
		t.Fatal(err)
	}
	if value, _ := protocol.Attributes(result)["value"].(string); !sim.Valid(value) || len(sim.Keys()) != 2 || !sim.Keys()[1].ExpiresAt.Equal(start.Add(time.Hour)) {
		t.Errorf("keys %v", sim.Keys())
	}
	closed, err := process.Server().CloseEphemeralResource(t.Context(), &tfprotov6.CloseEphemeralResourceRequest{TypeName: run, Private: opened.Private})
	if err != nil || len(closed.Diagnostics) > 0 || len(sim.Keys()) != 1 {
		t.Errorf("%v, said %v, keys %v", err, closed.Diagnostics, sim.Keys())
	}
}

// invoke revokes a key by the action and gives what was said.
func invoke(t *testing.T, process *protocol.Process, id string) string {
	t.Helper()
	const name = "orgkeys_toy_revoke_key"
	config, err := protocol.Pack(process.Schemas().ActionSchemas[name].Schema.ValueType(), map[string]any{"key_id": id})
	if err != nil {
		t.Fatal(err)
	}
	server, ok := process.Server().(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the server has no actions")
	}
	stream, err := server.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for event := range stream.Events {
		if done, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			for _, one := range done.Diagnostics {
				said = append(said, strings.ToLower(one.Severity.String())+": "+one.Summary)
			}
		}
	}
	return strings.Join(said, "\n")
}

// A vendor whose keys nothing ends offers none for one run.
func TestNoRunKeyWithoutAnEnd(t *testing.T) {
	t.Parallel()
	variant := toy.Usual()
	variant.Can.End = keyseries.Never
	process, _ := begin(t, variant, toysim.Policy{Extras: true, Expiry: toysim.ExpiryNever})
	if _, has := process.Schemas().EphemeralResourceSchemas["orgkeys_toy_key"]; has {
		t.Error("there is one")
	}
}
