// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package anthropic_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	anthropicsim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/anthropic/sim"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendortest"
)

var residency = settings{"workspace_geo": "us", "default_inference_geo": "global", "allowed_inference_geos": []string{"unrestricted"}}

func TestPlainWorkspaces(t *testing.T) {
	t.Parallel()
	vendortest.PlainObjects(t, vendortest.ObjectRow{
		Type: workspaceType,
		Start: func(t *testing.T) *vendortest.Objects {
			t.Helper()
			w := begin(t, workspaceType, policy{})
			return &vendortest.Objects{
				Stage: w.Stage, PageSize: 2,
				Config: func(name string) settings { return settings{"name": name} },
				Seed:   w.SeedWorkspace,
				Remove: w.ArchiveWorkspace,
				Names: func() map[string]string {
					names := map[string]string{}
					for _, one := range w.Workspaces() {
						if one.ArchivedAt.IsZero() {
							names[one.ID] = one.Name
						}
					}
					return names
				},
			}
		},
		Create: anthropicsim.OpCreateWorkspace, Get: anthropicsim.OpGetWorkspace, List: anthropicsim.OpListWorkspaces, Update: anthropicsim.OpUpdateWorkspace, Delete: anthropicsim.OpArchiveWorkspace,
		IDField: "id", Answer: func(id, name string, created time.Time) string {
			return fmt.Sprintf(`{"id":%q,"type":"workspace","name":%q,"display_color":"#6C5BB9","created_at":%q,"archived_at":null}`, id, name, created.Format(time.RFC3339))
		},
		Denied: func(id string) string { return `{"id":"` + id + `","archived_at":null}` }, Archived: true,
		Full: settings{"tags": map[string]string{"a": "b"}, "display_color": "#000000", "external_key_id": "ek_1", "data_residency": with(residency, settings{"default_inference_geo": "us"})},
		Omit: []string{"tags", "data_residency", "display_color", "external_key_id", "created_at", "archived_at", "compartment_id"},
		Once: []vendortest.Once{
			{Argument: "data_residency.workspace_geo", Values: [3]string{"us", "eu", "ap"}},
			{Argument: "external_key_id", Values: [3]string{"ek_1", "ek_2", "ek_3"}},
		},
		NoAPI: "There is no such API at anthropic.base_url", Missing: anthropicsim.Organization, Removed: "was archived", Unknown: anthropicsim.Organization,
		Loss: "will be archived", LookUpBy: "name", Inventory: "workspaces", Moves: []string{"ippontech/anthropic_workspace", "jianyuan/anthropic_workspace"},
	})
}

// What is not configured the API decides at creation, and later it is left alone.
func TestWorkspaceArguments(t *testing.T) {
	t.Parallel()
	w := begin(t, workspaceType, policy{})
	first := w.Apply(settings{"name": "Team", "tags": map[string]string{"env": "prod"}})
	same(t, "created", []any{first["data_residency"], first["display_color"], first["external_key_id"]}, []any{residency, "#6C5BB9", nil})
	w.Apply(settings{
		"name": "Team 2", "display_color": "#000000", "external_key_id": "ek_1",
		"data_residency": settings{"default_inference_geo": "us", "allowed_inference_geos": []string{"us", "global"}},
	})
	stored := w.Workspaces()[2]
	same(t, "changed", []any{stored.Name, stored.Color, len(stored.Tags), stored.ExternalKeyID, stored.Residency.Geo, stored.Residency.Default, string(stored.Residency.Allowed)},
		[]any{"Team 2", "#000000", 0, "ek_1", "us", "us", `["global","us"]`})
	w.Apply(settings{"name": "Team 2", "data_residency": settings{"allowed_inference_geos": []string{"unrestricted"}}})
	third := w.Apply(settings{"name": "Team 2"})
	same(t, "left alone", []any{third["external_key_id"], third["display_color"], third["data_residency"]}, []any{"ek_1", "#000000", with(residency, settings{"default_inference_geo": "us"})})
	w.Apply(nil)
	same(t, "lists of keys", w.Count(anthropicsim.OpListKeys), 0)
}

// Tags that the vendor keeps for itself are its own: they are neither shown nor taken away.
func TestReservedTags(t *testing.T) {
	t.Parallel()
	w := begin(t, workspaceType, policy{})
	tags := map[string]string{"env": "prod"}
	config := settings{"name": "Team", "tags": tags}
	id, _ := w.Apply(config)["id"].(string)
	w.ChangeWorkspace(id, func(s *anthropicsim.Workspace) { s.Tags["anthropic:managed"] = "x" })
	same(t, "tags", []any{w.Apply(config)["tags"], w.Says("differs")}, []any{settings{"env": tags["env"]}, false})
	tags["env"] = "test"
	same(t, "changed", []any{w.Apply(config)["tags"], w.Says("differs")}, []any{settings{"env": tags["env"]}, false})
	same(t, "taken away", []any{w.Apply(settings{"name": "Team"})["tags"], w.Says("differs")}, []any{nil, false})
	same(t, "at the vendor", w.Workspaces()[2].Tags, map[string]string{"anthropic:managed": "x"})
	imported, _, err := w.Import(workspaceType, id)
	same(t, "imported", []any{imported["tags"], err}, []any{nil, nil})
}

// A refusal is about the default workspace only there.
func TestRefusalOfTheDefaultWorkspace(t *testing.T) {
	t.Parallel()
	const about = "the default workspace"
	w := begin(t, workspaceType, policy{})
	w.Apply(settings{"name": "Team"})
	for operation, config := range map[string]settings{anthropicsim.OpUpdateWorkspace: {"name": "Crew"}, anthropicsim.OpArchiveWorkspace: nil} {
		w.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 400, Message: "no such colour"})
		w.Said()
		said := fmt.Sprint(w.Try(config), w.Said())
		same(t, operation, []any{strings.Contains(said, "no such colour"), strings.Contains(said, about)}, []any{true, false})
		w.ClearFaults()
	}
	// A list need not show a young one.
	w = begin(t, workspaceType, policy{})
	w.Inject(simkit.Fault{Operation: anthropicsim.OpListWorkspaces, Kind: simkit.StaleList, Lag: 99})
	w.Apply(settings{"name": "Team"})
	w.Inject(simkit.Fault{Operation: anthropicsim.OpUpdateWorkspace, Kind: simkit.StatusBefore, Status: 400, Message: "no such colour"})
	w.Refused(w.Try(settings{"name": "Crew"}), "no such colour", "If it is the default workspace")
}

// A default place that is not allowed is refused by the plan, whichever of the two changes.
func TestDefaultPlace(t *testing.T) {
	t.Parallel()
	w := begin(t, workspaceType, policy{})
	config := func(residency settings) settings { return settings{"name": "Team", "data_residency": residency} }
	refused := func(residency settings, says ...string) {
		t.Helper()
		w.ResetJournal()
		_, err := w.Plan(config(residency))
		w.Refused(err, says...)
	}
	refused(settings{"default_inference_geo": "global", "allowed_inference_geos": []string{"us"}}, "default_inference_geo", `"global"`, `"us"`)
	refused(settings{"allowed_inference_geos": []string{"unrestricted", "us"}}, "stands alone")
	w.Apply(config(settings{"default_inference_geo": "global", "allowed_inference_geos": []string{"unrestricted"}}))
	// What is not configured stays as it is, and has to fit, too.
	refused(settings{"allowed_inference_geos": []string{"us"}}, "default_inference_geo", `"global"`, `"us"`)
	w.Apply(config(settings{"default_inference_geo": "us", "allowed_inference_geos": []string{"us"}}))
	refused(settings{"default_inference_geo": "global"}, "default_inference_geo", `"global"`, `"us"`)
	w.Apply(config(settings{"default_inference_geo": "global", "allowed_inference_geos": []string{"global", "us"}}))
	// What others made of it is no error of a plan that leaves it alone.
	w.ChangeWorkspace(w.Workspaces()[2].ID, func(s *anthropicsim.Workspace) { s.Residency.Allowed = []byte(`["us"]`) })
	same(t, "quiet", w.Quiet(settings{"name": "Team"}), true)
	w.Apply(settings{"name": "Team 2"})
}

// terraform query offers the default workspace, too, which the API neither changes nor archives.
func TestDefaultWorkspace(t *testing.T) {
	t.Parallel()
	w := begin(t, workspaceType, policy{})
	w.Adopt(w.DefaultWorkspace())
	w.Apply(settings{"name": "Default"})
	w.Refused(w.Try(settings{"name": "Usual"}), "removed block")
	w.Refused(w.Try(nil), "Unable to archive workspace", "removed block")
}
