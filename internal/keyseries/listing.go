// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// Listing is a vendor's list of keys, indexed once: an organization may have
// thousands, and every series looks into the same list.
type Listing struct {
	byID     map[string]Key
	bySeries map[string][]Key
	// Incomplete says why keys may be missing; nothing when the list is whole.
	Incomplete []string
}

// NewListing indexes keys.
func NewListing(keys []Key) *Listing {
	l := &Listing{byID: make(map[string]Key, len(keys)), bySeries: map[string][]Key{}}
	for _, key := range keys {
		l.byID[key.ID] = key
		if mark, ours := key.Marked(); ours {
			l.bySeries[mark.Series] = append(l.bySeries[mark.Series], key)
		}
	}
	for _, marked := range l.bySeries {
		slices.SortFunc(marked, byAge)
	}
	return l
}

// byAge sorts the oldest first.
func byAge(a, b Key) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
}

// Get finds a key by id.
func (l *Listing) Get(id string) (Key, bool) {
	key, ok := l.byID[id]
	return key, ok
}

// wrongTenant is why a key that is not there is not taken for gone.
func (w Words) wrongTenant() error {
	return fmt.Errorf("neither this key nor any other key that was seen beside it exists at the server: most likely the provider uses another %s's %s. Nothing was removed from state. Check which %s the provider uses", w.Tenant, w.Credential, w.Credential)
}

// unproven is why no key of a tainted resource is taken for gone.
func (w Words) unproven() error {
	return fmt.Errorf("none of its keys exists at the server, and Terraform does not hand over what is remembered of a tainted resource, so most likely the provider uses another %s's %s. Nothing was removed from state. Check which %s the provider uses, and plan again with a refresh: that removes a key from state that is really gone. So does terraform state rm", w.Tenant, w.Credential, w.Credential)
}

// maxNeighbours is how many other keys a series remembers.
const maxNeighbours = 8

// Meet notes which other keys stand beside the series, where nothing else distinguishes one
// organization from another.
func (m *Memory) Meet(v Vendor, keys *Listing, id string) {
	if v.Capabilities().Gone != ByNeighbours {
		return
	}
	all := slices.SortedFunc(maps.Values(keys.byID), byAge) // the oldest stay longest
	m.Neighbours = nil
	for _, key := range all {
		mark, _ := key.Marked()
		if key.ID != id && (m.Series == "" || mark.Series != m.Series) && len(m.Neighbours) < maxNeighbours {
			m.Neighbours = append(m.Neighbours, key.ID)
		}
	}
	if len(m.Neighbours) == 0 && len(keys.Incomplete) > 0 {
		return // there may be some
	}
	holder, ok := v.(Holder)
	m.Alone = ok && len(m.Neighbours) == 0 && slices.ContainsFunc(all, func(key Key) bool {
		return holder.Holds(key, m.fingerprint(key.ID, id))
	})
}

// wrongTenant is an error when a missing key and all its neighbours are missing together or, where it
// had none, all keys of a series that the vendor worked with. One that has expired may be missing.
func (m *Memory) wrongTenant(v Vendor, keys *Listing, have State) error {
	there := func(id string) bool { _, ok := keys.Get(id); return ok }
	words := v.Capabilities().Words
	switch {
	case there(have.ID), slices.ContainsFunc(m.Neighbours, there):
		return nil
	case len(m.Neighbours) > 0:
		return words.wrongTenant()
	case !m.Alone, slices.ContainsFunc(slices.Collect(maps.Keys(m.Previous)), there), len(keys.bySeries[m.Series]) > 0:
		return nil
	case decides(v) && Key{ExpiresAt: have.ExpiresAt}.Ended(v.Now()):
		return nil
	}
	return fmt.Errorf("%w. Or, if it was revoked by hand, take it out of state (terraform state rm)", words.wrongTenant())
}

// own are the keys that carry the mark of a series and belong to its owner; foreign
// carry a copy of the mark.
func (l *Listing) own(series, owner string) (own, foreign []Key) {
	if series == "" {
		return nil, nil
	}
	for _, key := range l.bySeries[series] {
		// An owner that the server does not show rules nothing out: the nonce decides then.
		if key.Person == "" && (key.OwnerID == owner || key.OwnerID == "" || owner == "") {
			own = append(own, key)
		} else {
			foreign = append(foreign, key)
		}
	}
	return own, foreign
}

// of are the keys of one attempt and one owner.
func (l *Listing) of(mark Mark, owner string) []Key {
	own, _ := l.own(mark.Series, owner)
	return slices.DeleteFunc(own, func(key Key) bool { return !key.carries(mark) })
}

// disputed are the keys with the mark of one attempt of which it is not known whether it created them.
func (l *Listing) disputed(mark Mark, owner string) []Key {
	_, foreign := l.own(mark.Series, owner)
	return slices.DeleteFunc(foreign, func(key Key) bool { return !key.carries(mark) || !key.disputed(owner) })
}

func (k Key) carries(mark Mark) bool {
	theirs, _ := k.Marked()
	return theirs == mark
}

// Rivals are the living keys of an owner besides one, and those whose owner is not shown.
func (l *Listing) Rivals(owner, id string, now time.Time) []Key {
	var out []Key
	for _, key := range slices.SortedFunc(maps.Values(l.byID), byAge) {
		mayOwn := key.OwnerID == owner || key.OwnerID == "" && key.Person == ""
		if mayOwn && key.ID != id && !key.Ended(now) {
			out = append(out, key)
		}
	}
	return out
}

// Namesakes are keys that look like those of an earlier Create that was killed: our
// mark, this name or what a server may make of it, this owner as far as it is shown, and not of this series.
// They may as well belong to another resource of the same name, so they are only reported.
func (l *Listing) Namesakes(name, owner, series string) []Key {
	var out []Key
	for other, keys := range l.bySeries {
		if other == series {
			continue
		}
		for _, key := range keys {
			plain, _, _ := Read(key.Name)
			// No owner is known before the first key of a place that the vendor chooses.
			if ident.MayBecome(name, plain) && (key.OwnerID == owner || key.OwnerID == "" || owner == "") && key.Person == "" {
				out = append(out, key)
			}
		}
	}
	slices.SortFunc(out, byAge)
	return out
}
