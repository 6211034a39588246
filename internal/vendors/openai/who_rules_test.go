// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func called(t *testing.T, name string) ruled {
	t.Helper()
	for _, r := range theRuled {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("there is no object %s", name)
	return ruled{}
}

func (r *run) planned(values fields, want protocol.Action) {
	r.t.Helper()
	if got := r.plan(values).Changes["it"].Action; got != want {
		r.t.Errorf("planned to %s, want %s", got, want)
	}
}

// said checks what was said since the last time.
func (r *run) said(parts ...string) {
	r.t.Helper()
	all := fmt.Sprint(r.ws.Said)
	for _, part := range parts {
		if !strings.Contains(all, part) {
			r.t.Errorf("%q was not said in\n%s", part, all)
		}
	}
	r.ws.Said = nil
}

func fails(t *testing.T, err error, parts ...string) {
	t.Helper()
	if !errors.Is(err, protocol.ErrFailed) {
		t.Fatalf("got %v, want an error of the provider", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\ndoes not say %q", err, part)
		}
	}
}

// A role that is only inherited is not the one that was given.
func TestAnInheritedRoleIsNoAssignment(t *testing.T) {
	t.Parallel()
	r := called(t, "project role of a user").start(t, openaisim.Options{})
	const role = "role-api-project-viewer"
	r.w.Sim.SeedRecord(openaisim.Record{Kind: "group_users", Parent: r.group, ID: r.jo, Fields: fields{"name": "Jo"}})
	r.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: r.project + "/" + r.group, ID: role})
	values := r.first(r.staff)
	r.apply(values)
	r.there(1)
	r.w.Sim.RemoveRecord(r.record, r.project+"/"+r.jo, role)
	r.planned(values, protocol.Create)
	r.said("it is only inherited from group " + r.group)
	if err := r.destroy(); err != nil {
		t.Error(err)
	}
	if got := len(r.w.Sim.Records("project_group_roles")); got != 1 {
		t.Errorf("%d roles of the group, want 1", got)
	}
}

func TestRolesOfAProjectGroup(t *testing.T) {
	t.Parallel()
	r := called(t, "project group").start(t, openaisim.Options{})
	values, at := r.first(r.staff), r.project+"/"+r.group
	give := func(role string) {
		r.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: at, ID: role})
	}
	r.apply(values)

	// Taken away outside: given again, in place.
	r.w.Sim.RemoveRecord("project_group_roles", at, r.inProject)
	r.ws.Said = nil
	r.planned(values, protocol.Update)
	r.said("has no role", r.inProject)
	r.apply(values)

	// Another one in its place is somebody else's: the own one is given again, in place.
	r.w.Sim.RemoveRecord("project_group_roles", at, r.inProject)
	give("role-api-project-owner")
	r.ws.Said = nil
	r.planned(values, protocol.Update)
	r.said("has no role", r.inProject, "role-api-project-owner")
	r.apply(values)

	// A second one is not this resource's either, and both stay.
	give("role-api-project-viewer")
	r.quiet(values)
	r.ws.Said = nil
	if err := r.destroy(); err != nil {
		t.Fatal(err)
	}
	r.said("may stay in the project", "role-api-project-viewer", "If this plan destroys all of these roles, too, the group leaves the project.", "stays in the project")
	r.there(1)
	same(t, "left", r.rolesOfTheGroup(), []string{"role-api-project-owner", "role-api-project-viewer"})
}

// rolesOfTheGroup are those in the project, oldest first.
func (r *run) rolesOfTheGroup() (ids []string) {
	for _, one := range r.w.Sim.Records("project_group_roles") {
		ids = append(ids, one.ID)
	}
	return ids
}

// The only role of a group may be somebody else's: a destroy leaves it, and the group with it.
func TestTheOnlyRoleOfAProjectGroupIsSomebodyElses(t *testing.T) {
	t.Parallel()
	r := called(t, "project group").start(t, openaisim.Options{})
	values, at := r.first(r.staff), r.project+"/"+r.group
	r.apply(values)
	r.w.Sim.RemoveRecord("project_group_roles", at, r.inProject)
	r.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: at, ID: "role-api-project-owner"})
	for range 2 { // also where the state has that already
		plan, err := r.ws.Plan(t.Context(), want(values), true)
		if err != nil {
			t.Fatal(err)
		}
		r.ws.State = plan.Prior
	}
	if err := r.destroy(); err != nil {
		t.Fatal(err)
	}
	r.there(1)
	same(t, "left", r.rolesOfTheGroup(), []string{"role-api-project-owner"})
}

// A group that others gave roles stays in the project when its role changes, and gets the new one.
func TestAnotherRoleOfAProjectGroupThatStays(t *testing.T) {
	t.Parallel()
	const theirs, next = "role-api-project-viewer", "role-api-project-owner"
	r := called(t, "project group").start(t, openaisim.Options{})
	values := r.first(r.staff)
	r.apply(values)
	r.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: r.project + "/" + r.group, ID: theirs})
	values = with(values, fields{"role_id": next})
	r.planned(values, protocol.DeleteThenCreate)
	r.apply(values)
	same(t, "roles", r.rolesOfTheGroup(), []string{theirs, next})
	r.there(1)

	// Theirs is not taken over.
	values = with(values, fields{"role_id": theirs})
	fails(t, r.ws.Apply(t.Context(), r.plan(values), want(values)), "Role "+theirs+" of group "+r.group, "exists already")
	same(t, "roles", r.rolesOfTheGroup(), []string{theirs})
	r.there(1)
}

// An import cannot tell which of several roles is the resource's: none is named, the plan shows the configured one
// as new, and its apply gives it only where the group does not have it.
func TestImportOfAProjectGroupWithSeveralRoles(t *testing.T) {
	t.Parallel()
	for role, writes := range map[string]int{"role-api-project-member": 0, "role-api-project-owner": 1} {
		s := newStaff(t, openaisim.Options{})
		s.w.Sim.SeedRecord(openaisim.Record{Kind: "project_groups", Parent: s.project, ID: s.group, Fields: fields{"group_id": s.group, "group_name": "team"}})
		for _, has := range []string{"role-api-project-member", "role-api-project-viewer"} {
			s.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: s.project + "/" + s.group, ID: has})
		}
		w := s.stage(t, "project_group")
		w.Adopt(s.project + "/" + s.group)
		same(t, "imported role", w.Attributes()["role_id"], nil)
		config := fields{"project_id": s.project, "group_id": s.group, "role_id": role}
		w.Said()
		plan, err := w.Plan(config)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "planned", plan.Changes["x"].Action, protocol.Update)
		w.Has("has several roles", "role-api-project-member, role-api-project-viewer", "shows role_id as new")
		s.w.Sim.ResetJournal()
		if err := w.Carry(plan, config); err != nil {
			t.Fatal(err)
		}
		same(t, "given", s.w.Sim.Count("project_group_roles.create"), writes)
		same(t, "quiet", w.Quiet(config), true)
	}
}

// The short and the long form of a predefined role's id are one role.
func TestFormsOfARoleID(t *testing.T) {
	t.Parallel()
	for _, long := range []bool{false, true} {
		r := called(t, "project role of a user").start(t, openaisim.Options{Policy: openaisim.Policy{LongRoleIDs: long}})
		first := r.first(r.staff)
		second := with(first, fields{"role_id": fmt.Sprint(first["role_id"], "__api-project__", r.project)})
		for _, order := range [][]fields{{first, second}, {second, first}} {
			r.apply(order[0])
			r.w.Sim.ResetJournal()
			r.apply(order[1])
			for _, call := range r.w.Sim.Journal() {
				if call.Method != "GET" {
					t.Errorf("another form of the id sends %s", call.Operation)
				}
			}
			same(t, "role_id", r.state()["role_id"], order[0]["role_id"])
			if err := r.destroy(); err != nil {
				t.Fatal(err)
			}
			r.there(0)
			server := configured(t, r.w, nil)
			asked := fields{"project_id": r.project, "id": order[0]["role_id"]}
			same(t, "looked up", server.data("orgkeys_openai_project_role", asked)["id"], asked["id"])
		}
	}
}

// The server may give another role than the one that was asked for: that is said, and no drift.
func TestAProjectUserWithAnotherRole(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"project user", "project user by address"} {
		r := called(t, name).start(t, openaisim.Options{})
		for _, operation := range []string{".create", ".list", ".get"} {
			r.w.Sim.Inject(simkit.Fault{Operation: r.record + operation, Kind: simkit.Altered, Set: fields{"role": "owner"}})
		}
		r.apply(r.first(r.staff))
		r.said("differs from its configuration at the server", `role is "member" in the configuration, the server has "owner"`)
		same(t, "role", r.state()["role"], "member")
	}
}

// A plan does not show whether it replaces a tainted object: what it says of that holds in both cases.
func TestThePlanOfWhatIsTainted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"member", "role of a user", "project role of a group", "project group", "project user"} {
		r := called(t, name).start(t, openaisim.Options{})
		r.apply(r.first(r.staff))
		r.ws.State["it"].Current.Tainted = true
		r.ws.Said = nil
		r.planned(r.first(r.staff), protocol.DeleteThenCreate)
		r.said("exists already", "Unless this plan deletes it first, as a replacement without create_before_destroy does, applying fails.")
	}
}

// Owners of the organization stay in a project: the error names them, and state is kept.
func TestAnOwnerStaysInAProject(t *testing.T) {
	t.Parallel()
	r := called(t, "project user").start(t, openaisim.Options{})
	r.apply(r.first(r.staff))
	r.w.Sim.ChangeRecord("users", "", r.jo, fields{"role": "owner"})
	fails(t, r.destroy(), "jo@example.com", r.jo, "is an owner of the organization", "orgkeys_openai_user_role")
	if len(r.ws.State) != 1 {
		t.Error("the user left the state")
	}
	plan := r.plan(r.second(r.staff))
	fails(t, r.ws.Apply(t.Context(), plan, want(r.second(r.staff))), "is an owner of the organization")
	r.there(1)
}

// A refusal has the server's own reason: only of an owner is it said that a project cannot remove them.
func TestARefusedProjectUser(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{http.StatusForbidden: "The admin key may not do this", http.StatusConflict: "try later", http.StatusBadRequest: "try later"} {
		for _, owner := range []bool{false, true} {
			r := called(t, "project user").start(t, openaisim.Options{})
			r.apply(r.first(r.staff))
			if owner {
				r.w.Sim.ChangeRecord("users", "", r.jo, fields{"role": "owner"})
			}
			for _, word := range []string{".delete", ".update"} {
				r.w.Sim.Inject(simkit.Fault{Operation: r.record + word, Kind: simkit.StatusBefore, Status: status, Message: "try later"})
			}
			for _, err := range []error{r.destroy(), r.ws.Apply(t.Context(), r.plan(r.second(r.staff)), want(r.second(r.staff)))} {
				fails(t, err, says, "project user "+r.project+"/"+r.jo)
				named := fmt.Sprintf("User %q (%s) is an owner of the organization", "jo@example.com", r.jo)
				if text := err.Error(); strings.Contains(strings.ToLower(text), "owner") != owner || owner && !strings.Contains(text, named) {
					t.Errorf("%d, owner %t: %s", status, owner, text)
				}
			}
		}
	}
}

func TestUsersThatDoNotFit(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		values func(staff) fields
		says   string
	}{
		"no such address": {func(s staff) fields {
			return fields{"project_id": s.project, "email": "x@example.com", "role": "member"}
		}, `no user with the e-mail address "x@example.com"`},
		"two users": {func(s staff) fields {
			return fields{"project_id": s.project, "email": "two@example.com", "role": "member"}
		}, "2 users in this organization have the e-mail address"},
		"no such role": {func(s staff) fields {
			return fields{"project_id": s.project, "email": "jo@example.com", "role": "banana"}
		}, `value must be one of: ["member" "owner"]`},
		"somebody else": {func(s staff) fields {
			return fields{"project_id": s.project, "email": "jo@example.com", "user_id": s.owner, "role": "member"}
		}, "is of user"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r := called(t, "project user").start(t, openaisim.Options{})
			for range 2 {
				r.w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "Two", "email": "two@example.com", "role": "reader"}})
			}
			values := c.values(r.staff)
			plan, err := r.ws.Plan(t.Context(), want(values), true)
			if err == nil && text != "somebody else" { // which the plan says already
				err = r.ws.Apply(t.Context(), plan, want(values))
			}
			fails(t, err, c.says)
			r.there(0)
		})
	}
}

func TestTheLifeOfAnInvite(t *testing.T) {
	t.Parallel()
	r := called(t, "invite").start(t, openaisim.Options{})
	values := r.first(r.staff)
	r.apply(values)
	first := r.w.Sim.Records("invites")[0].ID
	r.ws.Said = nil
	other := r.w.Sim.SeedProject("other") // its id may have been unknown in the plan before
	r.planned(with(values, fields{"projects": []any{fields{"id": other, "role": "owner"}}}), protocol.DeleteThenCreate)
	r.said("its projects change from proj_0 (owner), "+r.project+" (member) to "+other+" (owner)", "If Terraform calls this plan inconsistent")
	r.ws.Said = nil
	r.planned(with(values, fields{"projects": nil}), protocol.DeleteThenCreate)
	r.said("its projects change from proj_0 (owner), " + r.project + " (member) to none")
	r.w.Advance(8 * 24 * time.Hour)
	_, err := r.ws.Plan(t.Context(), want(with(values, fields{"projects": []any{fields{"id": r.project, "role": "banana"}}})), true)
	fails(t, err, `value must be one of: ["member" "owner"]`)
	r.ws.Said = nil
	r.planned(values, protocol.DeleteThenCreate)
	r.said("it expired")
	same(t, "inconsistent", strings.Contains(fmt.Sprint(r.ws.Said), "inconsistent"), false)
	r.apply(values)
	second := r.w.Sim.Records("invites")[0].ID
	if second == first {
		t.Error("the expired invite was not replaced")
	}

	r.w.Sim.ChangeRecord("invites", "", second, fields{"status": "accepted", "accepted_at": r.w.Clock.Now().Unix()})
	r.w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "New", "email": "new@example.com", "role": "reader"}})
	r.quiet(values)
	if got := r.state()["status"]; got != "pending" && got != "accepted" {
		t.Errorf("status %v", got)
	}
	// The server keeps accepted invites no more.
	r.w.Sim.RemoveRecord("invites", "", second)
	r.quiet(values)
	if err := r.ws.Apply(t.Context(), r.plan(values), want(values)); err != nil {
		t.Fatal(err)
	}
	if got := r.state()["status"]; got != "accepted" {
		t.Errorf("status %v, want accepted", got)
	}
	r.ws.Said = nil
	r.plan(with(values, fields{"email": "other@example.com"}))
	r.said("will be replaced", "email change", "New@example.com accepted the invite and stays in the organization")
	for argument, change := range map[string]struct {
		value any
		way   string
	}{"projects": {[]any{}, "orgkeys_openai_project_user"}, "role": {"owner", "orgkeys_openai_user_role"}} {
		_, err := r.ws.Plan(t.Context(), want(with(values, fields{argument: change.value})), true)
		fails(t, err, "New@example.com accepted the invite, so its "+argument+" cannot change any more", change.way)
	}
	r.ws.Said = nil
	if err := r.destroy(); err != nil {
		t.Error(err)
	}
	r.said("is only forgotten", "New@example.com accepted the invite")
	if got := len(r.w.Sim.Records("users")); got != 3 {
		t.Errorf("%d users, want 3", got)
	}
}

// Invites that were accepted, and that the server keeps no more, are no sign of another organization.
func TestAcceptedInvitesThatTheServerKeepsNoMore(t *testing.T) {
	t.Parallel()
	r := called(t, "invite").start(t, openaisim.Options{})
	both := map[string]protocol.Settings{}
	for _, who := range []string{"ann", "ben"} {
		both[who] = protocol.Settings{Attributes: fields{"email": who + "@example.com", "role": "reader"}}
	}
	apply := func() {
		t.Helper()
		plan, err := r.ws.Plan(t.Context(), both, true)
		if err == nil {
			err = r.ws.Apply(t.Context(), plan, both)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	apply()
	for _, one := range r.w.Sim.Records("invites") {
		r.w.Sim.RemoveRecord("invites", "", one.ID)
		r.w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "New", "email": one.Fields["email"], "role": "reader"}})
	}
	for range 2 { // found out by their users, and known from the state
		apply()
		r.there(0)
		for who := range both {
			same(t, who, given(r.ws.State[who].Current.Attributes())["status"], "accepted")
		}
	}
}

// An invite that was accepted between refresh and destroy is forgotten, not an error.
func TestAnInviteAcceptedMeanwhile(t *testing.T) {
	t.Parallel()
	r := called(t, "invite").start(t, openaisim.Options{})
	r.apply(r.first(r.staff))
	r.w.Sim.ChangeRecord("invites", "", r.w.Sim.Records("invites")[0].ID, fields{"status": "accepted"})
	if err := r.destroy(); err != nil {
		t.Error(err)
	}
	r.said("was accepted")
}

// One that expired and that the server does not delete leads nowhere: it is forgotten, and can be replaced.
func TestAnExpiredInviteThatCannotBeDeleted(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusConflict} {
		r := called(t, "invite").start(t, openaisim.Options{})
		values := r.first(r.staff)
		r.apply(values)
		r.w.Sim.Inject(simkit.Fault{Operation: "invites.delete", Kind: simkit.StatusBefore, Status: status, Message: "no"})
		fails(t, r.destroy(), "no (HTTP") // while it is pending
		r.w.Advance(8 * 24 * time.Hour)
		first := r.w.Sim.Records("invites")[0].ID
		r.planned(values, protocol.DeleteThenCreate)
		r.apply(values)
		r.said(fmt.Sprintf("Invite %q (%s) expired and was only forgotten", "New@example.com", first))
		same(t, "invites", len(r.w.Sim.Records("invites")), 2)
	}
}

// The title of an error about an object without a name and without an id says which one is meant.
func TestTitlesOfFailedCreates(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	for kind, c := range map[string]struct {
		record string
		config fields
		title  string
	}{
		"invite":              {"invites", fields{"email": "new@example.com", "role": "reader"}, `invite "new@example.com"`},
		"spend_alert":         {"spend_alerts", fields{"amount": "80", "email_recipients": []string{"a@example.com"}}, `spend alert "80"`},
		"project_spend_alert": {"project_spend_alerts", fields{"project_id": s.project, "amount": "80", "email_recipients": []string{"a@example.com"}}, `project spend alert "80"`},
	} {
		w := s.stage(t, kind)
		s.w.Sim.Inject(simkit.Fault{Operation: c.record + ".create", Kind: simkit.StatusBefore, Status: http.StatusForbidden})
		w.Refused(w.Try(c.config), "Unable to create "+c.title+":")
		s.w.Sim.ClearFaults()
		w.Apply(c.config)
		s.w.Sim.Inject(simkit.Fault{Operation: c.record + ".delete", Kind: simkit.StatusBefore, Status: http.StatusForbidden})
		w.Refused(w.Try(nil), fmt.Sprintf("Unable to delete %s (%v):", c.title, w.Attributes()["id"]))
	}
}

// Neither a project nor a setting is deleted by its end.
func TestTitlesOfFailedEnds(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	for kind, c := range map[string]struct {
		operation string
		config    fields
		title     string
	}{
		"project":                {"projects.archive", fields{"name": "short"}, `archive project "short"`},
		"project_data_retention": {"project_data_retention.update", fields{"project_id": s.project, "type": "zero_data_retention"}, "reset project data retention " + s.project},
	} {
		w := s.stage(t, kind)
		w.Apply(c.config)
		s.w.Sim.Inject(simkit.Fault{Operation: c.operation, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
		w.Refused(w.Try(nil), "Unable to "+c.title)
		s.w.Sim.ClearFaults()
	}
}

// A user who left does not come back by an apply.
func TestTheRoleOfAUserWhoLeft(t *testing.T) {
	t.Parallel()
	r := called(t, "user role").start(t, openaisim.Options{})
	r.apply(r.first(r.staff))
	r.w.Sim.RemoveRecord("users", "", r.jo)
	r.ws.Said = nil
	r.planned(r.first(r.staff), protocol.Create)
	if said := fmt.Sprint(r.ws.Said); strings.Contains(said, "creates a new one") {
		t.Errorf("said %s", said)
	}
	r.said("User role "+r.jo+" is gone", "Take it out of the configuration, too: a role cannot be given to a user who is not in the organization.")
}

func TestAnInviteOfAMember(t *testing.T) {
	t.Parallel()
	r := called(t, "invite").start(t, openaisim.Options{})
	values := fields{"email": "JO@example.com", "role": "reader"}
	fails(t, r.ws.Apply(t.Context(), r.plan(values), want(values)), "JO@example.com is a member of the organization already", r.jo)
	r.there(0)
}

func TestGroupsOfAnIdentityProvider(t *testing.T) {
	t.Parallel()
	r := called(t, "group").start(t, openaisim.Options{})
	values := r.first(r.staff)
	r.apply(values)
	r.w.Sim.ChangeRecord("groups", "", r.w.Sim.Records("groups")[1].ID, fields{"is_scim_managed": true})
	r.quiet(values)
	_, err := r.ws.Plan(t.Context(), want(r.second(r.staff)), true)
	fails(t, err, "is managed by an identity provider")
	if err := r.ws.Apply(t.Context(), r.plan(values), want(values)); err != nil {
		t.Fatal(err)
	}
	fails(t, r.destroy(), "is managed by an identity provider (SCIM)", "terraform state rm")
	r.there(1)

	m := called(t, "member").start(t, openaisim.Options{})
	m.w.Sim.ChangeRecord("groups", "", m.group, fields{"is_scim_managed": true})
	values = m.first(m.staff)
	fails(t, m.ws.Apply(t.Context(), m.plan(values), want(values)), "only the identity provider can change its members", m.group)
	m.there(0)
}

func TestAPredefinedRoleIsNotManaged(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	server := configured(t, s.w, nil)
	kind := server.resource("orgkeys_openai_project_role")
	one, err := kind.Import(t.Context(), s.project+"/role-api-project-member", nil)
	server.calm(err, one.Diagnostics)
	seen, err := kind.Read(t.Context(), protocol.Held{Value: one.Value, Identity: one.Identity, Private: one.Private})
	if err != nil {
		t.Fatal(err)
	}
	fails(t, protocol.Failure(seen.Diagnostics), "is predefined by the vendor", "orgkeys_openai_project_role")
}

// null clears a description; where it does not, an empty text; where neither does, that is said.
func TestADescriptionThatIsTakenAway(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		faults []simkit.Fault
		warns  bool
	}{
		"null clears":         {},
		"null is refused":     {faults: []simkit.Fault{{Operation: "roles.update", Kind: simkit.StatusBefore, Status: 400, Times: 1}}},
		"null is ignored":     {faults: []simkit.Fault{{Operation: "roles.update", Kind: simkit.Altered, Set: fields{"description": "d"}, Times: 1}}},
		"nothing clears":      {faults: []simkit.Fault{{Operation: "roles.update", Kind: simkit.Altered, Set: fields{"description": "d"}}}, warns: true},
		"an empty text fails": {faults: []simkit.Fault{{Operation: "roles.update", Kind: simkit.Altered, Set: fields{"description": "d"}, Times: 1}, {Operation: "roles.update", Kind: simkit.StatusBefore, Status: 400}}, warns: true},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r := called(t, "role").start(t, openaisim.Options{})
			r.apply(r.first(r.staff))
			r.w.Sim.Inject(c.faults...)
			r.ws.Said = nil
			r.apply(r.second(r.staff))
			if warned := strings.Contains(fmt.Sprint(r.ws.Said), "differs from its configuration at the server"); warned != c.warns {
				t.Errorf("warned %t, want %t: %v", warned, c.warns, r.ws.Said)
			}
		})
	}
}

func TestWhatDataSourcesShow(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{MaxPage: 1, Policy: openaisim.Policy{LongRoleIDs: true}})
	s.w.Sim.SeedRecord(openaisim.Record{Kind: "project_users", Parent: s.project, ID: s.jo, Fields: fields{"name": "Jo", "email": "jo@example.com", "role": "member"}})
	server := configured(t, s.w, nil)
	member := server.data("orgkeys_openai_project_role", fields{"project_id": s.project, "name": "member"})
	same(t, "predefined", []any{member["id"], member["predefined_role"]}, []any{"role-api-project-member__api-project__" + s.project, true})
	for kind, c := range map[string]struct {
		config fields
		rows   string
		names  []string
	}{
		"roles":         {nil, "roles", []string{"owner", "reader", "seeded"}},
		"project_roles": {fields{"project_id": s.project}, "roles", []string{"member", "owner", "seeded", "viewer"}},
		"groups":        {nil, "groups", []string{"team"}},
		"users":         {nil, "users", []string{"Al", "Jo", "Organization Owner", "worker"}},
		"project_users": {fields{"project_id": s.project}, "project_users", []string{"Jo"}},
	} {
		rows, _ := server.data("orgkeys_openai_"+kind, c.config)[c.rows].([]any)
		var names []string
		for _, row := range rows {
			names = append(names, fmt.Sprint(row.(map[string]any)["name"]))
		}
		same(t, kind, names, c.names)
	}
	same(t, "user", server.data("orgkeys_openai_user", fields{"email": "JO@example.com"})["id"], s.jo)
	same(t, "project user", server.data("orgkeys_openai_project_user", fields{"project_id": s.project, "email": "jo@example.com"})["user_id"], s.jo)
	same(t, "group", server.data("orgkeys_openai_group", fields{"name": "team"})["id"], s.group)
	same(t, "role", server.data("orgkeys_openai_role", fields{"id": s.role})["name"], "seeded")
}

// States of the official provider and of jianyuan's, field by field from their public schemas.
func TestMovesOfWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	const viewer = "role-api-project-viewer"
	seed := func(kind, parent, id string, values fields) string {
		return s.w.Sim.SeedRecord(openaisim.Record{Kind: kind, Parent: parent, ID: id, Fields: values})
	}
	seed("group_users", s.group, s.jo, fields{"name": "Jo"})
	seed("user_roles", s.jo, s.role, nil)
	seed("group_roles", s.group, s.role, nil)
	seed("project_user_roles", s.project+"/"+s.jo, viewer, nil)
	seed("project_groups", s.project, s.group, fields{"group_id": s.group, "group_name": "team"})
	seed("project_group_roles", s.project+"/"+s.group, viewer, nil)
	seed("project_users", s.project, s.jo, fields{"name": "Jo", "email": "jo@example.com", "role": "member"})
	invite := seed("invites", "", "", fields{"email": "kim@example.com", "role": "reader", "status": "pending", "projects": []any{}})
	custom := fields{"role_id": s.role, "permissions": []string{"a"}, "predefined_role": false, "description": nil}
	for _, c := range []struct {
		from, to  string
		state, id fields
	}{
		{"openai/openai_group", "group", fields{"id": s.group, "group_id": s.group, "name": "team", "created_at": 1, "group_type": "group", "is_scim_managed": false}, fields{"id": s.group}},
		{"jianyuan/openai_group", "group", fields{"id": s.group, "name": "team"}, fields{"id": s.group}},
		{"openai/openai_group_user", "group_member", fields{"group_id": s.group, "user_id": s.jo}, fields{"group_id": s.group, "user_id": s.jo}},
		{"openai/openai_role", "role", with(custom, fields{"id": s.role, "role_name": "seeded"}), fields{"id": s.role}},
		{"jianyuan/openai_organization_role", "role", fields{"id": s.role, "name": "seeded", "permissions": []string{"a"}}, fields{"id": s.role}},
		{"openai/openai_project_role", "project_role", with(custom, fields{"id": s.project + "/" + s.inProject, "role_id": s.inProject, "project_id": s.project, "role_name": "seeded"}), fields{"project_id": s.project, "id": s.inProject}},
		{"jianyuan/openai_project_role", "project_role", fields{"id": s.inProject, "project_id": s.project, "name": "seeded"}, fields{"project_id": s.project, "id": s.inProject}},
		{"openai/openai_group_role", "role_assignment", fields{"group_id": s.group, "role_id": s.role}, fields{"group_id": s.group, "role_id": s.role}},
		{"openai/openai_user_role", "role_assignment", with(custom, fields{"user_id": s.jo}), fields{"user_id": s.jo, "role_id": s.role}},
		{"jianyuan/openai_group_role_assignment", "role_assignment", fields{"group_id": s.group, "role_id": s.role}, fields{"group_id": s.group, "role_id": s.role}},
		{"jianyuan/openai_user_role_assignment", "role_assignment", fields{"user_id": s.jo, "role_id": s.role}, fields{"user_id": s.jo, "role_id": s.role}},
		{"openai/openai_project_user_role", "project_role_assignment", fields{"project_id": s.project, "user_id": s.jo, "role_id": viewer}, fields{"project_id": s.project, "user_id": s.jo, "role_id": viewer}},
		{"jianyuan/openai_project_group_role_assignment", "project_role_assignment", fields{"project_id": s.project, "group_id": s.group, "role_id": viewer}, fields{"project_id": s.project, "group_id": s.group, "role_id": viewer}},
		{"openai/openai_project_group", "project_group", fields{"project_id": s.project, "group_id": s.group, "role": viewer, "group_name": "team", "group_type": "group", "created_at": 1}, fields{"project_id": s.project, "group_id": s.group}},
		{"openai/openai_project_user", "project_user", fields{"project_id": s.project, "user_id": s.jo, "role": "member", "email": nil, "name": "Jo", "added_at": 1}, fields{"project_id": s.project, "user_id": s.jo}},
		{"jianyuan/openai_user_role", "user_role", fields{"user_id": s.jo, "role": "reader"}, fields{"user_id": s.jo}},
		{"openai/openai_organization_user", "user_role", fields{"id": s.jo, "user_id": s.jo, "role": "reader", "email": "jo@example.com"}, fields{"user_id": s.jo}},
		{"openai/openai_invite", "invite", fields{"id": invite, "invite_id": invite, "email": "kim@example.com", "role": "reader", "projects": []any{}, "status": "pending"}, fields{"id": invite}},
		{"jianyuan/openai_invite", "invite", fields{"id": invite, "email": "kim@example.com", "role": "reader", "invited_at": 1, "accepted_at": nil}, fields{"id": invite}},
	} {
		t.Run(c.from, func(t *testing.T) {
			t.Parallel()
			namespace, kind, _ := strings.Cut(c.from, "/")
			to := "orgkeys_openai_" + c.to
			state, err := json.Marshal(c.state)
			if err != nil {
				t.Fatal(err)
			}
			server := unconfigured(t, s.w)
			resp, err := server.resource(to).Move(t.Context(), kind, "registry.example/"+namespace+"/openai", 1, state)
			server.calm(err, resp.Diagnostics)
			same(t, "moved", attributes(resp.Value), c.id)
			same(t, "identity", server.identity(to, resp.Identity), c.id)
			server = configured(t, s.w, nil)
			same(t, "read", server.read(to, resp), server.imported(to, c.id))
		})
	}
}

// A state of a type of the same name that means something else is refused.
func TestAMoveToTheWrongObject(t *testing.T) {
	t.Parallel()
	server := unconfigured(t, newStaff(t, openaisim.Options{}).w)
	for to, state := range map[string]string{"user_role": `{"user_id":"user-1","role_id":"role_1"}`, "role_assignment": `{"user_id":"user-1","role":"owner"}`} {
		resp, err := server.resource("orgkeys_openai_"+to).Move(t.Context(), "openai_user_role", "h/n/openai", 0, []byte(state))
		if err != nil || len(resp.Diagnostics) != 1 || !strings.Contains(resp.Diagnostics[0].Detail, "in its state is empty") {
			t.Errorf("%s: %v %v", to, err, complaints(resp.Diagnostics))
		}
	}
}

// Members are read by the list of their group, and assignments by the list of who has them.
func TestRefreshReadsLists(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	server := configured(t, s.w, nil)
	read := func(kind string, id fields) {
		if got := server.imported("orgkeys_openai_"+kind, id); len(got) == 0 {
			t.Errorf("%s %v was not read", kind, id)
		}
	}
	for n := range 5 {
		user := s.w.Sim.SeedServiceAccount(s.project, fmt.Sprint("a", n), "none")
		s.w.Sim.SeedRecord(openaisim.Record{Kind: "group_users", Parent: s.group, ID: user, Fields: fields{"name": "a"}})
		role := s.w.Sim.SeedRecord(openaisim.Record{Kind: "project_roles", Parent: s.project, Fields: fields{"name": "r", "permissions": []string{}, "predefined_role": false}})
		s.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: s.project + "/" + s.group, ID: role})
	}
	s.w.Sim.ResetJournal()
	for _, one := range s.w.Sim.Records("group_users") {
		read("group_member", fields{"group_id": s.group, "user_id": one.ID})
	}
	for _, one := range s.w.Sim.Records("project_group_roles") {
		read("project_role_assignment", fields{"project_id": s.project, "role_id": one.ID, "group_id": s.group})
	}
	if got := len(s.w.Sim.Journal()); got != 2 {
		t.Errorf("%d calls for ten objects, want 2", got)
	}
}

// A description that somebody cleared or changed is given again; where none is configured, it is taken away.
func TestADescriptionThatWasChangedOutside(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"role", "project role"} {
		r := called(t, name).start(t, openaisim.Options{})
		values := with(r.first(r.staff), fields{"description": "d"})
		for _, c := range []struct {
			values  fields
			outside []any
		}{{values, []any{nil, "", "e"}}, {with(values, fields{"description": nil}), []any{"e"}}} {
			r.apply(c.values)
			for _, text := range c.outside {
				one := r.w.Sim.Records(r.record)[1]
				r.w.Sim.ChangeRecord(r.record, one.Parent, one.ID, fields{"description": text})
				r.planned(c.values, protocol.Update)
				r.apply(c.values)
				same(t, "description", r.w.Sim.Records(r.record)[1].Fields["description"], c.values["description"])
			}
		}
	}
}

// Thirty of a kind below one parent: one list in each process, and one write each.
func TestManyBelowOneParent(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		record string
		config func(s staff, user string) fields
		groups int // lists of groups
	}{
		"group_member": {"group_users", func(s staff, user string) fields { return fields{"group_id": s.group, "user_id": user} }, 1},
		"project_user": {"project_users", func(s staff, user string) fields {
			return fields{"project_id": s.project, "user_id": user, "role": "member"}
		}, 0},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			w, all := s.stage(t, kind), map[string]fields{}
			for i := range 30 {
				user := s.w.Sim.SeedRecord(openaisim.Record{Kind: "users", Fields: fields{"name": "U", "email": fmt.Sprint(i, "@example.com"), "role": "reader"}})
				all[user] = c.config(s, user)
			}
			s.w.Sim.ResetJournal()
			if err := w.TryAll(all); err != nil {
				t.Fatal(err)
			}
			calls := func() []int {
				return []int{s.w.Sim.Count(c.record + ".list"), s.w.Sim.Count(c.record + ".create"), s.w.Sim.Count(c.record + ".delete"), s.w.Sim.Count("groups.list"), s.w.Sim.Count("")}
			}
			same(t, "calls", calls(), []int{2, 30, 0, c.groups, 32 + c.groups}) // plan and apply
			s.w.Sim.ResetJournal()
			if plan, err := w.PlanAll(all); err != nil || !plan.Quiet() {
				t.Errorf("a plan is not quiet, %v", err)
			}
			same(t, "calls of a plan", calls(), []int{1, 0, 0, 0, 1})
			s.w.Sim.ResetJournal()
			if err := w.TryAll(nil); err != nil {
				t.Fatal(err)
			}
			same(t, "calls of a destroy", calls(), []int{1, 0, 30, c.groups, 31 + c.groups})
			same(t, "left", len(s.w.Sim.Records(c.record)), 0)
		})
	}
}

// What an apply puts into a parent, takes out of it and puts into it again is known without another list.
func TestAMemberThatComesBack(t *testing.T) {
	t.Parallel()
	s := newStaff(t, openaisim.Options{})
	w := s.stage(t, "group_member")
	member := protocol.Settings{Attributes: fields{"group_id": s.group, "user_id": s.jo}}
	for range 2 {
		all := map[string]protocol.Settings{"a": member}
		plan, err := w.State.Plan(t.Context(), all, true)
		if err != nil {
			t.Fatal(err)
		}
		s.w.Sim.ResetJournal()
		if err := w.State.Apply(t.Context(), plan, all); err != nil {
			t.Fatal(err)
		}
		member.Replace = true
	}
	same(t, "lists", []any{s.w.Sim.Count("group_users.delete"), s.w.Sim.Count("group_users.create"), s.w.Sim.Count("group_users.list")}, []any{1, 1, 1})
	// A second one of the same apply is refused.
	twice := map[string]fields{"b": {"group_id": s.group, "user_id": s.account}, "c": {"group_id": s.group, "user_id": s.account}, "a": member.Attributes}
	w.Refused(w.TryAll(twice), "exists already, and this resource did not create it")
}

// What somebody else puts into a parent between two creates of one apply is not taken for what the apply created: not
// every server refuses it a second time, and a destroy would remove it.
func TestWhatOthersPutMeanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		other  fields // changes the first configuration to another object below the same parent
		theirs func(s staff) openaisim.Record
	}{
		"member": {fields{"user_id": "jo"}, func(s staff) openaisim.Record {
			return openaisim.Record{Kind: "group_users", Parent: s.group, ID: s.account, Fields: fields{"name": "worker"}}
		}},
		"role of a user": {fields{"role_id": "role-api-organization-reader"}, func(s staff) openaisim.Record {
			return openaisim.Record{Kind: "user_roles", Parent: s.account, ID: s.role}
		}},
		"project role of a group": {fields{"role_id": "role-api-project-viewer"}, func(s staff) openaisim.Record {
			return openaisim.Record{Kind: "project_group_roles", Parent: s.project + "/" + s.group, ID: s.inProject}
		}},
		"project user": {fields{"user_id": "owner"}, func(s staff) openaisim.Record {
			return openaisim.Record{Kind: "project_users", Parent: s.project, ID: s.jo, Fields: fields{"name": "Jo", "email": "jo@example.com", "role": "member"}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := called(t, name).start(t, openaisim.Options{})
			other := with(r.first(r.staff), c.other)
			if user := map[any]string{"jo": r.jo, "owner": r.owner}[other["user_id"]]; user != "" {
				other["user_id"] = user
			}
			all := r.together(r.ruled, r.ruled)
			all[0].want.Attributes = other
			if err := all[0].create(); err != nil {
				t.Fatal(err)
			}
			r.w.Sim.SeedRecord(c.theirs(r.staff))
			r.w.Advance(11 * time.Second)
			r.w.Sim.ResetJournal()
			fails(t, all[1].create(), "exists already", r.id(r.staff, nil))
			same(t, "sent", r.w.Sim.Count(r.record+".create"), 0)
		})
	}
}
