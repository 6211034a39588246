// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Observed is what a look at the vendor found.
type Observed struct {
	Current  Key // empty when the phase says that it is lost
	Previous []Previous
	Old      []Key // the previous keys as they are shown
	Memory   Memory
	Notices  []Notice
}

// Observe looks at the series. [apierr.Gone] only when every key of it is gone for
// certain; a lost current key beside another living one is noted in the memory.
func Observe(ctx context.Context, v Vendor, have State, m Memory) (Observed, error) {
	m = m.Clone()
	out := Observed{}
	keys, err := v.List(ctx, Remembered)
	listed := !errors.Is(err, ErrNoList)
	if !listed {
		out.notice(have.ID, "was looked up alone", "The list of keys could not be read (%v), so keys that another run left are not found.%s", err, mayBe(m.Unsettled))
		keys, err = NewListing(nil), nil
	}
	if err != nil {
		return Observed{}, err
	}
	if listed { // else the neighbours wait for a list
		if err := m.wrongTenant(v, keys, have); err != nil {
			return Observed{}, err
		}
		m.Meet(v, keys, have.ID)
	}
	forgot := m.missing && have.Generation > 0
	if err := m.rebuild(ctx, v, have, keys); err != nil {
		return Observed{}, err
	}
	m.Looked = out.moment(v, have.ID)
	m.outlast()
	gone, err := out.current(ctx, v, have, &m, keys)
	if err != nil {
		return Observed{}, err
	}
	if err := out.previous(ctx, v, have, &m, keys); err != nil {
		return Observed{}, err
	}
	if listed {
		out.others(v, have, &m, keys)
	}
	if forgot && (m.Series == "" || m.adopted()) {
		out.Notices = append(out.Notices, unmarked(v, have, &m, keys)...)
	}
	open := mayBe(m.untraced(keys, v.Owner()))
	for _, why := range keys.Incomplete {
		out.notice(have.ID, "may have other keys in its series that are not listed", "The list of keys beside it may be incomplete: %s.%s", why, open)
		open = "" // once is enough
	}
	// What is missing in an incomplete list is not known to be gone.
	none := len(out.Previous)+len(m.Others)+len(m.Unsettled)+len(keys.Incomplete) == 0 && listed
	switch {
	case have.ID == "" && none:
		return Observed{}, &apierr.Gone{What: "the unfinished key", Why: "no attempt to create it left a key behind"}
	case gone != nil && m.Phase == Deleted && none:
		return Observed{}, gone
	}
	out.Memory = m
	return out, nil
}

// Adopt makes what was seen the beginning of a series of its own.
func (o *Observed) Adopt(now time.Time) {
	mark, _ := o.Current.Marked()
	o.Memory.Adopted, o.Memory.Origin, o.Memory.End = now, mark.Series, o.Current.ExpiresAt
	if o.Memory.Phase == Ending {
		o.Memory.Phase = Living
	}
}

// current looks for the current key and judges it.
func (o *Observed) current(ctx context.Context, v Vendor, have State, m *Memory, keys *Listing) (*apierr.Gone, error) {
	m.Phase, m.Blocked, m.Trouble = Living, "", ""
	if have.ID == "" {
		m.Phase = Deleted
		return nil, nil //nolint:nilnil // nothing to look for is no error
	}
	key, ok := keys.Get(have.ID)
	if !ok {
		var err error
		key, err = v.Get(ctx, have.ID, have.CreatedAt)
		key = key.endingAt(cmp.Or(have.ExpiresAt, m.End))
		gone, isGone := apierr.AsGone(err)
		if isGone && m.Revoked == have.ID {
			gone = &apierr.Gone{What: gone.What, Why: byOurselves + " it"}
		}
		switch {
		case isGone && !have.ExpiresAt.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(have.ExpiresAt):
			m.Phase = Expired // some vendors stop listing expired keys
			return gone, nil
		case isGone:
			m.Phase = Deleted
			return gone, nil
		case err != nil:
			return nil, err
		}
	} else if have.Generation > 0 {
		var err error
		if key, err = reread(ctx, v, key, have.ExpiresAt, m.End); err != nil {
			return nil, err
		}
	}
	if have.Generation == 0 {
		whole, err := o.adoptable(ctx, v, key, ok)
		if err != nil {
			return nil, err
		}
		key = whole
	}
	o.Current, m.Blocked, m.Trouble = key, key.Blocked, key.Trouble.What
	if mark, _ := key.Marked(); m.Unnamed && !v.Capabilities().Name.Unmarked && mark.Series != m.Series {
		o.Notices = append(o.Notices, markerLost(key.ID, key.Name, ""))
	}
	m.Unnamed = false
	switch {
	case key.Name == "": // the answer lacks it
	case m.called(key):
		m.Shown = key.Name
		m.trust(nameArgument)
	case !m.doubtful(nameArgument): // else the plan renames it
		o.notice(key.ID, "was renamed outside Terraform", "The server shows the name %q; it was %q before. The name in state stays as it is; the next rotation gives the new key the configured name.", key.Name, m.Shown)
	}
	if sameEnd(key.ExpiresAt, m.End) {
		m.trust(lifetimeArgument)
	}
	who, back := "outside Terraform", "It is changed back only when lifetime changes."
	switch {
	case m.Revoked == key.ID: // to revoke it there is to have it expire
		who = "by an apply or destroy that failed afterwards"
	case m.doubtful(lifetimeArgument):
		who, back = "by an apply that failed, or outside Terraform", "The plan says what is done about it."
	}
	switch {
	case !m.Looked.IsZero() && key.Ended(m.Looked):
		m.Phase = Expired
		o.notice(key.ID, "has expired", "It expired at %s.", stamp(key.ExpiresAt))
	case have.Generation == 0: // an import: nothing is known of its end
	case !key.ExpiresAt.IsZero() && (m.End.IsZero() || key.ExpiresAt.Before(m.End.Add(-slack))):
		if !m.tried(key.ExpiresAt) {
			m.Phase = Ending
		}
		o.notice(key.ID, "expires earlier than it should", "It now expires at %s: its expiry was moved to an earlier time %s. %s", stamp(key.ExpiresAt), who, back)
	case !m.End.IsZero() && tooLate(key.ExpiresAt, m.End):
		end := "never expires"
		if !key.ExpiresAt.IsZero() {
			end = "expires at " + stamp(key.ExpiresAt)
		}
		o.notice(key.ID, "expires later than it should", "It now %s: its expiry was postponed %s, from %s. %s", end, who, stamp(m.End), back)
	}
	if key.Trouble != (Trouble{}) {
		o.notice(key.ID, key.Trouble.What, "%s %s", key.Trouble.Text, key.Trouble.Advice)
	}
	return nil, nil //nolint:nilnil // found
}

// others looks for what else of the series works: keys that another run created, and
// attempts of ours that a list shows only now.
func (o *Observed) others(v Vendor, have State, m *Memory, keys *Listing) {
	own, foreign := keys.own(m.Series, v.Owner())
	m.Others = nil
	var traced []Mark
	for _, key := range own {
		if m.own(key.ID, have) || key.Ended(m.Looked) {
			continue
		}
		mark, _ := key.Marked()
		other := v.Capabilities().other(key)
		other.Unsettled, other.Unproven = m.unsettled(mark), key.OwnerID == "" && v.Owner() != ""
		if have.ID == "" && !other.Unsettled { // else the destroy of what such a create left would revoke it
			o.notice(key.ID, "carries the marker of this series", "%s was created by no attempt that this state remembers: its marker may have been copied. It is left alone. If it is not needed: %s", capital(other.String()), v.RevokeCommand(key.ID))
			continue
		}
		m.Others = append(m.Others, other)
		if other.Unsettled {
			traced = append(traced, mark)
		}
	}
	lost := have.ID != "" && m.Phase != Living
	for _, key := range foreign {
		if m.own(key.ID, have) {
			continue // no copy
		}
		mark, _ := key.Marked()
		other := v.Capabilities().other(key)
		other.Unproven = true
		switch disputed := key.disputed(v.Owner()) && !key.Ended(m.Looked); {
		case disputed && m.unsettled(mark):
			traced = append(traced, mark)
			o.notice(key.ID, "may be the key of an unfinished attempt", "%s carries the marker of an attempt of this series whose answer was lost. Either that attempt created it with the %s of another user, or the marker was copied. It is left alone, and an apply with the %s of that user settles it. If it is not needed: %s",
				capital(other.String()), v.Capabilities().Words.Credential, v.Capabilities().Words.Credential, v.RevokeCommand(key.ID))
		case disputed && lost && other.later(have): // beside a key that works, a copy must not stop anything
			m.Others = append(m.Others, other)
		case key.disputed(v.Owner()):
			o.notice(key.ID, "carries the marker of this series", "%s is neither the current nor a previous key of this state: %s. It is left alone. If it is not needed: %s", capital(other.String()), other.From(v.Capabilities().Words.Credential), v.RevokeCommand(key.ID))
		default:
			o.notice(key.ID, "carries a copied marker", "Its name carries the marker of this series, but it belongs to another owner (%s). It is not of this series and is left alone.", owner(key))
		}
	}
	traces := m.traces(v, have, keys)
	o.Notices = append(o.Notices, tell(v, traces)...)
	m.Unsettled = slices.DeleteFunc(m.Unsettled, func(a Attempt) bool {
		return !slices.Contains(traced, a.mark()) && len(keys.Incomplete) == 0 && !slices.ContainsFunc(traces, a.mayHaveCreated) && a.over(m.Looked)
	})
	o.origin(v, have, m, keys)
}

// origin reports the keys of the series that an imported key came from.
func (o *Observed) origin(v Vendor, have State, m *Memory, keys *Listing) {
	if have.Generation == 0 {
		mark, _ := o.Current.Marked()
		m.Origin = mark.Series
	}
	own, _ := keys.own(m.Origin, v.Owner())
	for _, key := range own {
		if m.own(key.ID, have) || key.Ended(m.Looked) {
			continue
		}
		o.notice(key.ID, "of the imported key's series works", "%s carries the marker of the series that the imported key came from. An import begins a new series, so this key is in no state, unless another configuration manages it. This configuration does not revoke it. If it is not needed: %s",
			capital(v.Capabilities().other(key).String()), v.RevokeCommand(key.ID))
	}
}

// adoptable is a key for an import with its owner and its end: where a list does not show them, a read of the
// key may.
func (o *Observed) adoptable(ctx context.Context, v Vendor, key Key, listed bool) (Key, error) {
	c := v.Capabilities()
	hidden := func() bool { return c.Proof == ByOwner && key.OwnerID == "" && key.Person == "" }
	if listed && (hidden() || key.EndHidden && c.End != Never && !c.NeverOmitted) {
		read, err := v.Get(ctx, key.ID, key.CreatedAt)
		if err != nil {
			return key, err
		}
		key = read
	}
	if hidden() {
		o.notice(key.ID, "has an owner that the API does not show", "So it was not checked that it belongs to the configured %s, and not to a user. Check this before the key rotates: the next key will belong to the configured one.", c.Words.Owner)
	}
	return key, nil
}

func owner(key Key) string {
	if key.Person != "" {
		return "the user " + key.Person
	}
	return key.OwnerID
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (o *Observed) notice(id, what, format string, args ...any) {
	o.Notices = append(o.Notices, Notice{id, what, fmt.Sprintf(format, args...)})
}
