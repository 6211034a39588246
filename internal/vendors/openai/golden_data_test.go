// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"time"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// organization seeds a bit of everything that data sources find.
func (s *scene) organization() {
	s.keys()
	sim := s.w.Sim
	ago := func(days time.Duration) openaisim.KeySpec {
		return openaisim.KeySpec{AccountID: s.account, CreatedAt: s.start.Add(-days * day)}
	}
	sim.SeedProject("twin")
	sim.SeedProject("twin")
	sim.ArchiveProject(sim.SeedProject("old"))
	sim.SeedServiceAccount(s.project, "twin", "none")
	sim.SeedServiceAccount(s.project, "twin", "owner")
	for _, name := range []string{"twin", "twin", "worker (ok-k3v6zq2mda.x5b7qd2k)", "unused"} {
		spec := ago(100)
		spec.Name = name
		s.seeded(spec)
	}
	later := ago(10)
	later.Name, later.ExpiresAt, later.LastUsedAt = "worker (ok-k3v6zq2mda.y5b7qd2k)", s.start.Add(5*day), s.start.Add(-day)
	s.seeded(later)
	gone := ago(50)
	gone.Name, gone.ExpiresAt = "expired", s.start.Add(-day)
	s.seeded(gone)
	s.seeded(openaisim.KeySpec{ProjectID: s.project, UserName: "Ada Example", Name: "worker (ok-k3v6zq2mda.x5b7qd2k)"})
	s.seededAdmin(openaisim.AdminKeySpec{Name: "twin"})
	s.seededAdmin(openaisim.AdminKeySpec{Name: "twin"})
	s.seededAdmin(openaisim.AdminKeySpec{Name: "pipeline (ok-k3v6zq2mda.x5b7qd2k)", CreatedAt: s.start.Add(-40 * day), LastUsedAt: s.start.Add(-day)})
	s.seededAdmin(openaisim.AdminKeySpec{Name: "expired", CreatedAt: s.start.Add(-40 * day), ExpiresAt: s.start.Add(-day)})
}

// dataScenes are data sources and lists.
var dataScenes = map[string]func(*scene){
	"data of projects": func(s *scene) {
		s.organization()
		s.data("by name", projectType, values{"name": "payments"})
		s.data("by id", projectType, values{"id": s.project})
		s.data("two of one name", projectType, values{"name": "twin"})
		s.data("none of the name", projectType, values{"name": "old"})
		s.data("none of the id", projectType, values{"id": "proj_none"})
		s.data("both", projectType, values{"id": s.project, "name": "payments"})
		s.data("neither", projectType, nil)
		s.data("all", "orgkeys_openai_projects", nil)
		s.refused(openaisim.OpProjectsList, 403)
		s.data("refused", "orgkeys_openai_projects", nil)
	},
	"data of accounts": func(s *scene) {
		s.organization()
		s.data("by name", accountType, values{"project_id": s.project, "name": "worker"})
		s.data("by id", accountType, values{"project_id": s.project, "id": s.account})
		s.data("two of one name", accountType, values{"project_id": s.project, "name": "twin"})
		s.data("none of the name", accountType, values{"project_id": s.project, "name": "nobody"})
		s.data("none of the id", accountType, values{"project_id": s.project, "id": "user-none"})
		s.data("no such project", accountType, values{"project_id": "proj_none", "name": "worker"})
		s.data("all of a project", "orgkeys_openai_service_accounts", values{"project_id": s.project})
		s.data("all", "orgkeys_openai_service_accounts", nil)
		s.refused(openaisim.OpServiceAccountsList, 403)
		s.data("refused", "orgkeys_openai_service_accounts", values{"project_id": s.project})
	},
	"data of keys": func(s *scene) {
		s.organization()
		s.data("by name, a series with a copied marker", keyType, values{"project_id": s.project, "name": "worker"})
		s.data("two of one name", keyType, values{"project_id": s.project, "name": "twin"})
		s.data("none of the name", keyType, values{"project_id": s.project, "name": "expired"})
		s.data("none of the id", keyType, values{"project_id": s.project, "id": "key_none"})
		s.data("no such project", keyType, values{"project_id": "proj_none", "name": "worker"})
		s.w.Sim.SetOwnerAccess(s.account, false)
		s.data("by id, owner without access", keyType, values{"project_id": s.project, "id": s.w.Sim.Keys()[0].ID})
		s.refused(openaisim.OpAPIKeysList, 403)
		s.data("refused", keyType, values{"project_id": s.project, "name": "worker"})
	},
	"data of all keys": func(s *scene) {
		s.organization()
		const kind = "orgkeys_openai_api_keys"
		s.data("all", kind, nil)
		s.data("of a project, of users", kind, values{"project_id": s.project, "owner_type": "user"})
		s.data("unused", kind, values{"unused_for": "90d"})
		s.data("old", kind, values{"older_than": "9d", "expires_within": "7d"})
		s.data("wrong filters", kind, values{"older_than": "a year", "owner_type": "robot"})
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefused = true })
		s.data("incomplete", kind, values{"owner_type": "user"})
	},
	"data of admin keys": func(s *scene) {
		s.organization()
		s.data("by name", adminType, values{"name": "pipeline"})
		s.data("two of one name", adminType, values{"name": "twin"})
		s.data("none of the name", adminType, values{"name": "expired"})
		s.data("none of the id", adminType, values{"id": "key_none"})
		s.data("by id", adminType, values{"id": s.w.Sim.AdminKeyID()})
		s.data("all", "orgkeys_openai_admin_keys", nil)
		s.data("unused", "orgkeys_openai_admin_keys", values{"unused_for": "30d"})
		s.refused(openaisim.OpAdminAPIKeysList, 403)
		s.data("refused", "orgkeys_openai_admin_keys", nil)
	},
	"lists": func(s *scene) {
		s.organization()
		s.list("projects", projectType, nil)
		s.list("accounts", accountType, nil)
		s.list("keys", keyType, values{"project_id": s.project})
		s.list("admin keys", adminType, nil)
		s.list("no such project", keyType, values{"project_id": "proj_none"})
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.OwnerAccessRefused = true })
		s.list("keys, incomplete", keyType, nil)
		s.refused(openaisim.OpAdminAPIKeysList, 403)
		s.list("refused", adminType, nil)
	},
}
