// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// governance is an object of any of the tables of governance, with its least configuration.
type governance struct {
	t      *testing.T
	ws     *protocol.Workspace
	sim    *openaisim.Server
	values fields
	record string // the first part of the operations about it
	before int    // objects of its kind that are there before
	always bool   // it is there with its parent: no create makes it, and perhaps no destroy removes it
	left   func() // checks what a destroy left
}

// everyGovernance runs a test on each object of governance, in an organization of its own.
func everyGovernance(t *testing.T, test func(g *governance)) {
	t.Helper()
	each := func(name string, start func(t *testing.T) *governance) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(start(t))
		})
	}
	for _, r := range theRuled {
		each(r.name, func(t *testing.T) *governance {
			run := r.start(t, openaisim.Options{})
			return &governance{t, run.ws, run.w.Sim, r.first(run.staff), r.record, r.before, r.stays, func() {}}
		})
	}
	for _, b := range bounds() {
		each(b.kind, func(t *testing.T) *governance {
			w := limit(t, b.typeName(), openaisim.Options{})
			values, _, _ := b.of(w.project)
			return &governance{t, w.State, w.sim, values, b.operations, 0, !b.alert(), func() {
				if b.kind == "project_rate_limit" {
					same(t, "limit", w.limits("gpt-4.1")["max_requests_per_1_minute"], 500)
				}
			}}
		})
	}
	for _, r := range identityRows {
		each(r.kind, func(t *testing.T) *governance {
			s := newIdentityScene(t, openaisim.Options{})
			ws, err := s.Workspace(t.Context(), r.typ, true)
			if err != nil {
				t.Fatal(err)
			}
			return &governance{t, ws, s.Sim, r.least(s), r.kind, len(s.Sim.Records(r.kind)), false, func() {}}
		})
	}
}

func (g *governance) want() map[string]protocol.Settings {
	return map[string]protocol.Settings{"x": {Attributes: g.values}}
}

func (g *governance) plan() *protocol.Plan {
	g.t.Helper()
	plan, err := g.ws.Plan(g.t.Context(), g.want(), true)
	if err != nil {
		g.t.Fatal(err)
	}
	return plan
}

func (g *governance) apply() error {
	g.t.Helper()
	return g.ws.Apply(g.t.Context(), g.plan(), g.want())
}

// settled plans that nothing is left to do.
func (g *governance) settled() {
	g.t.Helper()
	if plan := g.plan(); !plan.Quiet() {
		g.t.Errorf("a plan is to %s: %v", plan.Changes["x"].Action, g.ws.Said)
	}
}

func (g *governance) destroy(refresh bool) {
	g.t.Helper()
	plan, err := g.ws.PlanDestroyAll(g.t.Context(), nil, refresh)
	if err == nil {
		err = g.ws.Apply(g.t.Context(), plan, nil)
	}
	if err != nil || len(g.ws.State) > 0 {
		g.t.Errorf("a destroy: %v, in state %v", err, g.ws.State)
	}
}

// created is how many objects of the kind there are beside those from before.
func (g *governance) created() int { return len(g.sim.Records(g.record)) - g.before }

func (g *governance) has(want int) {
	g.t.Helper()
	if got := g.created(); !g.always && got != want {
		g.t.Errorf("%d objects, want %d", got, want)
	}
}

func (g *governance) said() string { return fmt.Sprint(g.ws.Said) }

// A tainted object is destroyed or replaced like any other, also without a refresh.
func TestGovernanceTainted(t *testing.T) {
	t.Parallel()
	everyGovernance(t, func(g *governance) {
		for _, way := range []string{"destroyed", "destroyed without a refresh", "replaced"} {
			if err := g.apply(); err != nil {
				g.t.Fatal(way, err)
			}
			g.ws.State["x"].Current.Tainted = true
			if way == "replaced" {
				if plan := g.plan(); plan.Changes["x"].Action != protocol.DeleteThenCreate {
					g.t.Errorf("planned to %s", plan.Changes["x"].Action)
				}
				if err := g.apply(); err != nil {
					g.t.Fatal(way, err)
				}
				g.settled()
				g.has(1)
			}
			g.destroy(way != "destroyed without a refresh")
			g.has(0)
		}
	})
}

// halfway is a create that gets no good answer, and what may keep the object from being found then.
type halfway struct {
	name  string
	fault simkit.Fault
	lags  bool // neither lists nor reads show the object for a while
}

var halfways = []halfway{
	{name: "never arrives", fault: simkit.Fault{Kind: simkit.CutBefore}},
	{name: "answers lost", fault: simkit.Fault{Kind: simkit.CutAfter}},
	{name: "answers lost, nothing found", fault: simkit.Fault{Kind: simkit.CutAfter}, lags: true},
	{name: "500 after the deed", fault: simkit.Fault{Kind: simkit.StatusAfter, Status: 500}},
	{name: "503 after the deed, nothing found", fault: simkit.Fault{Kind: simkit.StatusAfter, Status: 503, Times: 1}, lags: true},
	{name: "answer without an id", fault: simkit.Fault{Kind: simkit.Altered, Omit: []string{"id", "user_id", "group_id", "role_id", "role", "model"}}},
	{name: "answer without anything", fault: simkit.Fault{Kind: simkit.StatusAfter, Status: 200, Body: "{}"}},
	{name: "half an answer", fault: simkit.Fault{Kind: simkit.Truncated}},
	{name: "a page with 200", fault: simkit.Fault{Kind: simkit.HTML}},
}

// A create that fails half-way leaves one object that the state or the error names, and what
// follows makes no second one in silence.
func TestGovernanceCreatedHalfway(t *testing.T) {
	t.Parallel()
	for _, way := range halfways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			everyGovernance(t, func(g *governance) {
				operation := ".create"
				if g.always {
					operation = ".update"
				}
				plan := g.plan()
				way.fault.Operation = g.record + operation
				g.sim.Inject(way.fault)
				if way.lags {
					for operation, kind := range map[string]simkit.FaultKind{".list": simkit.StaleList, ".get": simkit.StaleGet} {
						g.sim.Inject(simkit.Fault{Operation: g.record + operation, Kind: kind, LagTime: time.Hour, Lag: 1000})
					}
				}
				g.ws.Said = nil
				err := g.ws.Apply(g.t.Context(), plan, g.want())
				g.sim.ClearFaults()
				g.judge(way, err)
				g.goesOn()
			})
		})
	}
}

// judge holds what a create that failed half-way said.
func (g *governance) judge(way halfway, err error) {
	g.t.Helper()
	in := len(g.ws.State)
	if err != nil && !errors.Is(err, protocol.ErrFailed) {
		g.t.Fatalf("%v: %s", err, g.said())
	}
	if err == nil != (in == 1) {
		g.t.Errorf("the apply says %v, and in state are %d", err, in)
	}
	if g.always {
		return
	}
	if err != nil && way.fault.Kind != simkit.CutBefore && !strings.Contains(g.said(), "may or may not") {
		g.t.Errorf("%d objects, and it was not said that there may be one: %s", g.created(), g.said())
	}
	if g.created() > in && err == nil && !strings.Contains(g.said(), "may have been created twice") {
		g.t.Errorf("%d objects, and nothing was said of the others: %s", g.created(), g.said())
	}
}

// goesOn applies again, as users do after an error.
func (g *governance) goesOn() {
	g.t.Helper()
	was := g.created()
	g.ws.Said = nil
	if err := g.apply(); err != nil {
		if !strings.Contains(err.Error(), "terraform import") {
			g.t.Errorf("applied again: %v", err)
		}
		return
	}
	g.settled()
	if g.created() > max(was, 1) && !strings.Contains(g.said(), "already") {
		g.t.Errorf("%d objects, and it was not said that one is there already: %s", g.created(), g.said())
	}
	g.destroy(true)
	g.left()
}

// A read that shows null for the key says that there is none.
func TestAnExternalKeyThatIsTakenAway(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_project", openaisim.Options{})
	config := fields{"name": "one", "external_key_id": "ek_1"}
	id := fmt.Sprint(w.Apply(config)["id"])
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.StatusBefore, Status: 200, Body: `{"id":"` + id + `","name":"one","status":"active","external_key_id":null}`})
	if w.Quiet(config) {
		t.Error("a key that was taken away is no drift")
	}
}

// A change that is answered with nothing is done: it is sent once, and a read shows it.
func TestUpdatesAnsweredWithNothing(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		operation string
		change    fields
	}{
		"orgkeys_openai_spend_alert":               {"spend_alerts.update", fields{"amount": "11"}},
		"orgkeys_openai_spend_limit":               {"spend_limit.update", fields{"amount": "11"}},
		"orgkeys_openai_data_retention":            {"data_retention.update", fields{"type": "enhanced_zero_data_retention"}},
		"orgkeys_openai_project_service_tiers":     {"service_tier_settings.update", fields{"default": "fast"}},
		"orgkeys_openai_project_model_permissions": {"model_permissions.update", fields{"mode": "deny_list"}},
	} {
		for _, empty := range []simkit.Fault{{Status: 204}, {Status: 200, Body: " "}} {
			t.Run(fmt.Sprint(kind, empty.Status), func(t *testing.T) {
				t.Parallel()
				w := limit(t, kind, openaisim.Options{})
				var config fields
				switch kind {
				case "orgkeys_openai_spend_limit":
					config = fields{"amount": "10"}
				case "orgkeys_openai_data_retention":
					config = fields{"type": "zero_data_retention"}
				case "orgkeys_openai_project_service_tiers":
					config = fields{"project_id": w.project, "default": "standard", "enabled_tiers": []string{"flex"}}
				case "orgkeys_openai_project_model_permissions":
					config = fields{"project_id": w.project, "mode": "allow_list", "model_ids": []string{"gpt-4.1"}}
				case "orgkeys_openai_spend_alert":
					config = fields{"amount": "10", "email_recipients": []string{"a@example.com"}}
				}
				before := w.Apply(config)
				empty.Operation, empty.Kind = c.operation, simkit.StatusAfter
				w.sim.ResetJournal()
				w.sim.Inject(empty)
				after := w.Apply(with(config, c.change))
				same(t, "after", []any{after["id"], w.sim.Count(c.operation)}, []any{before["id"], 1})
				for name, value := range c.change {
					same(t, name, after[name], value)
				}
				if said := w.Said(); strings.Contains(said, "differs") {
					t.Errorf("said %s", said)
				}
			})
		}
	}
}
