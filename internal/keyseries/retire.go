// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Notice is something a user has to know about one key.
type Notice struct {
	ID   string
	What string // completes "key … "
	Text string
}

// answerDelay is how much later than asked for an end may be because the server was slow.
const answerDelay = time.Minute

// longest is the lifetime that stands for no end where none can be given and the vendor names no limit.
const longest = 10 * 365 * 24 * time.Hour

// supersede makes the current key a previous one that ends overlap after the mint of
// its successor, and no earlier than overlap after the last look: where the vendor shows no moment
// of the mint, this machine's clock has it, and that may have been set back. A lost key is nothing
// to run out; one that remains when it has expired is revoked at once. One that the plan took for
// lost, and that works, is only remembered: what becomes of it is for the next plan to show.
func (j *Job) supersede(minted Minted) []Previous {
	m, have, overlap := j.Memory, j.Have, j.Want.Overlap
	left := have.Previous
	expired := m.Phase == Expired && j.Vendor.Capabilities().Remains && !j.found
	if have.ID != "" && (!m.Phase.Lost() || expired || j.found) {
		since := minted.CreatedAt // the server's moment, if it shows one
		if since.Before(m.Looked) {
			since = m.Looked
		}
		end := whole(since.Add(overlap))
		s := Superseded{
			End: end, AtOnce: overlap == 0 || expired, Known: true, Ends: have.ExpiresAt, Fingerprint: m.Fingerprint,
			Since: since, Created: have.CreatedAt, Answers: m.Answers,
		}
		if m.doubtful(lifetimeArgument) && (m.End.IsZero() || !m.End.Before(end)) {
			s.Tried = m.Tried
		}
		s.Late = s.wrong(have.ExpiresAt)
		m.supersede(have.ID, s)
		j.inherit(have.ID)
		if !j.found {
			left = append([]Previous{{ID: have.ID, ExpiresAt: shownEnd(have.ExpiresAt, end)}}, left...)
		}
	}
	j.stale(j.Want.changed())
	return left
}

// inherit keeps what is in doubt of the own arguments of a key that becomes a previous one: it is given what is
// configured, whether or not a change holds for the whole series.
func (j *Job) inherit(id string) {
	for _, own := range j.inDoubt() {
		j.Memory.lacks(id, own)
		if own.Open && !j.Memory.Previous[id].AtOnce {
			j.Notify(Notice{id, "may have other " + own.Name, fmt.Sprintf("An earlier apply that failed may have changed the %s of this previous key. What it was before is not known, so nothing is sent. Write out what the keys may have: the next apply sends it.", own.Name)})
		}
	}
}

// handedOn is what stays in doubt of the next key: it has what a failed apply may have given the key before.
func (j *Job) handedOn(minted Minted) []string {
	return slices.DeleteFunc(slices.Clone(minted.handedOn), func(name string) bool { return !j.Memory.doubtful(name) })
}

// inDoubt are the own arguments that a failed apply may have changed on the current key.
func (j *Job) inDoubt() []Own {
	return slices.DeleteFunc(slices.Clone(j.Want.Own), func(own Own) bool {
		return !own.InPlace || !j.Memory.doubtful(own.Name) && !slices.Contains(j.Memory.Awaited, own.Name)
	})
}

// shownEnd is the end of a previous key as state has it: the vendor's, or the promised
// one where an apply keeps the promise.
func shownEnd(actual, promised time.Time) time.Time {
	if tooLate(actual, promised) {
		return promised
	}
	return actual
}

// retire keeps the promised ends of previous keys: those past it are
// revoked, the others are made to expire at the vendor. It gives what is still running
// out, and as it was what the last look saw running out and is revoked only now: a plan
// made from that look shows it, and the next look drops it. A failed revocation is the
// error; a failed shortening is a notice, because the next apply asks for it again. What is done to the
// fresh one, whose successor this call has minted, is taken back if that is never delivered.
func retire(ctx context.Context, v Vendor, m *Memory, previous []Previous, fresh string) (left []Previous, notices []Notice, err error) {
	var errs []error
	for i, p := range previous {
		s, known := m.Previous[p.ID]
		if !known {
			left = append(left, p)
			continue
		}
		if err := MayEnd(ctx); err != nil {
			return append(left, previous[i:]...), notices, err
		}
		shown, ended := m.running(s), m.over(v, s)
		if !ended && s.Late && v.Capabilities().End == Later {
			if p.ID == fresh {
				UndeliveredOf(ctx).Undo(func(ctx context.Context) error { return restore(ctx, v, p.ID, s.Ends) })
			}
			after, notice, passed := shorten(ctx, v, m, p)
			if ended = passed; notice != nil {
				notices = append(notices, *notice)
			}
			if !m.Looked.IsZero() { // else the plan shows the end that state has
				p = after
			}
		}
		if ended {
			stopOld(ctx, v, p.ID, s.Fingerprint)
			if err := revokeOld(ctx, v, p.ID, s.Created, s.Fingerprint); err != nil {
				errs = append(errs, fmt.Errorf("previous key %s: %w", p.ID, err))
				left = append(left, p)
				continue
			}
			delete(m.Previous, p.ID)
			m.ended(p.ID, v.Now())
		}
		if !ended || shown {
			left = append(left, p)
		}
	}
	return left, notices, errors.Join(errs...)
}

// running reports whether a plan shows a previous key as running out.
func (m *Memory) running(s Superseded) bool {
	return !s.AtOnce && (m.Looked.IsZero() || m.Looked.Before(s.End))
}

// over reports whether a previous key is to be revoked now.
func (m *Memory) over(v Vendor, s Superseded) bool {
	return !m.running(s) || decides(v) && !v.Now().Before(s.End)
}

// shorten asks the vendor to expire a key at its promised end; ended reports whether the moment
// has passed.
func shorten(ctx context.Context, v Vendor, m *Memory, p Previous) (after Previous, notice *Notice, ended bool) {
	s := m.Previous[p.ID]
	if _, timed := v.Skew(); !timed {
		return p, &Notice{p.ID, "does not expire at the server yet", fmt.Sprintf("The server's answers carry no time, or times that contradict each other and this machine's clock, so key %s was not made to expire at %s. The next apply tries again.", p.ID, stamp(s.End))}, false
	}
	ender, ok := v.(Ender)
	if !ok {
		return p, nil, false
	}
	var key Key
	early := func(shown time.Time) bool { return !shown.IsZero() && shown.Before(s.End.Add(-answerDelay)) }
	err := spare(ctx, v, p.ID, s.Fingerprint)
	if err == nil {
		key, err = endAt(ctx, v, ender, p.ID, s.Created, s.End, func(shown time.Time) bool {
			return !shown.IsZero() && !early(shown) && !shown.After(s.End.Add(answerDelay)) // an earlier one may come from a clock that was wrong
		})
	}
	if errors.Is(err, ErrCannot) && early(key.ExpiresAt) {
		err = nil // it insists
	}
	gone := apierr.IsGone(err)
	if gone { // believed at once, a key that is there would be revoked before its end
		_, lookErr := v.Get(ctx, p.ID, s.Created)
		gone = apierr.IsGone(lookErr)
	}
	switch {
	case gone:
		return p, nil, true // somebody revoked it meanwhile
	case errors.Is(err, ErrCannot) && s.early(s.Ends):
		return p, &Notice{p.ID, "expires earlier than it should", fmt.Sprintf("It expires at %s, and its overlap lasts until %s: an apply that failed set it so, and this %s refused to change it (%v). Workloads that still use it fail earlier. %s.", stamp(s.Ends), stamp(s.End), v.Capabilities().Words.Tenant, err, capital(m.retries()))}, false
	case errors.Is(err, ErrCannot):
		return p, &Notice{p.ID, "does not expire at the server", fmt.Sprintf("This %s refused to make key %s expire earlier (%v). It works until the first apply after %s, which revokes it; %s.", v.Capabilities().Words.Tenant, p.ID, err, stamp(s.End), m.retries())}, false
	case errors.Is(err, ErrEnded) && !decides(v):
		return p, &Notice{p.ID, "is not revoked yet", fmt.Sprintf("Its overlap ended at %s by the server's time, from which this machine's clock differs by more than %s. It is not revoked until the clock is right.", stamp(s.End), MaxSkew)}, false
	case errors.Is(err, ErrEnded):
		return p, nil, true
	case err != nil && early(key.ExpiresAt): // by an answer before the failure
		s.Late, s.Tried, s.Known, s.Ends = true, key.ExpiresAt, true, key.ExpiresAt
		m.Previous[p.ID] = s
		return Previous{ID: p.ID, ExpiresAt: key.ExpiresAt}, &Notice{p.ID, "expires earlier than it should", fmt.Sprintf("It was to expire at %s, when its overlap ends, and the server made it expire at %s. The attempt to correct this failed: %v. The next apply tries again; until then workloads that still use it may fail earlier.", stamp(s.End), stamp(key.ExpiresAt), err)}, false
	case err != nil:
		return p, &Notice{p.ID, "does not expire at the server yet", fmt.Sprintf("Key %s could not be made to expire at %s: %v. The next apply tries again.", p.ID, stamp(s.End), err)}, false
	}
	if tooLate(s.End, key.ExpiresAt) {
		notice = &Notice{p.ID, "expires earlier than it should", fmt.Sprintf("It was to expire at %s, when its overlap ends, and the server made it expire at %s. Workloads that still use it fail earlier.", stamp(s.End), stamp(key.ExpiresAt))}
	}
	if tooLate(key.ExpiresAt, s.End) {
		s.End = key.ExpiresAt // the server counts from when the request arrived
	}
	s.Late, s.Tried, s.Known, s.Ends = false, time.Time{}, true, key.ExpiresAt
	m.Previous[p.ID] = s
	return Previous{ID: p.ID, ExpiresAt: key.ExpiresAt}, notice, false
}

// retries says when an end is sent again that was refused: plans decide nothing about ends without a clock.
func (m *Memory) retries() string {
	if m.Looked.IsZero() {
		return "an apply tries again once the server's time can be trusted"
	}
	return "every apply before that tries again"
}

// Endless is a [Vendor] that can take the end of a key away.
type Endless interface {
	NeverEnd(ctx context.Context, id string) error
}

// restore gives a key its former end again; one that never expired gets none, or the latest there is. A key that
// still has its former end is left as it is.
func restore(ctx context.Context, v Vendor, id string, former time.Time) error {
	ender, ok := v.(Ender)
	if !ok {
		return nil
	}
	key, err := v.Get(ctx, id, time.Time{})
	if err != nil || !key.EndHidden && sameEnd(key.ExpiresAt, former) {
		return err
	}
	if endless, ok := v.(Endless); ok && former.IsZero() && endless.NeverEnd(ctx, id) == nil {
		return nil
	}
	if former.IsZero() {
		former = v.Now().Add(cmp.Or(v.Capabilities().Longest, longest))
	}
	_, err = ender.EndAt(ctx, id, former)
	return err
}

// noteUse remembers that another key was used, or may have been, after the plan that would have
// revoked it.
func (m *Memory) noteUse(other Other, key Key, v Vendor, but string) Notice {
	other.LastUsedAt, other.WasUsed, other.UseHidden = key.LastUsedAt, key.WasUsed, key.UseHidden
	for i := range m.Others {
		if m.Others[i].ID == other.ID {
			m.Others[i] = other
		}
	}
	return Notice{other.ID, "is left alone", fmt.Sprintf("%s of this series is not in this state. The plan said that it would be revoked, but %s. If it is not needed: %s", other, but, v.RevokeCommand(other.ID))}
}

// clearOthers revokes other keys of the series that the plan has named. They are in no state,
// so a failure is a notice: the next look finds them again.
func clearOthers(ctx context.Context, v Vendor, m *Memory, ids []string) (notices []Notice) {
	for _, id := range ids {
		if MayEnd(ctx) != nil {
			return notices
		}
		other, _ := m.other(id)
		key, err := v.Get(ctx, id, other.CreatedAt)
		switch {
		case apierr.IsGone(err):
			m.forget(id)
			continue
		case err == nil && key.used(): // since the plan
			notices = append(notices, m.noteUse(other, key, v, "it has been used since then, so its secret is in use"))
			continue
		case err == nil && key.UseHidden && !other.Unsettled: // whose secret somebody may have
			notices = append(notices, m.noteUse(other, key, v, "the server no longer shows whether it is used"))
			continue
		case err == nil:
			err = revokeOld(ctx, v, id, key.CreatedAt, "")
		}
		if err == nil {
			m.forget(id)
			m.ended(id, v.Now())
		}
		if err != nil {
			notices = append(notices, Notice{id, "could not be revoked", fmt.Sprintf("%s of this series is not in this state and should be revoked: %v. To revoke it by hand: %s", other, err, v.RevokeCommand(id))})
		}
	}
	return notices
}
