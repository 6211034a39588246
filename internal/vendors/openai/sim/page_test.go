// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"fmt"
	"testing"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// walk follows the cursors of a list and returns the ids of every page.
func (c caller) walk(path, separator string) [][]string {
	c.t.Helper()
	var pages [][]string
	after := ""
	for range 50 {
		r := c.get(path + after)
		ids, body := c.ids(r), c.ok(r)
		if len(ids) > 0 {
			same(c.t, []any{body["object"], body["first_id"], body["last_id"]}, []any{"list", ids[0], ids[len(ids)-1]})
		}
		pages = append(pages, ids)
		if body["has_more"] == false {
			return pages
		}
		after = separator + "after=" + body["last_id"].(string)
	}
	c.t.Fatal("the walk does not end")
	return nil
}

func TestPages(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	var accounts, keys []string
	accounts, keys = append(accounts, w.account), append(keys, w.key)
	for i := range 24 {
		accounts = append(accounts, c.sim.SeedServiceAccount(w.project, fmt.Sprint(i), "member"))
		id, _ := c.sim.SeedKey(openaisim.KeySpec{AccountID: w.account})
		keys = append(keys, id)
	}
	same(t, c.walk(w.accounts(), "?"), [][]string{accounts[:20], accounts[20:]})
	same(t, c.walk(w.accounts()+"?limit=10", "&"), [][]string{accounts[:10], accounts[10:20], accounts[20:]})
	same(t, c.walk(w.accounts()+"?limit=25", "&"), [][]string{accounts}) // exactly full: no more
	same(t, c.walk(w.any()+"&limit=24", "&"), [][]string{keys[:24], keys[24:]})
	empty := c.ok(c.get("/organization/projects/" + c.sim.SeedProject("empty") + "/api_keys"))
	same(t, empty, object{"object": "list", "data": []any{}, "first_id": nil, "last_id": nil, "has_more": false})

	for _, limit := range []string{"0", "101", "-1", "ten", "1.5", ""} {
		c.bad(c.get(w.accounts()+"?limit="+limit), "limit")
	}
	c.ok(c.get(w.accounts() + "?limit=100"))
	c.refused(c.get("/organization/projects?after=proj_nope"), 404, "project_not_found", "The project proj_nope was not found")
	for _, path := range []string{w.accounts(), w.keys(), "/organization/admin_api_keys"} {
		c.refused(c.get(path+"?after=nope"), 404, nil, "nope was not found")
	}
	// Somebody deletes the cursor's object between two pages.
	c.sim.RevokeKey(keys[9])
	c.refused(c.get(w.any()+"&after="+keys[9]), 404, nil, keys[9])
}

func TestSmallPages(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{MaxPage: 1})
	first := c.sim.Projects()[0].ID
	b, d := c.sim.SeedProject("b"), c.sim.SeedProject("d")
	c.sim.ArchiveProject(b)
	same(t, c.walk("/organization/projects?limit=100", "&"), [][]string{{first}, {d}})
	same(t, c.walk("/organization/projects?include_archived=true", "&"), [][]string{{first}, {b}, {d}})
	id := c.ok(c.post("/organization/admin_api_keys", `{"name":"x"}`))["id"].(string)
	same(t, c.walk("/organization/admin_api_keys?order=desc", "&"), [][]string{{id}, {c.sim.AdminKeyID()}})
}
