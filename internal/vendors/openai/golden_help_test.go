// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// steps are configurations with their titles, in their order.
type steps []struct {
	title  string
	config values
}

func (all steps) all() iter.Seq2[string, values] {
	return func(yield func(string, values) bool) {
		for _, one := range all {
			if !yield(one.title, one.config) {
				return
			}
		}
	}
}

func joined(all ...values) values {
	out := values{}
	for _, one := range all {
		maps.Copy(out, one)
	}
	return out
}

// names are the names of a configuration, sorted.
func names(of values) []string { return slices.Sorted(maps.Keys(of)) }

// graft gives one attribute of an object to another one.
func (s *scene) graft(name string, from, to tftypes.Value) tftypes.Value {
	s.t.Helper()
	var given, all map[string]tftypes.Value
	s.fail(from.As(&given))
	s.fail(to.As(&all))
	all[name] = given[name]
	return tftypes.NewValue(to.Type(), all)
}

// move takes over the state of another provider.
func (s *scene) move(title, kind string, source values) {
	s.t.Helper()
	s.title("%s", title)
	state, err := json.Marshal(source)
	s.fail(err)
	r := s.resource()
	found, err := r.Move(s.t.Context(), kind, "registry.terraform.io/example/openai", 0, state)
	s.take(r, "move", found, err)
}

// data reads a data source.
func (s *scene) data(title, kind string, config values) {
	s.t.Helper()
	s.title("%s", title)
	process := s.wire()
	packed := s.packed(process.Schemas().DataSourceSchemas[kind].ValueType(), config)
	checked, err := process.Server().ValidateDataResourceConfig(s.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: packed})
	s.fail(err)
	if s.said("validate", checked.Diagnostics) {
		return
	}
	answer, err := process.Data(s.t.Context(), kind, config)
	s.fail(err)
	if !s.said("read", answer.Diagnostics) {
		s.differences("read", nil, protocol.Attributes(answer.Value))
	}
}

func (s *scene) packed(form tftypes.Type, config values) *tfprotov6.DynamicValue {
	s.t.Helper()
	packed, err := protocol.Pack(form, config)
	s.fail(err)
	return packed
}

// list lists what there is, with bodies.
func (s *scene) list(title, kind string, config values) {
	s.t.Helper()
	s.title("%s", title)
	results, err := s.wire().List(s.t.Context(), kind, config, 100, true)
	s.fail(err)
	for one, err := range results {
		s.fail(err)
		if s.said("list", one.Diagnostics) {
			continue
		}
		s.line("list: %s", one.Name)
		s.differences("list", nil, protocol.Attributes(one.Value))
	}
}

// run opens and closes an ephemeral resource. Between them something may happen.
func (s *scene) run(title, kind string, config values, between func()) {
	s.t.Helper()
	s.title("%s", title)
	process := s.wire()
	form := process.Schemas().EphemeralResourceSchemas[kind].ValueType()
	packed := s.packed(form, config)
	server := process.Server()
	ctx := context.WithoutCancel(s.t.Context())
	checked, err := server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: kind, Config: packed})
	s.fail(err)
	if s.said("validate", checked.Diagnostics) {
		return
	}
	opened, err := server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind, Config: packed})
	s.fail(err)
	if s.said("open", opened.Diagnostics) {
		return
	}
	value, err := opened.Result.Unmarshal(form)
	s.fail(err)
	s.differences("open", nil, protocol.Attributes(value))
	if between != nil {
		between()
	}
	closed, err := server.CloseEphemeralResource(ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: kind, Private: opened.Private})
	s.fail(err)
	s.said("close", closed.Diagnostics)
}

const revokeType = "orgkeys_openai_revoke_key"

// act plans and invokes the action that revokes a key.
func (s *scene) act(title string, config values) {
	s.t.Helper()
	s.title("%s", title)
	process := s.wire()
	actions, ok := process.Server().(tfprotov6.ActionServer)
	if !ok {
		s.t.Fatal("the provider has no actions")
	}
	packed := s.packed(process.Schemas().ActionSchemas[revokeType].Schema.ValueType(), config)
	checked, err := actions.ValidateActionConfig(s.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: revokeType, Config: packed})
	s.fail(err)
	if s.said("validate", checked.Diagnostics) {
		return
	}
	s.invoke(actions, packed)
}

// lateAct invokes an action whose configuration was not known to its plan.
func (s *scene) lateAct(title string, config values) {
	s.t.Helper()
	s.title("%s", title)
	process := s.wire()
	actions, ok := process.Server().(tfprotov6.ActionServer)
	if !ok {
		s.t.Fatal("the provider has no actions")
	}
	s.invoke(actions, s.packed(process.Schemas().ActionSchemas[revokeType].Schema.ValueType(), config))
}

func (s *scene) invoke(actions tfprotov6.ActionServer, packed *tfprotov6.DynamicValue) {
	s.t.Helper()
	plan, err := actions.PlanAction(s.t.Context(), &tfprotov6.PlanActionRequest{ActionType: revokeType, Config: packed})
	s.fail(err)
	if s.said("plan", plan.Diagnostics) {
		return
	}
	stream, err := actions.InvokeAction(s.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: revokeType, Config: packed})
	s.fail(err)
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			s.line("invoke: %s", event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			s.said("invoke", event.Diagnostics)
			s.line("invoke: completed")
		}
	}
}
