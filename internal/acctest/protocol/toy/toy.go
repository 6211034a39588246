// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package toy is a provider of one resource that breaks the rules of Terraform's core when
// it is asked to, and writes down what it is called with. It serves as a real plugin too.
package toy

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Thing is the type of the one resource.
const Thing = "toy_thing"

// Modes are what the resource does, by its argument mode. Without one it keeps the rules.
const (
	FailsAfterCreate   = "fails after create"  // an object and an error: it is tainted
	FailsInUpdate      = "fails in update"     // an error without an object
	FailsInDelete      = "fails in delete"     // an error without an object
	CrashesInCreate    = "crashes in create"   // the process is gone before it answers
	CrashesInUpdate    = "crashes in update"   //
	CrashesInDelete    = "crashes in delete"   //
	Replaces           = "replaces"            // a changed name replaces
	Inconsistent       = "inconsistent"        // an apply answers something other than was planned
	Impure             = "impure"              // a plan depends on more than its inputs
	Changes            = "changes its plan"    // the plan during apply differs from the one before
	Conflicts          = "conflicts"           // a plan departs from the configuration
	LeavesUnknown      = "leaves unknown"      // an apply answers something unknown
	ForgetsInRead      = "forgets in read"     // the private state is lost
	ForgetsInUpdate    = "forgets in update"   //
	WithoutIdentity    = "without identity"    //
	ForeignIdentity    = "foreign identity"    // the identity is another object's
	LingersOn          = "lingers on"          // destroyed, but answered as still there
	RemembersOtherwise = "remembers otherwise" // state does not come back as it was stored
)

// Server is the provider. Its journal has one line for each read, plan and apply.
type Server struct {
	tfprotov6.ProviderServer // nil: nothing else is called

	// Number tells this process from others.
	Number int
	// Note is called with each line of the journal.
	Note func(line string)
	// Crash ends the process. Where it returns, the process counts as gone.
	Crash func()

	mu    sync.Mutex
	plans int
	gone  bool
}

var (
	thing = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
		{Name: "id", Type: tftypes.String, Computed: true},
		{Name: "mode", Type: tftypes.String, Optional: true},
		{Name: "name", Type: tftypes.String, Required: true},
		{Name: "note", Type: tftypes.String, Computed: true}, // known after apply
	}}}
	identity = &tfprotov6.ResourceIdentitySchema{IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
		{Name: "id", Type: tftypes.String, RequiredForImport: true},
	}}
	object = thing.ValueType()
)

// values are the attributes of the resource; nil is no object.
type values map[string]tftypes.Value

func (v values) text(name string) string {
	var text string
	if value, ok := v[name]; ok && value.IsKnown() && !value.IsNull() {
		_ = value.As(&text)
	}
	return text
}

func (v values) set(name string, to any) { v[name] = tftypes.NewValue(tftypes.String, to) }

func decode(packed *tfprotov6.DynamicValue) (values, error) {
	value, err := packed.Unmarshal(object)
	if err != nil || value.IsNull() {
		return nil, err
	}
	var v map[string]tftypes.Value
	return v, value.As(&v)
}

func encode(v values) (*tfprotov6.DynamicValue, error) {
	value := tftypes.NewValue(object, nil)
	if v != nil {
		value = tftypes.NewValue(object, map[string]tftypes.Value(v))
	}
	packed, err := tfprotov6.NewDynamicValue(object, value)
	return &packed, err
}

func identified(v values) (*tfprotov6.ResourceIdentityData, error) {
	id := v.text("id")
	switch v.text("mode") {
	case WithoutIdentity:
		return nil, nil //nolint:nilnil // that is the fault
	case ForeignIdentity:
		id += "-other"
	}
	form := identity.ValueType()
	packed, err := tfprotov6.NewDynamicValue(form, tftypes.NewValue(form, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)}))
	return &tfprotov6.ResourceIdentityData{IdentityData: &packed}, err
}

func failure(text string) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "The toy is broken", Detail: text}}
}

var errGone = errors.New("the process is gone")

// call notes a call, and crashes in it where its mode says so.
func (s *Server) call(what string, private []byte, crashes bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return errGone
	}
	s.Note(fmt.Sprintf("%s, private %q", what, private))
	if crashes {
		s.gone = true
		s.Crash()
		return errGone
	}
	return nil
}

// GetProviderSchema implements [tfprotov6.ProviderServer].
func (s *Server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true, PlanDestroy: true},
		Provider:           &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas:    map[string]*tfprotov6.Schema{Thing: thing},
	}, nil
}

// GetResourceIdentitySchemas implements [tfprotov6.ProviderServer].
func (s *Server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{Thing: identity}}, nil
}

// ValidateProviderConfig implements [tfprotov6.ProviderServer].
func (s *Server) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

// ConfigureProvider implements [tfprotov6.ProviderServer].
func (s *Server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

// StopProvider implements [tfprotov6.ProviderServer].
func (s *Server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// ValidateResourceConfig implements [tfprotov6.ProviderServer].
func (s *Server) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

// UpgradeResourceState implements [tfprotov6.ProviderServer].
func (s *Server) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	value, err := req.RawState.Unmarshal(object)
	if err != nil {
		return nil, err
	}
	var v values
	if err := value.As((*map[string]tftypes.Value)(&v)); err != nil {
		return nil, err
	}
	if v.text("mode") == RemembersOtherwise {
		v.set("note", "another")
	}
	packed, err := encode(v)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: packed}, err
}
