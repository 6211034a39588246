// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Listing is a vendor's list of keys, indexed once: an organization may have
// thousands, and every series looks into the same list.
type Listing struct {
	byID     map[string]Key
	bySeries map[string][]Key
}

// NewListing indexes keys.
func NewListing(keys []Key) *Listing {
	l := &Listing{byID: make(map[string]Key, len(keys)), bySeries: map[string][]Key{}}
	for _, key := range keys {
		l.byID[key.ID] = key
		if _, mark, ours := Read(key.Name); ours {
			l.bySeries[mark.Series] = append(l.bySeries[mark.Series], key)
		}
	}
	return l
}

// Get finds a key by id.
func (l *Listing) Get(id string) (Key, bool) {
	key, ok := l.byID[id]
	return key, ok
}

// errElsewhere is why a key that is not there is not taken for gone.
var errElsewhere = errors.New("neither this key nor any that was seen beside it exists here, so this is most likely another organization's admin key. Nothing was removed from state. Check which admin key the provider uses")

// maxNeighbours is how many other keys a series remembers.
const maxNeighbours = 8

// Meet notes which other keys stand beside the series, where nothing else tells one
// organization from another.
func (m *Memory) Meet(v Vendor, keys *Listing, id string) {
	if _, ok := v.(Guarded); ok {
		m.Neighbours = keys.neighbours(id, maxNeighbours)
	}
}

// elsewhere is an error when a missing key and all its neighbours are missing together.
func (m *Memory) elsewhere(keys *Listing, id string) error {
	there := func(id string) bool { _, ok := keys.Get(id); return ok }
	if len(m.Neighbours) == 0 || there(id) || slices.ContainsFunc(m.Neighbours, there) {
		return nil
	}
	return errElsewhere
}

// neighbours are up to count other keys, the oldest first: they stay longest.
func (l *Listing) neighbours(id string, count int) []string {
	keys := slices.Collect(maps.Values(l.byID))
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	var out []string
	for _, key := range keys {
		if key.ID != id && len(out) < count {
			out = append(out, key.ID)
		}
	}
	return out
}

// Own are the keys that carry the mark of a series.
func (l *Listing) Own(series string) []Key { return l.bySeries[series] }

// Rivals are the other living keys of an owner, beside this series'.
func (l *Listing) Rivals(owner, id, series string, now time.Time) []Key {
	var out []Key
	for _, other := range slices.Sorted(maps.Keys(l.byID)) {
		key := l.byID[other]
		_, mark, ours := Read(key.Name)
		if key.OwnerID == owner && key.ID != id && (!ours || mark.Series != series) && !key.Ended(now) {
			out = append(out, key)
		}
	}
	return out
}

// marked are the keys of one attempt. The mark alone counts: a server may trim or fold
// the name before it.
func (l *Listing) marked(shown string) []Key {
	_, mark, _ := Read(shown)
	var out []Key
	for _, key := range l.Own(mark.Series) {
		if _, theirs, _ := Read(key.Name); theirs == mark {
			out = append(out, key)
		}
	}
	return out
}

// shows tells whether keys of all these shown names are there.
func (l *Listing) shows(shown []string) bool {
	return !slices.ContainsFunc(shown, func(name string) bool { return len(l.marked(name)) == 0 })
}

// Leftovers are keys that look like those of an earlier Create that was killed: our
// mark, this name, this owner, never used, and not of this series. They may as well
// belong to another resource of the same name, so they are only reported.
func (l *Listing) Leftovers(name, owner, series string) []Key {
	var out []Key
	for other, keys := range l.bySeries {
		if other == series {
			continue
		}
		for _, key := range keys {
			if plain, _, _ := Read(key.Name); plain == name && key.OwnerID == owner && key.LastUsedAt.IsZero() {
				out = append(out, key)
			}
		}
	}
	slices.SortFunc(out, func(a, b Key) int { return strings.Compare(a.ID, b.ID) })
	return out
}
