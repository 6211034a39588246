// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/openaisim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// parallelism is how many objects Terraform handles at once unless told otherwise.
const parallelism = 10

// fleet is a configuration of projects, one account in each, and keys spread over them.
// It speaks the protocol with the provider in process, as Terraform's core does: parents
// before children, ten objects at once. Nothing leaves the process, so that it also runs
// in a bubble of fake time.
type fleet struct {
	t     *testing.T
	sim   *openaisim.Server
	naive bool
	env   map[string]string
	way   func() time.Duration // how long an answer is on its way; nil = no time

	projects, accounts, keys []*object
}

// object is one resource in state.
type object struct {
	kind     string
	config   *tfprotov6.DynamicValue
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	id       string
}

const (
	projectType = "orgkeys_openai_project"
	accountType = "orgkeys_openai_service_account"
	keyType     = "orgkeys_openai_api_key"
)

func newFleet(t *testing.T, naive bool) *fleet {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sim := openaisim.New(openaisim.Options{})
	return &fleet{t: t, sim: sim, naive: naive, env: map[string]string{
		"OPENAI_ADMIN_KEY":        sim.AdminKey(),
		"ORGKEYS_SEAL_RECIPIENTS": identity.Recipient().String(),
	}}
}

// RoundTrip implements [http.RoundTripper] without a socket.
func (f *fleet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	f.sim.ServeHTTP(answer, r)
	if f.way != nil {
		if err := clock.System().Sleep(r.Context(), f.way()); err != nil {
			return nil, err
		}
	}
	return answer.Result(), nil
}

// process is one run of the provider.
type process struct {
	*fleet
	tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func (f *fleet) process() process {
	f.t.Helper()
	ctx := f.t.Context()
	server, err := provider.NewServer("bench", provider.Options{
		Getenv: func(name string) string { return f.env[name] }, Transport: f, Naive: f.naive,
	})()
	if err != nil {
		f.t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		f.t.Fatal(err)
	}
	out := process{f, server, schemas}
	config := out.pack(schemas.Provider.ValueType(), nil)
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: config})
	if err != nil || len(configured.Diagnostics) > 0 {
		f.t.Fatal(err, configured.Diagnostics)
	}
	return out
}

// pack encodes an object; what is not in values is null.
func (p process) pack(form tftypes.Type, values map[string]string) *tfprotov6.DynamicValue {
	p.t.Helper()
	typ, ok := form.(tftypes.Object)
	if !ok {
		p.t.Fatalf("%s is no object", form)
	}
	attributes := map[string]tftypes.Value{}
	for name, kind := range typ.AttributeTypes {
		attributes[name] = tftypes.NewValue(kind, nil)
		if text, given := values[name]; given {
			attributes[name] = tftypes.NewValue(kind, text)
		}
	}
	return p.encode(form, tftypes.NewValue(form, attributes))
}

func (p process) encode(form tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	packed, err := tfprotov6.NewDynamicValue(form, value)
	if err != nil {
		p.t.Fatal(err)
	}
	return &packed
}

// create plans and applies one new object.
func (p process) create(ctx context.Context, kind string, values map[string]string) (*object, error) {
	form := p.schemas.ResourceSchemas[kind].ValueType()
	config, none := p.pack(form, values), p.encode(form, tftypes.NewValue(form, nil))
	planned, err := p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: kind, PriorState: none, ProposedNewState: config, Config: config})
	if err = failure(err, planned.Diagnostics); err != nil {
		return nil, err
	}
	made, err := p.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: kind, PriorState: none, PlannedState: planned.PlannedState, Config: config,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})
	if err = failure(err, made.Diagnostics); err != nil {
		return nil, err
	}
	o := &object{kind: kind, config: config, state: made.NewState, private: made.Private, identity: made.NewIdentity}
	value, err := made.NewState.Unmarshal(form)
	if err != nil {
		return nil, err
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		return nil, err
	}
	return o, attributes["id"].As(&o.id)
}

// plan validates, refreshes and plans one object, which must need no change.
func (p process) plan(ctx context.Context, o *object) error {
	checked, err := p.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: o.kind, Config: o.config})
	if err = failure(err, checked.Diagnostics); err != nil {
		return err
	}
	seen, before, err := p.refresh(ctx, o)
	if err != nil {
		return err
	}
	// Nothing configured has changed, so what Terraform proposes is what there is.
	planned, err := p.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.kind, PriorState: seen.NewState, ProposedNewState: seen.NewState, Config: o.config,
		PriorPrivate: seen.Private, PriorIdentity: seen.NewIdentity,
	})
	if err = failure(err, planned.Diagnostics); err != nil {
		return err
	}
	after, err := planned.PlannedState.Unmarshal(before.Type())
	if err == nil && (before.IsNull() || !after.Equal(before)) {
		err = fmt.Errorf("the plan for %s %s is not empty:\n%s\n%s", o.kind, o.id, before, after)
	}
	return err
}

// refresh reads one object; the value is null when it is gone.
func (p process) refresh(ctx context.Context, o *object) (*tfprotov6.ReadResourceResponse, tftypes.Value, error) {
	seen, err := p.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: o.kind, CurrentState: o.state, Private: o.private, CurrentIdentity: o.identity})
	if err = failure(err, seen.Diagnostics); err != nil {
		return nil, tftypes.Value{}, err
	}
	value, err := seen.NewState.Unmarshal(p.schemas.ResourceSchemas[o.kind].ValueType())
	return seen, value, err
}

func failure(err error, diagnostics []*tfprotov6.Diagnostic) error {
	for _, one := range diagnostics {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, fmt.Errorf("%s: %s", one.Summary, one.Detail))
		}
	}
	return err
}

// each does something with n things, ten at once, and fails the test for every error.
func (f *fleet) each(n int, do func(i int) error) {
	f.t.Helper()
	var group sync.WaitGroup
	slots := make(chan struct{}, parallelism)
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := do(i); err != nil {
				f.t.Error(err)
			}
		})
	}
	group.Wait()
}

// apply makes everything in one run of the provider.
func (f *fleet) apply(projects, keys int) {
	f.t.Helper()
	p, ctx := f.process(), f.t.Context()
	all := func(n int, kind string, values func(i int) map[string]string) []*object {
		out := slices.Grow([]*object(nil), n)[:n]
		f.each(n, func(i int) (err error) {
			out[i], err = p.create(ctx, kind, values(i))
			return err
		})
		if f.t.Failed() {
			f.t.FailNow()
		}
		return out
	}
	f.projects = all(projects, projectType, func(i int) map[string]string {
		return map[string]string{"name": fmt.Sprint("project-", i)}
	})
	f.accounts = all(projects, accountType, func(i int) map[string]string {
		return map[string]string{"project_id": f.projects[i].id, "name": "worker", "role": "member"}
	})
	f.keys = all(keys, keyType, func(i int) map[string]string {
		at := i % projects
		return map[string]string{
			"project_id": f.projects[at].id, "service_account_id": f.accounts[at].id,
			"name": fmt.Sprint("key-", i), "lifetime": "90d", "rotate_after": "60d",
		}
	})
}

// plan plans everything in one run of the provider.
func (f *fleet) plan() {
	f.t.Helper()
	p, ctx := f.process(), f.t.Context()
	for _, objects := range [][]*object{f.projects, f.accounts, f.keys} {
		f.each(len(objects), func(i int) error { return p.plan(ctx, objects[i]) })
	}
}

// calls tells how many requests there were since the journal was reset, and how many
// of them the server refused as too many.
func (f *fleet) calls() (all, refused int) {
	for _, entry := range f.sim.Journal() {
		if entry.Throttled {
			refused++
		}
	}
	return len(f.sim.Journal()), refused
}
