// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	litellmsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/sim"
)

const keyType = "orgkeys_litellm_key"

// world is a proxy with a team, and the provider in process with keys; their time moves
// only by move and by waits.
type world struct {
	*litellmsim.Server
	t     *testing.T
	in    *acctest.World
	state *protocol.Workspace
	team  string
}

func begin(t *testing.T, policy litellmsim.Policy) *world {
	t.Helper()
	in := acctest.Open(t)
	w := &world{t: t, in: in, Server: litellmsim.Start(t, litellmsim.Options{Clock: in.Simulated, Policy: policy})}
	in.Attach("litellm", w.Server)
	in.Setenv("ORGKEYS_SEAL_IDENTITY", in.Identity)
	w.team = w.SeedTeam("payments")
	var err error
	if w.state, err = in.Workspace(t.Context(), keyType, true); err != nil {
		t.Fatal(err)
	}
	return w
}

// at has the provider work with a proxy.
func (w *world) at(proxy *litellmsim.Server) {
	w.in.Setenv("LITELLM_API_KEY", proxy.AdminKey())
	w.in.Setenv("ORGKEYS_LITELLM_BASE_URL", proxy.URL())
}

// now is the proxy's time.
func (w *world) now() time.Time { return w.Clock().Now() }

type settings = map[string]any

// with gives settings with others in place of some of them.
func with(base, change settings) settings {
	out := maps.Clone(base)
	maps.Copy(out, change)
	return out
}

func wanted(config settings) map[string]protocol.Settings {
	if config == nil {
		return nil
	}
	return map[string]protocol.Settings{"x": {Attributes: config}}
}

// try plans and applies, and gives the error of either.
func (w *world) try(config settings) error {
	w.t.Helper()
	plan, err := w.state.Plan(w.t.Context(), wanted(config), true)
	if err == nil {
		err = w.state.Apply(w.t.Context(), plan, wanted(config))
	}
	if err != nil {
		return fmt.Errorf("%w: %v", err, w.state.Said)
	}
	return nil
}

// apply plans and applies, after which a plan is quiet; it gives the attributes in state.
func (w *world) apply(config settings) settings {
	w.t.Helper()
	if err := w.try(config); err != nil {
		w.t.Fatal(err)
	}
	if !w.quiet(config) {
		w.t.Errorf("a plan after the apply is not quiet")
	}
	if held := w.state.State["x"]; held != nil && held.Current != nil {
		return held.Current.Attributes()
	}
	return nil
}

func (w *world) quiet(config settings) bool {
	w.t.Helper()
	plan, err := w.state.Plan(w.t.Context(), wanted(config), true)
	if err != nil {
		w.t.Fatal(err, w.state.Said)
	}
	return plan.Quiet()
}

// said tells whether some diagnostic since the last call holds a text, and forgets them.
func (w *world) said(text string) bool {
	defer func() { w.state.Said = nil }()
	return strings.Contains(fmt.Sprint(w.state.Said), text)
}

// works opens the secret in state; it must be the one that works. No secret stands elsewhere.
func (w *world) works() {
	w.t.Helper()
	held := w.state.State["x"].Current
	identities, err := seal.ParseIdentities(secret.New(w.in.Identity))
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := identities.Open(fmt.Sprint(held.Attributes()["sealed_value"]))
	if err != nil || !w.Valid(text.Reveal()) {
		w.t.Errorf("the secret in state does not work (%v)", err)
	}
	all := fmt.Sprint(w.state.Said, held)
	for _, plain := range w.Secrets() {
		if strings.Contains(all, plain) {
			w.t.Error("a secret leaked")
		}
	}
}

// aliases are those of all keys, in order of creation.
func (w *world) aliases() (all []string) {
	for _, key := range w.Keys() {
		all = append(all, key.Alias)
	}
	return all
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
