// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// Another spelling of what is in state is no change: neither of what an import found, nor of what an
// apply wrote, and that stays in state.
func TestAnotherSpellingIsNoChange(t *testing.T) {
	t.Parallel()
	for name, spelled := range map[string]func(*run) (first, other fields){
		"project group": func(r *run) (fields, fields) {
			values := fields{"project_id": r.project, "group_id": r.group}
			const short = "role-api-project-viewer"
			return with(values, fields{"role_id": short}), with(values, fields{"role_id": short + "__api-project__" + r.project})
		},
		"project user by address": func(r *run) (fields, fields) {
			return r.first(r.staff), with(r.first(r.staff), fields{"email": "JO@example.com"})
		},
		"invite": func(r *run) (fields, fields) {
			one, two := fields{"id": r.project, "role": "member"}, fields{"id": "proj_0", "role": "owner"}
			values := fields{"role": "reader"}
			return with(values, fields{"email": "New@example.com", "projects": []any{one, two}}), with(values, fields{"email": "new@Example.com", "projects": []any{two, one}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := called(t, name).start(t, openaisim.Options{})
			first, other := spelled(r)
			r.apply(first)
			written := r.state()
			r.quiet(other)
			same(t, "state", r.state(), written)

			kind := configured(t, r.w, nil).resource("orgkeys_openai_" + r.kind)
			by, err := kind.Import(t.Context(), r.id(r.staff, r.state()), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.ws.State["it"] = &protocol.Instance{Current: &protocol.Held{Value: by.Value, Identity: by.Identity, Private: by.Private}}
			r.quiet(first)
			r.quiet(other)
		})
	}
}
