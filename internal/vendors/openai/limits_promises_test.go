// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const rateLimitType = "orgkeys_openai_project_rate_limit"

// limits are those of the model in the simulator.
func (w *limited) limits(model string) fields {
	for _, one := range w.sim.Records("rate_limits") {
		if one.Parent == w.project && one.Fields["model"] == model {
			return one.Fields
		}
	}
	return nil
}

// Limits cannot be deleted: a destroy writes back what was there, and nothing else.
func TestRateLimitsAreWrittenBack(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
	same(t, "state", w.Apply(config)["max_tokens_per_1_minute"], 30000)
	config = with(config, fields{"max_requests_per_1_minute": 9, "batch_1_day_max_input_tokens": 11})
	w.Apply(config)

	// A line that is taken away leaves the limit, with a warning, and so does what somebody makes of it.
	delete(config, "batch_1_day_max_input_tokens")
	w.sim.ResetJournal()
	w.Said()
	w.Apply(config)
	w.Has("keeps its batch_1_day_max_input_tokens", "batch_1_day_max_input_tokens stays 11. A destroy sets it back to 900000.")
	same(t, "writes", w.writes(), nil)
	w.sim.ChangeRecord("rate_limits", w.project, "rl-gpt-4.1", fields{"max_tokens_per_1_minute": 5})
	w.Apply(config)
	same(t, "writes", w.writes(), nil)

	w.Said()
	plan, err := w.Plan(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Has("Project rate limit "+w.project+"/gpt-4.1 gets back its former values", "batch_1_day_max_input_tokens = 900000, max_requests_per_1_minute = 500.")
	if err := w.Carry(plan, nil); err != nil {
		t.Fatal(err)
	}
	has := w.limits("gpt-4.1")
	same(t, "limits", []any{has["max_requests_per_1_minute"], has["max_tokens_per_1_minute"], has["batch_1_day_max_input_tokens"]}, []any{500, 5, 900000})
}

// A limit whose write was refused is somebody else's still: a destroy leaves it.
func TestARefusedLimitIsNotWrittenBack(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
	w.Apply(config)
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.update", Kind: simkit.StatusBefore, Status: 400, Times: 1})
	if err := w.Try(with(config, fields{"max_tokens_per_1_minute": 99999999})); err == nil {
		t.Fatal("the limit was not refused")
	}
	w.Apply(config)
	w.sim.ChangeRecord("rate_limits", w.project, "rl-gpt-4.1", fields{"max_tokens_per_1_minute": 80000})
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	has := w.limits("gpt-4.1")
	same(t, "limits", []any{has["max_requests_per_1_minute"], has["max_tokens_per_1_minute"]}, []any{500, 80000})
}

// One that a lost attempt wrote is Terraform's, although the next attempt was refused.
func TestALimitIsWrittenBackAfterALostAttempt(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
	w.Apply(config)
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.update", Kind: simkit.StatusAfter, Status: 502, Times: 1},
		simkit.Fault{Operation: "rate_limits.update", Kind: simkit.StatusBefore, Status: 400, Times: 1})
	w.Apply(with(config, fields{"max_tokens_per_1_minute": 5}))
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	same(t, "limit", w.limits("gpt-4.1")["max_tokens_per_1_minute"], 30000)
}

// A create that was refused keeps none.
func TestARefusedCreateKeepsNoLimits(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.update", Kind: simkit.StatusBefore, Status: 400, Times: 1})
	if err := w.Try(with(config, fields{"max_tokens_per_1_minute": 99999999})); err == nil {
		t.Fatal("the limit was not refused")
	}
	w.sim.ChangeRecord("rate_limits", w.project, "rl-gpt-4.1", fields{"max_requests_per_1_minute": 600, "max_tokens_per_1_minute": 80000})
	w.Apply(config)
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	has := w.limits("gpt-4.1")
	same(t, "limits", []any{has["max_requests_per_1_minute"], has["max_tokens_per_1_minute"]}, []any{600, 80000})
}

// An answer that is lost for good is no error where the list shows that everything is written back.
func TestRateLimitsAreWrittenBackUnseen(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	w.Apply(fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7, "batch_1_day_max_input_tokens": 11})
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.update", Kind: simkit.StatusAfter})
	if err := w.Try(nil); err != nil {
		t.Error(err)
	}
	has := w.limits("gpt-4.1")
	same(t, "limits", []any{has["max_requests_per_1_minute"], has["batch_1_day_max_input_tokens"]}, []any{500, 900000})
}

// What the server makes of what is written back is looked at, as for other writes.
func TestWhatIsWrittenBackIsLookedAt(t *testing.T) {
	t.Parallel()
	for says, answer := range map[string]simkit.Fault{
		"max_requests_per_1_minute is 250 at the server, not 500.":                               {Set: fields{"max_requests_per_1_minute": 250}},
		"max_requests_per_1_minute = 500 was sent, and the server does not confirm it.":          {Omit: []string{"max_requests_per_1_minute"}},
		"batch_1_day_max_input_tokens is 1 at the server, not 900000. max_requests_per_1_minute": {Set: fields{"max_requests_per_1_minute": 250, "batch_1_day_max_input_tokens": 1}},
	} {
		w := limit(t, rateLimitType, openaisim.Options{})
		w.Apply(fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7, "batch_1_day_max_input_tokens": 11})
		answer.Operation, answer.Kind = "rate_limits.update", simkit.Altered
		w.sim.Inject(answer)
		w.Said()
		if err := w.Try(nil); err != nil {
			t.Fatal(err)
		}
		w.Has("Project rate limit "+w.project+"/gpt-4.1 does not get back its former values", says)
	}
	for says, answer := range map[string]simkit.Fault{
		`The destroy sent organization_default, and the server has none.`:            {Set: fields{"type": "none"}},
		`The destroy sent organization_default, and the server does not confirm it.`: {Omit: []string{"type"}},
		"": {Operation: "nothing"},
	} {
		w := limit(t, "orgkeys_openai_project_data_retention", openaisim.Options{})
		w.Apply(fields{"project_id": w.project, "type": "zero_data_retention"})
		if says != "" {
			answer.Operation, answer.Kind = "project_data_retention.update", simkit.Altered
			w.sim.Inject(answer)
		}
		w.Said()
		if err := w.Try(nil); err != nil {
			t.Fatal(err)
		}
		if said := w.Said(); says == "" && said != "[]" || !strings.Contains(said, says) || says != "" && !strings.Contains(said, "Project data retention "+w.project+" does not get back the organization's") {
			t.Errorf("said %s, want %q", said, says)
		}
	}
}

// A destroy that the server refuses for good names what it writes and the ways on; the object stays in state.
func TestWhatIsWrittenBackIsRefused(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		operation, writes string
		config            fields
	}{
		"project_rate_limit":     {"rate_limits.update", "max_requests_per_1_minute = 500", fields{"model": "gpt-4.1", "max_requests_per_1_minute": 7}},
		"project_data_retention": {"project_data_retention.update", "retention_type = organization_default", fields{"type": "zero_data_retention"}},
	} {
		for _, status := range []int{400, 403, 404, 409, 401, 500} {
			t.Run(fmt.Sprint(kind, " ", status), func(t *testing.T) {
				t.Parallel()
				w := limit(t, "orgkeys_openai_"+kind, openaisim.Options{})
				w.Apply(with(c.config, fields{"project_id": w.project}))
				w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: status})
				err := w.Try(nil)
				if err == nil {
					t.Fatal("it was not refused")
				}
				refused := status != 401 && status != 500
				if said := err.Error(); strings.Contains(said, "what the destroy writes: "+c.writes) != refused || strings.Contains(said, "terraform state rm") != refused {
					t.Error(said)
				}
				same(t, "in state", w.Attributes() != nil, true)
			})
		}
	}
}

// What is not known cannot be written back: the limits stay, and the plan says so.
func TestRateLimitsOfAnImportStay(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	w.take(w.project+"/gpt-4.1", nil)
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 500}
	if !w.Quiet(config) {
		t.Error("a plan after an import is not quiet")
	}
	w.Said()
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	w.Has("Project rate limit "+w.project+"/gpt-4.1 stays as it is", "before Terraform managed them are not known")
	same(t, "writes", w.writes(), nil)

	// What the first write after an import overwrites is known.
	w.take(w.project+"/gpt-4.1", nil)
	w.Apply(with(config, fields{"max_requests_per_1_minute": 3}))
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	same(t, "limit", w.limits("gpt-4.1")["max_requests_per_1_minute"], 500)

	// So is nothing of an object whose private state was lost.
	w.Apply(with(config, fields{"max_requests_per_1_minute": 4}))
	w.State.State["x"].Current.Private = nil
	w.Said()
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	w.Has("stays as it is")
	same(t, "limit", w.limits("gpt-4.1")["max_requests_per_1_minute"], 4)
}

// Thirty limits of a new state: one list in each process, and one write each.
func TestManyRateLimits(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	all := map[string]fields{}
	for i := range 30 {
		model := fmt.Sprint("m", i)
		w.sim.SeedRecord(openaisim.Record{Kind: "rate_limits", Parent: w.project, ID: "rl-" + model, Fields: fields{"model": model, "max_requests_per_1_minute": 100 + i}})
		all[model] = fields{"project_id": w.project, "model": model, "max_requests_per_1_minute": i}
	}
	w.sim.ResetJournal()
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", []any{w.sim.Count("rate_limits.list"), w.sim.Count("rate_limits.update")}, []any{2, 30}) // plan and apply
	w.sim.ResetJournal()
	if err := w.TryAll(nil); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", []any{w.sim.Count("rate_limits.update"), len(w.sim.Journal()) <= 32}, []any{30, true})
	for i := range 30 {
		same(t, "limit", w.limits(fmt.Sprint("m", i))["max_requests_per_1_minute"], 100+i)
	}
}

// Thirty users of a new state: one list in each process, and one write each.
func TestManyUserRoles(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_user_role", openaisim.Options{})
	all := map[string]fields{}
	for i := range 30 {
		id := w.sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "U", "email": fmt.Sprint(i, "@example.com"), "role": "reader"}})
		all[id] = fields{"user_id": id, "role": "owner"}
	}
	w.sim.SetLimits(8, 0)
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", []any{w.sim.Count("users.list"), w.sim.Count("users.update") >= 30}, []any{2, true}) // plan and apply
	for _, one := range w.sim.Records("users") {
		same(t, "role", one.Fields["role"], "owner")
	}
}

// Ten alerts in a project that is there: its list is read once by the plan and once by the apply, and
// again when it is older than a minute. A lost answer still finds its own alert.
func TestManySpendAlerts(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{})
	all := map[string]fields{}
	for i := range 10 {
		all[fmt.Sprint("a", i)] = fields{"project_id": w.project, "amount": fmt.Sprint(i), "email_recipients": []string{"a@example.com"}}
	}
	w.sim.ResetJournal()
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", []any{w.sim.Count("project_spend_alerts.list"), w.sim.Count("project_spend_alerts.create"), len(w.sim.Journal())}, []any{2, 10, 12})

	w = limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{})
	for i := range all {
		all[i]["project_id"] = w.project
	}
	w.sim.Inject(simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.CutAfter, Skip: 4, Times: 1})
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	w.Has("was taken over", "The answer to the creation of this project spend alert was lost. The only one like it created since then, alert_")
	same(t, "alerts", len(w.sim.Records("project_spend_alerts")), 10)

	// A stranger's alert, created long after the list was read, is not taken for the one that was lost.
	w = limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{})
	two := map[string]fields{"a": with(all["a0"], fields{"project_id": w.project}), "b": with(all["a1"], fields{"project_id": w.project})}
	w.sim.Inject(
		simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.StatusBefore, Status: 429, RetryAfter: 100 * time.Second, Times: 1},
		simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.Altered, Times: 1, Notify: func() {
			w.sim.SeedRecord(openaisim.Record{Kind: "project_spend_alerts", Parent: w.project, Fields: fields{
				"threshold_amount": 100, "currency": "USD", "interval": "month", "notification_channel": fields{"type": "email", "recipients": []string{"a@example.com"}},
			}})
		}},
		simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.CutBefore, Times: 1},
	)
	if err := w.TryAll(two); err != nil {
		t.Fatal(err)
	}
	same(t, "alerts", len(w.sim.Records("project_spend_alerts")), 3)
}

func TestRateLimitOfAModelThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	_, err := w.Plan(fields{"project_id": w.project, "model": "gpt-0", "max_requests_per_1_minute": 7})
	w.Refused(err, `has no rate limit for the model "gpt-0"`, "gpt-4.1, gpt-4.1-mini, gpt-image-1", "cannot be created")
}

// A limit that the model does not have is refused by the plan, also of a resource that is there. One that every model
// has is sent, although the server does not show it.
func TestRateLimitThatAModelDoesNotHave(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
	warned := func(config fields) {
		t.Helper()
		w.Said()
		_, err := w.Plan(with(config, fields{"max_images_per_1_minute": 7}))
		same(t, "plan", err, nil)
		w.Has("shows no max_images_per_1_minute", "these limits of the model: batch_1_day_max_input_tokens, max_requests_per_1_minute, max_tokens_per_1_minute.")
	}
	warned(config)
	w.Apply(config)
	warned(config)
	w.Said()
	if _, err := w.Plan(with(config, fields{"max_images_per_1_minute": protocol.Unknown})); err != nil || w.Says("shows no") {
		t.Error(err, "or a warning of what is not known")
	}
	w.take(w.project+"/gpt-4.1", nil)
	warned(config)
	same(t, "writes", w.writes(), []string{"rate_limits.update"})

	for _, name := range []string{"max_tokens_per_1_minute", "max_requests_per_1_minute"} {
		w = limit(t, rateLimitType, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: "rate_limits.list", Kind: simkit.Altered, Omit: []string{name}})
		w.Apply(fields{"project_id": w.project, "model": "gpt-4.1", name: 7})
	}

	// What the server has taken stays accepted, although it does not show it.
	w = limit(t, rateLimitType, openaisim.Options{})
	config = fields{"project_id": w.project, "model": "gpt-image-1", "max_images_per_1_minute": 7}
	w.Apply(config)
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.list", Kind: simkit.Altered, Omit: []string{"max_images_per_1_minute"}})
	w.Apply(config)
	w.Said()
	w.Apply(with(config, fields{"max_images_per_1_minute": 8}))
	same(t, "warned", w.Says("shows no"), false)
}

// Amounts are compared as cents, sent as cents, and stay as they are written.
func TestAmounts(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_spend_limit", openaisim.Options{})
	for _, c := range []struct {
		amount string
		cents  string // as sent; "" = the same as before
	}{
		{"100", "10000"}, {"100.0", ""}, {"100.00", ""}, {"0100", ""}, {"100.000", ""},
		{"33.33", "3333"}, {"0.01", "1"}, {"0.010", ""}, {"1234567.89", "123456789"}, {"1234567.890", ""}, {"2.1", "210"}, {"999999999999.99", "99999999999999"},
	} {
		w.sim.ResetJournal()
		before := w.Attributes()["amount"]
		after := w.Apply(fields{"amount": c.amount})
		sent := ""
		for _, entry := range w.sim.Journal() {
			if entry.Method == "POST" {
				sent = fmt.Sprintf("%.0f", entry.Fields["threshold_amount"])
			}
		}
		if c.cents == "" {
			same(t, c.amount, []any{sent, after["amount"]}, []any{"", before})
			continue
		}
		same(t, c.amount, []any{sent, after["amount"]}, []any{c.cents, c.amount})
	}
	for amount, want := range map[string]string{
		"0": "must be at least 0.01", "0.001": "has parts of a cent", "-1": "is not an amount", "1e3": "is not an amount", "": "is not an amount", "ten": "is not an amount",
		"1,5": "is not an amount", "1/3": "is not an amount", "0x10": "is not an amount", ".5": "is not an amount", "1234567890123": "is not an amount",
	} {
		_, err := w.Plan(fields{"amount": amount})
		w.Refused(err, "Invalid amount", want)
	}
	w = limit(t, "orgkeys_openai_spend_alert", openaisim.Options{})
	w.Apply(fields{"amount": "0", "email_recipients": []string{"a@example.com"}})
	// Somebody else's change is shown in the shortest form.
	w.sim.ChangeRecord("spend_alerts", "", fmt.Sprint(w.Attributes()["id"]), fields{"threshold_amount": 1250})
	plan, err := w.Plan(fields{"amount": "0", "email_recipients": []string{"a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "drift", []any{plan.Changes["x"].Action, plan.Prior["x"].Current.Attributes()["amount"]}, []any{protocol.Update, "12.50"})
}

// A value that is not known yet replaces nothing and refuses nothing.
func TestLimitsThatAreNotKnownYet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		first, _, _ := b.of(w.project)
		unknown := fields{}
		for name := range first {
			unknown[name] = protocol.Unknown
		}
		plan, err := w.Plan(unknown)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "action", plan.Changes["x"].Action, protocol.Create)
		w.Apply(first)
		w.Said()
		if plan, err = w.Plan(unknown); err != nil {
			t.Fatal(err)
		}
		same(t, "action", plan.Changes["x"].Action, protocol.Update)
		if said := w.Said(); strings.Contains(said, "replaced") {
			t.Errorf("said %s", said)
		}
		// It turns out to be what it was.
		w.sim.ResetJournal()
		if err := w.Carry(plan, first); err != nil {
			t.Fatal(err)
		}
		if !w.Quiet(first) {
			t.Error("a plan is not quiet")
		}
	})
}

func TestTakenAwayLinesOfSettings(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		config  fields
		without string
		stays   string
	}{
		"project_hosted_tool_permissions": {fields{"mcp": false, "web_search": false}, "mcp", "mcp stays false"},
		"project_service_tiers":           {fields{"default": "fast", "enabled_tiers": []string{"flex"}}, "enabled_tiers", "enabled_tiers stays [flex]"},
	} {
		w := limit(t, "orgkeys_openai_"+kind, openaisim.Options{})
		config := with(c.config, fields{"project_id": w.project})
		before := w.Apply(config)
		delete(config, c.without)
		w.Said()
		w.sim.ResetJournal()
		same(t, kind, w.Apply(config), before)
		w.Has("keeps its "+c.without, c.stays)
		same(t, "writes", w.writes(), nil)
	}
	// An alert is replaced whole.
	w := limit(t, "orgkeys_openai_spend_alert", openaisim.Options{})
	config := fields{"amount": "1", "email_recipients": []string{"a@example.com"}, "subject_prefix": "x"}
	w.Apply(config)
	delete(config, "subject_prefix")
	w.Apply(config)
	channel, _ := w.sim.Records("spend_alerts")[0].Fields["notification_channel"].(fields)
	same(t, "prefix", channel["subject_prefix"], nil)
}

func TestBadInputOfLimits(t *testing.T) {
	t.Parallel()
	for kind, cases := range map[string][]struct {
		config fields
		want   string
	}{
		"project_rate_limit":        {{fields{"model": "m", "max_requests_per_1_minute": -1}, "must be at least 0"}, {fields{"model": "a/b"}, "Invalid model"}},
		"project_model_permissions": {{fields{"mode": "some", "model_ids": []string{}}, "value must be one of"}, {fields{"mode": "deny_list", "model_ids": []string{""}}, "must not be empty"}},
		"project_service_tiers":     {{fields{"enabled_tiers": []string{"all", "flex"}}, `"all" stands alone`}, {fields{"enabled_tiers": []string{"slow"}}, "value must be one of"}, {fields{"default": "flex"}, "value must be one of"}},
		"project_spend_limit":       {{fields{"amount": "1", "interval": "day"}, "value must be one of"}},
		"project_spend_alert":       {{fields{"amount": "1", "email_recipients": []string{}}, "at least 1 elements"}, {fields{"amount": "1", "email_recipients": []string{"a@example.com", " "}}, "white space"}, {fields{"amount": "1", "email_recipients": []string{"a@example.com"}, "subject_prefix": ""}, "must not be empty"}},
		"project_data_retention":    {{fields{"type": "for ever"}, "value must be one of"}},
	} {
		w := limit(t, "orgkeys_openai_"+kind, openaisim.Options{})
		for _, c := range cases {
			_, err := w.Plan(with(c.config, fields{"project_id": w.project}))
			w.Refused(err, c.want)
		}
		same(t, "calls", len(w.sim.Journal()), 0)
	}
	w := limit(t, "orgkeys_openai_data_retention", openaisim.Options{})
	_, err := w.Plan(fields{"type": "organization_default"})
	w.Refused(err, "value must be one of")
	for _, kind := range []string{"spend_limit", "data_retention"} {
		_, _, err := w.Import("orgkeys_openai_"+kind, "org_1")
		w.Refused(err, `The id "org_1" was not found`, "whose import id is organization")
	}
}

// Lists and look-ups show what there is, also what Terraform does not manage.
func TestListsOfLimits(t *testing.T) {
	t.Parallel()
	for _, page := range []int{0, 1} {
		w := limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{MaxPage: page})
		in := fields{"project_id": w.project}
		first := w.Apply(with(in, fields{"amount": "10.50", "email_recipients": []string{"b@example.com", "a@example.com"}, "subject_prefix": "Hm"}))
		first["email_recipients"] = []any{"a@example.com", "b@example.com"} // a set
		names, objects := w.List("orgkeys_openai_project_spend_alert", in)
		same(t, "alerts", []any{names, objects}, []any{[]string{"10.50 USD a month (Hm, to a@example.com, b@example.com)"}, []fields{first}})
		names, _ = w.List("orgkeys_openai_spend_alert", nil)
		same(t, "alerts of the organization", names, nil)
		names, objects = w.List(rateLimitType, in)
		same(t, "limits", []any{names, objects[2]["max_images_per_1_minute"], objects[2]["project_id"]}, []any{[]string{"gpt-4.1", "gpt-4.1-mini", "gpt-image-1"}, 5, w.project})

		got, err := w.Data("orgkeys_openai_project_rate_limits", in)
		rows, _ := got["rate_limits"].([]any)
		if err != nil || len(rows) != 3 {
			t.Fatal(got, err)
		}
		second, _ := rows[1].(fields)
		same(t, "row", []any{second["model"], second["max_requests_per_1_day"], second["max_images_per_1_minute"]}, []any{"gpt-4.1-mini", 10000, nil})

		got, err = w.Data("orgkeys_openai_model_permissions", in)
		same(t, "no policy", []any{got["mode"], got["model_ids"], err}, []any{nil, nil, nil})
		w.sim.ChangeSetting(openaisim.Setting{Kind: "model_permissions", Project: w.project, Fields: fields{"mode": "deny_list", "model_ids": []string{"m"}}})
		got, err = w.Data("orgkeys_openai_model_permissions", in)
		same(t, "policy", []any{got["mode"], got["model_ids"], err}, []any{"deny_list", []string{"m"}, nil})
		w.sim.ArchiveProject(w.project)
		for _, kind := range []string{"orgkeys_openai_model_permissions", "orgkeys_openai_project_rate_limits"} {
			_, err = w.Data(kind, in)
			w.Refused(err, "was archived")
		}
	}
}

// Types of the vendor's own provider and of another one, with the attributes that their documents name.
func TestLimitsMoveFromOtherProviders(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{})
	alert := fmt.Sprint(w.Apply(fields{"project_id": w.project, "amount": "1", "email_recipients": []string{"a@example.com"}})["id"])
	organization := w.sim.SeedRecord(openaisim.Record{Kind: "spend_alerts", Fields: fields{
		"threshold_amount": 7, "currency": "USD", "interval": "month", "notification_channel": fields{"type": "email", "recipients": []string{"a@example.com"}},
	}})
	w.sim.ChangeSetting(openaisim.Setting{Kind: "model_permissions", Project: w.project, Fields: fields{"mode": "deny_list", "model_ids": []string{"m"}}})
	for _, at := range []openaisim.Setting{{Kind: "project_spend_limit", Project: w.project}, {Kind: "spend_limit"}} {
		at.Fields = fields{"threshold_amount": 100, "currency": "USD", "interval": "month"}
		w.sim.ChangeSetting(at)
	}
	in := fields{"project_id": w.project}
	money := fields{"threshold_amount": 100, "currency": "USD", "interval": "month"}
	channel := fields{"notification_channel_type": "email", "notification_channel_recipients": []string{"a@example.com"}, "notification_channel_subject_prefix": nil}
	nested := fields{"notification_channel": fields{"type": "email", "recipients": []string{"a@example.com"}, "subject_prefix": nil}}
	limits := fields{"max_requests_per_1_minute": 5, "max_tokens_per_1_minute": nil}
	for _, c := range []struct {
		provider, from, to string
		state              fields
		id                 string
	}{
		{"openai", "project_rate_limit", "project_rate_limit", with(with(in, limits), fields{"id": w.project + "/rl-gpt-4.1", "rate_limit_id": "rl-gpt-4.1", "model": "gpt-4.1"}), w.project + "/gpt-4.1"},
		{"jianyuan", "project_rate_limit", "project_rate_limit", with(with(in, limits), fields{"rate_limit_id": "rl-gpt-4.1"}), w.project + "/gpt-4.1"},
		{"openai", "project_model_permissions", "project_model_permissions", with(in, fields{"mode": "allow_list", "model_ids": []string{"m"}, "object": "project.model_permissions"}), w.project},
		{"jianyuan", "project_model_permissions", "project_model_permissions", with(in, fields{"mode": "allow_list", "model_ids": []string{"m"}}), w.project},
		{"openai", "project_hosted_tool_permissions", "project_hosted_tool_permissions", with(in, fields{"mcp_enabled": true, "web_search_enabled": false}), w.project},
		{"openai", "project_spend_limit", "project_spend_limit", with(with(in, money), fields{"object": "project.spend_limit", "enforcement_status": "inactive"}), w.project},
		{"jianyuan", "project_spend_limit", "project_spend_limit", with(with(in, money), fields{"enforcement": fields{"status": "inactive"}}), w.project},
		{"openai", "organization_spend_limit", "spend_limit", with(money, fields{"singleton_id": "organization", "enforcement_status": "inactive"}), "organization"},
		{"jianyuan", "spend_limit", "spend_limit", with(money, fields{"enforcement": fields{"status": "inactive"}}), "organization"},
		{"openai", "project_spend_alert", "project_spend_alert", with(with(with(in, money), channel), fields{"alert_id": alert, "id": w.project + "/" + alert}), w.project + "/" + alert},
		{"jianyuan", "project_spend_alert", "project_spend_alert", with(with(with(in, money), nested), fields{"id": alert}), w.project + "/" + alert},
		{"openai", "organization_spend_alert", "spend_alert", with(with(money, channel), fields{"alert_id": organization, "id": organization}), organization},
		{"jianyuan", "spend_alert", "spend_alert", with(with(money, nested), fields{"id": organization}), organization},
		{"openai", "project_data_retention", "project_data_retention", with(in, fields{"type": "none", "object": "project.data_retention"}), w.project},
		{"openai", "organization_data_retention", "data_retention", fields{"type": "zero_data_retention", "singleton_id": "organization"}, "organization"},
		{"jianyuan", "data_retention", "data_retention", fields{"type": "zero_data_retention"}, "organization"},
	} {
		moved, said, err := w.Move("orgkeys_openai_"+c.to, "openai_"+c.from, c.provider+"/openai", c.state)
		imported, _, importErr := w.Import("orgkeys_openai_"+c.to, c.id)
		if err != nil || importErr != nil || said != "" {
			t.Errorf("%s/%s: %v, %v, said %s", c.provider, c.from, err, importErr, said)
		}
		same(t, c.provider+"/"+c.from, moved, imported)
		if len(moved) < 2 {
			t.Errorf("moved %v", moved)
		}
	}
}

// Everything of the organization missing at once is most likely another organization's key.
func TestSpendLimitOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_spend_alert", openaisim.Options{})
	config := fields{"amount": "1", "email_recipients": []string{"a@example.com"}}
	all := map[string]fields{"a": config, "b": with(config, fields{"amount": "2"})}
	if err := w.TryAll(all); err != nil {
		t.Fatal(err)
	}
	destroy, err := w.PlanAll(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.world.Setenv("OPENAI_ADMIN_KEY", w.sim.NewOrganization())
	_, err = w.PlanAll(all)
	w.Refused(err, "another organization's admin key", "terraform state rm")

	// A destroy that was planned with the right key: what is missing stays in state, except the first one.
	w.Refused(w.CarryAll(destroy, nil), "another organization's admin key", "Nothing was removed from state")
	if len(w.State.State) == 0 {
		t.Error("everything left the state")
	}
}

// Answers about another object are errors, and change nothing.
func TestAlertsThatAreCrossed(t *testing.T) {
	t.Parallel()
	w := limit(t, "orgkeys_openai_project_spend_alert", openaisim.Options{})
	w.Apply(fields{"project_id": w.project, "amount": "1", "email_recipients": []string{"a@example.com"}})
	w.sim.SeedRecord(openaisim.Record{Kind: "project_spend_alerts", Parent: w.project, Fields: fields{"threshold_amount": 1}})
	w.sim.Inject(simkit.Fault{Operation: "project_spend_alerts.update", Kind: simkit.Crossed})
	w.Refused(w.Try(fields{"project_id": w.project, "amount": "2", "email_recipients": []string{"a@example.com"}}), "it is about")
}

// What a tainted limit has is no former value: Terraform wrote it.
func TestRateLimitsAfterATaint(t *testing.T) {
	t.Parallel()
	w := limit(t, rateLimitType, openaisim.Options{})
	config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 10}
	w.Apply(config)
	w.State.State["x"].Current.Tainted = true
	w.Apply(config)
	w.Apply(with(config, fields{"max_requests_per_1_minute": 12}))
	w.sim.ResetJournal()
	w.Said()
	if err := w.Try(nil); err != nil {
		t.Fatal(err)
	}
	w.Has("Project rate limit "+w.project+"/gpt-4.1 stays as it is", "before Terraform managed them are not known")
	same(t, "writes", w.writes(), nil)
	same(t, "limit", w.limits("gpt-4.1")["max_requests_per_1_minute"], 12)
}

// One 404 does not say that nothing is set.
func TestASettingBehindOne404(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if b.list {
			return
		}
		first, second, _ := b.of(w.project)
		w.Apply(first)
		clear(w.State.State)
		w.Said()
		w.sim.Inject(simkit.Fault{Operation: b.operations + ".get", Kind: simkit.NotFoundBefore, Times: 1})
		if _, err := w.Plan(second); err != nil {
			t.Fatal(err)
		}
		w.Has("is set already")
		if b.kind == "project_model_permissions" {
			w.sim.ClearFaults()
			w.sim.Inject(simkit.Fault{Operation: b.operations + ".get", Kind: simkit.NotFoundBefore, Times: 1})
			got, err := w.Data("orgkeys_openai_model_permissions", fields{"project_id": w.project})
			same(t, "policy", []any{got["mode"], err}, []any{first["mode"], nil})
		}
	})
}

// What a plan asks for where nothing is set: the setting, which one 404 does not prove, and its project once. In a project
// that the same process has created nothing is asked for.
func TestThePlanOfASettingThatIsNotSet(t *testing.T) {
	t.Parallel()
	const kind = "orgkeys_openai_project_spend_limit"
	w := limit(t, kind, openaisim.Options{})
	config := fields{"project_id": w.project, "amount": "1"}
	w.sim.ResetJournal()
	if _, err := w.Plan(config); err != nil { // which plans twice
		t.Fatal(err)
	}
	same(t, "calls", []any{w.sim.Count("project_spend_limit.get"), w.sim.Count(openaisim.OpProjectsGet), w.sim.Count("")}, []any{4, 1, 5})
	_, err := w.Plan(with(config, fields{"project_id": "proj_nobody"}))
	w.Refused(err, "does not exist in the organization")

	p := w.Process()
	walk := func(kind string) *protocol.Walk {
		r, err := p.Resource(kind)
		if err != nil {
			t.Fatal(err)
		}
		return &protocol.Walk{Resource: r, Name: "apply"}
	}
	projects, want := walk("orgkeys_openai_project"), protocol.Settings{Attributes: fields{"name": "new"}}
	change, err := projects.PlanChange(t.Context(), nil, want)
	if err != nil {
		t.Fatal(err)
	}
	var made protocol.Instance
	if err := projects.ApplyChange(t.Context(), &made, change, want); err != nil {
		t.Fatal(err)
	}
	w.sim.ResetJournal()
	if _, err := walk(kind).PlanChange(t.Context(), nil, protocol.Settings{Attributes: with(config, fields{"project_id": made.Current.Attributes()["id"]})}); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", w.sim.Count(""), 0)
}

// A setting that is removed seconds after it was set is asked for while it is young, and not all over again.
func TestASettingThatIsRemovedAtOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"project_spend_limit", "spend_limit"} {
		w := limit(t, "orgkeys_openai_"+kind, openaisim.Options{})
		config := fields{"amount": "1"}
		project := ""
		if kind == "project_spend_limit" {
			project, config["project_id"] = w.project, w.project
		}
		for name, plan := range map[string]func() error{
			"refresh": func() error { _, err := w.Plan(config); return err },
			"destroy": func() error {
				plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
				if err != nil {
					return err
				}
				return w.Carry(plan, nil)
			},
		} {
			w.Apply(config)
			w.sim.RemoveSetting(kind, project)
			w.sim.ResetJournal()
			if err := plan(); err != nil {
				t.Fatal(err)
			}
			if gets, deletes := w.sim.Count(kind+".get"), w.sim.Count(kind+".delete"); gets > 12 || deletes > 8 {
				t.Errorf("%s, %s: %d GETs, %d DELETEs", kind, name, gets, deletes)
			}
		}
	}
}

// A setting that is there and has no value cannot be imported: its id is right.
func TestImportOfASettingThatIsNotSet(t *testing.T) {
	t.Parallel()
	for kind, noun := range map[string]string{"project_spend_limit": "spend limit", "spend_limit": "spend limit", "project_model_permissions": "model permissions"} {
		w := limit(t, "orgkeys_openai_"+kind, openaisim.Options{})
		id, of := w.project, "project "+w.project
		if kind == "spend_limit" {
			id, of = "organization", "the organization"
		}
		_, said, err := w.Import("orgkeys_openai_"+kind, id)
		if text := fmt.Sprint(said, err); strings.Contains(text, "Check the id") || strings.Contains(text, "not found") {
			t.Errorf("%s: %s", kind, text)
		}
		w.Refused(err, noun+" of "+of+" cannot be imported: none is set. Take the import out: applying the configuration sets it.")
	}
}

// Addresses are compared as mail does: a server that writes them in small letters changes nothing, another address is drift.
func TestRecipientsInSmallLetters(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"project_", ""} {
		w := limit(t, "orgkeys_openai_"+level+"spend_alert", openaisim.Options{})
		config, parent := fields{"amount": "1", "email_recipients": []string{"B@Example.com", "a@example.com"}}, ""
		if level != "" {
			config["project_id"], parent = w.project, w.project
		}
		kind := level + "spend_alerts"
		w.sim.Inject(simkit.Fault{Operation: kind + ".create", Kind: simkit.Altered, Set: fields{"notification_channel": fields{"type": "email", "recipients": []string{"a@example.com", "b@example.com"}, "subject_prefix": nil}}})
		w.Said()
		w.Apply(config)
		id := w.sim.Records(kind)[0].ID
		shows := func(recipients ...string) {
			w.sim.ChangeRecord(kind, parent, id, fields{"notification_channel": fields{"type": "email", "recipients": recipients, "subject_prefix": nil}})
		}
		shows("a@example.com", "b@example.com")
		same(t, "quiet", w.Quiet(config), true)
		if said := w.Said(); said != "[]" {
			t.Errorf("%s: said %s", kind, said)
		}
		shows("a@example.com", "c@example.com")
		same(t, "quiet beside another address", w.Quiet(config), false)
	}
}

// A limit that is not there any more, as its model is not, cannot be created: the warning asks for no apply. With its
// project it can come back.
func TestARateLimitThatIsGone(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(w *limited){
		"with its model":   func(w *limited) { w.sim.RemoveRecord("rate_limits", w.project, "rl-gpt-4.1") },
		"with its project": func(w *limited) { w.sim.ArchiveProject(w.project) },
	} {
		w := limit(t, rateLimitType, openaisim.Options{})
		config := fields{"project_id": w.project, "model": "gpt-4.1", "max_requests_per_1_minute": 7}
		w.Apply(config)
		gone(w)
		w.Said()
		_, err := w.Plan(nil)
		if err != nil {
			t.Fatal(err)
		}
		said := w.Said()
		alone := name == "with its model"
		if !strings.Contains(said, "is gone") || strings.Contains(said, "creates a new one") == alone ||
			strings.Contains(said, "Take it out of the configuration, too: a limit comes with a model of the project and cannot be created.") != alone {
			t.Errorf("%s: said %s", name, said)
		}
	}
}
