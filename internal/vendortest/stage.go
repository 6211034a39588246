// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// Settings are attributes of a configuration, or of an object in state.
type Settings = map[string]any

// Stage is a [World] with resources of a type, mostly one, for the tests that a vendor writes
// out itself. Its Sim may be nil, and time moves only by [World.Advance] and by waits.
type Stage struct {
	*World
	T     testing.TB
	State *protocol.Workspace
}

// Begin makes a stage without a resource. A provider there gets the identity of the world, if
// it has one.
func Begin(t testing.TB, w *World, typeName string) *Stage {
	t.Helper()
	if w.Identity != "" {
		w.Setenv("ORGKEYS_SEAL_IDENTITY", w.Identity)
	}
	ws, err := protocol.NewWorkspace(t.Context(), w.Serve, typeName, true)
	if err != nil {
		t.Fatal(err)
	}
	return &Stage{w, t, ws}
}

// alone is the resource that [Stage.Plan] and others configure; nil = none.
func alone(config Settings) map[string]Settings {
	if config == nil {
		return nil
	}
	return map[string]Settings{"x": config}
}

func configured(all map[string]Settings) map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for name, config := range all {
		out[name] = protocol.Settings{Attributes: config}
	}
	return out
}

// PlanAll plans resources by their names, after a refresh.
func (s *Stage) PlanAll(all map[string]Settings) (*protocol.Plan, error) {
	s.T.Helper()
	plan, err := s.State.Plan(s.T.Context(), configured(all), true)
	s.scan(plan)
	return plan, err
}

// scan fails if something in plan, state and diagnostics is a secret.
func (s *Stage) scan(plan *protocol.Plan) {
	s.T.Helper()
	if leaked := leaks(s.Secrets(), plan, s.State, nil); leaked != nil {
		s.T.Error(leaked)
	}
}

// Plan is [Stage.PlanAll] with one resource; nil destroys.
func (s *Stage) Plan(config Settings) (*protocol.Plan, error) {
	s.T.Helper()
	return s.PlanAll(alone(config))
}

// CarryAll applies a plan.
func (s *Stage) CarryAll(plan *protocol.Plan, all map[string]Settings) error {
	s.T.Helper()
	err := s.State.Apply(s.T.Context(), plan, configured(all))
	s.scan(plan)
	return err
}

// Carry is [Stage.CarryAll] with one resource.
func (s *Stage) Carry(plan *protocol.Plan, config Settings) error {
	s.T.Helper()
	return s.CarryAll(plan, alone(config))
}

// TryAll plans and applies resources by their names, and gives the error of either. Nothing in
// plan, state and diagnostics may be a secret.
func (s *Stage) TryAll(all map[string]Settings) error {
	s.T.Helper()
	plan, err := s.PlanAll(all)
	if err != nil {
		return err
	}
	return s.CarryAll(plan, all)
}

// Try is [Stage.TryAll] with one resource; nil destroys.
func (s *Stage) Try(config Settings) error {
	s.T.Helper()
	return s.TryAll(alone(config))
}

// Apply plans and applies, after which a plan is quiet; it gives the attributes in state.
func (s *Stage) Apply(config Settings) Settings {
	s.T.Helper()
	if err := s.Try(config); err != nil {
		s.T.Fatal(err)
	}
	if !s.Quiet(config) {
		s.T.Error("a plan after the apply is not quiet")
	}
	return s.Attributes()
}

// Attributes are those of the one resource in state, nil without an object.
func (s *Stage) Attributes() Settings { return s.Held("x") }

// Held are the attributes of a resource in state, nil without an object.
func (s *Stage) Held(name string) Settings {
	if held := s.State.State[name]; held != nil && held.Current != nil {
		return held.Current.Attributes()
	}
	return nil
}

// Quiet plans and tells whether there is nothing to do.
func (s *Stage) Quiet(config Settings) bool {
	s.T.Helper()
	plan, err := s.Plan(config)
	if err != nil {
		s.T.Fatal(err)
	}
	return plan.Quiet()
}

// Said gives the diagnostics since the last call as text, and forgets them.
func (s *Stage) Said() string {
	defer func() { s.State.Said = nil }()
	return fmt.Sprint(s.State.Said)
}

// Says reports whether the diagnostics since the last call have every text, and forgets them.
func (s *Stage) Says(texts ...string) bool {
	said := s.Said()
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(said, text) })
}

// Has fails unless what was said since the last call has every text.
func (s *Stage) Has(texts ...string) {
	s.T.Helper()
	said := s.Said()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			s.T.Errorf("said %s, want %q", said, text)
		}
	}
}

// With gives settings with others in place of some of them.
func With(base, change Settings) Settings {
	out := Settings{}
	maps.Copy(out, base)
	maps.Copy(out, change)
	return out
}

// Refused fails unless there is an error, and it, or what was said, has every text.
func (s *Stage) Refused(err error, texts ...string) {
	s.T.Helper()
	all := fmt.Sprint(err, s.Said())
	if err == nil || slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(all, text) }) {
		s.T.Errorf("got %s, want an error with %q", all, texts)
	}
}

// Process is a configured process of the provider.
func (s *Stage) Process() *protocol.Process {
	s.T.Helper()
	p, err := protocol.Start(s.T.Context(), s.Serve)
	if err != nil {
		s.T.Fatal(err)
	}
	said, err := p.Configure(s.T.Context(), nil)
	if err != nil || protocol.Failure(said) != nil {
		s.T.Fatal(err, said)
	}
	return p
}

// Data reads a data source.
func (s *Stage) Data(kind string, config Settings) (Settings, error) {
	s.T.Helper()
	answer, err := s.Process().Data(s.T.Context(), kind, config)
	return s.Answered(answer, err)
}

// failure is the error of a call, also of its diagnostics.
func failure(answer protocol.Answer, err error) error {
	if err != nil {
		return err
	}
	return protocol.Failure(answer.Diagnostics)
}

// Answered gives the attributes of an answer; its error is that of its diagnostics, too.
func (s *Stage) Answered(answer protocol.Answer, err error) (Settings, error) {
	if err = failure(answer, err); err != nil {
		return nil, err
	}
	return protocol.Attributes(answer.Value), nil
}

// Import gives what an import and the Read after it bring into state, and what both said.
func (s *Stage) Import(kind, id string) (Settings, string, error) {
	s.T.Helper()
	r, err := s.Process().Resource(kind)
	if err != nil {
		s.T.Fatal(err)
	}
	answer, err := r.Import(s.T.Context(), id, nil)
	return s.brought(r, answer, failure(answer, err))
}

// Adopt imports an object, reads it, and has the state hold it as the one resource.
func (s *Stage) Adopt(id string) {
	s.T.Helper()
	r, err := s.Process().Resource(s.State.TypeName())
	if err != nil {
		s.T.Fatal(err)
	}
	imported, err := r.Import(s.T.Context(), id, nil)
	if err := failure(imported, err); err != nil {
		s.T.Fatal(err)
	}
	read, err := r.Read(s.T.Context(), held(imported))
	if err := failure(read, err); err != nil {
		s.T.Fatal(err)
	}
	adopted := held(read)
	s.State.State["x"] = &protocol.Instance{Current: &adopted}
}

func held(answer protocol.Answer) protocol.Held {
	return protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity}
}

// Move gives what a move from a resource type of another provider, without a host, and the Read
// after it bring into state, and what both said.
func (s *Stage) Move(kind, from, provider string, state Settings) (Settings, string, error) {
	s.T.Helper()
	r, err := s.Process().Resource(kind)
	if err != nil {
		s.T.Fatal(err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		s.T.Fatal(err)
	}
	answer, err := r.Move(s.T.Context(), from, "registry.example/"+provider, 0, raw)
	return s.brought(r, answer, failure(answer, err))
}

// brought reads what an answer brings into state.
func (s *Stage) brought(r *protocol.Resource, answer protocol.Answer, err error) (Settings, string, error) {
	s.T.Helper()
	if err != nil {
		return nil, "", err
	}
	read, err := r.Read(s.T.Context(), held(answer))
	got, err := s.Answered(read, err)
	said := ""
	for _, one := range append(answer.Diagnostics, read.Diagnostics...) {
		said += one.Summary + ": " + one.Detail + "\n"
	}
	return got, said, err
}

// List gives the names that a list resource finds, with all of each object.
func (s *Stage) List(kind string, config Settings) (names []string, objects []Settings) {
	s.T.Helper()
	all, err := s.Process().List(s.T.Context(), kind, config, 0, true)
	if err != nil {
		s.T.Fatal(err)
	}
	for one, err := range all {
		object, err := s.Answered(one.Answer, err)
		if err != nil {
			s.T.Fatal(err)
		}
		names, objects = append(names, one.Name), append(objects, object)
	}
	return names, objects
}

// Invoke invokes an action.
func (s *Stage) Invoke(kind string, config Settings) error {
	s.T.Helper()
	_, said, err := s.Process().Invoke(s.T.Context(), kind, config)
	if err == nil {
		err = protocol.Failure(said)
	}
	return err
}

// Same fails unless two things look the same.
func Same(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
