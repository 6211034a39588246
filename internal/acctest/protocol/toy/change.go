// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package toy

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ReadResource implements [tfprotov6.ProviderServer]. Each read adds a plus to the private
// state, so that one can tell who got what.
func (s *Server) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	v, err := decode(req.CurrentState)
	if err != nil {
		return nil, err
	}
	if err := s.call("read", req.Private, false); err != nil {
		return nil, err
	}
	resp := &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: append(slices.Clone(req.Private), '+')}
	if v.text("mode") == ForgetsInRead {
		resp.Private = nil
	}
	resp.NewIdentity, err = identified(v)
	return resp, err
}

// PlanResourceChange implements [tfprotov6.ProviderServer]. A plan returns the private state
// it gets, or else "planned".
func (s *Server) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	prior, err := decode(req.PriorState)
	if err != nil {
		return nil, err
	}
	proposed, err := decode(req.ProposedNewState)
	if err != nil {
		return nil, err
	}
	if err := s.call("plan "+action(prior, proposed), req.PriorPrivate, false); err != nil {
		return nil, err
	}
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity}
	if len(resp.PlannedPrivate) == 0 {
		resp.PlannedPrivate = []byte("planned")
	}
	if proposed != nil {
		s.plan(prior, proposed, resp)
	}
	resp.PlannedState, err = encode(proposed)
	return resp, err
}

func (s *Server) plan(prior, proposed values, resp *tfprotov6.PlanResourceChangeResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans++
	mode := proposed.text("mode")
	if prior == nil {
		proposed.set("id", tftypes.UnknownValue)
	}
	if prior == nil || !prior["name"].Equal(proposed["name"]) {
		proposed.set("note", tftypes.UnknownValue)
	}
	if prior != nil && mode == Replaces && !prior["name"].Equal(proposed["name"]) {
		resp.RequiresReplace = []*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName("name")}
	}
	switch mode {
	case Impure:
		proposed.set("note", fmt.Sprint("plan ", s.plans))
	case Inconsistent:
		proposed.set("note", "as planned")
	case Changes: // the plan walk plans twice, the apply walk once, in a process of its own
		proposed.set("note", fmt.Sprint("process ", s.Number))
	case Conflicts:
		proposed.set("name", "another")
	}
}

// ApplyResourceChange implements [tfprotov6.ProviderServer].
func (s *Server) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	prior, err := decode(req.PriorState)
	if err != nil {
		return nil, err
	}
	planned, err := decode(req.PlannedState)
	if err != nil {
		return nil, err
	}
	what, mode := action(prior, planned), planned.text("mode")
	if planned == nil {
		mode = prior.text("mode")
	}
	if err := s.call("apply "+what, req.PlannedPrivate, mode == "crashes in "+what); err != nil {
		return nil, err
	}
	resp := &tfprotov6.ApplyResourceChangeResponse{Private: []byte(what + "d")}
	switch mode {
	case "fails in " + what:
		resp.Diagnostics, resp.Private = failure(mode), nil
		resp.NewState, err = encode(nil)
		return resp, err
	case FailsAfterCreate:
		if what == "create" {
			resp.Diagnostics = failure(mode)
		}
	case ForgetsInUpdate:
		if what == "update" {
			resp.Private = nil
		}
	}
	if planned == nil && mode != LingersOn {
		resp.Private = nil
		resp.NewState, err = encode(nil)
		return resp, err
	}
	if planned == nil {
		planned = prior
	}
	if !planned["id"].IsKnown() {
		planned.set("id", "id of "+planned.text("name"))
	}
	if !planned["note"].IsKnown() && mode != LeavesUnknown {
		planned.set("note", "note of "+planned.text("name"))
	}
	if mode == Inconsistent {
		planned.set("note", "as it came")
	}
	if resp.NewIdentity, err = identified(planned); err != nil {
		return nil, err
	}
	resp.NewState, err = encode(planned)
	return resp, err
}

func action(prior, planned values) string {
	switch {
	case prior == nil:
		return "create"
	case planned == nil:
		return "delete"
	}
	return "update"
}
