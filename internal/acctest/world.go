// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package acctest is the harness of the acceptance tests: a simulator, the provider
// in process or as a real plugin under a real CLI, and a leak scan after every test.
package acctest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/store"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	orgkeys "github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// World is what one test runs in.
type World struct {
	T     testing.TB
	Sim   *openaisim.Server
	Clock *clock.Fake // of the provider in process and of the simulator; nil in real time

	Recipient string // age public key the provider seals to
	Identity  string // the private key that belongs to it
	Store     string // folder of the stand-in secret store, left out of the leak scan

	// Plugins are further providers for [World.CLI]: the folder of the binary, by source.
	Plugins map[string]string

	// AttemptTimeout ends an attempt of the provider in process that gets no answer.
	AttemptTimeout time.Duration

	envMu sync.Mutex
	env   map[string]string // of the provider in process

	known []string // secrets besides the simulator's that must not leak
}

// New makes a world whose time stands still until it is moved with [World.Advance].
// It is for the provider in process.
func New(t testing.TB, options openaisim.Options) *World {
	t.Helper()
	start := clock.System().Now().UTC().Truncate(time.Second)
	simulated := simkit.NewClock(start)
	options.Clock = simulated
	w := newWorld(t, options)
	w.Clock = clock.NewFake(start)
	w.Clock.OnSleep = simulated.Advance
	return w
}

// NewRealTime makes a world that runs with the machine's clock, for real processes. Without
// TF_ACC the test is skipped here: a part of it could not skip the whole.
func NewRealTime(t testing.TB, options openaisim.Options) *World {
	t.Helper()
	Terraform(t)
	return newWorld(t, options)
}

func newWorld(t testing.TB, options openaisim.Options) *World {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{
		T: t, Sim: openaisim.Start(t, options),
		Recipient: identity.Recipient().String(), Identity: identity.String(),
		Store: t.TempDir(),
	}
	w.known = append(w.known, w.Identity)
	w.env = map[string]string{
		"OPENAI_ADMIN_KEY":        w.Sim.AdminKey(),
		"ORGKEYS_OPENAI_BASE_URL": w.Sim.URL(),
		"ORGKEYS_SEAL_RECIPIENTS": w.Recipient,
	}
	return w
}

// Advance moves the provider's and the simulator's time on by d.
func (w *World) Advance(d time.Duration) {
	w.Clock.Advance(d)
	w.Sim.Clock().Advance(d)
}

// Setenv sets a variable of the environment that the provider in process sees. It
// starts with the admin key, the simulator's address and the recipient, so that no
// secret has to stand in a configuration.
func (w *World) Setenv(name, value string) {
	w.envMu.Lock()
	defer w.envMu.Unlock()
	w.env[name] = value
}

// Getenv reads that environment.
func (w *World) Getenv(name string) string {
	w.envMu.Lock()
	defer w.envMu.Unlock()
	return w.env[name]
}

// Factories serve the provider and the stand-in store in this process.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"orgkeys": w.Server,
		"store":   providerserver.NewProtocol6WithError(store.New()),
	}
}

// Server is a new instance of the provider with this world's clock and environment, for
// the protocol.
func (w *World) Server() (tfprotov6.ProviderServer, error) {
	options := orgkeys.Options{Getenv: w.Getenv, AttemptTimeout: w.AttemptTimeout}
	if w.Clock != nil {
		options.Clock = w.Clock
	}
	return orgkeys.NewServer("test", options)()
}

// Stored is what the stand-in store holds under name, "" if nothing.
func (w *World) Stored(name string) string {
	data, err := os.ReadFile(filepath.Join(w.Store, name))
	if err != nil && !os.IsNotExist(err) {
		w.T.Fatal(err)
	}
	return string(data)
}

// Live are the keys that work now, by their names without mark.
func (w *World) Live() []openaisim.Key {
	var live []openaisim.Key
	for _, key := range w.Sim.Keys() {
		if key.Usable {
			live = append(live, key)
		}
	}
	return live
}

// Guard adds secrets that must not leak from this world.
func (w *World) Guard(secrets ...string) { w.known = append(w.known, secrets...) }

// Secrets is everything that must not leak from this world.
func (w *World) Secrets() []string { return append(w.Sim.Secrets(), w.known...) }

// Workspace drives the provider in process through its protocol, with the time of this
// world; see [protocol.Workspace].
func (w *World) Workspace(ctx context.Context, typeName string, identities bool) (*protocol.Workspace, error) {
	return protocol.NewWorkspace(ctx, w.Server, typeName, identities)
}
