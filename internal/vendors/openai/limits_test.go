// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

// bound is one object that bounds what a leaked key can do, as the tests of all of them know it.
type bound struct {
	kind          string // without the provider's and the vendor's name
	first, second fields // configurations; P stands for the project
	third         fields // the second one, spelled otherwise; nil for none
	operations    string // the first part of their names
	stays         bool   // a destroy leaves it
	omits         []string
	list          bool // read from a list
}

func bounds() []bound {
	const mail = "a@example.com"
	alert := func(amount string) fields {
		return fields{"amount": amount, "email_recipients": []string{"b@example.com", mail}, "subject_prefix": "Spend"}
	}
	in := func(f fields) fields { return with(fields{"project_id": "P"}, f) }
	return []bound{
		{
			kind: "project_rate_limit", operations: "rate_limits", list: true,
			first: in(fields{"model": "gpt-4.1", "max_requests_per_1_minute": 7}), second: in(fields{"model": "gpt-4.1", "max_requests_per_1_minute": 8, "max_tokens_per_1_minute": 900}),
			omits: []string{"model", "max_tokens_per_1_minute"},
		},
		{
			kind: "project_model_permissions", operations: "model_permissions",
			first: in(fields{"mode": "allow_list", "model_ids": []string{"m2", "m1"}}), second: in(fields{"mode": "deny_list", "model_ids": []string{"m3"}}),
			omits: []string{"mode", "object"},
		},
		{
			kind: "project_hosted_tool_permissions", operations: "hosted_tool_permissions", stays: true,
			first: in(fields{"mcp": false}), second: in(fields{"mcp": false, "web_search": false}), omits: []string{"mcp", "file_search"},
		},
		{
			kind: "project_service_tiers", operations: "service_tier_settings", stays: true,
			first: in(fields{"default": "fast", "enabled_tiers": []string{"flex", "fast"}}), second: in(fields{"default": "standard", "enabled_tiers": []string{"all"}}), omits: []string{"default"},
		},
		{
			kind: "project_spend_limit", operations: "project_spend_limit",
			first: in(fields{"amount": "100.00"}), second: in(fields{"amount": "0.01"}), third: in(fields{"amount": "0.0100", "interval": "month"}), omits: []string{"interval", "currency", "enforcement"},
		},
		{
			kind: "spend_limit", operations: "spend_limit",
			first: fields{"amount": "100.00"}, second: fields{"amount": "2500"}, third: fields{"amount": "2500.0"}, omits: []string{"threshold_amount"},
		},
		{
			kind: "project_spend_alert", operations: "project_spend_alerts", list: true,
			first: in(alert("0")), second: in(alert("79.5")), third: in(alert("79.50")), omits: []string{"notification_channel"},
		},
		{
			kind: "spend_alert", operations: "spend_alerts", list: true,
			first: alert("10"), second: fields{"amount": "11", "email_recipients": []string{mail}}, omits: []string{"currency", "interval"},
		},
		{
			kind: "project_data_retention", operations: "project_data_retention",
			first: in(fields{"type": "zero_data_retention"}), second: in(fields{"type": "none"}), omits: []string{"object"},
		},
		{
			kind: "data_retention", operations: "data_retention", stays: true,
			first: fields{"type": "zero_data_retention"}, second: fields{"type": "enhanced_zero_data_retention"}, omits: []string{"object"},
		},
	}
}

func (b bound) typeName() string { return "orgkeys_openai_" + b.kind }

func (b bound) inProject() bool { return b.first["project_id"] != nil }

func (b bound) alert() bool { return strings.HasSuffix(b.kind, "alert") }

// of are its configurations in a project.
func (b bound) of(project string) (first, second, third fields) {
	put := func(f fields) fields {
		f = maps.Clone(f)
		if f["project_id"] != nil {
			f["project_id"] = project
		}
		return f
	}
	third = b.third
	if third == nil {
		third = b.second
	}
	return put(b.first), put(b.second), put(third)
}

// limited is a world with a resource of a type.
type limited struct {
	*vendortest.Stage
	sim     *openaisim.Server
	project string
	world   *acctest.World
}

func limit(t *testing.T, typeName string, options openaisim.Options) *limited {
	t.Helper()
	w := acctest.New(t, options)
	return &limited{
		vendortest.Begin(t, w.For(w.Sim.Engine, nil), typeName),
		w.Sim, w.Sim.SeedProject("payments"), w,
	}
}

// each runs a test for every object, in a world and a project of its own.
func each(t *testing.T, test func(t *testing.T, w *limited, b bound)) {
	t.Helper()
	for _, b := range bounds() {
		t.Run(b.kind, func(t *testing.T) {
			t.Parallel()
			test(t, limit(t, b.typeName(), openaisim.Options{}), b)
		})
	}
}

// writes are the operations that changed something since the journal was emptied.
func (w *limited) writes() (all []string) {
	for _, entry := range w.sim.Journal() {
		if entry.Method != "GET" {
			all = append(all, entry.Operation)
		}
	}
	return all
}

// importID is that of the resource in state.
func (w *limited) importID(b bound) string {
	held := w.Attributes()
	switch {
	case b.kind == "project_rate_limit":
		return fmt.Sprintf("%v/%v", held["project_id"], held["model"])
	case b.kind == "project_spend_alert":
		return fmt.Sprintf("%v/%v", held["project_id"], held["id"])
	case b.inProject():
		return fmt.Sprint(held["project_id"])
	}
	return fmt.Sprint(held["id"])
}

// take puts into the state what an import brings.
func (w *limited) take(id string, identity map[string]any) {
	w.T.Helper()
	name := w.typeName()
	r, err := w.Process().Resource(name)
	if err != nil {
		w.T.Fatal(err)
	}
	answer, err := r.Import(w.T.Context(), id, identity)
	if err = errors.Join(err, protocol.Failure(answer.Diagnostics)); err != nil {
		w.T.Fatal(err)
	}
	w.State.State["x"] = &protocol.Instance{Current: &protocol.Held{Value: answer.Value, Private: answer.Private, Identity: answer.Identity}}
}

func (w *limited) typeName() string { return w.State.TypeName() }

// The whole life of every object: each apply is followed by a plan without changes.
func TestLimitsLive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		first, second, third := b.of(w.project)
		before := w.Apply(first)
		w.sim.ResetJournal()
		after := w.Apply(second)
		same(t, "writes of an update", w.writes(), []string{b.operations + ".update"})
		same(t, "same object", []any{after["id"], after["project_id"]}, []any{before["id"], before["project_id"]})
		w.sim.ResetJournal()
		w.Apply(third)
		same(t, "writes of another spelling", w.writes(), nil)

		id := w.importID(b)
		for _, identity := range []map[string]any{nil, w.identity()} {
			w.take(map[bool]string{true: id}[identity == nil], identity)
			if !w.Quiet(third) {
				t.Error("a plan after an import is not quiet")
			}
		}
		w.sim.ResetJournal()
		if err := w.Try(nil); err != nil {
			t.Fatal(err)
		}
		want := []string{b.operations + ".delete"}
		switch {
		case b.stays, b.kind == "project_rate_limit": // after the import its former values are unknown
			w.Has("stays as it is")
			want = nil
		case b.kind == "project_data_retention":
			want = []string{b.operations + ".update"}
			same(t, "type", w.sim.Setting(b.operations, w.project)["type"], "organization_default")
		}
		same(t, "writes of a destroy", w.writes(), want)
	})
}

// identity is the identity of the resource in state.
func (w *limited) identity() map[string]any {
	w.T.Helper()
	r, err := w.Process().Resource(w.typeName())
	if err != nil {
		w.T.Fatal(err)
	}
	identity, err := r.Identified(w.State.State["x"].Current.Identity)
	if err != nil {
		w.T.Fatal(err)
	}
	return identity
}

// Faults that change nothing in the end: an answer that is lost or late, one 404, one page at a time.
func TestLimitsUnderFaults(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]func(b bound) []simkit.Fault{
		"lost answers of writes": func(b bound) []simkit.Fault {
			return []simkit.Fault{{Operation: b.operations + ".create", Kind: simkit.CutAfter, Times: 1}, {Operation: b.operations + ".update", Kind: simkit.StatusAfter, Times: 1}, {Operation: b.operations + ".delete", Kind: simkit.StatusAfter, Times: 1}}
		},
		"one 404": func(b bound) []simkit.Fault {
			return []simkit.Fault{{Operation: b.operations + ".get", Kind: simkit.NotFoundBefore, Times: 1, Skip: 1}, {Operation: b.operations + ".list", Kind: simkit.NotFoundBefore, Times: 1, Skip: 2}}
		},
		"one 404 to a change": func(b bound) []simkit.Fault {
			if !b.inProject() {
				return nil // nothing shows that the organization is there all the same
			}
			return []simkit.Fault{{Operation: b.operations + ".update", Kind: simkit.NotFoundBefore, Times: 1}}
		},
		"busy":             func(bound) []simkit.Fault { return []simkit.Fault{{Kind: simkit.StatusBefore, Status: 429, Times: 3}} },
		"unavailable":      func(bound) []simkit.Fault { return []simkit.Fault{{Kind: simkit.StatusBefore, Times: 2}} },
		"fields left out":  func(b bound) []simkit.Fault { return []simkit.Fault{{Kind: simkit.Altered, Omit: b.omits}} },
		"the former state": func(bound) []simkit.Fault { return []simkit.Fault{{Kind: simkit.FormerAnswer}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, w *limited, b bound) {
				first, second, _ := b.of(w.project)
				w.sim.Inject(faults(b)...)
				before := w.Apply(first)
				after := w.Apply(second)
				same(t, "same object", after["id"], before["id"])
				for name, value := range second {
					if text, ok := value.(string); ok {
						same(t, name, after[name], text)
					}
				}
				if err := w.Try(nil); err != nil {
					t.Fatal(err)
				}
				for _, kind := range []string{"spend_alerts", "project_spend_alerts"} {
					same(t, kind, w.sim.Records(kind), nil2(w.sim.Records(kind)))
				}
				if said := w.Said(); strings.Contains(said, "is gone") {
					t.Errorf("said %s", said)
				}
			})
		})
	}
}

// A currency in small letters is the same one: nothing is sent again, and nothing is created twice.
func TestCurrencyInSmallLetters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if !strings.Contains(b.kind, "spend") {
			return
		}
		first, _, _ := b.of(w.project)
		w.sim.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"currency": "usd"}})
		w.Apply(first)
		if err := w.Try(first); err != nil {
			t.Fatal(err)
		}
		same(t, "writes", len(w.writes()), 1)
	})
}

// nil2 fails the comparison unless there is nothing.
func nil2(all []openaisim.Record) any { return all[:0] }

// What was removed outside is created again, and a destroy of it is done.
func TestLimitsRemovedOutside(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		first, _, _ := b.of(w.project)
		w.Apply(first)
		remove := func() {
			project, _ := first["project_id"].(string)
			if b.alert() {
				w.sim.RemoveRecord(b.operations, project, fmt.Sprint(w.Attributes()["id"]))
			} else {
				w.sim.RemoveSetting(b.operations, project)
			}
		}
		if b.kind == "project_rate_limit" {
			w.sim.ChangeRecord(b.operations, w.project, "rl-gpt-4.1", fields{"max_requests_per_1_minute": 500})
		} else {
			remove()
		}
		plan, err := w.Plan(first)
		if err != nil || plan.Quiet() {
			t.Fatalf("a plan is quiet, %v", err)
		}
		w.Apply(first)
		if b.stays || b.list && !b.alert() {
			return // it is always there
		}
		remove()
		plan, err = w.State.PlanDestroyAll(t.Context(), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Carry(plan, nil); err != nil {
			t.Error(err)
		}
	})
}

// In an archived project nothing is left: neither a refresh nor a destroy without one fails.
func TestLimitsOfAnArchivedProject(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if !b.inProject() {
			return
		}
		first, _, _ := b.of(w.project)
		w.Apply(first)
		state := maps.Clone(w.State.State)
		w.sim.ArchiveProject(w.project)
		if err := w.Try(nil); err != nil {
			t.Fatal(err)
		}
		w.Has("its project " + w.project + " was archived")
		same(t, "state", w.Attributes(), fields(nil))
		w.State.State = state
		plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Carry(plan, nil); err != nil {
			t.Error(err)
		}
		plan, err = w.Plan(first) // as an apply that archives the project and creates another one begins
		if err != nil {
			t.Fatal(err)
		}
		w.Refused(w.Carry(plan, first), "archived")
	})
}

// What the same apply has written for another resource stays: under a new address, or after a replacement
// that creates first.
func TestLimitsThatAreWrittenAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if b.stays || b.alert() {
			return
		}
		first, _, _ := b.of(w.project)
		limits := b.kind == "project_rate_limit"
		stands := func(name string, says ...string) {
			t.Helper()
			plan, err := w.PlanAll(map[string]fields{name: first})
			if err != nil || !plan.Quiet() {
				t.Errorf("a plan of %s is not quiet, %v", name, err)
			}
			if !limits {
				says = []string{"stays as it is", "for another resource"}
			}
			w.Has(says...)
		}
		if err := w.TryAll(map[string]fields{"z": first}); err != nil {
			t.Fatal(err)
		}
		w.Said()
		if err := w.TryAll(map[string]fields{"a": first}); err != nil { // written before z is destroyed
			t.Fatal(err)
		}
		stands("a", "does not get back its former values", "max_requests_per_1_minute = 500")

		replaced := map[string]protocol.Settings{"a": {Attributes: first, Replace: true, CreateBeforeDestroy: true}}
		plan, err := w.State.Plan(t.Context(), replaced, true)
		if err == nil {
			err = w.State.Apply(t.Context(), plan, replaced)
		}
		if err != nil {
			t.Fatal(err)
		}
		stands("a", "stays as it is")

		// Alone it is undone. What the resource itself wrote is no former value.
		w.sim.ResetJournal()
		if err := w.TryAll(nil); err != nil {
			t.Fatal(err)
		}
		undone := 1
		if limits {
			undone = 0
			w.Has("before Terraform managed them are not known")
		}
		same(t, "writes of a destroy", len(w.writes()), undone)
	})
}

// A destroy writes back those limits that the apply has not written for another resource.
func TestRateLimitsThatAreWrittenInPart(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	in := fields{"project_id": w.project, "model": "gpt-4.1"}
	if err := w.TryAll(map[string]fields{"z": with(in, fields{"max_requests_per_1_minute": 7, "max_tokens_per_1_minute": 9})}); err != nil {
		t.Fatal(err)
	}
	w.Said()
	if err := w.TryAll(map[string]fields{"a": with(in, fields{"max_requests_per_1_minute": 8})}); err != nil {
		t.Fatal(err)
	}
	w.Has("max_requests_per_1_minute = 500. A later destroy of the other resource may write back what this one had written.")
	has := w.limits("gpt-4.1")
	same(t, "limits", []any{has["max_requests_per_1_minute"], has["max_tokens_per_1_minute"]}, []any{8, 30000})

	// For what a had found was z's: the API shows no value but the present one.
	if err := w.TryAll(nil); err != nil {
		t.Fatal(err)
	}
	w.Has("Project rate limit "+w.project+"/gpt-4.1 gets back its former values", "max_requests_per_1_minute = 7.")
}

// What is set already is taken over, and the plan shows it.
func TestSettingsAreAdopted(t *testing.T) {
	t.Parallel()
	for kind, present := range map[string][]string{
		"project_spend_limit":             {"Project spend limit proj_", "amount = 100."},
		"spend_limit":                     {"Spend limit organization is set already", "amount = 100."},
		"project_model_permissions":       {"mode = allow_list, model_ids = [m1, m2]"},
		"project_hosted_tool_permissions": {"code_interpreter = true", "mcp = false"},
		"project_service_tiers":           {"default = fast, enabled_tiers = [fast, flex]"},
		"project_data_retention":          {"type = zero_data_retention"},
		"data_retention":                  {"Data retention organization is set already", "type = zero_data_retention"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			all := bounds()
			b := all[slices.IndexFunc(all, func(b bound) bool { return b.kind == kind })]
			w := limit(t, b.typeName(), openaisim.Options{})
			first, second, _ := b.of(w.project)
			w.Apply(first)
			clear(w.State.State)
			w.Said()
			if _, err := w.Plan(second); err != nil {
				t.Fatal(err)
			}
			w.Has(append(present, "is set already", "Applying adopts it")...)
			w.Apply(second)
		})
	}
	w := limit(t, "orgkeys_openai_project_spend_limit", openaisim.Options{})
	w.Apply(fields{"project_id": w.project, "amount": "1"})
	if said := w.Said(); strings.Contains(said, "already") {
		t.Errorf("said %s", said)
	}
}
