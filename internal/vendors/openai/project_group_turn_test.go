// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// beside is one object of several types in one apply, each with its own state.
type beside struct {
	*protocol.Walk
	protocol.Instance
	t    *testing.T
	want protocol.Settings
}

// together are objects of these types in one process: in state are those that have a value there.
func (r *run) together(types ...ruled) (all []*beside) {
	r.t.Helper()
	process := configured(r.t, r.w, nil)
	for _, one := range types {
		all = append(all, &beside{
			Walk: &protocol.Walk{Resource: process.resource("orgkeys_openai_" + one.kind), Name: "apply", Identities: true},
			t:    r.t, want: protocol.Settings{Attributes: one.first(r.staff)},
		})
	}
	return all
}

func (b *beside) create() error {
	change, err := b.PlanChange(b.t.Context(), nil, b.want)
	if err == nil {
		err = b.ApplyChange(b.t.Context(), &b.Instance, change, b.want)
	}
	return err
}

func (b *beside) destroy() error {
	change, err := b.PlanDestroy(b.t.Context(), b.Current)
	if err == nil {
		err = b.ApplyChange(b.t.Context(), &b.Instance, change, b.want)
	}
	return err
}

func (b *beside) quiet() {
	b.t.Helper()
	seen, err := b.Refresh(b.t.Context(), b.Current, true)
	if err != nil {
		b.t.Fatal(err)
	}
	if change, err := b.PlanChange(b.t.Context(), seen, b.want); err != nil || change.Action != protocol.NoOp {
		b.t.Errorf("not quiet: %v %v", change, err)
	}
}

// groupAndRole are a project group in state and a role for it, "" for the same one, which one apply gives.
func groupAndRole(t *testing.T, role string) (r *run, group, assignment *beside) {
	t.Helper()
	r = called(t, "project group").start(t, openaisim.Options{})
	r.apply(r.first(r.staff))
	other := called(t, "project role of a group")
	if role != "" {
		other.first = func(s staff) fields { return fields{"project_id": s.project, "role_id": role, "group_id": s.group} }
	}
	all := r.together(r.ruled, other)
	all[0].Current = r.ws.State["it"].Current
	return r, all[0], all[1]
}

// To take a group out of a project takes its roles with it: not one that the same apply gives meanwhile.
func TestARoleGivenWhileItsGroupLeaves(t *testing.T) {
	t.Parallel()
	const role = "role-api-project-viewer"
	for name, removal := range map[string]bool{"begun before": true, "begun after": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, group, assignment := groupAndRole(t, role)
			first, second := assignment.create, group.destroy
			between := []simkit.Fault{
				{Operation: "project_group_roles.create", Kind: simkit.Delay, Times: 1},
				{Operation: "project_groups.delete", Kind: simkit.Delay, Times: 1},
			}
			if removal {
				first, second = second, first
				between[0], between[1] = between[1], between[0]
				between[0].Kind = simkit.StatusBefore // it is sent again
			}
			reached, done := make(chan struct{}), make(chan error, 1)
			between[0].Notify = func() {
				go func() { done <- second() }()
				select {
				case <-reached:
				case <-time.After(time.Second / 4): //nolint:forbidigo // it waits for its turn, which nothing shows
				}
			}
			between[1].Notify = func() { close(reached) }
			r.w.Sim.Inject(between...)
			if err := errors.Join(first(), <-done); err != nil {
				t.Fatal(err)
			}
			same(t, "left", r.rolesOfTheGroup(), []string{role})
			assignment.quiet()
		})
	}
}

// A group that a destroy left in its project because of another role goes with that role, if this process
// destroys it too: in no state, it would stop the next apply.
func TestAGroupLeavesWithItsLastRole(t *testing.T) {
	t.Parallel()
	const role = "role-api-project-viewer"
	for name, c := range map[string]struct {
		theirs  bool // a role that somebody else gave
		first   bool // the role goes before the group
		refused bool
	}{
		"after the group":  {},
		"before the group": {first: true},
		"beside theirs":    {theirs: true},
		"if it may":        {refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, group, assignment := groupAndRole(t, role)
			if err := assignment.create(); err != nil {
				t.Fatal(err)
			}
			if c.refused {
				r.w.Sim.Inject(simkit.Fault{Operation: "project_groups.delete", Kind: simkit.StatusBefore, Status: 403})
			}
			var left []string
			if c.theirs {
				left = []string{"role-api-project-owner"}
				r.w.Sim.SeedRecord(openaisim.Record{Kind: "project_group_roles", Parent: r.project + "/" + r.group, ID: left[0]})
			}
			order := []*beside{group, assignment}
			if c.first {
				order = []*beside{assignment, group}
			}
			for _, one := range order {
				if err := one.destroy(); err != nil {
					t.Fatal(err)
				}
			}
			same(t, "roles", r.rolesOfTheGroup(), left)
			if c.refused {
				r.there(1)
				r.ws.Said = assignment.Said
				r.said("stays in the project", "could not take it out", r.id(r.staff, nil))
				return
			}
			r.there(len(left))
			if c.theirs {
				return
			}
			r.ws.State = map[string]*protocol.Instance{}
			r.apply(r.first(r.staff))
		})
	}
}

// A group that was left, and is given another role, stays when the former reason goes.
func TestAGroupThatGetsAnotherRoleStays(t *testing.T) {
	t.Parallel()
	const role = "role-api-project-viewer"
	r, group, assignment := groupAndRole(t, role)
	err := errors.Join(assignment.create(), group.destroy())
	group.want.Attributes = with(group.want.Attributes, fields{"role_id": "role-api-project-owner"})
	if err := errors.Join(err, group.create(), assignment.destroy()); err != nil {
		t.Fatal(err)
	}
	same(t, "roles", r.rolesOfTheGroup(), []string{"role-api-project-owner"})
	r.there(1)
	group.quiet()
}

// What an apply has taken away may be given again in another form.
func TestARoleThatLeftWithItsGroup(t *testing.T) {
	t.Parallel()
	r, group, assignment := groupAndRole(t, "")
	if err := errors.Join(group.destroy(), assignment.create()); err != nil {
		t.Fatal(err)
	}
	same(t, "left", r.rolesOfTheGroup(), []string{r.inProject})
	assignment.quiet()

	// And the other way round.
	if err := errors.Join(assignment.destroy(), group.create()); err != nil {
		t.Fatal(err)
	}
	same(t, "left", r.rolesOfTheGroup(), []string{r.inProject})
	group.quiet()
	r.there(1)
	fails(t, assignment.create(), "exists already")
}

// A list that does not show yet what this apply gave, or still shows what it took away, changes nothing of that.
func TestAGroupLeavesBesideALaggingList(t *testing.T) {
	t.Parallel()
	const role = "role-api-project-viewer"
	t.Run("that lacks a role", func(t *testing.T) {
		t.Parallel()
		r, group, assignment := groupAndRole(t, role)
		r.w.Sim.Inject(simkit.Fault{Operation: "project_group_roles.list", Kind: simkit.StaleList, Lag: 9})
		if err := errors.Join(assignment.create(), group.destroy()); err != nil {
			t.Fatal(err)
		}
		same(t, "left", r.rolesOfTheGroup(), []string{role})
		if err := assignment.destroy(); err != nil {
			t.Fatal(err)
		}
		r.there(0)
	})
	t.Run("that shows a former role", func(t *testing.T) {
		t.Parallel()
		r, group, assignment := groupAndRole(t, "")
		if err := group.destroy(); err != nil {
			t.Fatal(err)
		}
		list, err := json.Marshal(fields{"object": "list", "data": []any{fields{"id": r.inProject, "name": "seeded"}}, "has_more": false})
		if err != nil {
			t.Fatal(err)
		}
		r.w.Sim.Inject(simkit.Fault{Operation: "project_group_roles.list", Kind: simkit.HTML, Body: string(list), ContentType: "application/json"})
		if err := assignment.create(); err != nil {
			t.Fatal(err)
		}
		same(t, "left", r.rolesOfTheGroup(), []string{r.inProject})
	})
}
