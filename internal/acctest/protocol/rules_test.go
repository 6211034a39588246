// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol/toy"
)

// bench is a workspace of the toy with its journal.
type bench struct {
	*protocol.Workspace
	journal []string
	started int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{}
	serve := func() (tfprotov6.ProviderServer, error) {
		b.started++
		return &toy.Server{Number: b.started, Note: func(line string) { b.journal = append(b.journal, line) }, Crash: func() {}}, nil
	}
	ws, err := protocol.NewWorkspace(t.Context(), serve, toy.Thing, true)
	if err != nil {
		t.Fatal(err)
	}
	b.Workspace = ws
	return b
}

func thing(name, mode string) protocol.Settings {
	attributes := map[string]any{"name": name}
	if mode != "" {
		attributes["mode"] = mode
	}
	return protocol.Settings{Attributes: attributes}
}

// run plans and applies once.
func (b *bench) run(ctx context.Context, c command) error {
	wanted := map[string]protocol.Settings{}
	if c.name != "" {
		settings := thing(c.name, c.mode)
		settings.Replace, settings.CreateBeforeDestroy = c.replace, c.before
		wanted["t"] = settings
	}
	plan := b.Plan
	if c.destroy {
		plan = b.PlanDestroyAll
	}
	planned, err := plan(ctx, wanted, !c.stale)
	if err != nil {
		return err
	}
	return b.Apply(ctx, planned, wanted)
}

// Each rule of core that the toy breaks is found, where it is broken.
func TestBrokenRulesAreFound(t *testing.T) {
	t.Parallel()
	for mode, c := range map[string]struct {
		then string // the name in a second run; "-" takes the resource away
		want string
	}{
		toy.Inconsistent:       {want: "inconsistent result after apply: note"},
		toy.Impure:             {want: "two plans with the same inputs differ"},
		toy.Changes:            {want: "inconsistent final plan: note"},
		toy.Conflicts:          {want: "invalid plan: name is planned as"},
		toy.LeavesUnknown:      {want: "after an apply something is unknown"},
		toy.ForgetsInRead:      {then: "b", want: "after a refresh: the private state is lost"},
		toy.ForgetsInUpdate:    {then: "b", want: "after an apply: the private state is lost"},
		toy.WithoutIdentity:    {want: "an object has no identity"},
		toy.ForeignIdentity:    {want: "the identity's id is"},
		toy.LingersOn:          {then: "-", want: "destroyed, but still in state"},
		toy.RemembersOtherwise: {then: "b", want: "the state file does not give back what was stored"},
		"":                     {then: "b"},
		toy.Replaces:           {then: "b"},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			err := b.run(t.Context(), command{name: "a", mode: mode})
			if err == nil && c.then == "-" {
				err = b.run(t.Context(), command{})
			} else if err == nil && c.then != "" {
				err = b.run(t.Context(), command{name: c.then, mode: mode})
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if errors.Is(err, protocol.ErrFailed) {
				t.Errorf("%v counts as a report of the provider", err)
			}
		})
	}
}

// What the provider reports is no broken rule.
func TestReportsAreNoBrokenRules(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{toy.FailsAfterCreate, toy.CrashesInCreate} {
		b := newBench(t)
		if err := b.run(t.Context(), command{name: "a", mode: mode}); !errors.Is(err, protocol.ErrFailed) {
			t.Errorf("%s: %v", mode, err)
		}
		if len(b.Said) == 0 || !b.Said[len(b.Said)-1].Error || b.Said[len(b.Said)-1].Walk != "apply" {
			t.Errorf("%s: said %v", mode, b.Said)
		}
	}
}
