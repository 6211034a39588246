// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openrouter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openroutersim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openrouter/sim"
)

const workspaceType = "orgkeys_openrouter_workspace"

// A plan beside a workspace of the same name says so, and a slug that is taken is explained.
func TestWorkspaceBesideAnother(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, workspaceType)
	other := w.SeedWorkspace("Team", "team")
	w.Refused(w.Try(settings{"name": "Team", "slug": "team"}), "choose another slug", "terraform import <address> "+other)
	w.Apply(settings{"name": "Team 2", "slug": "team-2"})
	same(t, "said of another name", w.Says("exists already"), false)
}

func TestWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, workspaceType)
	config := settings{"name": "Team", "slug": "team", "description": "ours"}
	first := w.Apply(config)
	second := w.Apply(with(config, settings{"name": "Team 2", "description": nil}))
	same(t, "taken away", []any{second["id"] == first["id"], w.Workspaces()[2].Name, w.Workspaces()[2].Description}, []any{true, "Team 2", ""})
	for _, id := range []any{first["id"], "team"} {
		got, _, err := w.Import(workspaceType, fmt.Sprint(id))
		same(t, "import", []any{got["id"], got["slug"], err}, []any{first["id"], "team", nil})
	}
	hash, _ := w.SeedKey(openroutersim.Key{Name: "x", WorkspaceID: fmt.Sprint(first["id"])})
	w.Refused(w.Try(nil), "keys that work")
	w.DeleteKey(hash)

	// A plan without a refresh, applied with another organization's management key, deletes and forgets nothing.
	plan, err := w.State.PlanDestroyAll(t.Context(), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	w.at(openroutersim.Start(t, openroutersim.Options{Clock: w.Server.Clock()}))
	w.Refused(w.Carry(plan, nil), "another organization")
	same(t, "in state", []any{w.Attributes()["id"], len(w.Workspaces())}, []any{first["id"], 3})
	w.at(w.Server)
	w.Apply(nil)
	same(t, "workspaces", len(w.Workspaces()), 2)
}

// A lookup shows what a read leaves out as null; a description that reads show as null is taken away.
func TestWorkspacesShownInPart(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, workspaceType)
	both := map[string]settings{"a": {"name": "A", "slug": "a", "description": "ours"}, "b": {"name": "B", "slug": "b", "description": "ours"}}
	if err := w.TryAll(both); err != nil {
		t.Fatal(err)
	}
	w.Inject(simkit.Fault{Operation: openroutersim.OpGetWorkspace, Kind: simkit.Altered, Omit: []string{"name", "slug", "description"}})
	for _, config := range []settings{{"id": w.workspace}, {"slug": "payments"}} {
		got, err := w.Data(workspaceType, config)
		same(t, "data", []any{got["id"], got["name"], got["slug"], got["description"], err}, []any{w.workspace, nil, config["slug"], nil, nil})
	}
	w.ClearFaults()
	for _, operation := range []string{openroutersim.OpListWorkspaces, openroutersim.OpGetWorkspace} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Set: map[string]any{"description": nil}})
	}
	plan, err := w.PlanAll(both)
	if err != nil {
		t.Fatal(err)
	}
	for name := range both {
		same(t, "planned without a description", plan.Changes[name].Action, protocol.Update)
	}
}

// A change that is answered with nothing is done: it is sent once, and a read shows it.
func TestChangesAnsweredWithNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	config := settings{"name": "x", "workspace_id": w.workspace}
	w.Apply(config)
	for _, operation := range []string{openroutersim.OpUpdateKey, openroutersim.OpAssignGuardrail, openroutersim.OpUnassignGuardrail} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusAfter, Status: 204})
	}
	got := w.Apply(with(config, settings{"limit": 5, "guardrail_id": guardrail}))
	w.Apply(with(config, settings{"limit": 5}))
	same(t, "key", []any{got["guardrail_id"], w.Keys()[0].Limit, w.Keys()[0].GuardrailID}, []any{guardrail, 5, ""})
	for _, operation := range []string{openroutersim.OpUpdateKey, openroutersim.OpAssignGuardrail, openroutersim.OpUnassignGuardrail} {
		same(t, operation, w.Count(operation), 1)
	}
}

// The plan of a create says that the credential is an inference key, and asks the server once.
func TestPlansByInferenceKey(t *testing.T) {
	t.Parallel()
	for kind, all := range map[string]map[string]settings{
		workspaceType: {"a": {"name": "A", "slug": "a"}, "b": {"name": "B", "slug": "b"}},
		keyType:       {"a": {"name": "A"}, "b": {"name": "B"}},
	} {
		w := begin(t, openroutersim.Options{}, kind)
		_, inference := w.SeedKey(openroutersim.Key{Name: "x"})
		w.Setenv("OPENROUTER_MANAGEMENT_KEY", inference)
		_, err := w.PlanAll(all)
		w.Refused(err, "Unable to plan", `"A"`, "is an inference key, which cannot manage anything")
		w.at(w.Server)
		w.ResetJournal()
		if _, err := w.PlanAll(all); err != nil {
			t.Fatal(err)
		}
		same(t, "asked", w.Count(openroutersim.OpOwnKey), 1)
	}
}

// A key is adopted by its hash with all that the API shows; a user's is refused.
func TestImport(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	guardrail := w.SeedGuardrail("")
	hash, _ := w.SeedKey(openroutersim.Key{Name: "old", WorkspaceID: w.workspace, Limit: 7, GuardrailID: guardrail})
	user, _ := w.SeedKey(openroutersim.Key{Name: "user's", Creator: "user_member"})
	got, _, err := w.Import(keyType, hash)
	same(t, "import", []any{got["name"], got["workspace_id"], got["limit"], got["guardrail_id"], got["disabled"], err}, []any{"old", w.workspace, 7, guardrail, false, nil})
	// The server may answer 404 in place of an empty list of assignments.
	w.Inject(simkit.Fault{Operation: openroutersim.OpListAssignments, Kind: simkit.StatusBefore, Status: 404})
	got, _, err = w.Import(keyType, hash)
	same(t, "import without assignments", []any{got["name"], got["guardrail_id"], err}, []any{"old", nil, nil})
	w.ClearFaults()
	_, _, err = w.Import(keyType, user)
	w.Refused(err, "belongs to a user")
	_, _, err = w.Import(keyType, strings.Repeat("0", 64))
	w.Refused(err)
}

// The slug of a workspace in place of its id is refused by the plan, so that a change to it
// deletes no key.
func TestWorkspaceBySlug(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	first := w.Apply(settings{"name": "x", "workspace_id": w.workspace})
	w.ResetJournal()
	for _, named := range []string{"payments", "Payments", "team-payments"} {
		w.Refused(w.Try(settings{"name": "x", "workspace_id": named}), `API key "x" has no id as its workspace_id`, "must be the id of a workspace, such as", "data.orgkeys_openrouter_workspace.this.id", named)
	}
	other := w.SeedWorkspace("Team 2", "team-2") // which an id could be, too
	w.Refused(w.Try(settings{"name": "x", "workspace_id": "team-2"}), "does not exist", "it is another name of workspace "+other)
	for _, entry := range w.Journal() {
		same(t, "a call", entry.Method, http.MethodGet)
	}
	again := w.Apply(settings{"name": "x", "workspace_id": w.workspace})
	same(t, "keys", []any{again["id"] == first["id"], len(w.DeletedKeys())}, []any{true, 0})
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "billing (ok-k3v6zq2mda.x5b7qd2k)", WorkspaceID: w.workspace, Limit: 7, Disabled: true})
	w.SeedKey(openroutersim.Key{Name: "playground", Creator: "user_member"})
	w.SeedKey(openroutersim.Key{Name: "dead", ExpiresAt: w.Server.Clock().Now().Add(1)})
	w.Advance(1)

	got, err := w.Data("orgkeys_openrouter_api_keys", nil)
	same(t, "inventory", []any{len(got["api_keys"].([]any)), err}, []any{2, nil})
	row := got["api_keys"].([]any)[1].(settings)
	same(t, "row", []any{row["id"], row["name"], row["workspace_name"], row["owner_type"], row["disabled"], row["limit"], row["unused_days"]}, []any{hash, "billing", "Payments", "organization", true, 7, nil})
	for want, config := range map[int]settings{1: {"owner_type": "user"}, 0: {"workspace_id": w.workspace, "owner_type": "user"}} {
		got, err := w.Data("orgkeys_openrouter_api_keys", config)
		same(t, "filtered", []any{len(got["api_keys"].([]any)), err}, []any{want, nil})
	}
	for _, config := range []settings{{"id": hash}, {"name": "billing", "workspace_id": w.workspace}, {"name": "billing"}} {
		got, err := w.Data(keyType, config)
		same(t, "lookup", []any{got["id"], got["workspace_id"], got["workspace_name"], err}, []any{hash, w.workspace, "Payments", nil})
	}
	_, err = w.Data(keyType, settings{"id": hash, "workspace_id": w.DefaultWorkspace()})
	w.Refused(err, "it is in workspace "+w.workspace, w.DefaultWorkspace())

	far, _ := w.SeedKey(openroutersim.Key{Name: "far", Creator: "user_member", ExpiresAt: w.Server.Clock().Now().AddDate(70, 0, 0)})
	for _, kind := range []string{"orgkeys_openrouter_api_keys", "orgkeys_api_keys"} {
		answer, err := w.Process().Data(t.Context(), kind, nil)
		said := ""
		for _, one := range answer.Diagnostics {
			said += one.Summary + ": " + one.Detail + "\n"
		}
		same(t, "said by "+kind, []any{strings.Contains(said, "may be incomplete"), strings.Contains(said, far), err}, []any{true, true, nil})
	}
}

// Who created a marked key is not known where the management key's own creator cannot be read.
func TestKeysOfUnsureCreators(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{Policy: openroutersim.Policy{CreatorShown: true}}, keyType)
	w.Inject(simkit.Fault{Operation: openroutersim.OpOwnKey, Kind: simkit.StatusBefore, Status: 403})
	w.SeedKey(openroutersim.Key{Name: "billing (ok-k3v6zq2mda.x5b7qd2k)", WorkspaceID: w.workspace, Creator: "user_member"})
	for kind, unknown := range map[string]any{"orgkeys_openrouter_api_keys": nil, "orgkeys_api_keys": "unknown"} {
		got, err := w.Data(kind, nil)
		rows, _ := got[strings.TrimPrefix(strings.Replace(kind, "openrouter_", "", 1), "orgkeys_")].([]any)
		same(t, kind, []any{len(rows), err}, []any{1, nil})
		same(t, "owner", rows[0].(settings)["owner_type"], unknown)
	}
	// An apply that was killed may have created it.
	w.Apply(settings{"name": "billing", "workspace_id": w.workspace})
	same(t, "named", w.Says("has the same name"), true)
}

func TestListAndRevoke(t *testing.T) {
	t.Parallel()
	w := begin(t, openroutersim.Options{}, keyType)
	hash, _ := w.SeedKey(openroutersim.Key{Name: "billing", WorkspaceID: w.workspace, Limit: 7, GuardrailID: w.SeedGuardrail("")})
	user, _ := w.SeedKey(openroutersim.Key{Name: "playground", Creator: "user_member"})
	names, listed := w.List(keyType, nil)
	same(t, "names", names, []string{"billing"})
	imported, _, err := w.Import(keyType, hash)
	same(t, "listed as imported", []any{listed[0], err}, []any{imported, nil})
	for _, id := range []string{hash, user} {
		same(t, "revoked", w.Invoke("orgkeys_openrouter_revoke_key", settings{"key_id": id}), nil)
	}
	same(t, "keys", len(w.Keys()), 0)
	w.Refused(w.Invoke("orgkeys_openrouter_revoke_key", settings{"key_id": hash}), "Nothing was revoked")
}

// The emergency exit needs no name of the key's workspace.
func TestRevokeWithoutTheWorkspace(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 500} {
		w := begin(t, openroutersim.Options{}, keyType)
		hash, _ := w.SeedKey(openroutersim.Key{Name: "billing", WorkspaceID: w.workspace})
		w.SeedKey(openroutersim.Key{Name: "other", WorkspaceID: w.workspace})
		w.Inject(simkit.Fault{Operation: openroutersim.OpGetWorkspace, Kind: simkit.StatusBefore, Status: status},
			simkit.Fault{Operation: openroutersim.OpListWorkspaces, Kind: simkit.StatusBefore, Status: status})
		same(t, "revoked", w.Invoke("orgkeys_openrouter_revoke_key", settings{"key_id": hash}), nil)
		same(t, "keys", len(w.Keys()), 1)
	}
}
