// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func alert(cents int64, recipients ...string) api.SpendAlert {
	return api.SpendAlert{Cents: &cents, Interval: "month", Recipients: append(recipients, "a@example.com")}
}

func dollars(cents int64) map[string]any {
	return map[string]any{"threshold_amount": cents, "currency": "USD", "interval": "month"}
}

// Alerts have neither a name nor a moment: after a lost answer the list from before tells which is ours.
func TestALostCreateOfAnAlert(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   simkit.FaultKind
		before  int // equal alerts that are there
		adopted bool
		creates int
	}{
		"done":                       {simkit.CutAfter, 0, true, 1},
		"done beside equal ones":     {simkit.StatusAfter, 2, true, 1},
		"not done":                   {simkit.CutBefore, 0, false, 2},
		"not done beside equal ones": {simkit.CutBefore, 2, false, 2},
	} {
		for _, level := range []string{"", "project"} {
			t.Run(name+level, func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{MaxPage: 1})
				parent, kind := "", "spend_alerts"
				if level != "" {
					parent, kind = w.project, "project_spend_alerts"
				}
				before := map[string]bool{}
				for range c.before {
					made, _, err := w.connect(w.sim.AdminKey()).CreateSpendAlert(t.Context(), parent, alert(100, "B@example.com"))
					ok(t, err)
					before[made.ID] = true
				}
				w.sim.ResetJournal()
				w.sim.Inject(simkit.Fault{Operation: kind + ".create", Kind: c.fault, Times: 1})
				made, how, err := w.client.CreateSpendAlert(t.Context(), parent, alert(100, "b@example.com"))
				ok(t, err)
				if how.Adopted != c.adopted || before[made.ID] || made.ID == "" {
					t.Errorf("got %+v, %+v", made, how)
				}
				w.count(kind+".create", c.creates)
				if got := len(w.sim.Records(kind)); got != c.before+1 {
					t.Errorf("%d alerts, want %d", got, c.before+1)
				}
			})
		}
	}
}

// A list for a data source does not make the one that is remembered any younger: an alert that somebody else created
// since is not taken for the one that was lost.
func TestAnInventoryBeforeALostCreateOfAnAlert(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	_, err := w.client.SpendAlerts.All(t.Context(), w.project)
	ok(t, err)
	theirs, _, err := w.connect(w.sim.AdminKey()).CreateSpendAlert(t.Context(), w.project, alert(100))
	ok(t, err)
	w.advance(time.Hour)
	for _, err := range w.client.SpendAlerts.Walk(t.Context(), w.project, quiet) {
		ok(t, err)
	}
	w.sim.Inject(simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.CutBefore, Times: 1})
	made, how, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(100))
	ok(t, err)
	if how.Adopted || made.ID == theirs.ID || len(w.sim.Records("project_spend_alerts")) != 2 {
		t.Errorf("got %+v, %+v beside %s", made, how, theirs.ID)
	}
}

// An alert that is refused because of the limit is written again after the limit is.
func TestAnAlertWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	for name, raised := range map[string]int64{"raised": 20000, "not enough": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			var limit sync.WaitGroup
			released := make(chan struct{})
			// The limit is on its way when the alert looks at it, and arrives when the look is over.
			sent := make(chan struct{})
			w = begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				if !strings.HasSuffix(r.URL.Path, "/spend_limit") {
					return next.RoundTrip(r)
				}
				if r.Method == http.MethodPost {
					close(sent)
					<-released
					return next.RoundTrip(r)
				}
				limit.Go(func() {
					_, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(raised))
					if err != nil {
						t.Error(err)
					}
				})
				<-sent
				defer close(released)
				return next.RoundTrip(r)
			}))
			w.sim.ChangeSetting(openaisim.Setting{Kind: "project_spend_limit", Project: w.project, Fields: dollars(100)})
			made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(10000))
			limit.Wait()
			if raised > 10000 {
				ok(t, err)
				if made.ID == "" {
					t.Error("no alert")
				}
			} else {
				_ = failure(t, err, apierr.Refused)
			}
			w.count("project_spend_alerts.create", 2)
			w.count("project_spend_limit.get", 1)
		})
	}
}

// So is one that is refused because of a limit that is removed meanwhile.
func TestAnAlertOutlivesTheLimit(t *testing.T) {
	t.Parallel()
	for name, removed := range map[string]bool{"by this run": true, "by somebody else": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w *world
			var looked sync.Once
			w = begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/spend_limit") && r.Method == http.MethodGet {
					looked.Do(func() {
						if removed {
							ok(t, w.client.SpendLimits.Remove(t.Context(), w.project, time.Time{}))
						} else {
							w.sim.RemoveSetting("project_spend_limit", w.project)
						}
					})
				}
				return next.RoundTrip(r)
			}))
			w.sim.ChangeSetting(openaisim.Setting{Kind: "project_spend_limit", Project: w.project, Fields: dollars(100)})
			made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(10000))
			if !removed {
				_ = failure(t, err, apierr.Refused)
				w.count("project_spend_alerts.create", 1)
				return
			}
			ok(t, err)
			if made.ID == "" {
				t.Error("no alert")
			}
			w.count("project_spend_alerts.create", 2)
		})
	}
}

// The look of a refused alert may show the new limit before the answer to its write is there.
func TestAnAlertSeesTheLimitBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w *world
		var limit sync.WaitGroup
		answered := make(chan struct{})
		w = memory(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if !strings.HasSuffix(r.URL.Path, "/spend_limit") {
				return next.RoundTrip(r)
			}
			if r.Method == http.MethodPost {
				answer, err := next.RoundTrip(r)
				<-answered
				return answer, err
			}
			limit.Go(func() {
				_, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(20000))
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // until only the answer is missing
			limit.Go(func() {
				defer close(answered) // the alert has looked
				ok(t, clock.System().Sleep(t.Context(), time.Second))
			})
			return next.RoundTrip(r)
		}))
		w.sim.ChangeSetting(openaisim.Setting{Kind: "project_spend_limit", Project: w.project, Fields: dollars(100)})
		made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(10000))
		limit.Wait()
		ok(t, err)
		if made.ID == "" {
			t.Error("no alert")
		}
		w.count("project_spend_alerts.create", 2)
	})
}

// Nothing is waited for, or sent again, where no limit is written.
func TestAnAlertAboveTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.ChangeSetting(openaisim.Setting{Kind: "project_spend_limit", Project: w.project, Fields: dollars(150)})
	_, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(151))
	contains(t, failure(t, err, apierr.Refused).Hint, "The spend limit is 1.50 USD", "Raise the limit", "after 10s, as happens with -parallelism=1", "depends_on")
	w.count("project_spend_alerts.create", 1)

	made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(150))
	ok(t, err)
	_, err = w.client.UpdateSpendAlert(t.Context(), w.project, made.ID, time.Time{}, alert(152))
	contains(t, failure(t, err, apierr.Refused).Hint, "The spend limit is 1.50 USD")
	w.count("project_spend_alerts.update", 1)

	// Another refusal has nothing to do with the limit.
	bad := api.SpendAlert{Cents: new(int64), Interval: "month", Recipients: []string{}}
	_, _, err = w.client.CreateSpendAlert(t.Context(), w.project, bad)
	contains(t, err.Error(), "recipients")
	w.count("project_spend_alerts.create", 3)
	_, _, err = w.client.CreateSpendAlert(t.Context(), "", bad)
	contains(t, err.Error(), "recipients")
	w.count("spend_alerts.create", 1)

	// Neither has one about who gets the mail, whatever the amount.
	for _, cents := range []int64{150, 151} {
		w.sim.ResetJournal()
		before := w.clock.Now()
		_, _, err = w.client.CreateSpendAlert(t.Context(), w.project, api.SpendAlert{Cents: &cents, Interval: "month", Recipients: []string{}})
		failed := failure(t, err, apierr.Refused)
		contains(t, failed.Error(), "recipients")
		if waited := w.clock.Now().Sub(before); waited != 0 || failed.Hint != "" {
			t.Errorf("after %s: %s", waited, failed.Hint)
		}
		w.count("project_spend_limit.get", 0)
	}

	// Where the server does not say what it is about, an alert at the limit may be refused because of it.
	w.sim.Inject(simkit.Fault{Operation: "project_spend_alerts.create", Kind: simkit.StatusBefore, Status: http.StatusBadRequest, Message: "no"})
	_, _, err = w.client.CreateSpendAlert(t.Context(), w.project, alert(150))
	contains(t, failure(t, err, apierr.Refused).Hint, "The spend limit is 1.50 USD, and the alert is at or above it", "if that is why it was refused")
}

// Where the server refuses a limit below an alert, the limit waits for the alerts that are lowered or deleted meanwhile.
func TestALimitWaitsForTheAlerts(t *testing.T) {
	t.Parallel()
	for name, level := range map[string]func(w *world) string{
		"of a project": func(w *world) string { return w.project }, "of the organization": func(*world) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var w *world
				refused := make(chan struct{}, 10)
				w = memory(t, openaisim.Options{Policy: openaisim.Policy{LimitAboveAlerts: true}}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
					answer, err := next.RoundTrip(r)
					if strings.HasSuffix(r.URL.Path, "/spend_limit") && r.Method == http.MethodPost && answer.StatusCode == http.StatusBadRequest {
						refused <- struct{}{}
					}
					return answer, err
				}))
				parent := level(w)
				var ids []string
				for range 2 {
					made, _, err := w.client.CreateSpendAlert(t.Context(), parent, alert(80))
					ok(t, err)
					ids = append(ids, made.ID)
				}
				var alerts sync.WaitGroup
				alerts.Go(func() {
					<-refused
					synctest.Wait() // until the limit waits
					_, err := w.client.UpdateSpendAlert(t.Context(), parent, ids[0], time.Time{}, alert(40))
					ok(t, err)
					<-refused
					synctest.Wait()
					ok(t, w.client.DeleteSpendAlert(t.Context(), parent, ids[1], time.Time{}))
				})
				_, err := w.client.SpendLimits.Set(t.Context(), parent, dollars(50))
				ok(t, err)
				alerts.Wait()
			})
		})
	}
}

// An alert that was lowered between the refusal and the look at the alerts stands against the limit no more.
func TestALimitBesideAnAlertThatHasJustChanged(t *testing.T) {
	t.Parallel()
	var w *world
	var id string
	w = begin(t, openaisim.Options{Policy: openaisim.Policy{LimitAboveAlerts: true}}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		answer, err := next.RoundTrip(r)
		if err == nil && answer.StatusCode == http.StatusBadRequest {
			w.sim.ChangeRecord("project_spend_alerts", w.project, id, map[string]any{"threshold_amount": 40})
		}
		return answer, err
	}))
	made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(80))
	ok(t, err)
	id = made.ID
	_, err = w.client.SpendLimits.Set(t.Context(), w.project, dollars(50))
	ok(t, err)
	w.count("project_spend_limit.update", 2)
}

// It does not wait for an alert that waits for it, nor for one that is not written.
func TestALimitBelowAnAlertIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := memory(t, openaisim.Options{Policy: openaisim.Policy{LimitAboveAlerts: true}})
		_, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(100))
		ok(t, err)
		made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(80))
		ok(t, err)
		_, err = w.client.SpendLimits.Set(t.Context(), w.project, dollars(50))
		contains(t, failure(t, err, apierr.Refused).Hint, "These spend alerts are at or above the limit: "+made.ID+" (0.80 USD a month (to a@example.com))", "had not started after 10s", "-target=<its address>")
		w.count("project_spend_limit.update", 2)

		var both sync.WaitGroup // each is refused because of the other
		both.Go(func() {
			_, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(50))
			contains(t, failure(t, err, apierr.Refused).Hint, made.ID)
		})
		both.Go(func() {
			_, err := w.client.UpdateSpendAlert(t.Context(), w.project, made.ID, time.Time{}, alert(120))
			_ = failure(t, err, apierr.Refused)
		})
		both.Wait()

		// Another refusal has nothing to do with alerts.
		w.sim.ResetJournal()
		_, err = w.client.SpendLimits.Set(t.Context(), w.project, map[string]any{"threshold_amount": int64(50), "currency": "EUR", "interval": "month"})
		if hint := failure(t, err, apierr.Refused).Hint; hint != "" {
			t.Errorf("hint %q", hint)
		}
		w.count("project_spend_alerts.list", 0)
	})
}

// A plan asks twice for a setting that is not set, once for its project, and for nothing in a project of this process.
func TestTheFirstLookAtASetting(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.ResetJournal()
	looks := func(project string) error {
		_, limit := w.client.SpendLimits.First(t.Context(), project)
		_, models := w.client.ModelPermissions.First(t.Context(), project)
		if (limit == nil) != (models == nil) {
			t.Errorf("got %v and %v", limit, models)
		}
		return limit
	}
	gone(t, looks(w.project), api.NoneSet)
	w.count("project_spend_limit.get", 2)
	w.count("model_permissions.get", 2)
	w.count(openaisim.OpProjectsGet, 1)

	// A project that is in the list is not asked for either.
	listed := w.sim.SeedProject("listed")
	_, err := w.client.ActiveProjects(t.Context())
	ok(t, err)
	gone(t, looks(listed), api.NoneSet)
	w.count(openaisim.OpProjectsGet, 1)

	made, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "new"})
	ok(t, err)
	w.sim.ResetJournal()
	gone(t, looks(made.ID), api.NoneSet)
	w.count("", 0)

	contains(t, looks("proj_nobody").Error(), "does not exist in the organization")
	w.sim.ArchiveProject(listed)
	gone(t, looks(listed), "project "+listed)
}

// Thirty limits and ten alerts of one project are two lists, and thirty changes read none again.
func TestLimitsAreReadByTheirList(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	var models []string
	for i := range 30 {
		model := fmt.Sprint("m", i)
		models = append(models, model)
		w.seed("rate_limits", w.project, "rl-"+model, map[string]any{"model": model, "max_requests_per_1_minute": i})
	}
	var alerts []string
	for i := range 10 {
		made, _, err := w.client.CreateSpendAlert(t.Context(), w.project, alert(int64(i)))
		ok(t, err)
		alerts = append(alerts, made.ID)
	}
	w.sim.ResetJournal()
	client := w.connect(w.sim.AdminKey())
	for i, model := range models {
		has, err := client.RateLimit(t.Context(), w.project, model)
		ok(t, err)
		if has.Limits["max_requests_per_1_minute"] != int64(i) || len(has.Limits) != 1 {
			t.Errorf("%s has %v", model, has)
		}
	}
	for _, id := range alerts {
		_, err := client.SpendAlerts.Get(t.Context(), w.project, id, start)
		ok(t, err)
	}
	if got := len(w.sim.Journal()); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
	for _, model := range models {
		changed, err := client.UpdateRateLimit(t.Context(), w.project, model, map[string]any{"max_requests_per_1_minute": 77})
		ok(t, err)
		has, err := client.RateLimit(t.Context(), w.project, model)
		ok(t, err)
		if changed.Limits["max_requests_per_1_minute"] != 77 || has.Limits["max_requests_per_1_minute"] != 77 {
			t.Errorf("%v, then %v", changed, has)
		}
	}
	w.count("rate_limits.list", 1)
}

// A limit that the list does not show is looked for once more, and then not there.
func TestAMissingRateLimit(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	_, err := w.client.RateLimit(t.Context(), w.project, "gpt-0")
	gone(t, err, "there is no rate limit of this id")
	w.count("rate_limits.list", 2)
	w.sim.Inject(simkit.Fault{Operation: "rate_limits.list", Kind: simkit.Altered, Omit: []string{"id", "model"}})
	_, err = w.connect(w.sim.AdminKey()).RateLimit(t.Context(), w.project, "gpt-4.1")
	notGone(t, err)
	contains(t, err.Error(), "may be incomplete")
}

// Either of id and model tells the other.
func TestARateLimitThatShowsHalfItsName(t *testing.T) {
	t.Parallel()
	for _, omit := range []string{"id", "model"} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Kind: simkit.Altered, Omit: []string{omit}})
		has, err := w.client.UpdateRateLimit(t.Context(), w.project, "gpt-4.1", map[string]any{"max_requests_per_1_minute": 3})
		ok(t, err)
		if has.ID != "rl-gpt-4.1" || has.Model != "gpt-4.1" || has.Limits["max_requests_per_1_minute"] != 3 {
			t.Errorf("without %s: %+v", omit, has)
		}
	}
}

// Both sides of what the vendor's documents leave open.
func TestSettingsInEveryForm(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	for _, c := range []struct {
		kind, project string
		omit          []string
		set           map[string]any
		read          func() (any, error)
		want          any
	}{
		{"data_retention", "", []string{"type"}, map[string]any{"retention_type": "zero_data_retention"}, func() (any, error) { return w.client.DataRetention.Get(t.Context(), "", time.Time{}) }, "zero_data_retention"},
		{"project_data_retention", w.project, nil, nil, func() (any, error) { return w.client.DataRetention.Get(t.Context(), w.project, time.Time{}) }, "organization_default"},
		{"service_tier_settings", w.project, nil, map[string]any{"enabled_tiers": "all"}, func() (any, error) { return w.client.ServiceTiers.Get(t.Context(), w.project, time.Time{}) }, api.ServiceTiers{Default: "standard", Enabled: []string{"all"}}},
		{"service_tier_settings", w.project, nil, map[string]any{"enabled_tiers": []string{"all"}}, func() (any, error) { return w.client.ServiceTiers.Get(t.Context(), w.project, time.Time{}) }, api.ServiceTiers{Default: "standard", Enabled: []string{"all"}}},
		{"service_tier_settings", w.project, []string{"default", "enabled_tiers"}, nil, func() (any, error) { return w.client.ServiceTiers.Get(t.Context(), w.project, time.Time{}) }, api.ServiceTiers{}},
		{"hosted_tool_permissions", w.project, []string{"mcp"}, map[string]any{"web_search": nil, "file_search": map[string]any{}}, func() (any, error) { return w.client.HostedTools.Get(t.Context(), w.project, time.Time{}) }, api.HostedTools{"code_interpreter": true, "image_generation": true}},
		{"model_permissions", w.project, []string{"object"}, map[string]any{"mode": "deny_list", "model_ids": []string{}}, func() (any, error) { return w.client.ModelPermissions.Get(t.Context(), w.project, time.Time{}) }, api.ModelPermissions{Mode: "deny_list", Models: []string{}}},
	} {
		w.sim.ClearFaults()
		w.sim.Inject(simkit.Fault{Operation: c.kind + ".get", Kind: simkit.Altered, Set: c.set, Omit: c.omit})
		if c.kind == "model_permissions" {
			_, err := w.client.ModelPermissions.Set(t.Context(), w.project, map[string]any{"mode": "allow_list", "model_ids": []string{"m"}})
			ok(t, err)
		}
		got, err := c.read()
		ok(t, err)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", c.kind, got, c.want)
		}
	}
}

// An amount in another currency is never taken for dollars.
func TestAmountsAreDollars(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	_, err := w.client.SpendLimits.Set(t.Context(), "", dollars(100))
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "spend_limit.get", Kind: simkit.Altered, Set: map[string]any{"currency": "EUR"}})
	_, err = w.client.SpendLimits.Get(t.Context(), "", time.Time{})
	notGone(t, err)
	contains(t, err.Error(), `"EUR"`)
}

// A setting that is missing once is there; twice it is not, and what else is missing makes it another
// organization's key.
func TestAMissingSetting(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	ask := func() error { _, err := w.client.SpendLimits.Get(t.Context(), "", time.Time{}); return err }
	gone(t, ask(), api.NoneSet)
	_, err := w.client.SpendLimits.Set(t.Context(), "", dollars(100))
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "spend_limit.get", Kind: simkit.NotFoundBefore, Times: 1})
	ok(t, ask())

	other := w.connect(w.sim.NewOrganization())
	_, err = other.SpendLimits.Get(t.Context(), "", time.Time{})
	gone(t, err, api.NoneSet)
	_, err = other.Groups.Get(t.Context(), "", "group_x", start)
	notGone(t, err)
	contains(t, err.Error(), "another organization's admin key")
	_, err = other.SpendLimits.Get(t.Context(), "", time.Time{})
	notGone(t, err)
}

// A removal that finds nothing, or whose answer is lost, is done.
func TestRemovalsOfSettings(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{"", simkit.CutAfter, simkit.StatusAfter, simkit.NotFoundBefore} {
		for _, parent := range []string{"", "project"} {
			w := begin(t, openaisim.Options{})
			operation := "spend_limit.delete"
			if parent != "" {
				parent, operation = w.project, "project_"+operation
			}
			ok(t, w.client.SpendLimits.Remove(t.Context(), parent, time.Time{}))
			_, err := w.client.SpendLimits.Set(t.Context(), parent, dollars(100))
			ok(t, err)
			if kind != "" {
				w.sim.Inject(simkit.Fault{Operation: operation, Kind: kind, Times: 1})
			}
			err = w.client.SpendLimits.Remove(t.Context(), parent, time.Time{})
			if kind != simkit.NotFoundBefore {
				ok(t, err)
				continue
			}
			// It still exists.
			contains(t, failure(t, err, apierr.Refused).Error(), "still exists")
		}
	}
	w := begin(t, openaisim.Options{})
	w.sim.ArchiveProject(w.project)
	ok(t, w.client.SpendLimits.Remove(t.Context(), w.project, time.Time{}))
	ok(t, w.client.LeftProject(t.Context(), w.project, &apierr.Error{Status: 400}))
	if err := w.client.LeftProject(t.Context(), w.project, errors.ErrUnsupported); err == nil {
		t.Error("any error is taken for an archived project")
	}
	if err := begin(t, openaisim.Options{}).client.LeftProject(t.Context(), w.project, &apierr.Error{Status: 404}); err == nil {
		t.Error("a project that is not there is taken for an archived one")
	}
}

// What this process has set is not undone, however a destroy undoes it; what another one set is.
func TestSettingsAreUndone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	other := map[string]any{"retention_type": "organization_default"}
	for _, parent := range []string{"", w.project} {
		_, err := w.client.SpendLimits.Set(t.Context(), parent, dollars(100))
		ok(t, err)
		for client, want := range map[*api.Client]bool{w.client: true, w.connect(w.sim.AdminKey()): false} {
			_, left, err := client.SpendLimits.Undo(t.Context(), parent, nil, time.Time{})
			ok(t, err)
			if left != want {
				t.Errorf("left is %t, want %t", left, want)
			}
		}
	}
	now, left, err := w.client.DataRetention.Undo(t.Context(), w.project, other, time.Time{})
	if err != nil || left || now != "organization_default" {
		t.Errorf("left is %t, now %q, %v", left, now, err)
	}
	_, err = w.client.DataRetention.Set(t.Context(), w.project, map[string]any{"retention_type": "none"})
	ok(t, err)
	if _, left, err = w.client.DataRetention.Undo(t.Context(), w.project, other, time.Time{}); err != nil || !left {
		t.Errorf("left is %t, %v", left, err)
	}
	if got := w.sim.Setting("project_data_retention", w.project)["type"]; got != "none" {
		t.Errorf("the retention is %v", got)
	}
}

// An empty answer to a write is looked after.
func TestAnEmptyAnswerToAWrite(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil && r.Method == http.MethodPost {
			resp.Body, resp.ContentLength = http.NoBody, 0
			resp.Header.Del("Content-Length")
		}
		return resp, err
	}))
	got, err := w.client.SpendLimits.Set(t.Context(), w.project, dollars(100))
	ok(t, err)
	if got.Cents == nil || *got.Cents != 100 {
		t.Errorf("got %v, want what a look shows", got)
	}
	w.count("project_spend_limit.update", 1)
	if !slices.Contains(api.HostedToolNames, "mcp") {
		t.Error("no mcp")
	}
}
