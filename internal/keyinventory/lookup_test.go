// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Names of two attempts of one series, and one of another.
const (
	ledger1 = "ledger (ok-k3v6zq2mda.x5b7qd2k)"
	ledger2 = "ledger (ok-k3v6zq2mda.y6c3re4m)"
	other1  = "ledger (ok-zzzzzzzzzz.x5b7qd2k)"
)

// organizationCan is a vendor where no owner proves what is of a series.
var organizationCan = keyseries.Capabilities{End: keyseries.AtMint, Proof: keyseries.ByMint, LastUse: keyseries.UseTime}

func TestLookup(t *testing.T) {
	t.Parallel()
	const ignored = "WARNING: API key \"ledger\" (k2) is ignored: Its name carries the marker of a series of this provider, but it belongs to another owner (%s): its name was copied."
	for name, c := range map[string]struct {
		rows    []keyinventory.Row
		prepare func(*vendor)
		config  map[string]any // of room r1 unless it says otherwise; nil = of none
		want    string         // the id
		failure string
		warned  []string
		calls   []string // "" = not looked at
	}{
		"by id": {
			rows: []keyinventory.Row{key("k1", "a", day), key("k2", "a", day)}, config: map[string]any{"id": "k2"},
			want: "k2", calls: []string{"room r1", "keys r1"},
		},
		"by an id that no list shows": {
			rows: []keyinventory.Row{key("k1", "a", day)}, config: map[string]any{"id": "k9"},
			failure: "Key k9 of room r1 was not found: it was revoked", calls: []string{"room r1", "keys r1", "key k9"},
		},
		"by an id that no list shows, though it is there": {
			rows: []keyinventory.Row{key("k1", "a", day)}, config: map[string]any{"id": "k1"}, prepare: func(v *vendor) { v.unlisted["k1"] = true },
			want: "k1", calls: []string{"room r1", "keys r1", "key k1"},
		},
		"by id wherever it is": {
			rows: []keyinventory.Row{key("k1", "a", day, in("r2", "beta"))}, config: map[string]any{"id": "k1", "room_id": nil}, want: "k1", calls: []string{"key k1"},
		},
		"by id wherever it is, where a list may be remembered": {
			rows: []keyinventory.Row{key("k1", "a", day, in("r2", "beta"))}, config: map[string]any{"id": "k1", "room_id": nil}, prepare: func(v *vendor) { v.finds = true },
			want: "k1", calls: []string{"wherever k1"},
		},
		"by an id that is nowhere": {
			config: map[string]any{"id": "k9", "room_id": nil}, prepare: func(v *vendor) { v.finds = true },
			failure: "Key k9 was not found: it was revoked", calls: []string{"wherever k9"},
		},
		"by the id of a key in another room": {
			rows: []keyinventory.Row{key("k1", "a", day, in("r2", "beta"))}, config: map[string]any{"id": "k1"}, prepare: func(v *vendor) { v.anywhere = true },
			failure: "API key k1 was not found: it is in room r2, and was looked for in r1", calls: []string{"room r1", "keys r1", "key k1"},
		},
		"by the id of a key in no room": {
			rows: []keyinventory.Row{key("k1", "a", day, in("", ""))}, config: map[string]any{"id": "k1"}, prepare: func(v *vendor) { v.anywhere = true },
			failure: "API key k1 was not found: it is in no room, and was looked for in r1",
		},
		"by name wherever it is": {
			rows:   []keyinventory.Row{key("k1", "a", day), key("k2", "b", day, in("r2", "beta"), ownerless)},
			config: map[string]any{"name": "b", "room_id": nil}, want: "k2", calls: []string{"rooms ", "keys r1", "keys r2", "key k2"},
		},
		"not found anywhere": {
			config: map[string]any{"name": "b", "room_id": nil}, failure: `There is no API key called "b" in this building.`,
		},
		"an expired one by id": {
			rows: []keyinventory.Row{key("k1", "a", day, expires(-day))}, config: map[string]any{"id": "k1"}, want: "k1",
		},
		"by name": {
			rows: []keyinventory.Row{key("k1", "a", day), key("k2", "b", day)}, config: map[string]any{"name": "b"}, want: "k2",
		},
		"by a name that one spelling of Unicode makes equal": {
			rows: []keyinventory.Row{key("k1", "Cafe\u0301", day)}, config: map[string]any{"name": "Caf\u00e9"}, want: "k1",
		},
		"not found": {
			rows: []keyinventory.Row{key("k1", "a", day, expires(0))}, config: map[string]any{"name": "a"},
			failure: `There is no API key called "a" in room r1. Names are compared exactly`,
		},
		"several": {
			rows: []keyinventory.Row{key("k2", "a", day), key("k1", "a", day), key("k3\n\x1b[2J", "a", day)}, config: map[string]any{"name": "a"},
			failure: `3 API keys in room r1 are called "a": k1, k2, k3\n\x1b[2J. Look the right one up by id`,
		},
		"a user's key": {
			rows: []keyinventory.Row{key("k1", "a", day, ofUser("Jo"))}, config: map[string]any{"name": "a"}, want: "k1",
		},
		"the newest of a series": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day)}, config: map[string]any{"name": "ledger"}, want: "k2",
		},
		"of two of one second the one that is not running out": {
			rows: []keyinventory.Row{key("k2", ledger2, day), key("k1", ledger1, day, expires(day))}, config: map[string]any{"name": "ledger"}, want: "k2",
		},
		"of two of one second the one that runs out later": {
			rows: []keyinventory.Row{key("k2", ledger2, day, expires(2*day)), key("k1", ledger1, day, expires(day))}, config: map[string]any{"name": "ledger"}, want: "k2",
		},
		"two series": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day), key("k3", other1, day)}, config: map[string]any{"name": "ledger"},
			failure: `2 API keys in room r1 are called "ledger": k2, k3.`,
		},
		"a user copied the marker": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day, ofUser("Jo\n\x1b[2JX"))}, config: map[string]any{"name": "ledger"},
			want: "k1", warned: []string{strings.ReplaceAll(ignored, "%s", `Jo\n\x1b[2JX`)},
		},
		"an account copied the marker with its nonce": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger1, day, ofTeam2)}, config: map[string]any{"name": "ledger"},
			want: "k1", warned: []string{strings.ReplaceAll(ignored, "%s", "t2")},
		},
		"two owners of one series": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day, ofTeam2)}, config: map[string]any{"name": "ledger"},
			failure: `2 API keys in room r1 are called "ledger": k1, k2.`,
		},
		"an owner that only a read tells": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day)}, config: map[string]any{"name": "ledger"},
			prepare: func(v *vendor) { v.hidden["k2"] = true }, want: "k2", calls: []string{"room r1", "keys r1", "key k2"},
		},
		"a user that only a read tells": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day, ofUser("Jo"))}, config: map[string]any{"name": "ledger"},
			prepare: func(v *vendor) { v.hidden["k2"] = true }, want: "k1", warned: []string{strings.ReplaceAll(ignored, "%s", "Jo")},
		},
		"an owner that nobody tells": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day, ownerless)}, config: map[string]any{"name": "ledger"},
			want: "k2", warned: []string{`WARNING: API key "ledger" (k2) has an unknown owner: Its name carries the marker of a series of this provider, and the API does not show its owner: it is either the current key of that series, or a key whose name was copied. To be sure, look the key up by id.`},
		},
		"an older one that nobody owns, as far as is told": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day, ownerless), key("k2", ledger2, day)}, config: map[string]any{"name": "ledger"}, want: "k2",
		},
		"no owner at all": {
			rows:   []keyinventory.Row{key("k1", ledger1, 2*day, ownerless), key("k2", ledger2, day, ownerless), key("k3", "by hand", day, ownerless)},
			config: map[string]any{"name": "by hand"}, want: "k3", calls: []string{"room r1", "keys r1", "key k3"},
		},
		"no owner, between two": {
			rows:   []keyinventory.Row{key("k1", ledger1, 3*day), key("k2", ledger2, 2*day, ofTeam2), key("k3", "ledger (ok-k3v6zq2mda.z7d4sf5n)", day, ownerless)},
			config: map[string]any{"name": "ledger"}, failure: `3 API keys in room r1 are called "ledger": k1, k2, k3.`,
		},
		"a key that is gone by the time its owner is asked for": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day), key("k2", ledger2, day, ownerless)}, config: map[string]any{"name": "ledger"},
			prepare: func(v *vendor) { v.fails["key"] = gone("k2") }, want: "k1",
		},
		"an owner that cannot be asked for": {
			rows: []keyinventory.Row{key("k2", ledger2, day, ownerless)}, config: map[string]any{"name": "ledger"},
			prepare: func(v *vendor) { v.fails["key"] = errors.New("refused") }, failure: "Refused.",
		},
		"where owners prove nothing": {
			rows: []keyinventory.Row{key("k1", ledger1, 2*day, ofCreator), key("k2", ledger2, day, ownerless)}, config: map[string]any{"name": "ledger"},
			prepare: func(v *vendor) { v.can = organizationCan }, want: "k2", calls: []string{"room r1", "keys r1"},
		},
		"an incomplete list, by name": {
			rows: []keyinventory.Row{key("k1", "a", day)}, config: map[string]any{"name": "a"},
			prepare: func(v *vendor) { v.gaps["r1"] = []string{"a row\nwas left out", "the filter is ignored"} }, want: "k1",
			warned: []string{`WARNING: The list of API keys of room r1 may be incomplete: The reason: a row\nwas left out; the filter is ignored.`},
		},
		"an incomplete list, by id": {
			rows: []keyinventory.Row{key("k1", "a", day)}, config: map[string]any{"id": "k1"},
			prepare: func(v *vendor) { v.gaps["r1"] = []string{"a row was left out"} }, want: "k1",
		},
		"another organization's room": {
			config: map[string]any{"name": "a", "room_id": "r9"}, failure: "Room r9 belongs to another organization", calls: []string{"room r9"},
		},
		"a list that cannot be read": {
			config: map[string]any{"name": "a"}, prepare: func(v *vendor) { v.fails["keys"] = errors.New("refused") }, failure: "Refused.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(c.rows...)
			if c.prepare != nil {
				c.prepare(v)
			}
			if room, given := c.config["room_id"]; !given {
				c.config["room_id"] = "r1"
			} else if room == nil {
				delete(c.config, "room_id")
			}
			found, said := serve(t, v).data("acme_key", c.config)
			warned := said
			if c.failure != "" {
				if len(said) == 0 || !strings.HasPrefix(said[len(said)-1], "ERROR: Unable to find API key ") || !strings.Contains(said[len(said)-1], c.failure) {
					t.Fatalf("said %q, want %q", said, c.failure)
				}
				warned = said[:len(said)-1]
			} else if found["id"] != c.want || found["name"] == nil || found["room_name"] == "" {
				t.Errorf("found %v, want %s; said %q", found["id"], c.want, said)
			}
			same(t, "warnings", warned, c.warned)
			if c.calls != nil {
				same(t, "calls", v.journal, c.calls)
			}
		})
	}
}

func TestInventoryDataSource(t *testing.T) {
	t.Parallel()
	v := newVendor(key("k1", ledger1, 40*day, used(day)), key("k2", "by hand", day, in("r2", "beta")), key("k3", "of a user\x1b", day, ofUser("Jo")), key("k4", "x", day, ownerless))
	v.gaps[""] = []string{"a row was left out"}
	w := serve(t, v)
	found, said := w.data("acme_keys", map[string]any{"owner_type": "service_account"})
	rows, _ := found["api_keys"].([]any)
	if len(rows) != 2 {
		t.Fatalf("found %v", found)
	}
	for n, want := range []map[string]any{
		{"id": "k1", "name": "ledger", "room_id": "r1", "owner_name": "team", "last_used_at": "2027-02-28T12:00:00Z"},
		{"id": "k2", "name": "by hand", "room_id": "r2", "owner_name": "team", "last_used_at": nil},
	} {
		row, _ := rows[n].(map[string]any)
		for attribute, value := range want {
			if row[attribute] != value {
				t.Errorf("%s of row %d is %v, want %v", attribute, n, row[attribute], value)
			}
		}
	}
	same(t, "warnings", said, []string{
		"WARNING: The list of rooms may be incomplete: The reason: a row was left out.",
		"WARNING: The list of API keys of room r1 may be incomplete: The reason: the API does not show the owner of some keys, so owner_type leaves them out: k4.",
	})
	if found, said := w.data("acme_keys", map[string]any{"older_than": "100d"}); found["api_keys"] == nil || len(said) != 1 {
		t.Errorf("nothing that matches is no list: %v, %q", found, said)
	}
	v.fails["keys"] = errors.New("refused")
	_, said = w.data("acme_keys", nil)
	same(t, "said", said, []string{"WARNING: The list of rooms may be incomplete: The reason: a row was left out.", "ERROR: Unable to find API keys: Refused."})
	v.fails["connect"] = errors.New("no credential")
	_, said = w.data("acme_keys", nil)
	same(t, "said", said, []string{"ERROR: Unable to read API keys: No credential."})
}
