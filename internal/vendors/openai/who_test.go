// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// staff is an organization in which objects of who may do what can be.
type staff struct {
	w                *acctest.World
	project, account string
	group, jo, owner string
	role, inProject  string // roles of the organization and of the project
}

func newStaff(t *testing.T, options openaisim.Options) staff {
	t.Helper()
	w := acctest.New(t, options)
	s := staff{w: w, project: w.Sim.SeedProject("payments")}
	s.account = w.Sim.SeedServiceAccount(s.project, "worker", "none")
	seed := func(kind, parent string, values fields) string {
		return w.Sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, Fields: values})
	}
	s.group = seed("groups", "", fields{"name": "team", "is_scim_managed": false, "group_type": "group"})
	s.jo = seed("users", "", fields{"name": "Jo", "email": "jo@example.com", "role": "reader"})
	s.owner = seed("users", "", fields{"name": "Al", "email": "al@example.com", "role": "owner"})
	custom := func(name string) fields {
		return fields{"name": name, "description": nil, "permissions": []string{"api.model.read"}, "predefined_role": false, "resource_type": "api.project"}
	}
	s.role, s.inProject = seed("roles", "", custom("seeded")), seed("project_roles", s.project, custom("seeded"))
	return s
}

// an object of who may do what.
type ruled struct {
	name, kind, record string
	first, second      func(staff) fields // configurations; the second one changes in place
	id                 func(s staff, state fields) string
	stays              bool // a destroy leaves it
	before             int  // objects of its kind that are there before
}

func only(values fields) func(staff) fields { return func(staff) fields { return values } }

var theRuled = []ruled{
	{
		name: "group", kind: "group", record: "groups", before: 1,
		first: only(fields{"name": "platform"}), second: only(fields{"name": "platform team"}),
		id: func(_ staff, state fields) string { return fmt.Sprint(state["id"]) },
	}, {
		name: "member", kind: "group_member", record: "group_users",
		first: func(s staff) fields { return fields{"group_id": s.group, "user_id": s.account} },
		id:    func(s staff, _ fields) string { return s.group + "/" + s.account },
	}, {
		name: "role", kind: "role", record: "roles", before: 1,
		first:  only(fields{"name": "auditor", "permissions": []string{"b", "a"}, "description": "d"}),
		second: only(fields{"name": "auditors", "permissions": []string{"c", "a"}}),
		id:     func(_ staff, state fields) string { return fmt.Sprint(state["id"]) },
	}, {
		name: "project role", kind: "project_role", record: "project_roles", before: 1,
		first: func(s staff) fields {
			return fields{"project_id": s.project, "name": "caller", "permissions": []string{"b", "a"}}
		},
		second: func(s staff) fields {
			return fields{"project_id": s.project, "name": "caller", "permissions": []string{}, "description": "d"}
		},
		id: func(s staff, state fields) string { return s.project + "/" + fmt.Sprint(state["id"]) },
	}, {
		name: "role of a user", kind: "role_assignment", record: "user_roles",
		first: func(s staff) fields { return fields{"role_id": s.role, "user_id": s.account} },
		id:    func(s staff, _ fields) string { return s.role + "/user/" + s.account },
	}, {
		name: "role of a group", kind: "role_assignment", record: "group_roles",
		first: func(s staff) fields { return fields{"role_id": "role-api-organization-reader", "group_id": s.group} },
		id:    func(s staff, _ fields) string { return "role-api-organization-reader/group/" + s.group },
	}, {
		name: "project role of a user", kind: "project_role_assignment", record: "project_user_roles",
		first: func(s staff) fields {
			return fields{"project_id": s.project, "role_id": "role-api-project-viewer", "user_id": s.jo}
		},
		id: func(s staff, _ fields) string { return s.project + "/role-api-project-viewer/user/" + s.jo },
	}, {
		name: "project role of a group", kind: "project_role_assignment", record: "project_group_roles",
		first: func(s staff) fields {
			return fields{"project_id": s.project, "role_id": s.inProject, "group_id": s.group}
		},
		id: func(s staff, _ fields) string { return s.project + "/" + s.inProject + "/group/" + s.group },
	}, {
		name: "project group", kind: "project_group", record: "project_groups",
		first: func(s staff) fields {
			return fields{"project_id": s.project, "role_id": s.inProject, "group_id": s.group}
		},
		id: func(s staff, _ fields) string { return s.project + "/" + s.group },
	}, {
		name: "project user", kind: "project_user", record: "project_users",
		first:  func(s staff) fields { return fields{"project_id": s.project, "user_id": s.jo, "role": "member"} },
		second: func(s staff) fields { return fields{"project_id": s.project, "user_id": s.jo, "role": "owner"} },
		id:     func(s staff, _ fields) string { return s.project + "/" + s.jo },
	}, {
		name: "project user by address", kind: "project_user", record: "project_users",
		first: func(s staff) fields {
			return fields{"project_id": s.project, "email": "Jo@Example.com", "role": "member"}
		},
		second: func(s staff) fields {
			return fields{"project_id": s.project, "email": "Jo@Example.com", "role": "owner"}
		},
		id: func(s staff, _ fields) string { return s.project + "/" + s.jo },
	}, {
		name: "user role", kind: "user_role", record: "users", stays: true, before: 2,
		first:  func(s staff) fields { return fields{"user_id": s.jo, "role": "owner"} },
		second: func(s staff) fields { return fields{"user_id": s.jo, "role": "reader"} },
		id:     func(s staff, _ fields) string { return s.jo },
	}, {
		name: "invite", kind: "invite", record: "invites",
		first: func(s staff) fields {
			return fields{"email": "New@example.com", "role": "reader", "projects": []any{fields{"id": s.project, "role": "member"}, fields{"id": "proj_0", "role": "owner"}}}
		},
		id: func(_ staff, state fields) string { return fmt.Sprint(state["id"]) },
	}, {
		name: "invite without projects", kind: "invite", record: "invites",
		first: only(fields{"email": "new@example.com", "role": "reader"}),
		id:    func(_ staff, state fields) string { return fmt.Sprint(state["id"]) },
	},
}

// run is one object on its way.
type run struct {
	t  *testing.T
	ws *protocol.Workspace
	staff
	ruled
}

func (r ruled) start(t *testing.T, options openaisim.Options) *run {
	t.Helper()
	s := newStaff(t, options)
	ws, err := protocol.NewWorkspace(t.Context(), s.w.Server, "orgkeys_openai_"+r.kind, true)
	if err != nil {
		t.Fatal(err)
	}
	return &run{t, ws, s, r}
}

func want(values fields) map[string]protocol.Settings {
	return map[string]protocol.Settings{"it": {Attributes: values}}
}

func (r *run) plan(values fields) *protocol.Plan {
	r.t.Helper()
	plan, err := r.ws.Plan(r.t.Context(), want(values), true)
	if err != nil {
		r.t.Fatal(err)
	}
	return plan
}

// apply plans and applies, and plans twice that nothing is left to do.
func (r *run) apply(values fields) {
	r.t.Helper()
	if err := r.ws.Apply(r.t.Context(), r.plan(values), want(values)); err != nil {
		r.t.Fatal(err)
	}
	r.quiet(values)
}

func (r *run) quiet(values fields) {
	r.t.Helper()
	for range 2 {
		if plan := r.plan(values); !plan.Quiet() {
			r.t.Fatalf("not quiet: %s\nfrom %v\nto   %v", plan.Changes["it"].Action, r.state(), plan.Changes["it"].Attributes())
		}
	}
}

func (r *run) state() fields { return given(r.ws.State["it"].Current.Attributes()) }

func (r *run) destroy() error {
	r.t.Helper()
	plan, err := r.ws.PlanDestroyAll(r.t.Context(), nil, false)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.ws.Apply(r.t.Context(), plan, nil)
}

// there checks how many objects of the kind there are beside those from before.
func (r *run) there(want int) {
	r.t.Helper()
	if got := len(r.w.Sim.Records(r.record)) - r.before; got != want {
		r.t.Errorf("%d objects, want %d", got, want)
	}
}

// life applies, changes, imports and destroys an object.
func (r *run) life() {
	r.t.Helper()
	r.apply(r.first(r.staff))
	r.there(map[bool]int{false: 1}[r.stays])
	if r.second != nil {
		if plan := r.plan(r.second(r.staff)); plan.Changes["it"].Action != protocol.Update {
			r.t.Errorf("planned to %s", plan.Changes["it"].Action)
		}
		r.apply(r.second(r.staff))
	}
	r.imports()
	if err := r.destroy(); err != nil {
		r.t.Fatal(err)
	}
	r.there(0)
}

// imports compares what an import by either id knows with what is in state.
func (r *run) imports() {
	r.t.Helper()
	state := r.state()
	server := configured(r.t, r.w, nil)
	kind := "orgkeys_openai_" + r.kind
	by, err := server.resource(kind).Import(r.t.Context(), r.id(r.staff, state), nil)
	server.calm(err, by.Diagnostics)
	seen := server.read(kind, by)
	for _, spelled := range []string{"email", "projects"} { // as the server spells and orders them
		if seen[spelled] != nil && state[spelled] != nil {
			seen[spelled] = state[spelled]
		}
	}
	for _, all := range []fields{seen, state} {
		if set, ok := all["permissions"].([]any); ok {
			slices.SortFunc(set, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	same(r.t, "imported", seen, state)
	same(r.t, "imported by identity", server.imported(kind, server.identity(kind, by.Identity)), server.read(kind, by))
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		for text, options := range map[string]openaisim.Options{
			"":                                 {},
			", small pages, 201, and long ids": {MaxPage: 1, Policy: openaisim.Policy{Created201: true, LongRoleIDs: true}},
			", eight requests per minute":      {PerMinute: 8},
		} {
			t.Run(r.name+text, func(t *testing.T) {
				t.Parallel()
				run := r.start(t, options)
				run.life()
			})
		}
	}
}

// Whatever happens to one request, there is one object in the end, and no second plan has work.
func TestWhoMayDoWhatFaults(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		for text, fault := range map[string]simkit.Fault{
			"create, answer lost":        {Operation: ".create", Kind: simkit.CutAfter},
			"create never arrived":       {Operation: ".create", Kind: simkit.CutBefore},
			"create, 502 after the deed": {Operation: ".create", Kind: simkit.StatusAfter},
			"create, 429":                {Operation: ".create", Kind: simkit.StatusBefore, Status: 429},
			"update, answer lost":        {Operation: ".update", Kind: simkit.CutAfter},
			"update, former answer":      {Operation: ".update", Kind: simkit.FormerAnswer},
			"delete, answer lost":        {Operation: ".delete", Kind: simkit.CutAfter},
			"get, one 404":               {Operation: ".get", Kind: simkit.NotFoundBefore},
			"list, one that lags":        {Operation: ".list", Kind: simkit.StaleList, Lag: 1},
			"list, a page of HTML":       {Operation: ".list", Kind: simkit.HTML, Status: 502},
		} {
			if r.second == nil && fault.Operation == ".update" {
				continue
			}
			t.Run(r.name+": "+text, func(t *testing.T) {
				t.Parallel()
				run := r.start(t, openaisim.Options{})
				fault.Operation, fault.Times = r.record+fault.Operation, 1
				run.w.Sim.Inject(fault)
				run.life()
			})
		}
	}
}

// Answers that lack fields, or have others, make no plan.
func TestWhoMayDoWhatAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		for text, fault := range map[string]simkit.Fault{
			"no role, address or description": {Omit: []string{"role", "email", "description", "resource_type"}},
			"no permissions or projects":      {Omit: []string{"permissions", "projects", "predefined_role"}},
			"nothing that is not needed":      {Omit: []string{"name", "group_name", "object", "group_type", "added_at", "expires_at", "accepted_at", "assignment_sources", "created_by", "metadata"}},
			"other fields":                    {Set: map[string]any{"assignment_sources": []any{}, "scim_managed": false, "new": map[string]any{"a": 1}}, Omit: []string{"is_scim_managed"}},
		} {
			t.Run(r.name+": "+text, func(t *testing.T) {
				t.Parallel()
				run := r.start(t, openaisim.Options{})
				for _, word := range []string{".get", ".list", ".create", ".update"} {
					fault.Operation, fault.Kind = r.record+word, simkit.Altered
					run.w.Sim.Inject(fault)
				}
				run.apply(r.first(run.staff))
				if r.second != nil && text != "no permissions or projects" {
					run.apply(r.second(run.staff))
				}
				if err := run.destroy(); err != nil {
					t.Error(err)
				}
				run.there(0)
			})
		}
	}
}

// What somebody deletes is created again, and is no error in a destroy.
func TestWhoMayDoWhatDeletedOutside(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		if r.stays {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			run := r.start(t, openaisim.Options{})
			values := r.first(run.staff)
			remove := func() {
				all := run.w.Sim.Records(r.record)
				one := all[len(all)-1]
				run.w.Sim.RemoveRecord(r.record, one.Parent, one.ID)
			}
			run.apply(values)
			remove()
			run.ws.Said = nil
			if plan := run.plan(values); plan.Changes["it"].Action != protocol.Create {
				t.Errorf("planned to %s", plan.Changes["it"].Action)
			}
			if said := fmt.Sprint(run.ws.Said); !strings.Contains(said, " is gone") {
				t.Errorf("said %s", said)
			}
			run.apply(values)
			run.there(1)
			remove()
			if err := run.destroy(); err != nil {
				t.Errorf("a destroy of what is gone: %v", err)
			}
		})
	}
}

// With whoever had it a role is gone, without an error, also where its list is looked through first.
func TestRolesOfWhoIsGone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"role of a group", "project role of a group"} {
		run := called(t, name).start(t, openaisim.Options{})
		values := with(run.first(run.staff), fields{"role_id": map[string]string{"role of a group": "role-api-organization-reader", "project role of a group": "role-api-project-viewer"}[name]})
		run.apply(values)
		run.w.Sim.RemoveRecord("groups", "", run.group)
		if err := run.destroy(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(run.ws.State) != 0 {
			t.Errorf("%s stays in state", name)
		}
	}
}

// With its project everything in it is gone, without an error.
func TestWhoMayDoWhatInAnArchivedProject(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		run := r.start(t, openaisim.Options{})
		values := r.first(run.staff)
		if values["project_id"] == nil {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			run.t = t
			run.apply(values)
			run.w.Sim.ArchiveProject(run.project)
			run.ws.Said = nil
			if plan := run.plan(values); plan.Changes["it"].Action != protocol.Create {
				t.Errorf("planned to %s", plan.Changes["it"].Action)
			}
			if said := fmt.Sprint(run.ws.Said); !strings.Contains(said, run.project+" was archived") {
				t.Errorf("said %s", said)
			}
			if err := run.destroy(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is there already is an error with the import command, and is not touched.
func TestWhoMayDoWhatIsThereAlready(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		switch r.kind {
		case "group", "role", "project_role", "user_role": // names need not be unique, and a user's role is taken over
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			run := r.start(t, openaisim.Options{})
			values := r.first(run.staff)
			run.apply(values)
			id := r.id(run.staff, run.state())
			run.ws.State = map[string]*protocol.Instance{}
			plan := run.plan(values)
			err := run.ws.Apply(t.Context(), plan, want(values))
			if !errors.Is(err, protocol.ErrFailed) || !strings.Contains(err.Error(), "terraform import <address> "+id) {
				t.Errorf("got %v, want the import of %s", err, id)
			}
			if len(run.ws.State) > 0 {
				t.Errorf("state has %v", run.ws.State)
			}
			run.there(1)
		})
	}
}

// What is there only once cannot be created before it is destroyed: the error says so, and nothing changes.
func TestWhoMayDoWhatCreatedBeforeDestroyed(t *testing.T) {
	t.Parallel()
	for _, r := range theRuled {
		switch r.kind {
		case "group", "role", "project_role", "user_role":
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			run := r.start(t, openaisim.Options{})
			values := r.first(run.staff)
			run.apply(values)
			before := run.w.Sim.Records(r.record)
			again := map[string]protocol.Settings{"it": {Attributes: values, CreateBeforeDestroy: true, Replace: true}}
			if r.kind == "project_group" {
				again["it"] = protocol.Settings{Attributes: with(values, fields{"role_id": "role-api-project-owner"}), CreateBeforeDestroy: true}
			}
			plan, err := run.ws.Plan(t.Context(), again, true)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "planned", plan.Changes["it"].Action, protocol.CreateThenDelete)
			fails(t, run.ws.Apply(t.Context(), plan, again), "already", "If this apply replaces it, take create_before_destroy out of its lifecycle block")
			same(t, "left", run.w.Sim.Records(r.record), before)
			run.quiet(values)
		})
	}
}
