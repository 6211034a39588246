// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Invoke runs an action and gives its progress, line by line, and what it says at its end.
func (p *Process) Invoke(ctx context.Context, kind string, config map[string]any) (progress []string, said []*tfprotov6.Diagnostic, err error) {
	actions, ok := p.server.(tfprotov6.ActionServer)
	schema := p.schemas.ActionSchemas[kind]
	if !ok || schema == nil {
		return nil, nil, fmt.Errorf("there is no action %s", kind)
	}
	packed, err := Pack(schema.Schema.ValueType(), config)
	if err != nil {
		return nil, nil, err
	}
	stream, err := actions.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: kind, Config: packed})
	if err != nil {
		return nil, nil, err
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			said = event.Diagnostics
		}
	}
	return progress, said, nil
}

// Open opens an ephemeral resource. The answer's private data are for [Process.Close].
func (p *Process) Open(ctx context.Context, kind string, config map[string]any) (Answer, error) {
	schema := p.schemas.EphemeralResourceSchemas[kind]
	if schema == nil {
		return Answer{}, fmt.Errorf("there is no ephemeral resource %s", kind)
	}
	packed, err := Pack(schema.ValueType(), config)
	if err != nil {
		return Answer{}, err
	}
	resp, err := p.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: kind, Config: packed})
	if err != nil {
		return Answer{}, err
	}
	value, err := unpack(schema.ValueType(), resp.Result)
	return Answer{Value: value, Private: resp.Private, Diagnostics: resp.Diagnostics}, err
}

// Close closes an ephemeral resource.
func (p *Process) Close(ctx context.Context, kind string, private []byte) ([]*tfprotov6.Diagnostic, error) {
	resp, err := p.server.CloseEphemeralResource(ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: kind, Private: private})
	if err != nil {
		return nil, err
	}
	return resp.Diagnostics, nil
}
