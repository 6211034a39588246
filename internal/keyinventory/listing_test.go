// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// list gives what is listed, a line each: name, identity, what is said.
func (w wire) list(config map[string]any, limit int64, bodies bool) (lines []string, all []map[string]any) {
	w.t.Helper()
	const kind = "acme_key"
	results, err := w.List(w.t.Context(), kind, config, limit, bodies)
	must(w.t, err)
	resource, err := w.Resource(kind)
	must(w.t, err)
	for one, err := range results {
		must(w.t, err)
		identity, err := resource.Identified(one.Identity)
		must(w.t, err)
		line := fmt.Sprintf("%s %v/%v", one.Name, identity["room_id"], identity["id"])
		if one.Name == "" {
			line = "-"
		}
		for _, said := range complaints(one.Diagnostics) {
			line += " " + said
		}
		lines, all = append(lines, line), append(all, protocol.Attributes(one.Value))
	}
	return lines, all
}

func TestListing(t *testing.T) {
	t.Parallel()
	rows := []keyinventory.Row{
		key("k1", ledger1, 2*day), key("k2", "by hand", day, ofTeam2), key("k3", "ended", day, expires(0)), key("k4", "Jo's", day, ofUser("Jo")),
		key("k5", "red\x1b[31m", day, in("r2", "beta"), ofTeam2),
	}
	const mayLack = "- WARNING: The list of %s may be incomplete: The reason: %s."
	for name, c := range map[string]struct {
		config  map[string]any
		limit   int64
		prepare func(*vendor)
		want    []string
		calls   []string
	}{
		"what can be adopted": {
			want:  []string{`red\x1b[31m (t2) r2/k5`, "ledger (team) r1/k1", "by hand (t2) r1/k2"},
			calls: []string{"pages of rooms ", "pages of keys r2", "pages of keys r1"},
		},
		"in one room": {
			config: map[string]any{"room_id": "r1"}, want: []string{"ledger (team) r1/k1", "by hand (t2) r1/k2"}, calls: []string{"room r1", "pages of keys r1"},
		},
		"a key without a name, by its id": {
			config:  map[string]any{"room_id": "r1"},
			prepare: func(v *vendor) { v.rows = []keyinventory.Row{key("k6", "", day, ofTeam2)} },
			want:    []string{"k6 (t2) r1/k6"}, calls: []string{"room r1", "pages of keys r1"},
		},
		"of one owner": {
			config: map[string]any{"team_id": "t2"}, want: []string{`red\x1b[31m (t2) r2/k5`, "by hand (t2) r1/k2"},
			calls: []string{"pages of rooms ", "pages of keys r2", "pages of keys r1"},
		},
		"no more than is taken": {
			limit: 1, want: []string{`red\x1b[31m (t2) r2/k5`}, calls: []string{"pages of rooms ", "pages of keys r2"},
		},
		"without a room that ends meanwhile": {
			prepare: func(v *vendor) { v.ended["r2"], v.rows = true, v.rows[:4] }, want: []string{"ledger (team) r1/k1", "by hand (t2) r1/k2"},
			calls: []string{"pages of rooms ", "pages of keys r2", "pages of keys r1"},
		},
		"and an error about another organization's room": {
			config: map[string]any{"room_id": "r9"}, want: []string{"- ERROR: Unable to list API keys: Room r9 belongs to another organization."}, calls: []string{"room r9"},
		},
		"and an error behind what was found": {
			config: map[string]any{"room_id": "r1"}, prepare: func(v *vendor) { v.fails["pages of keys"] = errors.New("refused") },
			want:  []string{"ledger (team) r1/k1", "by hand (t2) r1/k2", "- ERROR: Unable to list API keys: Refused."},
			calls: []string{"room r1", "pages of keys r1"},
		},
		"and what may be missing": {
			config: map[string]any{"room_id": "r1"},
			prepare: func(v *vendor) {
				v.gaps["r1"] = []string{"a row was left out"}
				v.hidden["k1"] = true
			},
			want: []string{"by hand (t2) r1/k2", fmt.Sprintf(mayLack, "room r1", "a row was left out") +
				` WARNING: API key "ledger" (k1) is not listed: The API does not show its owner.`},
			calls: []string{"room r1", "pages of keys r1"},
		},
		"and no key that cannot be managed": {
			config: map[string]any{"room_id": "r1"},
			prepare: func(v *vendor) {
				v.rows = []keyinventory.Row{key("k1", ledger1, day, func(r *keyinventory.Row) { r.Key.Blocked = "The server rotates it by itself." }), key("k2", "by hand", day, ofTeam2)}
			},
			want:  []string{"by hand (t2) r1/k2", `- WARNING: API key "ledger" (k1) is not listed: It cannot be managed. The server rotates it by itself.`},
			calls: []string{"room r1", "pages of keys r1"},
		},
		"whoever owns it, where owners prove nothing": {
			config: map[string]any{"room_id": "r1"},
			prepare: func(v *vendor) {
				v.can = organizationCan
				v.rows = []keyinventory.Row{key("k1", "a", day, ofCreator), key("k2", "b", day, ownerless)}
			},
			want: []string{"a (Jo) r1/k1", "b r1/k2"}, calls: []string{"room r1", "pages of keys r1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(rows...)
			if c.prepare != nil {
				c.prepare(v)
			}
			lines, _ := serve(t, v).list(c.config, c.limit, false)
			same(t, "listed", lines, c.want)
			same(t, "calls", v.journal, c.calls)
		})
	}
}

// The body of a listed key is filled from the list alone.
func TestListedBody(t *testing.T) {
	t.Parallel()
	v := newVendor(key("k1", ledger1, 2*day, expires(day)))
	lines, bodies := serve(t, v).list(map[string]any{"room_id": "r1"}, 0, true)
	same(t, "listed", lines, []string{"ledger (team) r1/k1"})
	same(t, "calls", v.journal, []string{"room r1", "pages of keys r1"})
	v.fails["bind"] = errors.New("no credential")
	lines, _ = serve(t, v).list(nil, 0, true)
	same(t, "listed without a connection", lines, []string{"- ERROR: Unable to list ledger (team): No credential."})
	for attribute, want := range map[string]any{"id": "k1", "room_id": "r1", "team_id": "t1", "name": "ledger", "redacted_value": "fake-…k1", "expires_at": "2027-03-02T12:00:00Z", "value": nil, "sealed_value": nil} {
		if bodies[0][attribute] != want {
			t.Errorf("%s is %v, want %v", attribute, bodies[0][attribute], want)
		}
	}
}
