// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Resource are the calls of one process about resources of one type.
type Resource struct {
	*Process
	Name     string
	Schema   *tfprotov6.Schema
	Object   tftypes.Object
	Identity tftypes.Type // nil without resource identity

	optional map[string]bool // parts of the identity that an import may leave out, and that may be null
}

// Resource gives the calls about resources of a type.
func (p *Process) Resource(name string) (*Resource, error) {
	schema := p.schemas.ResourceSchemas[name]
	if schema == nil {
		return nil, fmt.Errorf("there is no resource %s", name)
	}
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		return nil, fmt.Errorf("the schema of %s is no object", name)
	}
	r := &Resource{Process: p, Name: name, Schema: schema, Object: object}
	if identity := p.identities[name]; identity != nil {
		r.Identity, r.optional = identity.ValueType(), map[string]bool{}
		for _, part := range identity.IdentityAttributes {
			r.optional[part.Name] = part.OptionalForImport
		}
	}
	return r, nil
}

// Null is no object.
func (r *Resource) Null() tftypes.Value { return tftypes.NewValue(r.Object, nil) }

// Held is one object in state.
type Held struct {
	Value    tftypes.Value
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData
	Tainted  bool
}

// Attributes are the values of an object as JSON has them; nil for none.
func (h *Held) Attributes() map[string]any {
	if h == nil {
		return nil
	}
	return Attributes(h.Value)
}

// crash is what the CLI says of a process that is gone. Core goes on with an empty answer.
func crash(err error) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Plugin did not respond", Detail: err.Error()}}
}

func (r *Resource) tick() {
	if r.Tick != nil {
		r.Tick()
	}
}

// ValidateConfig checks a configuration.
func (r *Resource) ValidateConfig(ctx context.Context, config tftypes.Value) ([]*tfprotov6.Diagnostic, error) {
	sent, err := dynamic(config)
	if err != nil {
		return nil, err
	}
	resp, err := r.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: r.Name, Config: sent})
	if err != nil {
		return crash(err), nil
	}
	return resp.Diagnostics, nil
}

// Upgrade decodes an object from the state file; it must come back as it was stored.
func (r *Resource) Upgrade(ctx context.Context, value tftypes.Value) ([]*tfprotov6.Diagnostic, error) {
	text, err := json.Marshal(plain(value))
	if err != nil {
		return nil, err
	}
	resp, err := r.server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: r.Name, Version: r.Schema.Version, RawState: &tfprotov6.RawState{JSON: text},
	})
	if err != nil {
		return crash(err), nil
	}
	if failed := Failure(resp.Diagnostics); failed != nil {
		return resp.Diagnostics, nil //nolint:nilerr // the diagnostics say it
	}
	same, err := resp.UpgradedState.Unmarshal(r.Object)
	if err == nil && !same.Equal(value) {
		err = fmt.Errorf("the state file does not give back what was stored:\n%s\n%s", value, same)
	}
	return resp.Diagnostics, err
}

// Read refreshes an object.
func (r *Resource) Read(ctx context.Context, held Held) (Answer, error) {
	r.tick()
	req := &tfprotov6.ReadResourceRequest{TypeName: r.Name, Private: held.Private, CurrentIdentity: held.Identity}
	if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.CurrentState: held.Value}); err != nil {
		return Answer{}, err
	}
	resp, err := r.server.ReadResource(ctx, req)
	if err != nil {
		return Answer{Value: held.Value, Diagnostics: crash(err)}, nil
	}
	value, err := unpack(r.Object, resp.NewState)
	return Answer{Value: value, Private: resp.Private, Identity: resp.NewIdentity, Diagnostics: resp.Diagnostics}, err
}

// Plan asks for a plan from a prior object, or none, to a configuration, or none.
func (r *Resource) Plan(ctx context.Context, prior Held, config tftypes.Value) (Answer, error) {
	r.tick()
	proposed := config
	var err error
	if !config.IsNull() {
		if proposed, err = r.proposed(prior.Value, config); err != nil {
			return Answer{}, err
		}
	}
	req := &tfprotov6.PlanResourceChangeRequest{TypeName: r.Name, PriorPrivate: prior.Private, PriorIdentity: prior.Identity}
	if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.PriorState: prior.Value, &req.ProposedNewState: proposed, &req.Config: config}); err != nil {
		return Answer{}, err
	}
	resp, err := r.server.PlanResourceChange(ctx, req)
	if err != nil {
		return Answer{Value: prior.Value, Diagnostics: crash(err)}, nil
	}
	answer := Answer{Private: resp.PlannedPrivate, Identity: resp.PlannedIdentity, Diagnostics: resp.Diagnostics}
	for _, path := range resp.RequiresReplace {
		answer.Replaces = append(answer.Replaces, path.String())
	}
	answer.Value, err = unpack(r.Object, resp.PlannedState)
	return answer, err
}

// Apply carries out a plan. Where the provider says nothing of the object, the answer holds
// what core then assumes: the object from before, without its private state.
func (r *Resource) Apply(ctx context.Context, before, config tftypes.Value, planned Answer) (Answer, error) {
	r.tick()
	req := &tfprotov6.ApplyResourceChangeRequest{TypeName: r.Name, PlannedPrivate: planned.Private, PlannedIdentity: planned.Identity}
	if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.PriorState: before, &req.PlannedState: planned.Value, &req.Config: config}); err != nil {
		return Answer{}, err
	}
	resp, err := r.server.ApplyResourceChange(ctx, req)
	if err != nil {
		resp = &tfprotov6.ApplyResourceChangeResponse{Diagnostics: crash(err)}
	}
	answer := Answer{Value: before, Private: resp.Private, Identity: resp.NewIdentity, Diagnostics: resp.Diagnostics}
	switch {
	case resp.NewState != nil:
		answer.Value, err = unpack(r.Object, resp.NewState)
		return answer, err
	case planned.Value.IsNull():
		answer.Value = r.Null()
	}
	if Failure(resp.Diagnostics) == nil {
		return answer, errors.New("an apply without errors answers no object")
	}
	return answer, nil
}

// Import imports an object by its id, or by its identity when the id is empty.
func (r *Resource) Import(ctx context.Context, id string, identity map[string]any) (Answer, error) {
	data, err := r.PackIdentity(identity)
	if err != nil {
		return Answer{}, err
	}
	resp, err := r.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: r.Name, ID: id, Identity: data})
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Value: r.Null(), Diagnostics: resp.Diagnostics}
	for _, one := range resp.ImportedResources {
		answer.Private, answer.Identity = one.Private, one.Identity
		if answer.Value, err = unpack(r.Object, one.State); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

// Move takes over the state of another provider's type, given as JSON.
func (r *Resource) Move(ctx context.Context, kind, address string, version int64, source []byte) (Answer, error) {
	resp, err := r.server.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		TargetTypeName: r.Name, SourceTypeName: kind, SourceProviderAddress: address, SourceSchemaVersion: version,
		SourceState: &tfprotov6.RawState{JSON: source},
	})
	if err != nil {
		return Answer{}, err
	}
	value, err := unpack(r.Object, resp.TargetState)
	return Answer{Value: value, Private: resp.TargetPrivate, Identity: resp.TargetIdentity, Diagnostics: resp.Diagnostics}, err
}

// PackIdentity encodes an identity; nil stays none.
func (r *Resource) PackIdentity(values map[string]any) (*tfprotov6.ResourceIdentityData, error) {
	if values == nil {
		return nil, nil //nolint:nilnil // none
	}
	packed, err := Pack(r.Identity, values)
	return &tfprotov6.ResourceIdentityData{IdentityData: packed}, err
}

// Identified are the parts of an identity as JSON has them; nil for none.
func (r *Resource) Identified(data *tfprotov6.ResourceIdentityData) (map[string]any, error) {
	if data == nil || r.Identity == nil {
		return nil, nil
	}
	value, err := unpack(r.Identity, data.IdentityData)
	return Attributes(value), err
}

// proposed is core's merge of configuration and prior state.
func (r *Resource) proposed(prior, config tftypes.Value) (tftypes.Value, error) {
	return merge(r.Schema.Block.Attributes, prior, config)
}

// merge is proposed for an object with these attributes.
func merge(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) (tftypes.Value, error) {
	var had, asked map[string]tftypes.Value
	if err := errors.Join(prior.As(&had), config.As(&asked)); err != nil {
		return prior, err
	}
	merged := map[string]tftypes.Value{}
	for _, attribute := range attributes {
		name := attribute.Name
		merged[name] = asked[name]
		old, there := had[name]
		switch {
		case !there:
		case attribute.Computed && asked[name].IsNull():
			merged[name] = old
		case single(attribute) && whole(asked[name]) && whole(old):
			inner, err := merge(attribute.NestedType.Attributes, old, asked[name])
			if err != nil {
				return prior, err
			}
			merged[name] = inner
		}
	}
	return tftypes.NewValue(config.Type(), merged), nil
}

// single says that an attribute is one object with attributes of its own.
func single(attribute *tfprotov6.SchemaAttribute) bool {
	return attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle
}

// whole says that a value can be taken apart.
func whole(value tftypes.Value) bool { return value.IsKnown() && !value.IsNull() }
