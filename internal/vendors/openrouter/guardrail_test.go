// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

const nowhere = "99999999-0000-4000-8000-000000000009"

// A guardrail that is not there is an error before a key is created for it: of the plan where it is known there, of a
// rotation too, and else of the apply. One look does for all keys of a run: the guardrail is read six times, and another one
// once.
func TestGuardrailThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	texts := []string{"has no guardrail " + nowhere, "Check guardrail_id"}
	all := map[string]settings{}
	for i := range 3 {
		all[fmt.Sprint("k", i)] = settings{"name": fmt.Sprint("k", i), "workspace_id": w.workspace, "guardrail_id": nowhere}
	}
	guardrail := w.SeedGuardrail("")
	began := w.Server.Clock().Now()
	_, err := w.PlanAll(all)
	w.Refused(err, texts...)
	same(t, "calls of a plan", []any{w.Count(openroutersim.OpGetGuardrail) <= 7, w.Count(openroutersim.OpListGuardrails)}, []any{true, 1})

	unknown := map[string]settings{}
	for name := range all {
		unknown[name] = with(all[name], settings{"guardrail_id": protocol.Unknown})
	}
	plan, err := w.PlanAll(unknown)
	same(t, "planned", err, nil)
	w.ResetJournal()
	w.Refused(w.CarryAll(plan, all), texts...)
	same(t, "calls of an apply", []any{w.Count(openroutersim.OpGetGuardrail) <= 7, w.Count(openroutersim.OpCreateKey), len(w.Keys())}, []any{true, 0, 0})
	if took := w.Server.Clock().Now().Sub(began); took > 25*time.Second {
		t.Errorf("it took %s", took)
	}

	for name := range all {
		all[name] = with(all[name], settings{"guardrail_id": guardrail})
	}
	w.ResetJournal()
	same(t, "applied", w.TryAll(all), nil)
	same(t, "a look in the plan and one in the apply", w.Count(openroutersim.OpGetGuardrail), 2)
	for name := range all {
		same(t, name, w.guardrailOf(name), guardrail)
	}
	// What lists of assignments show is there: the plan reads them before.
	w.ResetJournal()
	for name := range all {
		all[name] = with(all[name], settings{"rotate_when_changed": map[string]string{"a": "1"}})
	}
	same(t, "recorded", w.TryAll(all), nil)
	for name := range all {
		all[name] = with(all[name], settings{"rotate_when_changed": map[string]string{"a": "2"}, "overlap": "0s"})
	}
	same(t, "rotated", []any{w.TryAll(all), len(w.Keys()), w.Count(openroutersim.OpGetGuardrail)}, []any{nil, 3, 1})

	all["k1"] = with(all["k1"], settings{"guardrail_id": nowhere})
	_, err = w.PlanAll(all)
	w.Refused(err, texts...)
	all["k1"] = with(all["k1"], settings{"rotate_when_changed": map[string]string{"a": "3"}})
	_, err = w.PlanAll(all)
	w.Refused(err, texts...)
}

// A guardrail that does not show yet, and a server that lets none be read, stop nothing.
func TestGuardrailThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]simkit.Fault{
		"young":     {{Operation: openroutersim.OpGetGuardrail, Kind: simkit.NotFoundBefore, For: 5 * time.Second}},
		"forbidden": {{Operation: openroutersim.OpGetGuardrail, Kind: simkit.StatusBefore, Status: 403}},
		"no such call": {
			{Operation: openroutersim.OpGetGuardrail, Kind: simkit.NotFoundBefore}, {Operation: openroutersim.OpListGuardrails, Kind: simkit.NotFoundBefore},
		},
		"no such call for one": {{Operation: openroutersim.OpGetGuardrail, Kind: simkit.NotFoundBefore}},
		"no such call for one, an empty list": {
			{Operation: openroutersim.OpGetGuardrail, Kind: simkit.NotFoundBefore}, {Operation: openroutersim.OpListGuardrails, Kind: simkit.StatusBefore, Status: 200, Body: `{"data":[],"total_count":0}`},
		},
		"no such call for one, a list of another workspace": {
			{Operation: openroutersim.OpGetGuardrail, Kind: simkit.NotFoundBefore}, {Operation: openroutersim.OpListGuardrails, Kind: simkit.StatusBefore, Status: 200, Body: `{"data":[{"id":"` + nowhere + `"}],"total_count":1}`},
		},
		"in trouble": {{Operation: openroutersim.OpGetGuardrail, Kind: simkit.StatusBefore, Status: 500}},
		"another":    {{Operation: openroutersim.OpGetGuardrail, Kind: simkit.StatusBefore, Status: 200, Body: `{"data":{"id":"` + nowhere + `"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openroutersim.Options{}, keyType)
			w.Inject(faults...)
			guardrail := w.SeedGuardrail("")
			w.Apply(settings{"name": "x", "workspace_id": w.workspace, "guardrail_id": guardrail})
			same(t, "guardrail", w.Keys()[0].GuardrailID, guardrail)
		})
	}
}
