// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// asked is what a data source tells, and what is said beside it.
func (c *wire) asked(kind string, config map[string]any) (attributes map[string]any, said string) {
	c.t.Helper()
	answer, err := c.Data(c.t.Context(), "orgkeys_openai_"+kind, config)
	if err != nil {
		c.t.Fatal(err)
	}
	return given(protocol.Attributes(answer.Value)), strings.Join(complaints(answer.Diagnostics), "\n")
}

// A list that leaves owners out hides no key of a series from a look-up, and no inventory
// that filters by owners is silent about it.
func TestOwnersThatNoListTells(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hidden []string // operations that leave the owner out
		warns  string
	}{
		"but a read":   {[]string{openaisim.OpAPIKeysList}, ""},
		"nor any read": {[]string{openaisim.OpAPIKeysList, openaisim.OpAPIKeysGet}, "has an unknown owner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newRegistry(t, openaisim.Options{})
			for _, operation := range c.hidden {
				o.w.Sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"owner"}})
			}
			found, said := configured(t, o.w, nil).asked("api_key", map[string]any{"project_id": o.beta, "name": "ledger"})
			if found["id"] != o.second || (said == "") != (c.warns == "") || !strings.Contains(said, c.warns) {
				t.Errorf("found %v, said %q", found["id"], said)
			}
			found, said = configured(t, o.w, nil).asked("api_keys", map[string]any{"owner_type": "user"})
			rows, _ := found["api_keys"].([]any)
			if len(rows) != 0 || !strings.Contains(said, "the API does not show the owner of some keys, so owner_type leaves them out: "+o.person) {
				t.Errorf("found %v, said %q", rows, said)
			}
			all := configured(t, o.w, nil).list(keyType, map[string]any{"project_id": o.beta}, 0, false)
			if len(all) != 1 || all[0].name != "" || !strings.Contains(shown(all), "("+o.second+") is not listed: The API does not show its owner") {
				t.Errorf("listed %s", shown(all))
			}
		})
	}
}

// What a server calls its objects acts on no terminal.
func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	project := w.Sim.SeedProject("p\n\x1b[2J")
	account := w.Sim.SeedServiceAccount(project, "a\n\x1b[2J", "member")
	w.Sim.SeedKey(openaisim.KeySpec{AccountID: account, Name: "ledger (ok-k3v6zq2mda.x5b7qd2k)"})
	copied, _ := w.Sim.SeedKey(openaisim.KeySpec{ProjectID: project, UserName: "Jo\n\x1b[2J", Name: "ledger (ok-k3v6zq2mda.y6c3re4m)"})
	c := configured(t, w, nil)
	_, said := c.asked("api_key", map[string]any{"project_id": project, "name": "ledger"})
	if !strings.Contains(said, `it belongs to another owner (Jo\n\x1b[2J): its name was copied`) {
		t.Errorf("said %q", said)
	}
	for _, kind := range []string{projectType, accountType, keyType} {
		if all := shown(c.list(kind, nil, 0, false)); !strings.Contains(all, `\n\x1b[2J`) || strings.Contains(all, "\x1b") {
			t.Errorf("%s: %q", kind, all)
		}
	}
	progress, _ := c.revoke(project, copied)
	same(t, "progress", progress, []string{"Revoking key " + copied + ` ("ledger (ok-k3v6zq2mda.y6c3re4m)") of Jo\n\x1b[2J…`})
}

// revoke invokes the action.
func (c *wire) revoke(project, key string) (progress []string, said string) {
	c.t.Helper()
	progress, diagnostics, err := c.Invoke(c.t.Context(), "orgkeys_openai_revoke_key", map[string]any{"project_id": project, "key_id": key})
	if err != nil {
		c.t.Fatal(err)
	}
	return progress, strings.Join(complaints(diagnostics), "\n")
}

// An action has no state, so none of its errors speaks of one; each says what was wrong,
// what became of the key, and what to do.
func TestRevokeActionSaysNothingOfAState(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(w *acctest.World, project *string)
		want    []string
		revoked bool
	}{
		"a project of another organization": {
			func(_ *acctest.World, project *string) { *project = "proj_other" },
			[]string{"project proj_other does not exist in the organization of this admin key", "Nothing was revoked", "Check openai.admin_key"}, false,
		},
		"an archived project": {
			func(w *acctest.World, project *string) { w.Sim.ArchiveProject(*project) },
			[]string{"was archived", "Nothing was revoked", "Check project_id, key_id"}, true,
		},
		"an answer about another key": {
			func(w *acctest.World, _ *string) {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.Crossed})
			},
			[]string{"mixes answers up", "Nothing was revoked", "Check the proxy and base_url"}, false,
		},
		"a refused look": {
			func(w *acctest.World, _ *string) {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
			},
			[]string{"HTTP 403", "Nothing was revoked", "The admin key may not do this"}, false,
		},
		"a key that still exists": {
			func(w *acctest.World, _ *string) {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysDelete, Kind: simkit.NotFoundBefore})
			},
			[]string{"still exists and was not removed", "The key may still work", "Try again later"}, false,
		},
		"an organization that deletes and changes no key": {
			func(w *acctest.World, _ *string) {
				w.Sim.SetPolicy(func(p *openaisim.Policy) { p.NoServiceAccountKeyDelete, p.NoKeyUpdate = true, http.StatusNotFound })
			},
			[]string{"does not delete single keys of service accounts", "Deleting the service account ", " revokes all its keys. The key may still work"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			project := w.Sim.SeedProject("p")
			key, secret := w.Sim.SeedKey(openaisim.KeySpec{AccountID: w.Sim.SeedServiceAccount(project, "a", "member"), Name: "k"})
			w.Sim.SeedKey(openaisim.KeySpec{AccountID: w.Sim.SeedServiceAccount(project, "b", "member"), Name: "other"})
			c.prepare(w, &project)
			_, said := configured(t, w, nil).revoke(project, key)
			for _, part := range c.want {
				if !strings.Contains(said, part) {
					t.Errorf("it is not said %q: %s", part, said)
				}
			}
			if strings.Contains(said, "state") {
				t.Errorf("there is no state: %s", said)
			}
			if w.Sim.Valid(secret) == c.revoked {
				t.Errorf("the key works: %v", !c.revoked)
			}
		})
	}
}

// A server that leaves last_used_at out does not say that a key was never used: no inventory counts
// such a key as idle.
func TestLastUseThatNoListTells(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	for _, operation := range []string{openaisim.OpAPIKeysList, openaisim.OpAdminAPIKeysList} {
		o.w.Sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.Altered, Omit: []string{"last_used_at"}})
	}
	admin, _ := o.w.Sim.SeedAdminKey(openaisim.AdminKeySpec{Name: "old", CreatedAt: o.w.Clock.Now().Add(-100 * day), LastUsedAt: o.w.Clock.Now()})
	c := configured(t, o.w, nil)
	for list, of := range map[string]struct {
		config map[string]any
		left   []string
	}{
		"api_keys":   {map[string]any{"project_id": o.beta, "unused_for": "1d"}, []string{o.unused, o.second, o.ending}},
		"admin_keys": {map[string]any{"unused_for": "1d"}, []string{admin}},
	} {
		found, said := c.asked(list, of.config)
		rows, _ := found[list].([]any)
		if len(rows) != 0 || strings.Count(said, "may be incomplete") != 1 || !strings.Contains(said, "the API does not show the last use of some keys, so unused_for leaves them out: ") {
			t.Errorf("%s: found %v, said %q", list, rows, said)
		}
		for _, id := range of.left {
			if !strings.Contains(said, id) {
				t.Errorf("%s: %s is not named: %q", list, id, said)
			}
		}
	}
	found, _ := c.asked("admin_keys", nil)
	for _, row := range found["admin_keys"].([]any) {
		if row := row.(map[string]any); row["unused_days"] != nil {
			t.Errorf("%v is said to be unused for %v days", row["id"], row["unused_days"])
		}
	}
}
