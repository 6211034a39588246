// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// An inventory without a row says that the server may have left some out, unless a key
// that was seen tells otherwise.
func TestInventoryWithoutARow(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	empty, used := w.Sim.SeedProject("empty"), w.Sim.SeedProject("used")
	account := w.Sim.SeedServiceAccount(used, "ci", "member")
	w.Sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: "key"})
	warnings := func(c *wire, project string) string {
		t.Helper()
		answer, err := c.Data(t.Context(), "orgkeys_openai_api_keys", map[string]any{"project_id": project})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(complaints(answer.Diagnostics), "\n")
	}
	c := configured(t, w, nil)
	if said := warnings(c, empty); !strings.Contains(said, "may be incomplete") || !strings.Contains(said, "owner_project_access") {
		t.Errorf("an inventory of nothing says %q", said)
	}
	same(t, "said of a key", warnings(c, used), "")
	same(t, "said of nothing, afterwards", warnings(c, empty), "")

	all := configured(t, w, nil).list(keyType, map[string]any{"project_id": empty}, 0, false)
	if said := shown(all); !strings.Contains(said, "owner_project_access") {
		t.Errorf("a list of nothing says %q", said)
	}
	same(t, "listed", shown(configured(t, w, nil).list(keyType, nil, 0, false)), "key (ci) "+used+" "+w.Sim.Keys()[0].ID)
}
