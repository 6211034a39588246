// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

var apiKeys = keyinventory.Kind{Noun: "API key", Place: "room"}

// read asks for what passes a filter and gives the ids and the gaps.
func read(t *testing.T, v *vendor, kind keyinventory.Kind, room string, filter keyinventory.Filter) (found, gaps []string, err error) {
	t.Helper()
	rows, all, err := keyinventory.Read(t.Context(), v, kind, room, filter)
	for of, reasons := range all.All() {
		gaps = append(gaps, of+": "+strings.Join(reasons, "; "))
	}
	return ids(rows), gaps, err
}

// Filters include their edge; what is not told of a key passes no filter that asks for it,
// and is reported.
func TestFilters(t *testing.T) {
	t.Parallel()
	text := types.StringValue
	for name, c := range map[string]struct {
		filter keyinventory.Filter
		rows   []keyinventory.Row
		want   []string
		lacks  string
	}{
		"none": {
			rows: []keyinventory.Row{key("lives", "k", day), key("ends now", "k", day, expires(0)), key("ended", "k", day, expires(-day)), key("ends", "k", day, expires(time.Second))},
			want: []string{"ends", "lives"},
		},
		"owner_type": {
			filter: keyinventory.Filter{OwnerType: text(keyinventory.OwnedByUser)},
			rows:   []keyinventory.Row{key("user", "k", day, ofUser("Jo")), key("team", "k", day), key("nobody", "k", day, ownerless)},
			want:   []string{"user"},
			lacks:  "API keys of room r1: the API does not show the owner of some keys, so owner_type leaves them out: nobody",
		},
		"unused_for": {
			filter: keyinventory.Filter{UnusedFor: text("90d")},
			rows: []keyinventory.Row{
				key("edge", "k", 200*day, used(90*day)), key("inside", "k", 200*day, used(90*day-time.Second)),
				key("never", "k", 90*day), key("young", "k", 90*day-time.Second),
				key("unknown", "k", 200*day, useUnknown), key("unknown and young", "k", 90*day-time.Second, useUnknown), key("told once", "k", 200*day, useUnknown, used(100*day)),
			},
			want:  []string{"edge", "told once", "never"},
			lacks: "API keys of room r1: the API does not show the last use of some keys, so unused_for leaves them out: unknown",
		},
		"expires_within": {
			filter: keyinventory.Filter{ExpiresWithin: text("14d")},
			rows:   []keyinventory.Row{key("edge", "k", day, expires(14*day)), key("late", "k", day, expires(14*day+time.Second)), key("never", "k", day), key("ended", "k", day, expires(-time.Second))},
			want:   []string{"edge"},
		},
		"never_expires": {
			filter: keyinventory.Filter{NeverExpires: types.BoolValue(true)},
			rows:   []keyinventory.Row{key("endless", "k", day), key("ends", "k", day, expires(day))}, want: []string{"endless"},
		},
		"never_expires = false": {
			filter: keyinventory.Filter{NeverExpires: types.BoolValue(false)},
			rows:   []keyinventory.Row{key("endless", "k", day), key("ends", "k", day, expires(day)), key("ended", "k", day, expires(-day))}, want: []string{"ends"},
		},
		"an unknown owner": {
			filter: keyinventory.Filter{OwnerType: text(keyinventory.OwnerUnknown)},
			rows:   []keyinventory.Row{key("user", "k", day, ofUser("Jo")), key("nobody", "k", day, ownerless)}, want: []string{"nobody"},
		},
		"older_than": {
			filter: keyinventory.Filter{OlderThan: text("60d")},
			rows:   []keyinventory.Row{key("edge", "k", 60*day), key("young", "k", 60*day-time.Second), key("unknown", "k", day, createdUnknown)},
			want:   []string{"edge"},
			lacks:  "API keys of room r1: the API does not show the creation of some keys, so older_than leaves them out: unknown",
		},
		"all together": {
			filter: keyinventory.Filter{OwnerType: text(keyinventory.OwnedByServiceAccount), UnusedFor: text("30d"), ExpiresWithin: text("30d"), OlderThan: text("30d")},
			rows: []keyinventory.Row{
				key("right", "k", 30*day, expires(30*day)), key("used", "k", 30*day, expires(30*day), used(day)), key("young", "k", day, expires(30*day)),
				key("endless", "k", 30*day), key("user", "k", 30*day, expires(30*day), ofUser("Jo")),
				key("unknown and young", "k", day, expires(30*day), ownerless), // ruled out by what is told of it
			},
			want: []string{"right"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, gaps, err := read(t, newVendor(c.rows...), apiKeys, "", c.filter)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "found", found, c.want)
			if got := strings.Join(gaps, "\n"); got != c.lacks {
				t.Errorf("gaps %q, want %q", got, c.lacks)
			}
		})
	}
}

// A warning stays readable however many keys it is about.
func TestManyKeysOfUnknownUse(t *testing.T) {
	t.Parallel()
	v := newVendor()
	for n := range 12 {
		v.rows = append(v.rows, key(fmt.Sprintf("key_%02d", n), "k", day, useUnknown))
	}
	_, gaps, err := read(t, v, apiKeys, "", keyinventory.Filter{UnusedFor: types.StringValue("1d")})
	if err != nil || len(gaps) != 1 || !strings.HasSuffix(gaps[0], "key_08, key_09 and 2 more") {
		t.Errorf("%v, %v", err, gaps)
	}
}

// A value that came past the validators is an error about its argument.
func TestWrongFilter(t *testing.T) {
	t.Parallel()
	v := newVendor()
	_, _, err := read(t, v, apiKeys, "", keyinventory.Filter{OlderThan: types.StringValue("3 months")})
	var at *crud.At
	if !errors.As(err, &at) || at.Path.String() != "older_than" || len(v.journal) != 0 {
		t.Errorf("%v, calls %v", err, v.journal)
	}
}

func TestReadWalksThePlaces(t *testing.T) {
	t.Parallel()
	rows := []keyinventory.Row{
		key("b2", "k", day, in("r2", "beta")), key("a2", "k", day), key("a1", "k", 2*day), key("b1", "k", 2*day, in("r2", "beta")), key("b0", "k", 2*day, in("r2", "beta")),
	}
	for name, c := range map[string]struct {
		room    string
		kind    keyinventory.Kind
		prepare func(*vendor)
		want    []string
		gaps    []string
		failure string
		calls   []string
	}{
		"by name, and oldest first": {
			want:  []string{"a1", "a2", "b0", "b1", "b2"},
			calls: []string{"rooms ", "keys r1", "keys r2"},
		},
		"one of them is confirmed first": {
			room: "r2", want: []string{"b0", "b1", "b2"}, calls: []string{"room r2", "keys r2"},
		},
		"another organization's": {room: "r9", want: []string{}, failure: "another organization", calls: []string{"room r9"}},
		"says which list may be incomplete, and every reason once": {
			prepare: func(v *vendor) {
				v.gaps[""], v.gaps["r2"] = []string{"a row was left out"}, []string{"the filter is ignored", "a row was left out", "the filter is ignored"}
			},
			want:  []string{"a1", "a2", "b0", "b1", "b2"},
			gaps:  []string{"rooms: a row was left out", "API keys of room r2: the filter is ignored; a row was left out"},
			calls: []string{"rooms ", "keys r1", "keys r2"},
		},
		"one that ends meanwhile is left out": {
			prepare: func(v *vendor) { v.ended["r1"] = true },
			want:    []string{"b0", "b1", "b2"}, calls: []string{"rooms ", "keys r1", "keys r2"},
		},
		"but not the one that was asked for": {
			room: "r1", prepare: func(v *vendor) { v.ended["r1"] = true },
			want: []string{}, failure: "no longer there", calls: []string{"room r1", "keys r1"},
		},
		"what fails otherwise ends it, with the gaps so far": {
			prepare: func(v *vendor) { v.fails["keys"], v.gaps[""] = errors.New("refused"), []string{"a row was left out"} },
			want:    []string{}, failure: "refused", gaps: []string{"rooms: a row was left out"}, calls: []string{"rooms ", "keys r1"},
		},
		"no list of places": {
			prepare: func(v *vendor) { v.fails["rooms"] = errors.New("refused") },
			want:    []string{}, failure: "refused", calls: []string{"rooms "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(rows...)
			if c.prepare != nil {
				c.prepare(v)
			}
			found, gaps, err := read(t, v, apiKeys, c.room, keyinventory.Filter{})
			if (err == nil) != (c.failure == "") || err != nil && !strings.Contains(err.Error(), c.failure) {
				t.Errorf("error %v, want %q", err, c.failure)
			}
			same(t, "found", found, c.want)
			same(t, "gaps", gaps, c.gaps)
			same(t, "calls", v.journal, c.calls)
		})
	}
}

// What a filter leaves out still shows which markers are copies, wherever it is.
func TestCopiedMarkers(t *testing.T) {
	t.Parallel()
	rows := []keyinventory.Row{
		key("first", ledger1, 3*day, in("r2", "beta"), expires(day)), key("copy", ledger1, 2*day), key("second", ledger2, day, ofUser("Jo")),
		key("other", other1, day), key("foreign", "ledger", day),
	}
	for name, c := range map[string]struct {
		filter keyinventory.Filter
		want   map[string][2]bool // copied, managed
	}{
		"all of them": {want: map[string][2]bool{
			"first": {false, true}, "copy": {true, false}, "second": {true, false}, "other": {false, true}, "foreign": {},
		}},
		"the original is filtered out": {filter: keyinventory.Filter{NeverExpires: types.BoolValue(true)}, want: map[string][2]bool{
			"copy": {true, false}, "second": {true, false}, "other": {false, true}, "foreign": {},
		}},
	} {
		found, _, err := keyinventory.Read(t.Context(), newVendor(rows...), apiKeys, "", c.filter)
		if err != nil || len(found) != len(c.want) {
			t.Fatalf("%s: %v, %v", name, ids(found), err)
		}
		for _, row := range found {
			if got := [2]bool{row.Copied, row.Managed()}; got != c.want[row.Key.ID] {
				t.Errorf("%s: %s is copied, managed: %v, want %v", name, row.Key.ID, got, c.want[row.Key.ID])
			}
		}
	}
}

// organization is a vendor whose keys no place divides.
type organization struct {
	*vendor
	everywhere keyinventory.Everywhere
}

func (o organization) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	return o.everywhere.Place(ctx, id)
}

func (o organization) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return o.everywhere.Places(ctx, how, note)
}

func (o organization) Left(ctx context.Context, place keyinventory.Place, err error) bool {
	return o.everywhere.Left(ctx, place, err)
}

func TestReadOfTheWholeOrganization(t *testing.T) {
	t.Parallel()
	v := newVendor(key("b", "k", day, in("", "")), key("a", "k", 2*day, in("", "")), key("in a room", "k", day))
	v.gaps[""] = []string{"a row was left out"}
	rows, gaps, err := keyinventory.Read(t.Context(), organization{vendor: v}, keyinventory.Kind{Noun: "admin key"}, "", keyinventory.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", ids(rows), []string{"a", "b"})
	same(t, "calls", v.journal, []string{"keys "})
	ctx, said := warned(t)
	gaps.Warn(ctx)
	same(t, "warnings", texts(*said), []string{"Warning: The list of admin keys may be incomplete: The reason: a row was left out."})
	v.fails["keys"] = errArchived // an organization does not end meanwhile
	if _, _, err := keyinventory.Read(t.Context(), organization{vendor: v}, keyinventory.Kind{Noun: "admin key"}, "", keyinventory.Filter{}); !errors.Is(err, errArchived) {
		t.Errorf("got %v", err)
	}
}

// No page promises what its vendor does not show, and the words are the vendor's.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	for use, last := range map[keyseries.LastUse][2]string{
		keyseries.UseTime:   {"null if never, or if an answer leaves it out. A hint", "if it was never used, since it was created; null if an answer leaves its last use out."},
		keyseries.UseHidden: {"null if never or unknown.", "null if unknown."},
	} {
		v := newVendor()
		v.can.LastUse = use
		schemas := serve(t, v).Schemas()
		for kind, wants := range map[string]map[string]string{
			"acme_key": {
				"last_used_at": last[0], "unused_days": last[1], "owner_id": "The id of the user or team that owns the key.", "room_name": "Its name.",
				"owner_type": "`user` or `service_account`; null if the API does not show it.", "room_id": "The id of the room to look in. Unset: every room.",
			},
			"acme_keys": {"owner_type": "Only keys of this kind of owner: `user` or `service_account`. Unset: of both.", "room_id": "The id of the room to look in. Unset: every room.", "api_keys": "The keys that pass every filter."},
		} {
			for _, attribute := range schemas.DataSourceSchemas[kind].Block.Attributes {
				if want := wants[attribute.Name]; !strings.Contains(attribute.Description, want) {
					t.Errorf("%s.%s is described as %q, want %q", kind, attribute.Name, attribute.Description, want)
				}
				delete(wants, attribute.Name)
			}
			same(t, "not there", slices.Collect(maps.Keys(wants)), nil)
		}
	}
}

// Without words for an unset place it must be given.
func TestRequiredPlace(t *testing.T) {
	t.Parallel()
	required := table
	required.Kind, required.Lookup.Unset = kind, ""
	var resp datasource.SchemaResponse
	required.LookupSource()().Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	room := resp.Schema.Attributes["room_id"]
	same(t, "required", []any{room.IsRequired(), room.IsOptional(), room.IsComputed(), room.GetMarkdownDescription()}, []any{true, false, false, "The id of the room to look in."})
}

func TestFacts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row                  keyinventory.Row
		name, owner          string
		age, unused          any
		lastUsed, ends, made any
	}{
		"of a series": {
			row:  key("k1", "ledger (ok-k3v6zq2mda.x5b7qd2k)", 36*time.Hour, used(25*time.Hour), expires(day)),
			name: "ledger", owner: "service_account", age: json.Number("1"), unused: json.Number("1"),
			made: "2027-02-28T00:00:00Z", lastUsed: "2027-02-28T11:00:00Z", ends: "2027-03-02T12:00:00Z",
		},
		"never used": {
			row:  key("k1", "by hand", 50*time.Hour, ofUser("Jo")),
			name: "by hand", owner: "user", age: json.Number("2"), unused: json.Number("2"), made: "2027-02-27T10:00:00Z", lastUsed: nil, ends: nil,
		},
		"of unknown use": {
			row:  key("k1", "by hand", 48*time.Hour, useUnknown, ownerless),
			name: "by hand", owner: "", age: json.Number("2"), unused: nil, made: "2027-02-27T12:00:00Z", lastUsed: nil, ends: nil,
		},
		"of unknown age": {
			row:  key("k1", "by hand", 0, createdUnknown),
			name: "by hand", owner: "service_account", age: nil, unused: nil, made: nil, lastUsed: nil, ends: nil,
		},
	} {
		got, said := serve(t, newVendor(c.row)).data("acme_key", map[string]any{"id": "k1"})
		owner, _ := got["owner_type"].(string) // null for none
		same(t, name, []any{got["name"], owner, got["age_days"], got["unused_days"], got["created_at"], got["last_used_at"], got["expires_at"]},
			[]any{c.name, c.owner, c.age, c.unused, c.made, c.lastUsed, c.ends})
		same(t, "said", said, nil)
	}
}

// Filters go by the server's clock, which is known only once the server has answered.
func TestFiltersByTheServersClock(t *testing.T) {
	t.Parallel()
	v := newVendor(key("ends", "k", day, expires(time.Hour)))
	late := lateClock{v}
	rows, _, err := keyinventory.Read(t.Context(), late, apiKeys, "", keyinventory.Filter{})
	if got := ids(rows); err != nil || !slices.Equal(got, []string{"ends"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// Where no answer tells the time, nothing is decided by this machine's clock: keys that have an end are listed, none
// has an age, what asks for the time leaves all out, and all of it is said.
func TestWithoutTheServersTime(t *testing.T) {
	t.Parallel()
	v := newVendor(key("ends", "k", day, expires(-time.Hour)), key("other", "l", day))
	v.timeless = true
	got, said := serve(t, v).data("acme_keys", nil)
	rows, _ := got["api_keys"].([]any)
	same(t, "rows", []any{len(rows)}, []any{2})
	for _, one := range rows {
		row, _ := one.(map[string]any)
		same(t, "ages", []any{row["age_days"], row["unused_days"]}, []any{nil, nil})
	}
	if all := strings.Join(said, "\n"); !strings.Contains(all, "carry no time, so keys that have expired may be among them") {
		t.Errorf("said %q", said)
	}
	for _, argument := range []string{"older_than", "unused_for", "expires_within"} {
		got, said := serve(t, v).data("acme_keys", map[string]any{argument: "1h"})
		rows, _ := got["api_keys"].([]any)
		same(t, argument, []any{len(rows), strings.Contains(strings.Join(said, "\n"), "carry no time, so "+argument+" leaves them out: ends, other")}, []any{0, true})
	}
	found, _ := serve(t, v).data("acme_key", map[string]any{"name": "k"})
	same(t, "by name", []any{found["id"]}, []any{"ends"})
}

// lateClock is a day ahead until the vendor was asked for something.
type lateClock struct{ *vendor }

func (c lateClock) Now() time.Time {
	if len(c.journal) == 0 {
		return now.Add(day)
	}
	return now
}
