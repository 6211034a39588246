// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// previous looks for the keys that rotations of this state superseded.
func (o *Observed) previous(ctx context.Context, v Vendor, have State, m *Memory, keys *Listing) error {
	for id, s := range m.Previous {
		key, ok := keys.Get(id)
		if !ok {
			var err error
			key, err = v.Get(ctx, id, s.Created)
			if err != nil && !apierr.IsGone(err) {
				return err
			}
			if err != nil {
				o.ended(have, m, id, s)
				delete(m.Previous, id)
				continue
			}
			key = key.endingAt(s.Ends)
		} else if s.Known {
			var err error
			if key, err = reread(ctx, v, key, s.Ends); err != nil {
				return err
			}
		}
		if key.EndHidden && key.Ended(m.Looked) {
			key.ExpiresAt = time.Time{} // it is still shown, so it may work
		}
		if key.Ended(m.Looked) && !v.Capabilities().Remains {
			if s.shortened(key.ExpiresAt) {
				o.notice(id, stopped, "This previous key was to work until %s, and expired at %s: its expiry was moved to an earlier time outside Terraform.%s", stamp(s.until()), stamp(key.ExpiresAt), have.handOver(m))
			}
			delete(m.Previous, id)
			continue
		}
		if !key.EndHidden {
			o.endChanged(v, key, s)
		}
		o.needed(have, key, s)
		if key.Trouble != (Trouble{}) && key.Trouble.What != o.Current.Trouble.What {
			o.notice(id, key.Trouble.What, "This is a previous key, and its overlap lasts until %s. %s%s", stamp(s.End), key.Trouble.Text, have.handOver(m))
		}
		s.Late, s.Known, s.Ends = s.wrong(key.ExpiresAt), true, key.ExpiresAt
		m.Previous[id] = s
		o.Old = append(o.Old, key)
		o.Previous = append(o.Previous, Previous{ID: id, ExpiresAt: shownEnd(key.ExpiresAt, s.End)})
	}
	slices.SortFunc(o.Previous, func(a, b Previous) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

const stopped = "stopped working before its overlap was over"

// ended gives notice of a previous key that is gone before its time, unless this state revoked it.
func (o *Observed) ended(have State, m *Memory, id string, s Superseded) {
	_, ours := m.Ended[id]
	if ours || s.AtOnce || m.Looked.IsZero() || !m.Looked.Before(s.until().Add(-slack)) {
		return
	}
	o.notice(id, stopped, "This previous key was to work until %s, and it is not there any more: it was revoked outside Terraform.%s", stamp(s.until()), have.handOver(m))
}

// handOver is what to do for those that use a previous key which does nothing any more.
func (s State) handOver(m *Memory) string {
	if m.Phase.Lost() {
		return " Workloads that still use it fail."
	}
	return " Workloads that still use it fail: give them the secret of the current key " + s.ID + "."
}

// until is when a previous key was to stop, at the promised end or before that by its own.
func (s Superseded) until() time.Time {
	if tooLate(s.Ends, s.End) || !s.Known {
		return s.End
	}
	return s.Ends
}

// shortened reports whether somebody else gave a previous key an earlier end than it is to have.
func (s Superseded) shortened(end time.Time) bool {
	return s.Known && !s.early(end) && !end.IsZero() && tooLate(s.Ends, end) && tooLate(s.End, end) // the promised end is our own
}

// endChanged gives notice that somebody else gave a previous key another end.
func (o *Observed) endChanged(v Vendor, key Key, s Superseded) {
	switch {
	case !s.Known, s.early(key.ExpiresAt):
	case s.shortened(key.ExpiresAt):
		o.notice(key.ID, "expires earlier than it should", "This previous key now expires at %s, and its overlap lasts until %s: its expiry was moved to an earlier time outside Terraform. Workloads that still use it fail earlier.", stamp(key.ExpiresAt), stamp(s.End))
	case !s.Ends.IsZero() && tooLate(key.ExpiresAt, s.Ends) && tooLate(key.ExpiresAt, s.End): // up to the promised end nothing is amiss
		then := "The first apply after its overlap revokes it."
		if v.Capabilities().End == Later {
			then = "The next apply sets it back."
		}
		o.notice(key.ID, "expires later than it should", "This previous key was to expire at %s: its expiry was postponed outside Terraform. %s", stamp(s.Ends), then)
	}
}

// needed gives notice that somebody still works with a previous key although its successor is
// there: the outage that can still be prevented.
func (o *Observed) needed(have State, key Key, s Superseded) {
	since := s.Since
	if since.IsZero() { // the memory was lost
		since = have.CreatedAt
	}
	if since.IsZero() || !key.LastUsedAt.After(since) {
		return
	}
	until := "It expires at " + stamp(shownEnd(key.ExpiresAt, s.End))
	if tooLate(key.ExpiresAt, s.End) {
		until = "The first apply after " + stamp(s.End) + " revokes it"
	}
	o.notice(key.ID, "is still in use", "This previous key was last used at %s, after its successor was stored at %s. %s: before that, give the secret of the current key %s to the workloads that still use the old one.", stamp(key.LastUsedAt), stamp(since), until, have.ID)
}
