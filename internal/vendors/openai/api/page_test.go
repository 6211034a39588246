// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestPagesAreWalkedToTheEnd(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 0} {
		w := begin(t, openaisim.Options{MaxPage: size})
		want := []string{w.account}
		for range 4 {
			want = append(want, w.sim.SeedServiceAccount(w.project, "more", "none"))
		}
		w.sim.SeedServiceAccount(w.sim.SeedProject("elsewhere"), "not here", "none")
		var got []string
		for a, err := range w.client.WalkServiceAccounts(t.Context(), w.project, quiet) {
			ok(t, err)
			if a.ProjectID != w.project {
				t.Errorf("%s says project %s", a.ID, a.ProjectID)
			}
			got = append(got, a.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %v, want %v", size, got, want)
		}
		for _, e := range w.sent(openaisim.OpServiceAccountsList) {
			if e.Query.Get("limit") != "100" {
				t.Errorf("asked for %s at once, want 100", e.Query.Get("limit"))
			}
		}
	}
}

func TestProjectsAreWalked(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 1})
	w.sim.ArchiveProject(w.sim.SeedProject("old"))
	for archived, want := range map[bool]int{false: 2, true: 3} {
		n := 0
		for p, err := range w.client.Projects(t.Context(), archived, quiet) {
			ok(t, err)
			n++
			if p.Archived && !archived {
				t.Errorf("%s is archived", p.ID)
			}
		}
		if n != want {
			t.Errorf("archived %t: %d projects, want %d", archived, n, want)
		}
	}
}

// Keys of an account without a role are keys too.
func TestKeysOfEveryOwnerAreListed(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 1})
	idle := w.sim.SeedServiceAccount(w.project, "idle", "none")
	hidden, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: idle, ExpiresAt: start})
	person, _ := w.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project, LastUsedAt: start})
	list, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if len(list.ByID) != 3 {
		t.Fatalf("%d keys, want 3", len(list.ByID))
	}
	if k := list.ByID[hidden]; k.OwnerActive || k.OwnerID != idle || k.ExpiresAt.IsZero() || !k.LastUsedAt.IsZero() {
		t.Errorf("got %+v", k)
	}
	if k := list.ByID[person]; k.OwnerType != "user" || k.OwnerID == "" || k.OwnerName == "" || !k.ExpiresAt.IsZero() || k.LastUsedAt.IsZero() {
		t.Errorf("got %+v", k)
	}
	for _, e := range w.sent(openaisim.OpAPIKeysList) {
		if e.Query.Get("owner_project_access") != "any" || e.Query.Get("limit") != "100" {
			t.Errorf("asked with %v", e.Query)
		}
	}
}

func TestCursorThatDoesNotMove(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Kind: simkit.RepeatedCursor})
	_, err := w.client.Keys(t.Context(), w.project)
	notGone(t, err)
	contains(t, err.Error(), "list API keys", "cursor does not advance")
	w.count(openaisim.OpAPIKeysList, 4) // it is read twice before that is believed
}

// Projects and service accounts are read alone where their list cannot be read to its end.
func TestUnreadableListOfParents(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Kind: simkit.RepeatedCursor})
	for _, id := range []string{w.project, w.sim.SeedProject("second")} {
		if p, err := w.client.Project(t.Context(), id, start); err != nil || p.ID != id {
			t.Errorf("project %s: got %+v, %v", id, p, err)
		}
	}
	for _, id := range []string{w.account, w.sim.SeedServiceAccount(w.project, "second", "none")} {
		if a, err := w.client.ServiceAccount(t.Context(), w.project, id, start); err != nil || a.ID != id {
			t.Errorf("account %s: got %+v, %v", id, a, err)
		}
	}
}

func TestCursorDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 2})
	ids := []string{w.account}
	for range 6 {
		ids = append(ids, w.sim.SeedServiceAccount(w.project, "more", "none"))
	}
	var got []string
	for a, err := range w.client.WalkServiceAccounts(t.Context(), w.project, quiet) {
		ok(t, err)
		got = append(got, a.ID)
		if len(got) == 2 || len(got) == 4 {
			w.sim.DeleteServiceAccount(a.ID) // the cursor of the next call
		}
	}
	if !slices.Equal(got, ids) {
		t.Errorf("got %v, want each of %v once", got, ids)
	}
}

// A server that has no cursor for long is given up on.
func TestCursorsThatAreAlwaysGone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 1}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.URL.Query().Has("after") {
			q := r.URL.Query()
			q.Set("after", "proj_gone")
			r.URL.RawQuery = q.Encode()
		}
		return next.RoundTrip(r)
	}))
	var last error
	for _, err := range w.client.Projects(t.Context(), false, quiet) {
		last = err
	}
	if !apierr.IsNotFound(last) {
		t.Errorf("got %v, want the 404", last)
	}
	if n := w.sim.Count(""); n > 20 {
		t.Errorf("%d requests", n)
	}
}

func TestEarlyStop(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 1})
	for _, err := range w.client.Projects(t.Context(), true, quiet) {
		ok(t, err)
		break
	}
	w.count("", 1)
	// Confirming walks only as far as it must, too.
	w.sim.SetPolicy(func(p *openaisim.Policy) { p.ProjectGetHidesArchived = true })
	w.sim.ArchiveProject(w.project)
	for range 5 {
		w.sim.SeedProject("more")
	}
	w.sim.ResetJournal()
	_, err := w.client.ConfirmProject(t.Context(), w.project, start.AddDate(-1, 0, 0))
	ok(t, err)
	w.count(openaisim.OpProjectsList, 2)
}
