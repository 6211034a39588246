// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// A replacement warns of what is set where it moves to, as a creation does.
func TestSettingsMovedToWhatIsSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *limited, b bound) {
		if !b.inProject() || b.list || b.kind == "project_hosted_tool_permissions" {
			return
		}
		other := w.sim.SeedProject("other")
		first, _, _ := b.of(w.project)
		there, _, _ := b.of(other)
		if err := w.TryAll(map[string]fields{"other": there}); err != nil {
			t.Fatal(err)
		}
		w.State.State = nil
		w.Apply(first)
		w.Said()
		if _, err := w.Plan(there); err != nil {
			t.Fatal(err)
		}
		w.Has(other+" is set already", "Applying adopts it")
	})
}

// One moves to where the same is already.
func TestObjectsMovedToWhatIsThere(t *testing.T) {
	t.Parallel()
	exists := []string{"exists already", "applying deletes the present one and then fails"}
	for kind, c := range map[string]struct {
		from, to func(staff) fields
		says     []string
	}{
		"group_member": {
			func(s staff) fields { return fields{"group_id": s.group, "user_id": s.account} },
			func(s staff) fields { return fields{"group_id": s.group, "user_id": s.jo} }, exists,
		},
		"project_user": {
			func(s staff) fields { return fields{"project_id": s.project, "user_id": s.owner, "role": "owner"} },
			func(s staff) fields { return fields{"project_id": s.project, "user_id": s.jo, "role": "member"} }, exists,
		},
		"role_assignment": {
			func(s staff) fields { return fields{"role_id": s.role, "group_id": s.group} },
			func(s staff) fields { return fields{"role_id": s.role, "user_id": s.jo} }, exists,
		},
		"project_group": {
			func(s staff) fields {
				return fields{"project_id": s.project, "group_id": s.group, "role_id": s.inProject}
			},
			func(s staff) fields {
				return fields{"project_id": s.project, "group_id": s.group, "role_id": "role-api-project-member"}
			}, []string{"Role role-api-project-member of", exists[1]},
		},
		"user_role": {
			func(s staff) fields { return fields{"user_id": s.owner, "role": "owner"} },
			func(s staff) fields { return fields{"user_id": s.jo, "role": "owner"} }, []string{"changes its role"},
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStaff(t, openaisim.Options{})
			w, others := s.stage(t, kind), s.stage(t, kind)
			if kind == "project_group" {
				others = s.stage(t, "project_role_assignment")
			}
			w.Apply(c.from(s))
			if kind != "user_role" {
				others.Apply(c.to(s))
			}
			w.Said()
			if _, err := w.Plan(c.to(s)); err != nil {
				t.Fatal(err)
			}
			w.Has(c.says...)
		})
	}
}
