// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

const day = 24 * time.Hour

var now = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// vendor is a vendor of keys in rooms, kept in memory.
type vendor struct {
	can    keyseries.Capabilities
	rooms  []keyinventory.Place
	rows   []keyinventory.Row
	hidden map[string]bool // keys whose owner no list tells, though a read does

	unlisted map[string]bool     // keys that no list shows
	gaps     map[string][]string // by room, "" for the list of rooms
	ended    map[string]bool     // rooms that end as soon as somebody looks into them
	fails    map[string]error    // by call
	finds    bool                // it is a [keyinventory.Finder]
	anywhere bool                // a read of a key takes no notice of the room
	guarded  string              // the id of the key that the vendor works with itself
	timeless bool                // no answer tells the time

	journal []string
	revoked []string
}

func newVendor(rows ...keyinventory.Row) *vendor {
	return &vendor{
		can:   keyseries.Capabilities{End: keyseries.Later, Proof: keyseries.ByOwner, LastUse: keyseries.UseTime},
		rooms: []keyinventory.Place{{ID: "r2", Name: "beta"}, {ID: "r1", Name: "alpha"}},
		rows:  rows, hidden: map[string]bool{}, unlisted: map[string]bool{}, gaps: map[string][]string{}, ended: map[string]bool{}, fails: map[string]error{},
	}
}

// key is a key of room r1 and the team t1 that was created that long ago and never used.
func key(id, name string, age time.Duration, change ...func(*keyinventory.Row)) keyinventory.Row {
	row := keyinventory.Row{
		Key:   keyseries.Key{ID: id, Name: name, Redacted: "fake-…" + id, CreatedAt: now.Add(-age), OwnerID: "t1"},
		Place: keyinventory.Place{ID: "r1", Name: "alpha"}, LastUseKnown: true,
		Owner: keyinventory.Owner{Type: keyinventory.OwnedByServiceAccount, ID: "t1", Name: "team"},
	}
	for _, one := range change {
		one(&row)
	}
	return row
}

func in(room, name string) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) { r.Place = keyinventory.Place{ID: room, Name: name} }
}

func used(ago time.Duration) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) { r.Key.LastUsedAt = now.Add(-ago) }
}

func expires(in time.Duration) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) { r.Key.ExpiresAt = now.Add(in) }
}

func useUnknown(r *keyinventory.Row) { r.LastUseKnown = false }

func createdUnknown(r *keyinventory.Row) { r.Key.CreatedAt = time.Time{} }

func ofTeam2(r *keyinventory.Row) { r.Key.OwnerID, r.Owner.ID, r.Owner.Name = "t2", "t2", "" }

func ownerless(r *keyinventory.Row) {
	r.Key.OwnerID, r.Key.Person, r.Owner = "", "", keyinventory.Owner{}
}

func ofUser(name string) func(*keyinventory.Row) {
	return func(r *keyinventory.Row) {
		r.Key.OwnerID, r.Key.Person = "u1", name
		r.Owner = keyinventory.Owner{Type: keyinventory.OwnedByUser, ID: "u1", Name: name}
	}
}

var errArchived = errors.New("the room is no longer there")

func (v *vendor) enter(what, id string) error {
	v.journal = append(v.journal, what+" "+id)
	return v.fails[what]
}

func (v *vendor) Now() time.Time { return now }

func (v *vendor) Skew() (time.Duration, bool) { return 0, !v.timeless }

func (v *vendor) Place(_ context.Context, id string) (keyinventory.Place, error) {
	err := v.enter("room", id)
	for _, room := range v.rooms {
		if room.ID == id {
			return room, err
		}
	}
	return keyinventory.Place{}, errors.Join(err, fmt.Errorf("room %s belongs to another organization", id))
}

func (v *vendor) Places(_ context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return walk(v.rooms, v.enter(call("rooms", how), ""), v.gaps[""], note)
}

func (v *vendor) Left(_ context.Context, _ keyinventory.Place, err error) bool {
	return errors.Is(err, errArchived)
}

func (v *vendor) Keys(_ context.Context, place keyinventory.Place, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Row, error] {
	err := v.enter(call("keys", how), place.ID)
	if v.ended[place.ID] {
		err = errArchived
	}
	var rows []keyinventory.Row
	for _, row := range v.rows {
		if row.Place.ID != place.ID || v.unlisted[row.Key.ID] {
			continue
		}
		if v.hidden[row.Key.ID] {
			ownerless(&row)
		}
		rows = append(rows, row)
	}
	return walk(rows, err, v.gaps[place.ID], note)
}

// call is the name of a call that reads a list.
func call(what string, how keyinventory.How) string {
	if how == keyinventory.Paged {
		return "pages of " + what
	}
	return what
}

// walk gives what there is, then the error.
func walk[T any](all []T, err error, gaps []string, note keyinventory.Note) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, why := range gaps {
			note(why)
		}
		for _, one := range all {
			if !yield(one, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// finder is a vendor that knows where a key is.
type finder struct{ *vendor }

func (f finder) Wherever(_ context.Context, id string) (keyinventory.Row, error) {
	if err := f.enter("wherever", id); err != nil {
		return keyinventory.Row{}, err
	}
	at := slices.IndexFunc(f.rows, func(row keyinventory.Row) bool { return row.Key.ID == id })
	if at < 0 {
		return keyinventory.Row{}, &apierr.Gone{What: "key " + id, Why: "it was revoked", Never: true}
	}
	return f.rows[at], nil
}

func (v *vendor) Key(_ context.Context, place keyinventory.Place, id string) (keyinventory.Row, error) {
	if err := v.enter("key", id); err != nil {
		return keyinventory.Row{}, err
	}
	at := slices.IndexFunc(v.rows, func(row keyinventory.Row) bool {
		return row.Key.ID == id && (row.Place.ID == place.ID || place.ID == "" || v.anywhere)
	})
	if at < 0 {
		return keyinventory.Row{}, &apierr.Gone{What: "key " + id + " of room " + place.ID, Why: "it was revoked", Never: true}
	}
	row := v.rows[at]
	if place.ID != "" && !v.anywhere {
		row.Place = place // as a vendor's answer tells no name
	}
	return row, nil
}

// bind gives the calls for the keys of a room and a team.
func (v *vendor) bind(room, team string) keyseries.Vendor {
	if v.guarded != "" {
		return guarded{bound{v, room, team}}
	}
	return bound{v, room, team}
}

// bound are the calls for the series that a key would be of. What no test needs is not there.
type bound struct {
	*vendor
	room, team string
}

// guarded is a vendor that works with one of its own keys.
type guarded struct{ bound }

func (g guarded) InUse(_ context.Context, id, fingerprint string) error {
	if id == g.guarded && fingerprint == "" {
		return errors.New("the provider works with this key itself")
	}
	return nil
}

func (b bound) Capabilities() keyseries.Capabilities { return b.can }

func (b bound) Mint(context.Context, keyseries.Request) (keyseries.Minted, error) {
	panic("nothing here creates a key")
}

func (b bound) List(context.Context, keyseries.How) (*keyseries.Listing, error) {
	panic("a series reads no list here")
}

func (b bound) Get(context.Context, string, time.Time) (keyseries.Key, error) {
	panic("a series reads no key here")
}

func (b bound) Revoke(_ context.Context, id string, _ time.Time) error {
	err := b.enter("revoke", id+" in "+b.room)
	if err == nil {
		b.revoked = append(b.revoked, id)
	}
	return err
}

func (b bound) Owner() string                  { return b.team }
func (b bound) RevokeCommand(id string) string { return "orgctl revoke " + id }
func (b bound) Skew() (time.Duration, bool)    { return 0, true }
func (b bound) Sleep(context.Context, time.Duration) error {
	panic("nothing here waits")
}

// warned gives a context whose warnings are collected.
func warned(t *testing.T) (context.Context, *diag.Diagnostics) {
	t.Helper()
	var diags diag.Diagnostics
	return crud.WithWarnings(t.Context(), &diags), &diags
}

func texts(diags diag.Diagnostics) []string {
	var out []string
	for _, one := range diags {
		out = append(out, one.Severity().String()+": "+one.Summary()+": "+one.Detail())
	}
	return out
}

func ids(rows []keyinventory.Row) []string {
	out := []string{}
	for _, row := range rows {
		out = append(out, row.Key.ID)
	}
	return out
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s\n%v\nwant\n%v", what, got, want)
	}
}
