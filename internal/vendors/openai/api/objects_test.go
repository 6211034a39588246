// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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

// byItself leaves the network to the client: the kept facts of the document lack these endpoints.
func byItself(c *api.Config) { c.Transport = nil }

// One 404 does not make an object gone that the list still has; two looks do.
func TestObjectBehindOne404(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	id := w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": "ops", "group_type": "group", "is_scim_managed": false}})
	w.sim.Inject(simkit.Fault{Operation: "groups.get", Kind: simkit.NotFoundBefore, Times: 1})
	w.advance(time.Hour)
	got, err := w.client.Groups.Get(t.Context(), "", id, start)
	ok(t, err)
	if got.ID != id || got.Name != "ops" {
		t.Errorf("got %+v", got)
	}
	w.sim.RemoveRecord("groups", "", id)
	if _, err := w.connect(w.sim.AdminKey(), byItself).Groups.Get(t.Context(), "", id, start); !apierr.IsGone(err) {
		t.Errorf("got %v, want that it is gone", err)
	}
	w.sim.Inject(simkit.Fault{Operation: "groups.list", Kind: simkit.StatusBefore, Status: 500})
	if _, err := w.connect(w.sim.AdminKey(), byItself).Groups.Get(t.Context(), "", id, start); err == nil || apierr.IsGone(err) {
		t.Errorf("got %v, want the error of the list", err)
	}
}

// Where the list of groups cannot be read to its end, each group is read alone; that one is gone is not known then.
func TestObjectBehindAnUnreadableList(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	w.sim.Inject(simkit.Fault{Operation: "groups.list", Kind: simkit.RepeatedCursor})
	for _, name := range []string{"ops", "dev"} {
		id := w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": name, "group_type": "group", "is_scim_managed": false}})
		if got, err := w.client.Groups.Get(t.Context(), "", id, start); err != nil || got.Name != name {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if _, err := w.client.Groups.Get(t.Context(), "", "group_nope", start); !errors.Is(err, api.ErrNoList) {
		t.Errorf("got %v, want the error of the list", err)
	}
}

// A list that is not found, or is lost at a cursor, takes nothing away: each object is read alone. The list is asked
// for a few times, however many objects there are, and however young.
func TestObjectsBehindAListThatIsNotFound(t *testing.T) {
	t.Parallel()
	group := map[string]any{"name": "ops", "group_type": "group", "is_scim_managed": false}
	role := map[string]any{"name": "r", "permissions": []string{}, "predefined_role": false}
	for kind, read := range map[string]func(w *world, id string) error{
		"groups": func(w *world, id string) error {
			_, err := w.client.Groups.Get(t.Context(), "", id, w.clock.Now())
			return err
		},
		"project_roles": func(w *world, id string) error {
			_, err := w.client.ProjectRoles.Get(t.Context(), w.project, id, w.clock.Now())
			return err
		},
	} {
		for _, firstPages := range []int{0, 1} {
			w := begin(t, openaisim.Options{MaxPage: 1}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
				lists := strings.HasSuffix(r.URL.Path, "/groups") || strings.HasSuffix(r.URL.Path, "/roles")
				if lists && (firstPages == 0 || r.URL.Query().Has("after")) {
					r.URL.Path += "/nowhere"
				}
				return next.RoundTrip(r)
			}))
			var ids []string
			for range 12 {
				parent, fields := "", group
				if kind == "project_roles" {
					parent, fields = w.project, role
				}
				ids = append(ids, w.seed(kind, parent, "", fields))
			}
			for range 2 {
				for _, id := range ids {
					if err := read(w, id); err != nil {
						t.Errorf("%s, %d pages: %v", kind, firstPages, err)
					}
				}
			}
			if calls := len(w.sim.Journal()); calls > 2*len(ids)+20 {
				t.Errorf("%s, %d pages: %d calls", kind, firstPages, calls)
			}
			w.sim.RemoveRecord(kind, map[bool]string{true: w.project}[kind == "project_roles"], ids[0])
			w.advance(time.Hour)
			w.client = w.connect(w.sim.AdminKey(), byItself)
			w.sim.Inject(simkit.Fault{Operation: kind + ".list", Kind: simkit.NotFoundBefore})
			_ = read(w, ids[1])
			if err := read(w, ids[0]); !apierr.IsGone(err) {
				t.Errorf("%s: got %v, want that it is gone", kind, err)
			}
		}
	}
}

// A create below, or for, what this process has just created is repeated while it answers 404.
func TestCreateBelowAYoungObject(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	ctx := t.Context()
	g, _, err := w.client.Groups.Create(ctx, "", "ops", map[string]any{"name": "ops"}, api.Group.Facts)
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 2})
	_, err = w.client.GroupMembers.Put(ctx, g.ID, w.account, map[string]any{"user_id": w.account})
	ok(t, err)
	w.count("group_users.create", 3)

	seeded := w.sim.SeedRecord(openaisim.Record{Kind: "groups", Fields: map[string]any{"name": "old"}})
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 1})
	if _, err := w.client.GroupMembers.Put(ctx, seeded, w.account, map[string]any{"user_id": w.account}); !apierr.IsNotFound(err) {
		t.Errorf("got %v, want 404", err)
	}
	account, _, err := w.client.CreateServiceAccount(ctx, w.project, "new")
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.NotFoundBefore, Times: 1})
	_, err = w.client.GroupMembers.Put(ctx, seeded, account.ID, map[string]any{"user_id": account.ID})
	ok(t, err)
}

// So is everything on the way from a new project to a key, and what a plan or an apply reads for it.
func TestTheChainBelowAYoungProject(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	ctx := t.Context()
	late := func(operation string, times int) {
		w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.NotFoundBefore, Times: times})
	}
	for _, list := range []string{openaisim.OpProjectsList, "groups.list"} {
		w.sim.Inject(simkit.Fault{Operation: list, Kind: simkit.StaleList, Lag: 10})
	}
	project, _, err := w.client.CreateProject(ctx, api.ProjectSettings{Name: "new"})
	ok(t, err)
	late(openaisim.OpServiceAccountsCreate, 2)
	account, _, err := w.client.CreateServiceAccount(ctx, project.ID, "ci")
	ok(t, err)
	late(openaisim.OpServiceAccountKeysCreate, 2)
	_, err = w.client.MintKey(ctx, project.ID, account.ID, api.MintRequest{Name: "deploy"})
	ok(t, err)
	w.count(openaisim.OpServiceAccountKeysCreate, 3)
	late("project_spend_limit.update", 3)
	_, err = w.client.SpendLimits.Set(ctx, project.ID, dollars(100))
	ok(t, err)
	late("rate_limits.list", 5) // each first page is asked for twice
	_, err = w.client.RateLimit(ctx, project.ID, "gpt-4.1")
	ok(t, err)

	// The project itself shows late.
	late(openaisim.OpProjectsGet, 2)
	_, err = w.client.ModelPermissions.Look(ctx, project.ID)
	gone(t, err, api.NoneSet)

	g, _, err := w.client.Groups.Create(ctx, "", "ops", map[string]any{"name": "ops"}, api.Group.Facts)
	ok(t, err)
	late("groups.get", 2)
	_, err = w.client.Groups.ReadAlone(ctx, "", g.ID, time.Time{})
	ok(t, err)
}

func (w *world) seed(kind, parent, id string, fields map[string]any) string {
	return w.sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, ID: id, Fields: fields})
}

func newRole(w *world, name string) (api.Role, api.Recovered, error) {
	return w.client.Roles.CreateListed(w.t.Context(), "", name, api.RoleFields(map[string]any{"name": name, "permissions": []string{"api.model.read"}}), api.Role.Facts)
}

// Roles do not show when they were created: what the list from before does not have was created since.
func TestALostCreateOfWhatShowsNoMoment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   simkit.FaultKind
		before  int // roles of the name that are there
		adopted bool
		creates int
		want    int // roles of the name in the end
	}{
		"done":                       {simkit.CutAfter, 0, true, 1, 1},
		"done beside an older one":   {simkit.StatusAfter, 2, true, 1, 3},
		"not done":                   {simkit.CutBefore, 0, false, 2, 1},
		"not done beside others":     {simkit.CutBefore, 2, false, 2, 3},
		"done, answer without sense": {simkit.Truncated, 1, true, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{MaxPage: 1})
			old := map[string]bool{}
			for range c.before {
				old[w.seed("roles", "", "", map[string]any{"name": "x", "permissions": []string{}, "predefined_role": false})] = true
			}
			w.sim.Inject(simkit.Fault{Operation: "roles.create", Kind: c.fault, Times: 1})
			made, how, err := newRole(w, "x")
			ok(t, err)
			if how.Adopted != c.adopted || old[made.ID] {
				t.Errorf("got %+v, %+v, which was there: %t", made, how, old[made.ID])
			}
			w.count("roles.create", c.creates)
			if got := len(w.sim.Records("roles")); got != c.want {
				t.Errorf("%d roles, want %d", got, c.want)
			}
		})
	}
}

// A role that is the vendor's own is never what a create made.
func TestALostCreateTakesOverNoPredefinedRole(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: "project_roles.create", Kind: simkit.CutBefore, Times: 1})
	project, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "new"})
	ok(t, err)
	made, how, err := w.client.ProjectRoles.CreateListed(t.Context(), project.ID, "owner", map[string]any{"role_name": "owner", "permissions": []string{}}, api.Role.Facts)
	ok(t, err)
	if how.Adopted || made.Predefined {
		t.Errorf("took over %+v", made)
	}
}

// What a list from before lacks would be taken for new: nothing is adopted then.
func TestALostCreateAfterAnIncompleteList(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.seed("roles", "", "", map[string]any{"name": "x", "permissions": []string{}, "predefined_role": false})
	w.sim.Inject(simkit.Fault{Operation: "roles.list", Kind: simkit.Altered, Set: map[string]any{"id": ""}, Times: 1})
	w.sim.Inject(simkit.Fault{Operation: "roles.create", Kind: simkit.CutAfter, Times: 1})
	_, _, err := newRole(w, "x")
	failed := failure(t, err, apierr.Unknown)
	contains(t, failed.Hint, "may or may not have been created", "may be incomplete")
	w.count("roles.create", 1)
}

// A member that a lost request added is found again, also in a list that lags behind.
func TestALostPut(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]simkit.Fault{
		"done":            {{Operation: "group_users.create", Kind: simkit.CutAfter, Times: 1}},
		"not done":        {{Operation: "group_users.create", Kind: simkit.CutBefore, Times: 1}},
		"done, list lags": {{Operation: "group_users.create", Kind: simkit.StatusAfter, Times: 1}, {Operation: "group_users.list", Kind: simkit.StaleList, Lag: 2}},
		// The second request is refused then, because the first one was carried out.
		"done, list lags long": {{Operation: "group_users.create", Kind: simkit.StatusAfter, Times: 1}, {Operation: "group_users.list", Kind: simkit.StaleList, Lag: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			group := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
			w.sim.Inject(faults...)
			_, err := w.client.GroupMembers.Put(t.Context(), group, w.account, map[string]any{"user_id": w.account})
			ok(t, err)
			if got := len(w.sim.Records("group_users")); got != 1 {
				t.Errorf("%d members, want 1", got)
			}
		})
	}
}

// An answer about another member than was asked for is an error.
func TestAPutAnsweredAboutAnother(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	group := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
	w.sim.Inject(simkit.Fault{Operation: "group_users.create", Kind: simkit.StatusBefore, Status: 200, Body: `{"object":"group.user","user_id":"user-other","group_id":"x"}`})
	_, err := w.client.GroupMembers.Put(t.Context(), group, w.account, map[string]any{"user_id": w.account})
	notGone(t, err)
}

// What another resource of the same apply is about to delete is waited for, and what stays is not.
func TestAMemberThatIsAboutToGo(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	group := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
	w.seed("group_users", group, w.account, map[string]any{})
	if gone, err := w.client.GroupMembers.Absent(t.Context(), group, w.account); gone || err != nil {
		t.Errorf("gone %t, %v", gone, err)
	}
	w.clock.OnSleep = func(time.Duration) { w.sim.RemoveRecord("group_users", group, w.account) }
	if gone, err := w.client.GroupMembers.Absent(t.Context(), group, w.account); !gone || err != nil {
		t.Errorf("gone %t, %v", gone, err)
	}
}

// One 404 for an object that the list shows is not believed.
func TestOneNotFoundIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	group := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
	role := w.seed("project_roles", w.project, "", map[string]any{"name": "r", "permissions": []string{}, "predefined_role": false})
	w.sim.Inject(simkit.Fault{Operation: "groups.get", Kind: simkit.NotFoundBefore, Times: 1}, simkit.Fault{Operation: "project_roles.get", Kind: simkit.NotFoundBefore, Times: 1})
	if g, err := w.client.Groups.Get(t.Context(), "", group, time.Time{}); err != nil || g.Name != "g" {
		t.Errorf("got %+v, %v", g, err)
	}
	if r, err := w.client.ProjectRoles.Get(t.Context(), w.project, role, time.Time{}); err != nil || r.Name != "r" {
		t.Errorf("got %+v, %v", r, err)
	}
	w.sim.RemoveRecord("project_roles", w.project, role)
	_, err := w.connect(w.sim.AdminKey()).ProjectRoles.Get(t.Context(), w.project, role, time.Time{})
	gone(t, err, "there is no project role of this id")
}

// A group of an identity provider is another type to the GET of one than the usual one: it is asked for too
// before a 404 counts.
// A server that does not know the question for these groups has answered already.
func TestAGroupThatIsGoneWhereTheTypeIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 422} {
		w := begin(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if r.URL.Query().Has("group_type") {
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"error":{"message":"unknown parameter"}}`)), Request: r}, nil
			}
			return next.RoundTrip(r)
		}))
		group := w.seed("project_groups", w.project, "group_1", map[string]any{"project_id": w.project, "group_id": "group_1", "group_name": "g"})
		w.sim.RemoveRecord("project_groups", w.project, group)
		_, err := w.client.ProjectGroups.Get(t.Context(), w.project, group, time.Time{})
		gone(t, err, "there is no project group of this id")
	}
}

func TestATenantGroupIsThere(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: "project_groups.list", Kind: simkit.StaleList, Lag: 1})
	group := w.seed("project_groups", w.project, "group_1", map[string]any{"project_id": w.project, "group_id": "group_1", "group_name": "g", "group_type": "tenant_group"})
	if g, err := w.client.ProjectGroups.Get(t.Context(), w.project, group, time.Time{}); err != nil || g.ID != group {
		t.Errorf("got %+v, %v", g, err)
	}
	w.sim.Inject(simkit.Fault{Operation: "project_groups.delete", Kind: simkit.NotFoundBefore, Times: 1})
	err := w.client.ProjectGroups.Delete(t.Context(), w.project, group, time.Time{})
	contains(t, failure(t, err, apierr.Refused).Message, "still exists and was not removed")
	if got := len(w.sim.Records("project_groups")); got != 1 {
		t.Errorf("%d groups, want 1", got)
	}
	w.sim.RemoveRecord("project_groups", w.project, group)
	_, err = w.client.ProjectGroups.ReadAlone(t.Context(), w.project, group, time.Time{})
	gone(t, err, "there is no project group of this id")
}

// Two objects of the organization that are missing, and nothing that is there, are the wrong admin
// key; one alone, or something that is there, is drift.
func TestWrongOrganization(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		missing       int
		group, member bool // something that is there
		project       bool
		drift         bool
	}{
		"one missing":                     {missing: 1, drift: true},
		"two missing":                     {missing: 2},
		"many missing":                    {missing: 9},
		"two missing and one there":       {missing: 2, group: true, drift: true},
		"many missing and a member there": {missing: 9, member: true, drift: true},
		"two missing and a project there": {missing: 2, project: true, drift: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			there := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
			w.seed("group_users", there, "user-1", map[string]any{"name": "jo"})
			var all sync.WaitGroup
			errs := make([]error, c.missing)
			if c.project {
				_, err := w.client.ConfirmProject(t.Context(), w.project, time.Time{})
				ok(t, err)
			}
			for n := range c.missing {
				all.Go(func() {
					_, errs[n] = w.client.Groups.Get(t.Context(), "", fmt.Sprint("group_", n), time.Now())
				})
			}
			if c.group {
				all.Go(func() { _, _ = w.client.Groups.Get(t.Context(), "", there, time.Time{}) })
			}
			if c.member {
				all.Go(func() { _, _ = w.client.GroupMembers.Get(t.Context(), there, "user-1", time.Time{}) })
			}
			all.Wait()
			for _, err := range errs {
				if c.drift {
					gone(t, err, "deleted outside Terraform")
					continue
				}
				notGone(t, err)
				contains(t, err.Error(), "another organization's admin key", "OPENAI_ADMIN_KEY", "terraform state rm")
			}
		})
	}
}

// A read that fails is no sign of another organization, nor of this one.
func TestWrongOrganizationAndAFailedRead(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: "groups.get", ObjectID: "group_busy", Kind: simkit.StatusBefore, Status: http.StatusForbidden})
	_, err := w.client.Groups.Get(t.Context(), "", "group_busy", time.Time{})
	notGone(t, err)
	_, err = w.client.Groups.Get(t.Context(), "", "group_1", time.Now())
	gone(t, err, "deleted")
	_, err = w.client.Groups.Get(t.Context(), "", "group_2", time.Now())
	notGone(t, err)
}

// What another organization's admin key does not find is not deleted: one alone is, as in a read.
func TestDeletesInAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	var ids []string
	for range 3 {
		ids = append(ids, w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false}))
	}
	refused := func(err error) {
		t.Helper()
		notGone(t, err)
		contains(t, err.Error(), "another organization's admin key", "Nothing was removed from state")
	}
	other := w.connect(w.sim.NewOrganization())
	ok(t, other.Groups.Delete(t.Context(), "", ids[0], time.Time{}))
	refused(other.Groups.Delete(t.Context(), "", ids[1], time.Time{}))

	// At the same time none is believed, whichever answer is first.
	var both, all sync.WaitGroup
	both.Add(2)
	other = w.connect(w.sim.NewOrganization(), through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			both.Done()
			both.Wait()
		}
		return next.RoundTrip(r)
	}))
	errs := make([]error, 2)
	for n := range errs {
		all.Go(func() { errs[n] = other.Groups.Delete(t.Context(), "", ids[n], time.Time{}) })
	}
	all.Wait()
	refused(errs[0])
	refused(errs[1])

	// What this key could delete is its organization's, and so is what is gone already.
	ok(t, w.client.Groups.Delete(t.Context(), "", ids[2], time.Time{}))
	ok(t, w.client.Groups.Delete(t.Context(), "", "group_1", time.Time{}))
	ok(t, w.client.Groups.Delete(t.Context(), "", "group_2", time.Time{}))
}

// What a DELETE has deleted whose answer was lost is missing for that reason, in whatever organization.
func TestDeletesWhoseAnswersAreLost(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.ChangeSetting(openaisim.Setting{Kind: "spend_limit", Fields: dollars(100)})
	w.sim.Inject(simkit.Fault{Operation: "spend_limit.delete", Kind: simkit.StatusAfter, Status: http.StatusBadGateway, Times: 1})
	var all sync.WaitGroup
	errs := make([]error, 3)
	for n := range errs[1:] {
		id := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
		w.sim.Inject(simkit.Fault{Operation: "groups.delete", ObjectID: id, Kind: simkit.StatusAfter, Status: http.StatusBadGateway, Times: 1})
		created := time.Time{}
		if n == 0 {
			created = start // a young one is asked for again
		}
		all.Go(func() { errs[1+n] = w.client.Groups.Delete(t.Context(), "", id, created) })
	}
	all.Go(func() { errs[0] = w.client.SpendLimits.Remove(t.Context(), "", time.Time{}) })
	all.Wait()
	for _, err := range errs {
		ok(t, err)
	}
	// Nor do they say anything of others.
	_, err := w.client.Groups.Get(t.Context(), "", "group_1", time.Now())
	gone(t, err, "deleted outside Terraform")
}

// Assignments that a group hands down are none of the user itself, and ids of predefined roles have
// two forms.
func TestDirectAssignments(t *testing.T) {
	t.Parallel()
	const member = "role-api-project-member"
	for _, long := range []bool{false, true} {
		w := begin(t, openaisim.Options{Policy: openaisim.Policy{LongRoleIDs: long}, MaxPage: 1})
		group := w.seed("groups", "", "", map[string]any{"name": "g", "is_scim_managed": false})
		w.seed("group_users", group, w.account, map[string]any{"name": "jo"})
		w.seed("project_group_roles", w.project+"/"+group, member, nil)
		assignments := w.client.ProjectAssignments
		of := api.InProject(w.project, api.UserParent(w.account))
		there, err := assignments.There(t.Context(), of, member)
		ok(t, err)
		if there {
			t.Error("an inherited role is taken for a direct one")
		}
		_, err = assignments.Put(t.Context(), of, member, map[string]any{"role_id": member})
		ok(t, err)
		a, err := assignments.Get(t.Context(), of, member, time.Time{})
		if err != nil || !a.Direct || !api.SameRole(a.ID, member) {
			t.Errorf("got %+v, %v", a, err)
		}
		ok(t, assignments.Delete(t.Context(), of, member, time.Time{}))
		if got := len(w.sim.Records("project_user_roles")); got != 0 {
			t.Errorf("%d direct assignments are left", got)
		}
		if got := len(w.sim.Records("project_group_roles")); got != 1 {
			t.Errorf("%d assignments of the group, want 1", got)
		}
	}
}

// A direct assignment is found behind one of the same role that a group hands down.
func TestDirectAssignmentsBehindInheritedOnes(t *testing.T) {
	t.Parallel()
	const member = "role-api-project-member"
	w := begin(t, openaisim.Options{})
	row := func(kind, principal string) map[string]any {
		return map[string]any{"id": member, "name": "member", "description": nil, "permissions": []string{}, "predefined_role": true, "resource_type": "api.project", "assignment_sources": []any{map[string]any{"principal_type": kind, "principal_id": principal}}}
	}
	body, err := json.Marshal(map[string]any{"object": "list", "data": []any{row("group", "group_1"), row("group", "group_2"), row("user", w.account)}, "has_more": false, "next": nil})
	ok(t, err)
	w.sim.Inject(simkit.Fault{Operation: "project_user_roles.list", Kind: simkit.StatusBefore, Status: 200, Body: string(body)})
	of := api.InProject(w.project, api.UserParent(w.account))
	there, err := w.client.ProjectAssignments.There(t.Context(), of, member)
	ok(t, err)
	if !there {
		t.Error("the direct assignment is not found")
	}
	list, err := w.client.ProjectAssignments.All(t.Context(), of)
	ok(t, err)
	if len(list.ByID) != 3 {
		t.Errorf("%d rows, want 3: %v", len(list.ByID), list.ByID)
	}
}

// A rule that is gone is drift where its provider still has a list of rules: in another organization there
// is no such provider.
func TestRulesThatAreGone(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	for n := range 2 {
		provider := w.seed("workload_identity_providers", "", "", map[string]any{"name": fmt.Sprint("p", n), "type": "oidc", "issuer": "https://issuer.example", "audience": "a", "enabled": true})
		_, err := w.client.FederationRules.Get(t.Context(), provider, "wifr_1", start)
		gone(t, err, "deleted outside Terraform")
	}
}

// What was deleted by one form of its id and created by the other is there.
func TestAnAssignmentDeletedByAnotherForm(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{Policy: openaisim.Policy{LongRoleIDs: true}})
	assignments, of := w.client.ProjectAssignments, api.InProject(w.project, api.UserParent(w.account))
	const short = "role-api-project-member"
	for _, role := range []string{short, short + "__api-project__" + w.project} {
		_, err := assignments.Put(t.Context(), of, short, map[string]any{"role_id": short})
		ok(t, err)
		there, err := assignments.There(t.Context(), of, short)
		ok(t, err)
		if !there {
			t.Error("the assignment is not in the list")
		}
		ok(t, assignments.Delete(t.Context(), of, role, time.Time{}))
	}
	_, err := assignments.Put(t.Context(), of, short, map[string]any{"role_id": short})
	ok(t, err)
	if there, err := assignments.There(t.Context(), of, short); err != nil || !there {
		t.Errorf("the assignment is not in the list: %v", err)
	}
}

// Thirty users get another role, as many at once as Terraform changes: that reads the list of users once, and once more
// where the first one was changed while it was on its way.
func TestRolesOfManyUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := memory(t, openaisim.Options{}, through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			way := 100 * time.Millisecond
			if strings.HasSuffix(r.URL.Path, "/users") {
				way = time.Second
			}
			_ = clock.System().Sleep(r.Context(), way)
			return next.RoundTrip(r)
		}))
		var users []string
		for i := range 30 {
			users = append(users, w.seed("users", "", "", map[string]any{"name": fmt.Sprint("u", i), "email": fmt.Sprint(i, "@example.com"), "role": "reader"}))
		}
		w.sim.SetLimits(8, 0)
		slots := make(chan struct{}, 10) // -parallelism
		var group sync.WaitGroup
		for _, id := range users {
			group.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				if _, err := w.client.Users.Get(t.Context(), "", id, time.Time{}); err != nil {
					t.Error(err)
				}
				if _, err := w.client.Users.Update(t.Context(), "", id, time.Time{}, map[string]any{"role": "owner"}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for i, id := range users {
			u, err := w.client.Users.Get(t.Context(), "", id, time.Time{})
			ok(t, err)
			if u.Role != "owner" || u.Email != fmt.Sprint(i, "@example.com") {
				t.Errorf("the list has %+v", u)
			}
		}
		if lists := w.sim.Count("users.list"); lists > 2 {
			t.Errorf("%d lists of users, want at most 2", lists)
		}
	})
}

// An answer to a change that leaves out what the list shows does not take it away: the list is read again.
func TestAnswersThatSayLessThanTheList(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	group := w.seed("groups", "", "", map[string]any{"name": "ops", "group_type": "group", "is_scim_managed": false})
	user := w.seed("users", "", "", map[string]any{"name": "Jo", "email": "jo@example.com", "role": "reader"})
	w.sim.Inject(simkit.Fault{Operation: "users.update", Kind: simkit.Altered, Omit: []string{"email", "name", "role"}})
	_, err := w.client.Groups.All(t.Context(), "")
	ok(t, err)
	_, err = w.client.Users.All(t.Context(), "")
	ok(t, err)
	_, err = w.client.Groups.Update(t.Context(), "", group, start, map[string]any{"name": "ops team"})
	ok(t, err)
	_, err = w.client.Users.Update(t.Context(), "", user, time.Time{}, map[string]any{"role": "owner"})
	ok(t, err)
	groups, err := w.client.Groups.All(t.Context(), "")
	ok(t, err)
	users, err := w.client.Users.All(t.Context(), "")
	ok(t, err)
	if g, u := groups.ByID[group], users.ByID[user]; g.Name != "ops team" || g.Type != "group" || u.Role != "owner" || u.Email != "jo@example.com" {
		t.Errorf("the lists have %+v and %+v", g, u)
	}
}

// A young object that somebody else deletes is missing to the DELETE for half a minute; the look after it does not wait again.
func TestADeleteOfWhatWasJustDeleted(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	made, _, err := w.client.Groups.Create(t.Context(), "", "ops", map[string]any{"name": "ops"}, api.Group.Facts)
	ok(t, err)
	_, err = w.client.SpendLimits.Set(t.Context(), w.project, dollars(100))
	ok(t, err)
	created := w.clock.Now()
	w.sim.RemoveRecord("groups", "", made.ID)
	w.sim.RemoveSetting("project_spend_limit", w.project)
	ok(t, w.client.Groups.Delete(t.Context(), "", made.ID, created))
	w.count("groups.get", 1)
	ok(t, w.client.SpendLimits.Remove(t.Context(), w.project, created))
	w.count("project_spend_limit.get", 2)
}

// Ten creates that find the look of the last ones too old read one list together.
func TestManyLookAgain(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, byItself)
	group := w.seed("groups", "", "", map[string]any{"name": "ops", "group_type": "group", "is_scim_managed": false})
	for round := range 3 {
		w.sim.Inject(simkit.Fault{Operation: "group_users.list", Kind: simkit.Delay, Delay: 20 * time.Millisecond, Times: 1})
		var all sync.WaitGroup
		for n := range 10 {
			all.Go(func() {
				if there, err := w.client.GroupMembers.There(t.Context(), group, fmt.Sprint("user-", n)); err != nil || there {
					t.Errorf("got %v, %v", there, err)
				}
			})
		}
		all.Wait()
		w.count("group_users.list", round+1)
		w.advance(11 * time.Second)
	}
}
