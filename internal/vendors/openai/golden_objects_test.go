// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// projectScenes are projects.
var projectScenes = map[string]func(*scene){
	"project created": func(s *scene) {
		s.kind = projectType
		s.apply("create", values{"name": "payments"})
		s.apply("nothing to do", values{"name": "payments"})
		s.apply("rename", values{"name": "billing"})
		s.w.Sim.RenameProject(s.id(), "outside")
		s.apply("renamed outside", values{"name": "billing"})
		s.apply("an encryption key", values{"name": "billing", "external_key_id": "kms_1"})
		s.apply("no encryption key", values{"name": "billing"})
		s.plan("unknown arguments", values{"name": protocol.Unknown, "external_key_id": protocol.Unknown, "residency": protocol.Unknown})
		s.destroy("destroy")
	},
	"project refused by validation": func(s *scene) {
		s.kind = projectType
		s.plan("an empty name", values{"name": ""})
		s.plan("a name with edges", values{"name": "payments "})
		s.plan("an empty residency", values{"name": "payments", "residency": "", "external_key_id": ""})
	},
	"project with a residency": func(s *scene) {
		s.kind = projectType
		s.apply("create", values{"name": "payments", "residency": "EU_STORAGE_PROCESSING"})
		s.apply("another residency", values{"name": "payments", "residency": "US_STORAGE"})
		s.apply("another residency and name", values{"name": "billing", "residency": "US_STORAGE"})
		s.apply("no residency", values{"name": "payments"})
	},
	"project with a residency that differs": func(s *scene) {
		s.kind = projectType
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.Geography = true })
		s.apply("create", values{"name": "payments", "residency": "EU_STORAGE_PROCESSING"})
		s.apply("nothing to do", values{"name": "payments", "residency": "EU_STORAGE_PROCESSING"})
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.ResidencyIgnored = true })
		s.held = nil
		s.apply("create, residency ignored", values{"name": "search", "residency": "EU_STORAGE_PROCESSING"})
		s.apply("nothing to do", values{"name": "search", "residency": "EU_STORAGE_PROCESSING"})
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsGet, Kind: simkit.Altered, Set: values{"residency": "US_STORAGE"}})
		s.apply("another one is answered", values{"name": "search", "residency": "EU_STORAGE_PROCESSING"})
	},
	"project beside namesakes": func(s *scene) {
		s.kind = projectType
		s.w.Sim.SeedProject("payments")
		s.apply("one", values{"name": "payments"})
		s.held = nil
		s.plan("two", values{"name": "payments"})
	},
	"project gone outside": func(s *scene) {
		s.kind = projectType
		s.apply("create", values{"name": "payments"})
		s.w.Sim.ArchiveProject(s.id())
		s.apply("it was archived", values{"name": "payments"})
		s.w.Sim.ArchiveProject(s.id())
		s.stale("destroy", nil)
	},
	"project of another organization": func(s *scene) {
		s.kind = projectType
		s.apply("create", values{"name": "payments"})
		s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
		s.refresh("refresh")
		s.stale("rename", values{"name": "billing"})
		s.stale("destroy", nil)
	},
	"project imported": func(s *scene) {
		s.kind = projectType
		id := s.w.Sim.SeedProject("payments")
		s.adopt("import", id)
		s.apply("nothing to do", values{"name": "payments"})
		s.held = nil
		s.adopt("no such project", "proj_none")
		s.adopt("a path", "../projects")
		s.w.Sim.ArchiveProject(id)
		s.adopt("an archived one", id)
		s.move("from another provider", "openai_project", values{"id": s.w.Sim.SeedProject("search")})
	},
	"project in trouble": func(s *scene) {
		s.kind = projectType
		s.refused(openaisim.OpProjectsCreate, 403)
		s.apply("create refused", values{"name": "payments"})
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.CutAfter, Times: 1})
		s.apply("the answer is lost", values{"name": "payments"})
		s.refused(openaisim.OpProjectsUpdate, 400)
		s.apply("rename refused", values{"name": "billing"})
		s.refused(openaisim.OpProjectsArchive, 403)
		s.destroy("destroy refused")
		s.refused(openaisim.OpProjectsGet, 401)
		s.refresh("read refused")
		s.w.Sim.ClearFaults()
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.StoredNames = openaisim.NamesLower })
		s.apply("names are changed", values{"name": "Billing"})
		s.apply("nothing to do", values{"name": "Billing"})
		s.w.Setenv("OPENAI_ADMIN_KEY", "")
		s.apply("no admin key", values{"name": "Billing"})
	},
}

// account is the configuration of a service account.
func (s *scene) accountOf(more ...values) values {
	return joined(append([]values{{"project_id": s.project, "name": "worker"}}, more...)...)
}

func (s *scene) accounts() {
	s.kind = accountType
	s.project = s.w.Sim.SeedProject("payments")
}

// accountScenes are service accounts.
var accountScenes = map[string]func(*scene){
	"account created": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf())
		s.apply("nothing to do", s.accountOf())
		s.apply("a role", s.accountOf(values{"role": "member"}))
		s.apply("another role", s.accountOf(values{"role": "owner"}))
		s.apply("rename", s.accountOf(values{"role": "owner", "name": "robot"}))
		s.apply("no role", s.accountOf(values{"name": "robot"}))
		s.apply("back to none", s.accountOf(values{"role": "none", "name": "robot"}))
		s.plan("unknown arguments", s.accountOf(values{"role": protocol.Unknown, "name": protocol.Unknown}))
		s.destroy("destroy")
	},
	"account created with a role": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf(values{"role": "member"}))
		s.w.Sim.SetAccountRole(s.id(), "owner")
		s.w.Sim.RenameServiceAccount(s.id(), "outside")
		s.apply("changed outside", s.accountOf(values{"role": "member"}))
		s.w.Sim.SetPolicy(func(p *openaisim.Policy) { p.RoleUpdateIgnored = true })
		s.apply("another role, ignored", s.accountOf(values{"role": "owner"}))
		s.apply("once more", s.accountOf(values{"role": "owner"}))
	},
	"account created and its role refused": func(s *scene) {
		s.accounts()
		s.refused(openaisim.OpServiceAccountsUpdate, 403)
		s.apply("create", s.accountOf(values{"role": "member"}))
		s.apply("once more", s.accountOf(values{"role": "member"}))
	},
	"account refused by validation": func(s *scene) {
		s.accounts()
		s.plan("no such role", s.accountOf(values{"role": "admin"}))
		s.plan("an empty name", s.accountOf(values{"name": ""}))
		s.plan("a path as parent", s.accountOf(values{"project_id": "a/b"}))
		s.plan("an unknown parent", s.accountOf(values{"project_id": protocol.Unknown}))
	},
	"account replaced": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf(values{"role": "member"}))
		s.w.Sim.SeedKey(openaisim.KeySpec{AccountID: s.id(), Name: "one"})
		s.w.Sim.SeedKey(openaisim.KeySpec{AccountID: s.id(), Name: "two", LastUsedAt: s.start})
		s.plan("an unknown parent", s.accountOf(values{"project_id": protocol.Unknown}))
		s.project = s.w.Sim.SeedProject("search")
		s.apply("another project", s.accountOf(values{"role": "member"}))
	},
	"account destroyed with its keys": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf())
		s.w.Sim.SeedKey(openaisim.KeySpec{AccountID: s.id(), Name: "one"})
		s.refused(openaisim.OpAPIKeysList, 403)
		s.plan("keys that cannot be listed", nil)
		s.w.Sim.ClearFaults()
		s.destroy("destroy")
	},
	"account beside namesakes": func(s *scene) {
		s.accounts()
		s.w.Sim.SeedServiceAccount(s.project, "worker", "member")
		s.apply("one", s.accountOf())
		s.held = nil
		s.plan("two", s.accountOf())
	},
	"account gone outside": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf())
		s.w.Sim.DeleteServiceAccount(s.id())
		s.apply("it was deleted", s.accountOf())
		s.w.Sim.ArchiveProject(s.project)
		s.apply("its project was archived", s.accountOf())
	},
	"account of another organization": func(s *scene) {
		s.accounts()
		s.apply("create", s.accountOf())
		s.w.Setenv("OPENAI_ADMIN_KEY", s.w.Sim.NewOrganization())
		s.refresh("refresh")
		s.stale("rename", s.accountOf(values{"name": "robot"}))
		s.stale("destroy", nil)
	},
	"account imported": func(s *scene) {
		s.accounts()
		s.adopt("import", s.project+"/"+s.w.Sim.SeedServiceAccount(s.project, "worker", "member"))
		s.apply("nothing to do", s.accountOf())
		s.held = nil
		s.adopt("no such account", s.project+"/user-none")
		s.adopt("half an id", s.project)
		s.move("from another provider", "openai_project_service_account", values{
			"project_id": s.project, "service_account_id": s.w.Sim.SeedServiceAccount(s.project, "robot", "none"), "api_key_id": "key_1", "api_key": "sk-fake",
		})
	},
	"account in trouble": func(s *scene) {
		s.accounts()
		s.refused(openaisim.OpServiceAccountsCreate, 403)
		s.apply("create refused", s.accountOf())
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.CutAfter, Times: 1})
		s.apply("the answer is lost", s.accountOf())
		s.refused(openaisim.OpServiceAccountsUpdate, 400)
		s.apply("rename refused", s.accountOf(values{"name": "robot"}))
		s.refused(openaisim.OpServiceAccountsDelete, 403)
		s.destroy("destroy refused")
		s.refused(openaisim.OpServiceAccountsGet, 403)
		s.refresh("read refused")
	},
}
