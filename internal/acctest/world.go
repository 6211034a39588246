// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package acctest is the harness of the acceptance tests: a simulator, the provider
// in process or as a real plugin under a real CLI, and a leak scan after every test.
package acctest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// World is what one test runs in.
type World struct {
	T         testing.TB
	Sim       *openaisim.Server // nil after [Open] and [OpenRealTime]
	Clock     *clock.Fake       // of the provider in process; nil in real time
	Simulated *simkit.Clock     // for the options of every simulator; goes with Clock

	Recipient string // age public key the provider seals to
	Identity  string // the private key that belongs to it
	Store     string // folder of the stand-in secret store, left out of the leak scan

	// Plugins are further providers for [World.CLI]: the folder of the binary, by source.
	Plugins map[string]string

	// AttemptTimeout ends an attempt of the provider in process that gets no answer.
	AttemptTimeout time.Duration

	envMu sync.Mutex
	env   map[string]string // of the provider in process
	also  []string          // what a command of [World.AttachedCLI] adds to it

	attached []attached
	known    []string // secrets besides the simulators' that must not leak
}

// attached is a simulator and how the provider finds it.
type attached struct {
	simulators.Simulator
	vendor simulators.Vendor
}

// New makes a world with a simulated OpenAI, whose time stands still until it is moved with
// [World.Advance]. It is for the provider in process.
func New(t testing.TB, options openaisim.Options) *World {
	t.Helper()
	w := Open(t)
	options.Clock = w.Simulated
	w.Sim = openaisim.Start(t, options)
	w.Attach("openai", w.Sim)
	return w
}

// NewRealTime makes a world with a simulated OpenAI that runs with the machine's clock, for
// real processes; see [OpenRealTime].
func NewRealTime(t testing.TB, options openaisim.Options) *World {
	t.Helper()
	w := OpenRealTime(t)
	w.Sim = openaisim.Start(t, options)
	w.Attach("openai", w.Sim)
	return w
}

// Open makes a world without any vendor, whose time stands still: [World.Attach] adds
// simulators with the clock Simulated.
func Open(t testing.TB) *World {
	t.Helper()
	start := clock.System().Now().UTC().Truncate(time.Second)
	w := empty(t)
	w.Clock, w.Simulated = clock.NewFake(start), simkit.NewClock(start)
	w.Clock.OnSleep = w.Simulated.Advance
	return w
}

// OpenRealTime makes a world without any vendor that runs with the machine's clock. Without
// TF_ACC the test is skipped here: a part of it could not skip the whole.
func OpenRealTime(t testing.TB) *World {
	t.Helper()
	Terraform(t)
	w := empty(t)
	w.Simulated = simkit.NewRunningClock(0)
	return w
}

func empty(t testing.TB) *World {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{T: t, Recipient: identity.Recipient().String(), Identity: identity.String(), Store: t.TempDir()}
	w.known = append(w.known, w.Identity)
	w.env = map[string]string{"ORGKEYS_SEAL_RECIPIENTS": w.Recipient}
	return w
}

// Attach lets the provider find the simulator of a vendor, by the name of its block: through
// the environment, in process and under a real CLI. Its secrets must not leak.
func (w *World) Attach(vendor string, sim simulators.Simulator) {
	w.T.Helper()
	known, err := simulators.Of(vendor)
	if err != nil {
		w.T.Fatal(err)
	}
	w.attached = append(w.attached, attached{sim, known})
	w.Setenv(known.AddressEnv, sim.URL())
	w.Setenv(known.KeyEnv, sim.AdminKey())
}

// Simulate starts the simulator of a vendor, as every simulator can be, and attaches it.
func (w *World) Simulate(vendor string) simulators.Simulator {
	w.T.Helper()
	known, err := simulators.Of(vendor)
	if err != nil {
		w.T.Fatal(err)
	}
	sim := known.New(simulators.Options{Clock: w.Simulated})
	sim.Start(w.T)
	w.Attach(vendor, sim)
	return sim
}

// Keys are the keys of all attached vendors that were not revoked.
func (w *World) Keys() []simkit.Summary {
	var all []simkit.Summary
	for _, one := range w.attached {
		all = append(all, one.Summaries()...)
	}
	return all
}

// Advance moves the provider's and the simulators' time on by d.
func (w *World) Advance(d time.Duration) {
	w.Clock.Advance(d)
	w.Simulated.Advance(d)
}

// Setenv sets a variable of the environment that the provider in process sees. It
// starts with the recipient and with what [World.Attach] adds, so that no secret has to
// stand in a configuration.
func (w *World) Setenv(name, value string) {
	w.envMu.Lock()
	defer w.envMu.Unlock()
	w.env[name] = value
}

// Getenv reads that environment.
func (w *World) Getenv(name string) string {
	w.envMu.Lock()
	defer w.envMu.Unlock()
	for _, entry := range slices.Backward(w.also) {
		if key, value, _ := strings.Cut(entry, "="); key == name {
			return value
		}
	}
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
// the protocol. What it says about resources and data is held to the form of all messages.
func (w *World) Server() (tfprotov6.ProviderServer, error) {
	options := orgkeys.Options{Getenv: w.Getenv, AttemptTimeout: w.AttemptTimeout}
	if w.Clock != nil {
		options.Clock = w.Clock
	}
	server, err := orgkeys.NewServer("test", options)()
	if err != nil {
		return nil, err
	}
	all, ok := server.(whole)
	if !ok {
		return nil, errors.New("the provider lacks a part of the protocol")
	}
	return heard{all, w.T, &sync.RWMutex{}}, nil
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
func (w *World) Secrets() []string {
	all := slices.Clone(w.known)
	for _, one := range w.attached {
		all = append(all, one.Secrets()...)
	}
	return all
}

// For is the world of a vendor's tests over its simulator; sim may be nil for a test of objects
// that are no keys.
func (w *World) For(engine *simkit.Engine, sim vendortest.Sim) *vendortest.World {
	return &vendortest.World{
		Sim: sim, Engine: engine, Serve: w.Server, Clock: w.Clock, Setenv: w.Setenv, AttemptTimeout: &w.AttemptTimeout,
		Recipient: w.Recipient, Identity: w.Identity, Secrets: w.Secrets,
	}
}

// Workspace drives the provider in process through its protocol, with the time of this
// world; see [protocol.Workspace].
func (w *World) Workspace(ctx context.Context, typeName string, identities bool) (*protocol.Workspace, error) {
	return protocol.NewWorkspace(ctx, w.Server, typeName, identities)
}
