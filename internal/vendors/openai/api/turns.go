// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import "sync"

// turns are about what is there only once and can be under several resources in one apply, such as under
// a former address and under a new one, or a group in a project and the roles that it has there: they order
// the writes, and know what this process wrote.
type turns struct{ all sync.Map }

// turn is that of one place.
type turn struct {
	sync.Mutex
	wrote map[string]bool // by field
}

// begin waits for the writes to a place that began before; the caller unlocks it at the end.
func (t *turns) begin(place string) *turn {
	one := t.at(place)
	one.Lock()
	return one
}

func (t *turns) at(place string) *turn {
	value, _ := t.all.LoadOrStore(place, &turn{wrote: map[string]bool{}})
	one, _ := value.(*turn)
	return one
}

func (t *turn) note(fields map[string]any) {
	for name := range fields {
		t.wrote[name] = true
	}
}

// Turn waits for the writes that began before to the roles of the same group in a project: to take the group
// out takes all its roles, also one that is given after a look. The caller calls end. In between, the roles
// are looked at anew. Where an object is no such thing, nothing waits.
func (o *objects[P]) Turn(parent, id string) (end func()) {
	who := o.roles(parent, id)
	if who == "" {
		return func() {}
	}
	turn := o.client.roleTurns.begin(who)
	o.client.ProjectAssignments.drop(who)
	return turn.Unlock
}

// forget drops the lists that a write changed: with a group its roles in the project come and go.
func (o *objects[P]) forget(parent, id string) {
	o.kept.Drop(parent)
	if who := o.roles(parent, id); who != "" {
		o.client.ProjectAssignments.drop(who)
	}
}

// takeRoles notes that the known roles of a group went with it.
func (o *objects[P]) takeRoles(parent, id string) {
	who, roles := o.roles(parent, id), o.client.ProjectAssignments
	if who == "" || who == parent { // a role alone
		return
	}
	for _, role := range roles.Given(who) {
		roles.unmark(&roles.given, who, role)
	}
	if list := roles.kept.Peek(who); list != nil {
		for role := range list.ByID {
			roles.gone.Store(row{who, role}, true)
		}
	}
}
