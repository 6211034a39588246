// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyinventory is what can be asked and done about the keys of any vendor beside
// managing them: the lookup of one key, the inventory, the list resource and the action
// that revokes. It knows no vendor: [Source] is what a vendor gives of its keys.
package keyinventory

import (
	"cmp"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// Kinds of owners, as owner_type names them; "" where a vendor does not show the owner,
// which an inventory over all vendors spells out.
const (
	OwnerUnknown          = "unknown"
	OwnedByUser           = "user"
	OwnedByServiceAccount = "service_account"
	OwnedByOrganization   = "organization"
)

// OwnerTypes are the kinds of owners over all vendors.
func OwnerTypes() []string {
	return []string{OwnedByServiceAccount, OwnedByOrganization, OwnedByUser, OwnerUnknown}
}

// Place is where keys are: whatever a vendor divides its keys by. The zero value is the
// whole organization.
type Place struct{ ID, Name string }

// Owner is who a key belongs to. Empty fields are unknown.
type Owner struct{ Type, ID, Name, Email string }

// called is how messages call an owner, "" for an unknown one.
func (o Owner) called() string { return cmp.Or(o.Name, o.ID) }

// Row is one key in the terms that all vendors share.
type Row struct {
	// Key is the key as its series would see it; its owner may differ from Owner where
	// keys are the organization's whoever created them.
	Key          keyseries.Key
	Place        Place
	Owner        Owner
	LastUseKnown bool // a zero Key.LastUsedAt means never, not unknown
	Disabled     bool
	// Copied: the marker that the key carries is another key's. [Read] finds it out.
	Copied bool
	// Adopted: this provider creates no keys of this kind, so that what looks like a marker is a part of the name.
	Adopted bool
}

// Name is the key's name without the marker of a series.
func (r Row) Name() string {
	if r.Adopted {
		return r.Key.Name
	}
	name, _, _ := keyseries.Read(r.Key.Name)
	return name
}

// marked is [keyseries.Key.Marked] where keys of this kind may have a marker.
func (r Row) marked() (mark keyseries.Mark, ok bool) {
	if r.Adopted {
		return mark, false
	}
	return r.Key.Marked()
}

// Series is the token of the series whose marker the key carries, "" for a key that was
// not created by this provider. Markers are public and can be copied.
func (r Row) Series() string {
	mark, _ := r.marked()
	return mark.Series
}

// Managed reports that the key carries a marker of this provider and that nothing shows it
// to be a copy. The series may be in any state, or in none any more.
func (r Row) Managed() bool { return r.Series() != "" && !r.Copied }

// copied reports that the marker of a key is a copy: no key of a series belongs to a user,
// and of two with one mark only the older got it from us.
func (r Row) copied(first firsts) bool {
	mark, marked := r.marked()
	return marked && (r.ofUser() || first[mark].Before(r.Key.CreatedAt))
}

// firsts is when the first key of each mark was created.
type firsts map[keyseries.Mark]time.Time

func firstsOf(rows []Row) firsts {
	first := firsts{}
	for _, row := range rows {
		mark, marked := row.marked()
		if at, there := first[mark]; marked && (!there || row.Key.CreatedAt.Before(at)) {
			first[mark] = row.Key.CreatedAt
		}
	}
	return first
}

// idleSince is when the key was last used or, if never, created; zero when not known.
func (r Row) idleSince() time.Time {
	if r.Key.LastUsedAt.IsZero() && r.LastUseKnown {
		return r.Key.CreatedAt
	}
	return r.Key.LastUsedAt
}

// ofUser reports that a user owns the key: one who only created it for the organization does not, nor does one with whom
// the vendor stamps the keys of a series.
func (r Row) ofUser() bool { return r.Key.Person != "" }

// ownerless reports that only the owner would prove whether the key is of its series, and
// that it is unknown. Of what is only adopted there are no series.
func (r Row) ownerless(can keyseries.Capabilities) bool {
	return !r.Adopted && can.Proof == keyseries.ByOwner && r.Key.OwnerID == "" && !r.ofUser()
}

// older sorts keys by their age.
func older(a, b Row) int {
	return cmp.Or(a.Key.CreatedAt.Compare(b.Key.CreatedAt), cmp.Compare(a.Key.ID, b.Key.ID))
}

// before reports that another key of a series is the later one. Of two that were created
// in one second the one that is running out is the earlier.
func (r Row) before(other Row) bool {
	a, b := r.Key, other.Key
	switch {
	case !a.CreatedAt.Equal(b.CreatedAt):
		return a.CreatedAt.Before(b.CreatedAt)
	case a.ExpiresAt.IsZero() || b.ExpiresAt.IsZero():
		return !a.ExpiresAt.IsZero()
	default:
		return a.ExpiresAt.Before(b.ExpiresAt)
	}
}
