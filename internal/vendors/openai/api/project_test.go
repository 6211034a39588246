// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// inside are the reads of what lies in a project.
var inside = map[string]struct {
	operation string
	do        func(context.Context, *world) error
}{
	"account": {openaisim.OpServiceAccountsGet, func(ctx context.Context, w *world) error {
		_, err := w.client.ServiceAccount(ctx, w.project, w.account, time.Time{})
		return err
	}},
	"account of several": {openaisim.OpServiceAccountsList, func(ctx context.Context, w *world) error {
		_, _ = w.client.ServiceAccount(ctx, w.project, "user-other", time.Time{})
		_, err := w.client.ServiceAccount(ctx, w.project, w.account, time.Time{})
		return err
	}},
	"key": {openaisim.OpAPIKeysGet, func(ctx context.Context, w *world) error {
		_, err := w.client.Key(ctx, w.project, w.key, time.Time{})
		return err
	}},
	"keys": {openaisim.OpAPIKeysList, func(ctx context.Context, w *world) error {
		_, err := w.client.Keys(ctx, w.project)
		return err
	}},
	"fresh keys": {openaisim.OpAPIKeysList, func(ctx context.Context, w *world) error {
		_, err := w.client.FreshKeys(ctx, w.project)
		return err
	}},
	"keys at start": {openaisim.OpAPIKeysList, func(ctx context.Context, w *world) error {
		_, err := w.client.KeysAtStart(ctx, w.project)
		return err
	}},
}

// policies are the two ways a server may treat the GET of an archived project.
var policies = []openaisim.Policy{{}, {ProjectGetHidesArchived: true}}

func TestArchivedProjectIsGone(t *testing.T) {
	t.Parallel()
	for _, policy := range policies {
		w := begin(t, openaisim.Options{Policy: policy, MaxPage: 1})
		w.sim.ArchiveProject(w.project)
		_, err := w.client.Project(t.Context(), w.project, time.Time{})
		gone(t, err, w.project+" is gone: it was archived")
		p, err := w.client.ConfirmProject(t.Context(), w.project, time.Time{})
		if err != nil || !p.Archived || p.Status != "archived" {
			t.Errorf("confirmed as %+v, %v", p, err)
		}
		// And the same out of the list.
		other := w.sim.SeedProject("other")
		_, err = w.client.Project(t.Context(), other, time.Time{})
		ok(t, err)
		_, err = w.client.Project(t.Context(), w.project, time.Time{})
		gone(t, err, "archived")
	}

	// Also where a list of active projects shows it.
	w := begin(t, openaisim.Options{})
	archived := w.sim.SeedProject("archived")
	w.sim.ArchiveProject(archived)
	body := fmt.Sprintf(`{"object":"list","data":[{"id":%q,"object":"organization.project","name":"archived","created_at":1893553445,"archived_at":1893553446,"status":"archived"}],"has_more":false}`, archived)
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsList, Kind: simkit.StatusBefore, Status: 200, Body: body})
	_, err := w.client.Project(t.Context(), w.project, time.Time{})
	ok(t, err)
	_, err = w.client.Project(t.Context(), archived, time.Time{})
	gone(t, err, "archived")
}

func TestAbsentProjectIsAnError(t *testing.T) {
	t.Parallel()
	for _, policy := range policies {
		for _, archived := range []bool{false, true} {
			w := begin(t, openaisim.Options{Policy: policy})
			if archived {
				w.sim.ArchiveProject(w.project)
			}
			w.client = w.connect(w.sim.NewOrganization())
			calls := map[string]error{}
			_, calls["read"] = w.client.Project(t.Context(), w.project, time.Time{})
			_, calls["confirm"] = w.client.ConfirmProject(t.Context(), w.project, time.Time{})
			_, calls["mint"] = w.mint()
			_, _, calls["create account"] = w.client.CreateServiceAccount(t.Context(), w.project, "x")
			calls["revoke"] = w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})
			calls["delete account"] = w.client.DeleteServiceAccount(t.Context(), w.project, w.account, time.Time{})
			calls["archive"] = w.client.ArchiveProject(t.Context(), w.project)
			for name, c := range inside {
				calls[name] = c.do(t.Context(), w)
			}
			for name, err := range calls {
				notGone(t, err)
				failed, isError := apierr.As(err)
				if !isError {
					t.Errorf("%s: got %v", name, err)
					continue
				}
				contains(t, failed.Error(), w.project, "not even as an archived one")
				contains(t, failed.Hint, "another organization's admin key", "Nothing was removed")
			}
		}
	}
}

func TestChildrenThatAreGone(t *testing.T) {
	t.Parallel()
	for _, policy := range policies {
		w := begin(t, openaisim.Options{Policy: policy})
		w.sim.DeleteServiceAccount(w.account)
		seen := start.Add(-time.Hour)
		_, err := w.client.ServiceAccount(t.Context(), w.project, w.account, seen)
		gone(t, err, w.account+" of project "+w.project+" is gone: it was deleted outside Terraform")
		_, err = w.client.Key(t.Context(), w.project, w.key, seen)
		gone(t, err, w.key+" of project "+w.project+" is gone: it was revoked outside Terraform, or with its service account")
		// What was never seen may never have been.
		for name, what := range map[string]string{"account": w.account, "account of several": w.account, "key": w.key} {
			gone(t, inside[name].do(t.Context(), w), what+" of project "+w.project+" was not found")
		}

		w = begin(t, openaisim.Options{Policy: policy})
		w.sim.ArchiveProject(w.project)
		for name, c := range inside {
			err := c.do(t.Context(), w)
			if _, isGone := apierr.AsGone(err); !isGone {
				t.Errorf("%s: got %v, want gone", name, err)
				continue
			}
			gone(t, err, "its project "+w.project+" was archived")
		}
		// Deleting what an archived project took along is done.
		ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
		ok(t, w.client.DeleteServiceAccount(t.Context(), w.project, w.account, time.Time{}))
		ok(t, w.client.ArchiveProject(t.Context(), w.project))
		_, err = w.mint()
		contains(t, failure(t, err, apierr.Refused).Hint, w.project+" is archived", "another project")
		_, _, err = w.client.CreateServiceAccount(t.Context(), w.project, "x")
		contains(t, failure(t, err, apierr.Refused).Hint, w.project+" is archived")
	}
}

// Nothing but a confirmed 404 makes anything gone.
func TestTroubleIsNotGone(t *testing.T) {
	t.Parallel()
	for name, c := range inside {
		for _, status := range []int{400, 401, 403, 405, 410, 429, 500, 503} {
			w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = time.Second })
			w.sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: status})
			err := c.do(t.Context(), w)
			notGone(t, err)
			if apierr.Status(err) != status {
				t.Errorf("%s: got %v, want %d", name, err, status)
			}
		}
		if name == "account of several" {
			continue // a list that is not found takes nothing away: see below
		}
		// The object's 404 counts only when the project's state is known.
		for _, status := range []int{401, 403, 429, 500} {
			w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = time.Second })
			w.sim.Inject(
				simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: 404},
				simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.StatusBefore, Status: status},
			)
			err := c.do(t.Context(), w)
			notGone(t, err)
			if apierr.Status(err) != status {
				t.Errorf("%s: got %v, want the project's %d", name, err, status)
			}
		}
	}
	// Nor does a list that cannot be had make the project absent.
	w := begin(t, openaisim.Options{})
	w.sim.Inject(
		simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.StatusBefore, Status: 404},
		simkit.Fault{Operation: openaisim.OpProjectsList, Kind: simkit.StatusBefore, Status: 403},
	)
	_, err := w.client.Project(t.Context(), w.project, time.Time{})
	notGone(t, err)
	if apierr.Status(err) != 403 {
		t.Errorf("got %v, want the list's 403", err)
	}
}

// A list's 404 under an active project may be about a cursor: it takes nothing away.
func TestListNotFoundIsNotGone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keys", "fresh keys", "keys at start"} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: inside[name].operation, Kind: simkit.StatusBefore, Status: 404})
		err := inside[name].do(t.Context(), w)
		notGone(t, err)
		if !apierr.IsNotFound(err) {
			t.Errorf("%s: got %v, want the server's 404", name, err)
		}
	}
	// An account is read alone then.
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsList, Kind: simkit.StatusBefore, Status: 404})
	ok(t, inside["account of several"].do(t.Context(), w))
	w.count(openaisim.OpServiceAccountsGet, 3) // the other one was asked for twice
}

func TestFailingDeletesAreErrors(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{Policy: openaisim.Policy{NoServiceAccountKeyDelete: true, NoKeyUpdate: 404}})
	err := w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{})
	if failure(t, err, apierr.Refused).Status != 400 {
		t.Errorf("got %v, want the refusal", err)
	}
	contains(t, err.Error(), "could not be made to expire", "Deleting the service account "+w.account, "terraform state rm")
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete, p.NoKeyUpdate = false, 0 })
	err = w.client.ArchiveProject(t.Context(), w.sim.Projects()[0].ID)
	contains(t, failure(t, err, apierr.Refused).Error(), "default project")
	for _, operation := range []string{openaisim.OpServiceAccountsDelete, openaisim.OpAPIKeysDelete, openaisim.OpProjectsArchive} {
		for _, status := range []int{401, 403, 409} {
			w.sim.ClearFaults()
			w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: status})
			if err := repeatable[operation](t.Context(), w); apierr.Status(err) != status {
				t.Errorf("%s: got %v, want %d", operation, err, status)
			}
		}
	}
}

func TestDeletesOfWhatIsGone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	for range 2 {
		ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
	}
	for range 2 {
		ok(t, w.client.DeleteServiceAccount(t.Context(), w.project, w.account, time.Time{}))
	}
	for range 2 {
		ok(t, w.client.ArchiveProject(t.Context(), w.project))
	}
	// A 2xx is done, whatever its body.
	for _, operation := range []string{openaisim.OpServiceAccountsDelete, openaisim.OpAPIKeysDelete} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.HTML, Body: "gone", ContentType: "text/plain"})
		ok(t, repeatable[operation](t.Context(), w))
		w.count(operation, 1)
	}
}

// Right after a creation a read may not know of it yet.
func TestYoungObjectsAreWaitedFor(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Kind: simkit.StaleGet, Lag: 3})
	p := w.sim.SeedProject("young")
	a := w.sim.SeedServiceAccount(w.project, "young", "member")
	k, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: a, Name: "young"})
	_, err := w.client.ConfirmProject(t.Context(), p, start)
	ok(t, err)
	_, err = w.client.ServiceAccount(t.Context(), w.project, a, start)
	ok(t, err)
	_, err = w.client.Key(t.Context(), w.project, k, start)
	ok(t, err)
	for _, operation := range []string{openaisim.OpProjectsGet, openaisim.OpServiceAccountsGet, openaisim.OpAPIKeysGet} {
		w.count(operation, 4)
	}
}

func TestOldObjectsAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	for created, why := range map[time.Time]string{{}: "was not found", start.Add(-61 * time.Second): "revoked outside Terraform"} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: 404})
		_, err := w.client.Key(t.Context(), w.project, w.key, created)
		gone(t, err, why)
		w.count(openaisim.OpAPIKeysGet, 2)
		if slept := w.clock.Slept(); slept != 0 {
			t.Errorf("waited %s", slept)
		}
	}
}

// One 404 may be a gateway's, and no other answer shows a key that lists leave out.
func TestOneNotFoundOfAKeyIsNotBelieved(t *testing.T) {
	t.Parallel()
	for operation, read := range map[string]func(w *world) error{
		openaisim.OpAPIKeysGet: func(w *world) error {
			_, err := w.client.Key(t.Context(), w.project, w.key, start.Add(-time.Hour))
			return err
		},
		openaisim.OpAdminAPIKeysGet: func(w *world) error {
			_, err := w.client.AdminKey(t.Context(), w.sim.AdminKeyID(), time.Time{})
			return err
		},
	} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: 1})
		ok(t, read(w))
		w.count(operation, 2)
	}
}

func TestYoungObjectThatIsReallyGone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.RevokeKey(w.key)
	_, err := w.client.Key(t.Context(), w.project, w.key, start)
	gone(t, err, "revoked outside Terraform")
	if slept := w.clock.Slept(); slept != 30*time.Second {
		t.Errorf("waited %s, want half a minute", slept)
	}
}

func TestUpdatesOnTheWire(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	name, external, role := "renamed", "ext_9", "owner"
	p, err := w.client.UpdateProject(t.Context(), w.project, time.Time{}, &name, nil)
	if err != nil || p.Name != name {
		t.Errorf("got %+v, %v", p, err)
	}
	p, err = w.client.UpdateProject(t.Context(), w.project, time.Time{}, nil, &external)
	if err != nil || p.Name != name || p.ExternalKeyID != external {
		t.Errorf("got %+v, %v", p, err)
	}
	a, err := w.client.UpdateServiceAccount(t.Context(), w.project, w.account, time.Time{}, nil, &role)
	if err != nil || a.Name != "ci" || a.Role != role {
		t.Errorf("got %+v, %v", a, err)
	}
	a, err = w.client.UpdateServiceAccount(t.Context(), w.project, w.account, time.Time{}, &name, nil)
	if err != nil || a.Name != name || a.Role != role {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, e := range w.sim.Journal() {
		if len(e.Fields) != 1 {
			t.Errorf("%s sent %v, want the one field that changes", e.Operation, e.Fields)
		}
	}
}

// Older organizations speak of geography, and some leave the status out.
func TestOlderProjectAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]api.Project{
		`{"id":"proj_1","geography":"EU","status":"active"}`: {ID: "proj_1", Residency: "EU", Status: "active"},
		`{"id":"proj_1","geography":null}`:                   {ID: "proj_1", Status: "active"},
		`{"id":"proj_1","archived_at":5}`:                    {ID: "proj_1", Status: "archived", Archived: true},
		`{"id":"proj_1","archived_at":null}`:                 {ID: "proj_1", Status: "active"},
		`{"id":"proj_1","archived_at":5,"status":"active"}`:  {ID: "proj_1", Status: "active"},
		`{"id":"proj_1","status":"archived"}`:                {ID: "proj_1", Status: "archived", Archived: true},
	} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		})
		got, err := client.ConfirmProject(t.Context(), "proj_1", time.Time{})
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

func TestRefusalsHaveHints(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	wrong := w.connect("sk-admin-fake-" + strings.Repeat("x", 40))
	_, err := wrong.Project(t.Context(), w.project, time.Time{})
	failed := failure(t, err, apierr.Refused)
	contains(t, failed.Hint, "sk-admin-", "OPENAI_ADMIN_KEY")
	contains(t, failed.Error(), "read project", "HTTP 401", "code invalid_api_key", "request id req_sim")

	reader := w.connect(w.sim.RestrictedAdminKey(openaisim.ScopeManagementRead))
	_, err = reader.MintKey(t.Context(), w.project, w.account, api.MintRequest{Name: "x"})
	contains(t, failure(t, err, apierr.Refused).Hint, "The admin key lacks api.management.write. Create")

	w.sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount = true })
	_, err = w.mint()
	contains(t, failure(t, err, apierr.Refused).Hint, "one key per service account", "use another")
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.OneKeyPerAccount, p.MaxKeyLifetime = false, time.Hour })
	_, err = w.mint()
	contains(t, failure(t, err, apierr.Refused).Hint, "policy", "set lifetime")
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.MaxKeyLifetime, p.AllowedKeyKinds = 0, openaisim.KeyKindsUsers })
	_, err = w.mint()
	contains(t, failure(t, err, apierr.Refused).Hint, "policy", "forbids this kind of key")
}

// One 404 about an account that is not young is not believed: its keys would be replaced.
func TestOne404AboutAServiceAccount(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.advance(time.Hour)
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsGet, Kind: simkit.NotFoundBefore, Times: 1})
	_, err := w.client.ServiceAccount(t.Context(), w.project, w.account, start)
	ok(t, err)
	w.count(openaisim.OpServiceAccountsGet, 2)
}
