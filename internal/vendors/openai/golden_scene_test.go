// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

type values = map[string]any

// scene plays the life of one object, call by call in the order of Terraform's core, and
// writes down what its reader sees.
type scene struct {
	t    *testing.T
	w    *acctest.World
	kind string         // the resource's type
	held *protocol.Held // what state holds of it
	// project, account: where its keys are.
	project, account string
	block            values // the provider's; nil is the environment alone

	start time.Time
	out   strings.Builder
}

func newScene(t *testing.T) *scene {
	t.Helper()
	w := acctest.New(t, openaisim.Options{Seed: 1})
	return &scene{t: t, w: w, start: w.Clock.Now()}
}

func (s *scene) text() string {
	return strings.TrimLeft(newPlaceholders(s.start).in(s.out.String()), "\n")
}

func (s *scene) line(format string, args ...any) {
	fmt.Fprintf(&s.out, format+"\n", args...)
}

// title begins a step.
func (s *scene) title(format string, args ...any) { s.line("\n# "+format+"\n", args...) }

// fail ends the test for what is no answer of the provider.
func (s *scene) fail(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// pass moves the time on.
func (s *scene) pass(d time.Duration) { s.w.Advance(d) }

// wire is a new provider process.
func (s *scene) wire() *protocol.Process {
	s.t.Helper()
	process, err := protocol.Start(s.t.Context(), s.w.Server)
	s.fail(err)
	said, err := process.Configure(s.t.Context(), s.block)
	s.fail(err)
	s.said("configure", said)
	return process
}

func (s *scene) resource() *protocol.Resource {
	s.t.Helper()
	return s.resourceOf(s.kind)
}

func (s *scene) resourceOf(kind string) *protocol.Resource {
	s.t.Helper()
	resource, err := s.wire().Resource(kind)
	s.fail(err)
	return resource
}

// said writes diagnostics; whether one is an error.
func (s *scene) said(call string, diagnostics []*tfprotov6.Diagnostic) bool {
	if call == "validate" { // the framework walks attributes in no order
		slices.SortStableFunc(diagnostics, func(a, b *tfprotov6.Diagnostic) int {
			return strings.Compare(a.Attribute.String(), b.Attribute.String())
		})
	}
	for _, one := range diagnostics {
		where := ""
		if one.Attribute != nil {
			where = " (" + one.Attribute.String() + ")"
		}
		s.line("%s: %s%s: %s", call, strings.ToLower(one.Severity.String()), where, one.Summary)
		for text := range strings.SplitSeq(one.Detail, "\n") {
			s.line("%s", strings.TrimRight("    "+text, " "))
		}
	}
	return protocol.Failure(diagnostics) != nil
}

// differences writes the attributes that are not as before; all of them when before is nil.
func (s *scene) differences(call string, before, after values) {
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, is := shownValue(before[name]), shownValue(after[name])
		switch {
		case before == nil:
			s.line("%s:   %s = %s", call, name, is)
		case was != is:
			s.line("%s: ~ %s = %s, was %s", call, name, is, was)
		}
	}
}

func shownValue(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // plain values
	}
	plain := strings.NewReplacer(`"(unknown)"`, "(unknown)", `\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
	return plain
}

// planned is one answer to a plan.
type planned struct {
	protocol.Answer
	replaces bool
	config   tftypes.Value
}

// plan validates, refreshes and plans; ok is false when it failed. What is null is destroyed.
func (s *scene) plan(title string, config values) (planned, bool) {
	s.t.Helper()
	s.title("%s", title)
	r := s.resource()
	packed := s.pack(r, config)
	if config != nil {
		said, err := r.ValidateConfig(s.t.Context(), packed)
		s.fail(err)
		if s.said("validate", said) {
			return planned{}, false
		}
	}
	if !s.refreshWith(r) {
		return planned{}, false
	}
	return s.planWith(r, packed)
}

func (s *scene) planWith(r *protocol.Resource, config tftypes.Value) (planned, bool) {
	s.t.Helper()
	prior := s.prior(r)
	answer, err := r.Plan(s.t.Context(), prior, config)
	s.fail(err)
	if s.said("plan", answer.Diagnostics) {
		return planned{}, false
	}
	p := planned{Answer: answer, config: config}
	before, after := protocol.Attributes(prior.Value), protocol.Attributes(answer.Value)
	switch {
	case config.IsNull():
		s.line("plan: destroys")
	case prior.Value.IsNull():
		s.line("plan: creates")
		s.differences("plan", nil, after)
	case len(answer.Replaces) > 0:
		p.replaces = true
		s.line("plan: replaces for %s", strings.Join(answer.Replaces, ", "))
		s.differences("plan", before, after)
		// Core plans once more, as if nothing were there.
		p.Answer, err = r.Plan(s.t.Context(), protocol.Held{Value: r.Null(), Private: answer.Private, Identity: answer.Identity}, config)
		s.fail(err)
		return p, !s.said("plan again", p.Diagnostics)
	case answer.Value.Equal(prior.Value):
		s.line("plan: changes nothing")
	default:
		s.line("plan: updates in place")
		s.differences("plan", before, after)
	}
	return p, true
}

func (s *scene) pack(r *protocol.Resource, config values) tftypes.Value {
	s.t.Helper()
	if config == nil {
		return r.Null()
	}
	packed, err := protocol.Value(r.Object, config)
	s.fail(err)
	return packed
}

// prior is what state holds, or nothing.
func (s *scene) prior(r *protocol.Resource) protocol.Held {
	if s.held == nil || s.held.Tainted {
		return protocol.Held{Value: r.Null()}
	}
	return *s.held
}

// refreshWith reads the object; false when that failed.
func (s *scene) refreshWith(r *protocol.Resource) bool {
	s.t.Helper()
	if s.held == nil {
		return true
	}
	seen, err := r.Read(s.t.Context(), *s.held)
	s.fail(err)
	if s.said("read", seen.Diagnostics) {
		return false
	}
	if seen.Value.IsNull() {
		s.line("read: gone")
		s.held = nil
		return true
	}
	s.differences("read", s.held.Attributes(), protocol.Attributes(seen.Value))
	s.held = &protocol.Held{Value: seen.Value, Private: seen.Private, Identity: seen.Identity, Tainted: s.held.Tainted}
	return true
}

// apply plans and applies a configuration.
func (s *scene) apply(title string, config values) {
	s.t.Helper()
	s.applyLate(title, config, config)
}

// applyLate plans a configuration that is not wholly known and applies the one it becomes.
func (s *scene) applyLate(title string, config, final values) {
	s.t.Helper()
	p, ok := s.plan(title, config)
	if ok {
		s.carryOut(p, final)
	}
}

// stale plans and applies as with -refresh=false.
func (s *scene) stale(title string, config values) {
	s.t.Helper()
	s.title("%s", title)
	r := s.resource()
	if p, ok := s.planWith(r, s.pack(r, config)); ok {
		s.carryOut(p, config)
	}
}

func (s *scene) carryOut(p planned, final values) {
	s.t.Helper()
	r := s.resource()
	switch {
	case p.config.IsNull():
		s.destroyWith(r, p)
		return
	case s.held != nil && !p.replaces && p.Value.Equal(s.held.Value):
		return
	case p.replaces, s.held != nil && s.held.Tainted:
		if s.destroyWith(r, p); s.held != nil {
			return
		}
	}
	prior := s.prior(r)
	config := s.pack(r, final)
	again, err := r.Plan(s.t.Context(), prior, config)
	s.fail(err)
	if protocol.Failure(again.Diagnostics) != nil {
		s.said("plan while applying", again.Diagnostics)
		return
	}
	done, err := r.Apply(s.t.Context(), prior.Value, config, again)
	s.fail(err)
	failed := s.said("apply", done.Diagnostics)
	if !done.Value.IsNull() {
		if prior.Value.IsNull() && !failed {
			s.differences("apply", protocol.Attributes(again.Value), protocol.Attributes(done.Value))
		} else {
			s.differences("apply", protocol.Attributes(p.Value), protocol.Attributes(done.Value))
		}
		s.held = &protocol.Held{Value: done.Value, Private: done.Private, Identity: done.Identity, Tainted: failed && prior.Value.IsNull()}
	}
	if s.held != nil && s.held.Tainted {
		s.line("apply: tainted")
	}
}

// destroyWith carries out a destroy; the object stays in state when it fails.
func (s *scene) destroyWith(r *protocol.Resource, p planned) {
	s.t.Helper()
	none := p.Answer
	none.Value = r.Null()
	before := *s.held
	done, err := r.Apply(s.t.Context(), before.Value, r.Null(), none)
	s.fail(err)
	if s.said("destroy", done.Diagnostics) {
		if !done.Value.IsNull() {
			s.differences("destroy", before.Attributes(), protocol.Attributes(done.Value))
			s.held = &protocol.Held{Value: done.Value, Private: done.Private, Identity: done.Identity, Tainted: before.Tainted}
		}
		return
	}
	s.line("destroy: gone")
	s.held = nil
}

// destroy plans and applies the end of the object.
func (s *scene) destroy(title string) {
	s.t.Helper()
	s.apply(title, nil)
}

// refresh reads the object alone.
func (s *scene) refresh(title string) {
	s.t.Helper()
	s.title("%s", title)
	s.refreshWith(s.resource())
}

// adopt imports an object by its id and reads it.
func (s *scene) adopt(title, id string) {
	s.t.Helper()
	s.title("%s", title)
	r := s.resource()
	found, err := r.Import(s.t.Context(), id, nil)
	s.take(r, "import", found, err)
}

// take keeps what an import or a move found, and reads it.
func (s *scene) take(r *protocol.Resource, call string, found protocol.Answer, err error) {
	s.t.Helper()
	s.fail(err)
	if s.said(call, found.Diagnostics) {
		return
	}
	s.held = &protocol.Held{Value: found.Value, Private: found.Private, Identity: found.Identity}
	if !s.refreshWith(r) {
		s.held = nil
	}
}
