// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package protocol drives a provider through the plugin protocol, call by call, in the
// order of Terraform's core, and holds it to the rules of core. It is the only such driver:
// what it says of the CLI is compared with a real one in this package's acceptance test.
//
// [Process] are the calls alone. [Walk] holds the calls about one resource to the rules.
// [Workspace] plans and applies resources of one type with a state, as the CLI does.
package protocol

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Process is one process of a provider.
type Process struct {
	// Tick, when set, is called before every call that reads, plans or applies.
	Tick func()

	server     tfprotov6.ProviderServer
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// Serve gives a new process of the provider.
type Serve func() (tfprotov6.ProviderServer, error)

// Start asks a provider for its schemas. It is not configured yet.
func Start(ctx context.Context, serve Serve) (*Process, error) {
	server, err := serve()
	if err != nil {
		return nil, err
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	p := &Process{server: server, schemas: schemas, identities: identities.IdentitySchemas}
	return p, Failure(append(schemas.Diagnostics, identities.Diagnostics...))
}

// again starts another process of the same provider. As the CLI does, it asks only the first for schemas, which
// are half of what most calls take.
func (p *Process) again(serve Serve) (*Process, error) {
	server, err := serve()
	if err != nil {
		return nil, err
	}
	return &Process{server: server, schemas: p.schemas, identities: p.identities}, nil
}

// Server is the provider itself, for calls that have no helper here.
func (p *Process) Server() tfprotov6.ProviderServer { return p.server }

// Schemas are what the provider offers.
func (p *Process) Schemas() *tfprotov6.GetProviderSchemaResponse { return p.schemas }

// Validate checks a provider block and gives it as the provider wants it.
func (p *Process) Validate(ctx context.Context, block map[string]any) (*tfprotov6.DynamicValue, []*tfprotov6.Diagnostic, error) {
	config, err := Pack(p.schemas.Provider.ValueType(), block)
	if err != nil {
		return nil, nil, err
	}
	resp, err := p.server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		return nil, nil, err
	}
	return resp.PreparedConfig, resp.Diagnostics, nil
}

// Configure validates and configures the provider with a block.
func (p *Process) Configure(ctx context.Context, block map[string]any) ([]*tfprotov6.Diagnostic, error) {
	prepared, said, err := p.Validate(ctx, block)
	if err != nil || Failure(said) != nil {
		return said, err
	}
	resp, err := p.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: prepared})
	if err != nil {
		return said, err
	}
	return append(said, resp.Diagnostics...), nil
}

// Data validates and reads a data source.
func (p *Process) Data(ctx context.Context, kind string, config map[string]any) (Answer, error) {
	schema := p.schemas.DataSourceSchemas[kind]
	if schema == nil {
		return Answer{}, fmt.Errorf("there is no data source %s", kind)
	}
	packed, err := Pack(schema.ValueType(), config)
	if err != nil {
		return Answer{}, err
	}
	checked, err := p.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: kind, Config: packed})
	if err != nil {
		return Answer{}, err
	}
	if Failure(checked.Diagnostics) != nil {
		return Answer{Value: tftypes.NewValue(schema.ValueType(), nil), Diagnostics: checked.Diagnostics}, nil //nolint:nilerr // the diagnostics tell it
	}
	resp, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: kind, Config: packed})
	if err != nil {
		return Answer{}, err
	}
	value, err := unpack(schema.ValueType(), resp.State)
	return Answer{Value: value, Diagnostics: resp.Diagnostics}, err
}

// Listed is one result of a list.
type Listed struct {
	Answer
	Name string
}

// ValidateList checks the configuration of a list.
func (p *Process) ValidateList(ctx context.Context, kind string, config map[string]any) ([]*tfprotov6.Diagnostic, error) {
	lists, packed, err := p.lists(kind, config)
	if err != nil {
		return nil, err
	}
	resp, err := lists.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: kind, Config: packed})
	if err != nil {
		return nil, err
	}
	return resp.Diagnostics, nil
}

// List asks for a list; with bodies it asks for the resources too.
func (p *Process) List(ctx context.Context, kind string, config map[string]any, limit int64, bodies bool) (iter.Seq2[Listed, error], error) {
	lists, packed, err := p.lists(kind, config)
	if err != nil {
		return nil, err
	}
	resource, err := p.Resource(kind)
	if err != nil {
		return nil, err
	}
	stream, err := lists.ListResource(ctx, &tfprotov6.ListResourceRequest{TypeName: kind, Config: packed, Limit: limit, IncludeResource: bodies})
	if err != nil {
		return nil, err
	}
	return func(yield func(Listed, error) bool) {
		for one := range stream.Results {
			listed := Listed{Answer{Identity: one.Identity, Diagnostics: one.Diagnostics}, one.DisplayName}
			var err error
			listed.Value, err = unpack(resource.Object, one.Resource)
			if !yield(listed, err) {
				return
			}
		}
	}, nil
}

// lists is the part of the server that lists, with an encoded configuration.
func (p *Process) lists(kind string, config map[string]any) (tfprotov6.ListResourceServer, *tfprotov6.DynamicValue, error) {
	lists, ok := p.server.(tfprotov6.ListResourceServer)
	schema := p.schemas.ListResourceSchemas[kind]
	if !ok || schema == nil {
		return nil, nil, fmt.Errorf("there is no list of %s", kind)
	}
	packed, err := Pack(schema.ValueType(), config)
	return lists, packed, err
}

// Failure is [ErrFailed] with what the errors among the diagnostics say, nil without one.
func Failure(diagnostics []*tfprotov6.Diagnostic) error {
	var err error
	for _, one := range diagnostics {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, fmt.Errorf("%w: %s: %s", ErrFailed, one.Summary, one.Detail))
		}
	}
	return err
}

// ErrFailed is in the error of a call or a walk in which the provider gave an error
// diagnostic or crashed. Every other error is a broken rule.
var ErrFailed = errors.New("the provider reported an error")

// Answer is what the provider answers to a call about an object.
type Answer struct {
	Value       tftypes.Value // null for no object
	Identity    *tfprotov6.ResourceIdentityData
	Private     []byte
	Replaces    []string // paths of the arguments that replace
	Diagnostics []*tfprotov6.Diagnostic
}

func (p *Process) validateOnly(ctx context.Context, block map[string]any) ([]*tfprotov6.Diagnostic, error) {
	_, said, err := p.Validate(ctx, block)
	return said, err
}
