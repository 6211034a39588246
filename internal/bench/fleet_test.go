// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// parallelism is how many objects Terraform handles at once unless told otherwise.
const parallelism = 10

// fleet is a configuration of projects, one account in each, and keys spread over them.
// It speaks the protocol with the provider in process, as Terraform's core does: parents
// before children, ten objects at once. Nothing leaves the process, so that it also runs
// in a bubble of fake time.
type fleet struct {
	t   *testing.T
	sim *openaisim.Server
	env map[string]string
	way func() time.Duration // how long an answer is on its way; nil = no time

	rewrite func(map[string]any) // changes an answer; nil = as it is

	projects, accounts, keys []*object
	governance               [][]*object // parents first
}

// object is one resource in state.
type object struct {
	kind string
	want protocol.Settings
	held *protocol.Held
	id   string
}

const (
	projectType = "orgkeys_openai_project"
	accountType = "orgkeys_openai_service_account"
	keyType     = "orgkeys_openai_api_key"
)

func newFleet(t *testing.T) *fleet {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sim := openaisim.New(openaisim.Options{})
	return &fleet{t: t, sim: sim, env: map[string]string{
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
	if fields := map[string]any{}; f.rewrite != nil && json.Unmarshal(answer.Body.Bytes(), &fields) == nil {
		f.rewrite(fields)
		answer.Body.Reset()
		if err := json.NewEncoder(answer.Body).Encode(fields); err != nil {
			return nil, err
		}
	}
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
	*protocol.Process
}

func (f *fleet) process() process {
	f.t.Helper()
	ctx := f.t.Context()
	p, err := protocol.Start(ctx, provider.NewServer("bench", provider.Options{
		Getenv: func(name string) string { return f.env[name] }, Transport: f,
	}))
	if err != nil {
		f.t.Fatal(err)
	}
	said, err := p.Configure(ctx, nil)
	if err != nil || len(said) > 0 {
		f.t.Fatal(err, said)
	}
	return process{f, p}
}

// walk is for one object: ten go on at once, and each hears its own diagnostics.
func (p process) walk(kind string) (*protocol.Walk, error) {
	resource, err := p.Resource(kind)
	return &protocol.Walk{Resource: resource, Name: "bench", Identities: true}, err
}

// create plans and applies one new object.
func (p process) create(ctx context.Context, kind string, attributes map[string]any) (*object, error) {
	w, err := p.walk(kind)
	if err != nil {
		return nil, err
	}
	want := protocol.Settings{Attributes: attributes}
	change, err := w.PlanChange(ctx, nil, want)
	if err != nil {
		return nil, err
	}
	var instance protocol.Instance
	if err := w.ApplyChange(ctx, &instance, change, want); err != nil {
		return nil, err
	}
	id, _ := instance.Current.Attributes()["id"].(string)
	return &object{kind, want, instance.Current, id}, nil
}

// plan validates, refreshes and plans one object, which must need no change.
func (p process) plan(ctx context.Context, o *object) error {
	w, err := p.walk(o.kind)
	if err != nil {
		return err
	}
	seen, err := w.Refresh(ctx, o.held, true)
	if err != nil {
		return err
	}
	if seen == nil {
		return fmt.Errorf("%s %s is gone", o.kind, o.id)
	}
	change, err := w.PlanChange(ctx, seen, o.want)
	if err == nil && change.Action != protocol.NoOp {
		err = fmt.Errorf("the plan for %s %s is not empty:\n%s\n%s", o.kind, o.id, seen.Value, change.After)
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

// wanted is one resource of a configuration.
type wanted struct {
	kind       string
	attributes map[string]any
}

// together creates objects that do not wait for each other.
func (p process) together(want ...wanted) []*object {
	p.t.Helper()
	ctx := p.t.Context()
	out := make([]*object, len(want))
	p.each(len(want), func(i int) (err error) {
		out[i], err = p.create(ctx, want[i].kind, want[i].attributes)
		return err
	})
	if p.t.Failed() {
		p.t.FailNow()
	}
	return out
}

// several are n resources of one kind.
func several(n int, kind string, attributes func(i int) map[string]any) []wanted {
	var out []wanted
	for i := range n {
		out = append(out, wanted{kind, attributes(i)})
	}
	return out
}

// apply makes everything in one run of the provider.
func (f *fleet) apply(projects, keys int) {
	f.t.Helper()
	p := f.process()
	all := func(n int, kind string, attributes func(i int) map[string]any) []*object {
		return p.together(several(n, kind, attributes)...)
	}
	f.projects = all(projects, projectType, func(i int) map[string]any {
		return map[string]any{"name": fmt.Sprint("project-", i)}
	})
	f.accounts = all(projects, accountType, func(i int) map[string]any {
		return map[string]any{"project_id": f.projects[i].id, "name": "worker", "role": "member"}
	})
	f.keys = all(keys, keyType, func(i int) map[string]any {
		at := i % projects
		return map[string]any{
			"project_id": f.projects[at].id, "service_account_id": f.accounts[at].id,
			"name": fmt.Sprint("key-", i), "lifetime": "90d", "rotate_after": "60d",
		}
	})
}

// plan plans everything in one run of the provider.
func (f *fleet) plan() {
	f.t.Helper()
	p, ctx := f.process(), f.t.Context()
	for _, objects := range append([][]*object{f.projects, f.accounts, f.keys}, f.governance...) {
		f.each(len(objects), func(i int) error { return p.plan(ctx, objects[i]) })
	}
}

// calls says how many requests there were since the journal was reset, and how many
// of them the server refused as too many.
func (f *fleet) calls() (all, refused int) {
	for _, entry := range f.sim.Journal() {
		if entry.Throttled {
			refused++
		}
	}
	return len(f.sim.Journal()), refused
}
