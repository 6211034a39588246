// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest/toy"
)

// These tests drive the resource through the plugin protocol with the toy vendor, in
// variants of what a vendor can do. [protocol.Workspace] holds each call to Terraform's
// rules; what is right is read off the simulator and the state.

type values = map[string]any

const (
	keyType = "orgkeys_toy_key"
	one     = "one" // the resource that most tests are about
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// world is the provider with the toy vendor, its simulator and a state.
type world struct {
	*testing.T
	sim   *toysim.Server
	clock *clock.Fake
	ws    *protocol.Workspace
	serve protocol.Serve
	env   map[string]string

	recipient, identity string
	all                 []protocol.Said // everything that was ever said
	plain               bool            // a test that stores plaintext: its state is not scanned
}

// begin makes a world; changes say what the vendor can do and how its server behaves.
func begin(t *testing.T, changes ...func(*toy.Variant, *toysim.Policy)) *world {
	t.Helper()
	variant, policy := toy.Usual(), toysim.Policy{Extras: true}
	for _, change := range changes {
		change(&variant, &policy)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	simulated := simkit.NewClock(start)
	w := &world{T: t, clock: clock.NewFake(start), recipient: identity.Recipient().String(), identity: identity.String()}
	w.clock.OnSleep = simulated.Advance
	w.sim = toysim.Start(t, toysim.Options{Clock: simulated, Policy: policy})
	w.sim.SeedKey("a neighbour", "somebody else")
	w.env = map[string]string{toy.RootKeyEnv: w.sim.RootKey(), toy.BaseURLEnv: w.sim.URL(), "ORGKEYS_SEAL_RECIPIENTS": w.recipient}
	w.serve = func() (tfprotov6.ProviderServer, error) {
		return provider.NewServer("test", provider.Options{
			Clock: w.clock, Getenv: func(name string) string { return w.env[name] }, Vendors: []vendorblock.Block{toy.Block(variant)},
		})()
	}
	w.ws, err = protocol.NewWorkspace(t.Context(), w.serve, keyType, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.scan)
	return w
}

// can changes what the vendor can do.
func can(change func(*keyseries.Capabilities)) func(*toy.Variant, *toysim.Policy) {
	return func(v *toy.Variant, _ *toysim.Policy) { change(&v.Can) }
}

// server changes how its server behaves.
func server(change func(*toysim.Policy)) func(*toy.Variant, *toysim.Policy) {
	return func(_ *toy.Variant, p *toysim.Policy) { change(p) }
}

// scan looks for secrets in all that was said and in what the state holds.
func (w *world) scan() {
	secrets := append(w.sim.Secrets(), w.identity)
	if len(secrets) < 3 {
		w.Errorf("only %d secrets are known", len(secrets))
	}
	w.hear()
	var text strings.Builder
	for _, said := range w.all {
		text.WriteString(said.Text + "\n")
	}
	for name, instance := range w.ws.State {
		if w.plain {
			continue
		}
		for _, held := range append(instance.Deposed, instance.Current) {
			if held != nil {
				fmt.Fprintf(&text, "%s %v %s\n", name, held.Attributes(), held.Private)
			}
		}
	}
	for _, found := range leak.In([]byte(text.String()), "messages and state", secrets) {
		w.Error(found)
	}
}

// hear takes what was said since the last time.
func (w *world) hear() []protocol.Said {
	said := w.ws.Said
	w.ws.Said = nil
	w.all = append(w.all, said...)
	return said
}

// pass moves the time on.
func (w *world) pass(d time.Duration) {
	w.clock.Advance(d)
	w.sim.Clock().Advance(d)
}

// with is a configuration of the usual key with further arguments.
func with(further values) values {
	config := values{"owner": "ci", "name": "worker"}
	maps.Copy(config, further)
	return config
}

func wanting(config values) map[string]protocol.Settings {
	if config == nil {
		return map[string]protocol.Settings{}
	}
	return map[string]protocol.Settings{one: {Attributes: config}}
}

// outcome is what an apply or a plan came to.
type outcome struct {
	w      *world
	action protocol.Action
	plan   values // planned; nil when nothing is to be there
	said   []protocol.Said
	err    error
}

// planned plans a configuration after a refresh; nil destroys.
func (w *world) planned(config values) (*protocol.Plan, outcome) {
	w.Helper()
	w.hear()
	plan, err := w.ws.Plan(w.Context(), wanting(config), true)
	out := outcome{w: w, err: err}
	if err == nil {
		if change := plan.Changes[one]; change != nil {
			out.action, out.plan = change.Action, change.Attributes()
		}
	}
	out.said = w.hear()
	if err != nil && !errors.Is(err, protocol.ErrFailed) {
		w.Fatal(err)
	}
	return plan, out
}

// tries plans and applies a configuration.
func (w *world) tries(config values) outcome {
	w.Helper()
	return w.triesLate(config, config)
}

// triesLate plans a configuration that is not wholly known and applies what it becomes.
func (w *world) triesLate(config, final values) outcome {
	w.Helper()
	plan, out := w.planned(config)
	if out.err == nil {
		out.err = w.ws.Apply(w.Context(), plan, wanting(final))
		out.said = append(out.said, w.hear()...)
	}
	if out.err != nil && !errors.Is(out.err, protocol.ErrFailed) {
		w.Fatal(out.err)
	}
	return out
}

// applies must succeed, and leave nothing to do.
func (w *world) applies(config values) outcome {
	w.Helper()
	out := w.tries(config)
	if out.err != nil {
		w.Fatal(out.err)
	}
	w.settled(config)
	return out
}

// settled checks that a plan has nothing to do.
func (w *world) settled(config values) outcome {
	w.Helper()
	plan, out := w.planned(config)
	if out.err != nil || !plan.Quiet() {
		w.Fatalf("there is something to do: %s %v %v %v", out.action, out.plan, out.said, out.err)
	}
	return out
}

// says checks that each part is said, in one message each.
func (o outcome) says(parts ...string) outcome {
	o.w.Helper()
	for _, part := range parts {
		if !slices.ContainsFunc(o.said, func(s protocol.Said) bool { return strings.Contains(s.Text, part) }) {
			o.w.Errorf("it is not said %q: %v", part, o.said)
		}
	}
	return o
}

// silent checks that no part is said; without parts, that nothing is.
func (o outcome) silent(parts ...string) {
	o.w.Helper()
	for _, said := range o.said {
		if len(parts) == 0 || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(said.Text, part) }) {
			o.w.Errorf("it is said: %s", said.Text)
		}
	}
}

// fails checks that there was an error with these parts.
func (o outcome) fails(parts ...string) outcome {
	o.w.Helper()
	if o.err == nil {
		o.w.Fatalf("no error; wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(o.err.Error(), part) {
			o.w.Errorf("the error does not say %q: %v", part, o.err)
		}
	}
	return o
}

// is checks what was planned.
func (o outcome) is(action protocol.Action) outcome {
	o.w.Helper()
	if o.action != action {
		o.w.Errorf("the plan was to %s, not to %s: %v", o.action, action, o.said)
	}
	return o
}

// shows checks planned values.
func (o outcome) shows(want values) outcome {
	o.w.Helper()
	o.w.has("planned", o.plan, want)
	return o
}

// held is what state holds of the key; nil for none.
func (w *world) held() *protocol.Held {
	if instance := w.ws.State[one]; instance != nil {
		return instance.Current
	}
	return nil
}

// get is an attribute in state as text, "" for null.
func (w *world) get(name string) string {
	w.Helper()
	value, there := w.held().Attributes()[name]
	if !there {
		w.Fatalf("state has no %s", name)
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// stored checks values in state.
func (w *world) stored(want values) {
	w.Helper()
	w.has("stored", w.held().Attributes(), want)
}

func (w *world) has(what string, got, want values) {
	w.Helper()
	for name, value := range want {
		if fmt.Sprint(got[name]) != fmt.Sprint(value) {
			w.Errorf("%s is %s = %v, want %v", what, name, got[name], value)
		}
	}
}

// keys are the keys of an owner, in order of creation.
func (w *world) keys(owner string) (out []toysim.Key) {
	for _, key := range w.sim.Keys() {
		if key.Owner == owner && (key.ExpiresAt.IsZero() || key.ExpiresAt.After(w.sim.Clock().Now())) {
			out = append(out, key)
		}
	}
	return out
}

// live checks which keys of the owner work, by their ids.
func (w *world) live(ids ...string) {
	w.Helper()
	var got []string
	for _, key := range w.keys("ci") {
		got = append(got, key.ID)
	}
	if !slices.Equal(got, ids) {
		w.Errorf("keys %q work, want %q", got, ids)
	}
}

// key is one key at the server.
func (w *world) key(id string) toysim.Key {
	w.Helper()
	for _, key := range w.sim.Keys() {
		if key.ID == id {
			return key
		}
	}
	w.Fatalf("the server has no key %s", id)
	return toysim.Key{}
}

// opened is the secret in state; it must be the present key's.
func (w *world) opened() string {
	w.Helper()
	identities, err := seal.ParseIdentities(secret.New(w.identity))
	if err != nil {
		w.Fatal(err)
	}
	text, err := identities.Open(w.get("sealed_value"))
	if err != nil {
		w.Fatal(err)
	}
	return text.Reveal()
}

// works checks that the secret in state works at the server.
func (w *world) works() {
	w.Helper()
	if !w.sim.Valid(w.opened()) {
		w.Error("the secret in state does not work")
	}
}

// imports puts an existing key of the owner into state.
func (w *world) imports(id string) outcome {
	w.Helper()
	process, err := protocol.Start(w.Context(), w.serve)
	if err != nil {
		w.Fatal(err)
	}
	if said, err := process.Configure(w.Context(), nil); err != nil || protocol.Failure(said) != nil {
		w.Fatal(err, said)
	}
	r, err := process.Resource(keyType)
	if err != nil {
		w.Fatal(err)
	}
	found, err := r.Import(w.Context(), "ci/"+id, nil)
	if err == nil {
		err = protocol.Failure(found.Diagnostics)
	}
	if err != nil {
		w.Fatal(err)
	}
	walk := &protocol.Walk{Resource: r, Name: "import", Identities: true}
	seen, err := walk.Refresh(w.Context(), &protocol.Held{Value: found.Value, Private: found.Private, Identity: found.Identity}, true)
	w.all = append(w.all, walk.Said...)
	if err == nil {
		w.ws.State[one] = &protocol.Instance{Current: seen}
	}
	return outcome{w: w, said: walk.Said, err: err}
}
