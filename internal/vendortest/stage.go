// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// Settings are attributes of a configuration, or of an object in state.
type Settings = map[string]any

// Stage is a [World] with one resource of a type, for the tests that a vendor writes out
// itself. Its Sim may be nil.
type Stage struct {
	*World
	T     testing.TB
	State *protocol.Workspace
}

// Begin makes a stage.
func Begin(t testing.TB, w *World, typeName string) *Stage {
	t.Helper()
	ws, err := protocol.NewWorkspace(t.Context(), w.Serve, typeName, true)
	if err != nil {
		t.Fatal(err)
	}
	return &Stage{w, t, ws}
}

func desired(config Settings) map[string]protocol.Settings {
	if config == nil {
		return nil
	}
	return configured(map[string]Settings{"x": config})
}

func configured(all map[string]Settings) map[string]protocol.Settings {
	out := map[string]protocol.Settings{}
	for name, config := range all {
		out[name] = protocol.Settings{Attributes: config}
	}
	return out
}

// Plan plans, after a refresh; nil destroys.
func (s *Stage) Plan(config Settings) (*protocol.Plan, error) {
	s.T.Helper()
	plan, err := s.State.Plan(s.T.Context(), desired(config), true)
	if leaked := leaks(s.Secrets(), plan, s.State, nil); leaked != nil {
		s.T.Error(leaked)
	}
	return plan, err
}

// Carry applies a plan.
func (s *Stage) Carry(plan *protocol.Plan, config Settings) error {
	s.T.Helper()
	err := s.State.Apply(s.T.Context(), plan, desired(config))
	if leaked := leaks(s.Secrets(), plan, s.State, nil); leaked != nil {
		s.T.Error(leaked)
	}
	return err
}

// Try plans and applies, and gives the error of either. Nothing in plan, state and
// diagnostics may be a secret.
func (s *Stage) Try(config Settings) error {
	s.T.Helper()
	plan, err := s.Plan(config)
	if err != nil {
		return err
	}
	return s.Carry(plan, config)
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

// Attributes are those in state, nil without an object.
func (s *Stage) Attributes() Settings {
	if held := s.State.State["x"]; held != nil && held.Current != nil {
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
	out := maps.Clone(base)
	maps.Copy(out, change)
	return out
}

// Refused fails unless the error, or what was said, has a text.
func (s *Stage) Refused(err error, text string) {
	s.T.Helper()
	if said := s.Said(); err == nil || !strings.Contains(fmt.Sprint(err, said), text) {
		s.T.Errorf("got %v %s, want an error with %q", err, said, text)
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

// Answered gives the attributes of an answer; its error is that of its diagnostics, too.
func (s *Stage) Answered(answer protocol.Answer, err error) (Settings, error) {
	if err == nil {
		err = protocol.Failure(answer.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	return protocol.Attributes(answer.Value), nil
}

// Import gives what an import and the Read after it bring into state, and what the Read said.
func (s *Stage) Import(kind, id string) (Settings, string, error) {
	s.T.Helper()
	r, err := s.Process().Resource(kind)
	if err != nil {
		s.T.Fatal(err)
	}
	answer, err := r.Import(s.T.Context(), id, nil)
	if _, err = s.Answered(answer, err); err != nil {
		return nil, "", err
	}
	read, err := r.Read(s.T.Context(), protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity})
	got, err := s.Answered(read, err)
	said := ""
	for _, one := range read.Diagnostics {
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
