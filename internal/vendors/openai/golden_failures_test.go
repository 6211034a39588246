// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// recipients are seal recipients, of which nil is not known yet.
func recipients(all ...any) values {
	var elements []tftypes.Value
	for _, one := range all {
		if one == nil {
			one = tftypes.UnknownValue
		}
		elements = append(elements, tftypes.NewValue(tftypes.String, one))
	}
	return values{"seal_recipients": elements}
}

// failureScenes are calls that fail in the midst of others, and values that come late.
var failureScenes = map[string]func(*scene){
	"key rotated with unknown arguments": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a"), values{"scopes": []string{"api.all.read"}}))
		s.plan("overlap", s.key(because("b"), values{"overlap": protocol.Unknown}))
		s.plan("scopes", s.key(because("b"), values{"scopes": protocol.Unknown}))
		s.plan("storage", s.key(because("b"), values{"secret_storage": protocol.Unknown}))
		s.plan("lifetime", s.key(because("b"), values{"lifetime": protocol.Unknown}))
		s.plan("a recipient", s.key(because("b"), recipients(s.w.Recipient, nil)))
	},
	"key with a recipient that is wrong late": func(s *scene) {
		s.keys()
		s.plan("null", s.key(values{"seal_recipients": []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}}))
		s.applyLate("create", s.key(recipients(nil)), s.key(recipients("age1nonsense")))
	},
	"key planned before it was read": func(s *scene) {
		s.keys()
		s.title("import")
		found, err := s.resourceOf(keyType).Import(s.t.Context(), s.seeded(openaisim.KeySpec{Name: "worker"}), nil)
		s.fail(err)
		s.held = &protocol.Held{Value: found.Value, Private: found.Private, Identity: found.Identity}
		s.stale("without a refresh", s.key())
		s.late("openai", nil)
		s.plan("with an unknown provider", s.key())
	},
	"key whose identity is gone between plan and apply": func(s *scene) {
		s.keys()
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", s.w.Identity)
		s.apply("create", s.key())
		config := s.key(values{"seal_recipients": []string{s.identity().Recipient().String()}})
		planned, ok := s.plan("sealed again", config)
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY", "")
		if ok {
			s.carryOut(planned, config)
		}
	},
	"key whose rotation may have created one": func(s *scene) {
		s.keys()
		s.apply("create", s.key(because("a")))
		s.w.Sim.Inject(
			simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter},
			simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 403, Skip: 2},
		)
		s.apply("all answers are lost", s.key(because("b")))
		s.w.Sim.ClearFaults()
		s.plan("the next plan", s.key(because("b")))
		s.destroy("destroy")
	},
	"key that expires sooner than asked for": func(s *scene) {
		s.keys()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.Altered, Set: values{"expires_at": s.start.Add(10 * day).Unix()}})
		s.apply("create", s.key(values{"lifetime": "30d", "rotate_after": "20d"}))
	},
	"key read alone": func(s *scene) {
		s.keys()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StaleList, Lag: 100})
		s.apply("create", s.key())
		s.refresh("a list without it")
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: 403})
		s.refresh("and the look alone refused")
		s.w.Sim.ClearFaults()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.EndlessList})
		s.refresh("a list without end")
	},
	"key answered as another one": func(s *scene) {
		s.keys()
		s.apply("create", s.key(values{"lifetime": "30d", "rotate_after": "20d"}))
		s.seeded(openaisim.KeySpec{Name: "another"})
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.Crossed})
		s.apply("update", s.key(values{"lifetime": "40d", "rotate_after": "20d"}))
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.Crossed})
		s.destroy("destroy")
	},
	"admin key imported that may be in use": func(s *scene) {
		s.kind = adminType
		s.adopt("import", s.seededAdmin(openaisim.AdminKeySpec{Name: "pipeline"}))
		s.refused(openaisim.OpAdminAPIKeysGet, 403)
		s.stale("the look is refused", nil)
		s.w.Sim.ClearFaults()
		s.w.Sim.RevokeKey(s.id())
		s.stale("it is gone", nil)
	},
	"account with a first key that was not asked for": func(s *scene) {
		s.accounts()
		key, _ := s.w.Sim.SeedKey(openaisim.KeySpec{ProjectID: s.project, Name: "unwanted"})
		first := values{"object": "organization.project.service_account.api_key", "id": key, "name": "unwanted", "value": "sk-fake-fake-fake", "created_at": s.start.Unix()}
		s.w.Sim.Inject(
			simkit.Fault{Operation: openaisim.OpServiceAccountsCreate, Kind: simkit.Altered, Set: values{"api_key": first}},
			simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.StatusBefore, Status: 403, Times: 1},
		)
		s.apply("it cannot be revoked", s.accountOf(values{"role": "member"}))
		s.held = nil
		s.apply("it is revoked", s.accountOf(values{"name": "another", "role": "member"}))
	},
	"data of what cannot be looked at": func(s *scene) {
		s.organization()
		s.data("all projects", "orgkeys_openai_projects", values{"include_archived": true})
		s.refused(openaisim.OpProjectsList, 403)
		s.data("all projects refused", "orgkeys_openai_projects", values{"include_archived": true})
		s.data("a project by name", projectType, values{"name": "payments"})
		s.data("keys of all projects", "orgkeys_openai_api_keys", nil)
		s.refused(openaisim.OpProjectsGet, 403)
		s.data("keys of one project", "orgkeys_openai_api_keys", values{"project_id": s.project})
		s.data("a key", keyType, values{"project_id": s.project, "name": "worker"})
		s.refused(openaisim.OpAPIKeysList, 403)
		s.data("keys of one project", "orgkeys_openai_api_keys", values{"project_id": s.project})
		s.refused(openaisim.OpServiceAccountsList, 403)
		s.data("an account", accountType, values{"project_id": s.project, "name": "worker"})
	},
	"lists of what goes meanwhile": func(s *scene) {
		s.organization()
		s.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountsList, ParentID: s.project, Kind: simkit.StatusBefore, Status: 404, Notify: func() { s.w.Sim.ArchiveProject(s.project) }})
		s.list("a project is archived", accountType, nil)
		s.refused(openaisim.OpProjectsList, 403)
		s.list("projects refused", accountType, nil)
		s.refused(openaisim.OpServiceAccountsList, 403)
		s.list("accounts refused", accountType, nil)
	},
	"revoke action with late ids": func(s *scene) {
		s.lateAct("a path", values{"project_id": "proj_1/..", "key_id": "key_fake"})
		s.lateAct("nothing", values{"project_id": "proj_fake", "key_id": ""})
	},
	"provider with an identity file": func(s *scene) {
		file := filepath.Join(s.t.TempDir(), "identity.txt")
		s.fail(os.WriteFile(file, []byte("# fake\n"+s.w.Identity+"\n"), 0o600))
		s.keys()
		s.apply("create", s.key())
		s.w.Setenv("ORGKEYS_SEAL_IDENTITY_FILE", file)
		s.run("unsealed", unsealedType, values{"sealed_value": s.held.Attributes()["sealed_value"]}, nil)
		s.late("seal", values{"recipients": []tftypes.Value{tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}})
		s.plan("a recipient that is not known yet", s.key())
		s.block = values{"secret_storage": "state"}
		s.plan("secrets stored in state", s.key())
	},
}
