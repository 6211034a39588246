// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	orgkeys "github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

const keyType = "orgkeys_openrouter_api_key"

var start = time.Date(2030, time.January, 2, 3, 4, 5, 0, time.UTC)

// world is a simulator with a workspace, and the provider in process with one resource of
// a type; their time moves only by move and by waits.
type world struct {
	*openroutersim.Server
	t         *testing.T
	clock     *clock.Fake
	env       map[string]string
	state     *protocol.Workspace
	workspace string
}

func begin(t *testing.T, o openroutersim.Options, typeName string) *world {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	o.Clock = simkit.NewClock(start)
	w := &world{t: t, Server: openroutersim.Start(t, o), clock: clock.NewFake(start)}
	w.clock.OnSleep = w.Clock().Advance
	w.workspace = w.SeedWorkspace("Payments", "payments")
	w.env = map[string]string{
		"OPENROUTER_MANAGEMENT_KEY": w.AdminKey(), "ORGKEYS_OPENROUTER_BASE_URL": w.URL(),
		"ORGKEYS_SEAL_RECIPIENTS": identity.Recipient().String(), "ORGKEYS_SEAL_IDENTITY": identity.String(),
	}
	w.state, err = protocol.NewWorkspace(t.Context(), w.serve, typeName, true)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) serve() (tfprotov6.ProviderServer, error) {
	return orgkeys.NewServer("test", orgkeys.Options{Getenv: func(name string) string { return w.env[name] }, Clock: w.clock})()
}

func (w *world) move(d time.Duration) {
	w.clock.Advance(d)
	w.Clock().Advance(d)
}

type settings = map[string]any

// with gives settings with others in place of some of them.
func with(base settings, change settings) settings {
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
	if err != nil {
		return err
	}
	return w.state.Apply(w.t.Context(), plan, wanted(config))
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
	return w.attributes()
}

func (w *world) attributes() settings {
	if held := w.state.State["x"]; held != nil && held.Current != nil {
		return held.Current.Attributes()
	}
	return nil
}

func (w *world) quiet(config settings) bool {
	w.t.Helper()
	plan, err := w.state.Plan(w.t.Context(), wanted(config), true)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan.Quiet()
}

// said tells whether some diagnostic since the last call holds a text, and forgets them.
func (w *world) said(text string) bool {
	defer func() { w.state.Said = nil }()
	return strings.Contains(fmt.Sprint(w.state.Said), text)
}

// noLeak fails if a secret of the simulator stands in state or was said.
func (w *world) noLeak() {
	w.t.Helper()
	all := fmt.Sprint(w.state.Said)
	for _, one := range w.state.State {
		all += fmt.Sprint(one.Current)
	}
	for _, plain := range w.Secrets() {
		if strings.Contains(all, plain) {
			w.t.Error("a secret leaked")
		}
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

// A key is created in its workspace, restricted before it is handed over, rotated with an
// overlap that an apply ends, and deleted.
func TestLife(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	config := settings{
		"name": "payments", "workspace_id": w.workspace, "limit": 5.5, "limit_reset": "daily", "guardrail_id": guardrail,
		"lifetime": "90d", "rotate_after": "60d", "overlap": "1h",
	}
	first := w.apply(config)
	key := w.Keys()[0]
	same(t, "key", []any{key.WorkspaceID, key.Limit, key.LimitReset, key.GuardrailID, key.ExpiresAt.Sub(start)}, []any{w.workspace, 5.5, "daily", guardrail, 90 * 24 * time.Hour})
	same(t, "state", []any{first["id"], first["created_by_user_id"], first["disabled"], first["generation"]}, []any{key.ID, nil, false, 1})

	w.move(61 * 24 * time.Hour)
	second := w.apply(config)
	same(t, "generation", []any{second["generation"], len(w.Keys()), w.Keys()[1].GuardrailID}, []any{2, 2, guardrail})
	w.move(30 * time.Minute)
	same(t, "quiet during the overlap", w.quiet(config), true)
	w.move(time.Hour)
	w.apply(config)
	same(t, "keys after the overlap", []any{len(w.Keys()), w.Keys()[0].ID}, []any{1, second["id"]})

	w.noLeak()
	w.apply(nil)
	same(t, "keys", len(w.Keys()), 0)
}

// What is left out is left to the vendor: the default workspace is learned and kept.
func TestDefaultWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x"}
	first := w.apply(config)
	same(t, "workspace", first["workspace_id"], w.DefaultWorkspace())
	again := w.apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "1"}}))
	same(t, "workspace", []any{again["workspace_id"], again["id"] == first["id"]}, []any{w.DefaultWorkspace(), true})
	rotated := w.apply(with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}, "overlap": "0s"}))
	same(t, "rotated", []any{rotated["workspace_id"], rotated["generation"], len(w.Keys())}, []any{w.DefaultWorkspace(), 2, 1})
	moved := w.apply(with(config, settings{"workspace_id": w.workspace}))
	same(t, "replaced", []any{moved["generation"], w.Keys()[0].WorkspaceID}, []any{1, w.workspace})
}

// Own arguments change in place, on previous keys too, also together with a rotation; what
// is taken away is cleared.
func TestOwnArguments(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	one, two := w.SeedGuardrail(""), w.SeedGuardrail("")
	config := settings{"name": "x", "workspace_id": w.workspace, "limit": 5.0, "guardrail_id": one, "rotate_when_changed": map[string]string{"a": "1"}}
	first := w.apply(config)
	config = with(config, settings{"rotate_when_changed": map[string]string{"a": "2"}, "limit": 4.0, "guardrail_id": two})
	w.apply(config)
	for _, key := range w.Keys() {
		same(t, "after the rotation", []any{key.Limit, key.GuardrailID}, []any{4, two})
	}
	config = with(config, settings{"name": "renamed", "limit": nil, "include_byok_in_limit": true, "guardrail_id": nil, "disabled": true})
	second := w.apply(config)
	for _, key := range w.Keys() {
		same(t, "after the change", []any{key.Limit, key.GuardrailID, key.Byok, key.Disabled}, []any{0, "", true, true})
	}
	same(t, "renamed", []any{strings.HasPrefix(w.Keys()[1].Name, "renamed (ok-"), second["id"] == first["id"], second["generation"]}, []any{true, false, 2})
}

// A key that was disabled elsewhere warns and is left alone; other drift is shown.
func TestDrift(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	config := settings{"name": "x", "workspace_id": w.workspace, "limit": 5.0}
	id := w.apply(config)["id"].(string)
	w.Change(id, func(k *openroutersim.Key) { k.Disabled = true })
	same(t, "quiet", []any{w.quiet(config), w.said("is disabled")}, []any{true, true})
	w.UseKey(id)
	same(t, "quiet although used", w.quiet(config), true)
	w.Change(id, func(k *openroutersim.Key) { k.Limit = 50 })
	same(t, "quiet", w.quiet(config), false)
	w.apply(config)
	same(t, "key", []any{w.Keys()[0].Limit, w.Keys()[0].Disabled}, []any{5, true})
	same(t, "quiet, and said again", []any{w.quiet(config), w.said("is disabled")}, []any{true, true})
	disabled := with(config, settings{"disabled": true})
	same(t, "as configured", []any{w.quiet(disabled), w.said("is disabled")}, []any{true, false})
	w.apply(with(config, settings{"disabled": false}))
	same(t, "disabled", w.Keys()[0].Disabled, false)
}

// After a lost answer exactly one key lives, whether or not the API stamps it with a user.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, stamped := range []bool{false, true} {
		for _, workspace := range []bool{false, true} {
			for _, kind := range []simkit.FaultKind{simkit.CutAfter, simkit.StatusAfter, simkit.MissingSecret, simkit.Truncated} {
				t.Run(fmt.Sprint(stamped, workspace, kind), func(t *testing.T) {
					t.Parallel()
					w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: stamped}}, keyType)
					config := settings{"name": "x"}
					if workspace {
						config["workspace_id"] = w.workspace
					}
					w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: kind, Times: 1})
					first := w.apply(config)
					same(t, "keys", []any{len(w.Keys()), len(w.DeletedKeys()), w.Keys()[0].ID}, []any{1, 1, first["id"]})
					same(t, "said", w.said("is stamped with a user"), stamped)
					w.noLeak()
				})
			}
		}
	}
}

// Where the management key does not name its administrator, the keys created here show whom
// the API stamps them with, and an attempt whose answer was lost is found by that.
func TestLostAnswersUnderAnUnnamedCreator(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true, CreatorUnnamed: true}}, keyType)
	config := settings{"name": "x", "overlap": "0s", "rotate_when_changed": map[string]string{"a": "1"}}
	for n, incident := range []string{"1", "2"} {
		w.Inject(simkit.Fault{Operation: openroutersim.OpCreateKey, Kind: simkit.CutAfter, Times: 1})
		current := w.apply(with(config, settings{"rotate_when_changed": map[string]string{"a": incident}}))
		same(t, "keys", []any{len(w.Keys()), w.Keys()[0].ID, len(w.DeletedKeys())}, []any{1, current["id"], 2*n + 1})
		same(t, "said", w.said("copied marker"), false)
	}
}

// A key may begin disabled, although the API takes that in updates only.
func TestCreatedDisabled(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	w.apply(settings{"name": "x", "disabled": true})
	same(t, "key", []any{w.Keys()[0].Disabled, w.said("disabled")}, []any{true, false})
}

// A guardrail that cannot be assigned: the key is deleted before anybody gets it.
func TestNoGuardrailNoKey(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	if err := w.try(settings{"name": "x", "guardrail_id": "nope"}); err == nil {
		t.Error("the key was created")
	}
	same(t, "keys", []any{len(w.Keys()), len(w.DeletedKeys())}, []any{0, 1})
}

// A missing key leaves the state only under its own organization.
func TestGone(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		w := begin(t, openroutersim.Options{}, keyType)
		config := settings{"name": "x", "workspace_id": w.workspace}
		id := w.apply(config)["id"].(string)
		other := openroutersim.Start(t, openroutersim.Options{Clock: simkit.NewClock(start), Policy: openroutersim.Policy{UnknownWorkspaceEmpty: empty}})
		mine := maps.Clone(w.env)
		w.env["OPENROUTER_MANAGEMENT_KEY"], w.env["ORGKEYS_OPENROUTER_BASE_URL"] = other.AdminKey(), other.URL()
		if _, err := w.state.Plan(context.Background(), wanted(config), true); err == nil {
			t.Error("another organization's management key removes the key from state")
		}
		w.env = mine
		w.DeleteKey(id)
		same(t, "quiet", w.quiet(config), false)
		same(t, "new", w.apply(config)["id"] != id, true)
	}
}

// What is wrong is said at validate.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	for text, change := range map[string]settings{
		"set disabled = true": {"limit": 0.0},
		"weekly":              {"limit": 1.0, "limit_reset": "yearly"},
		"limit_reset":         {"limit_reset": "daily"},
	} {
		_, err := w.state.Plan(t.Context(), wanted(with(settings{"name": "x"}, change)), true)
		if err == nil || !strings.Contains(fmt.Sprint(err, w.state.Said), text) {
			t.Errorf("%v: got %v", change, err)
		}
	}
}
