// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Retire ends previous keys the way their promised ends ask for: those past it (and
// those nothing was promised for) are revoked, the others end at the vendor by
// themselves. It returns what is still running out, and as it was what the last look
// saw running out and is revoked only now: a plan made from that look shows it, and
// the next look drops it. A failed revocation is the error; a failed shortening is a
// warning, because the next look asks for it again.
func Retire(ctx context.Context, v Vendor, m *Memory, previous []Previous) (left []Previous, warnings []string, err error) {
	var errs []error
	for _, p := range previous {
		end, promised := m.Deadlines[p.ID]
		shown := promised && (m.Looked.IsZero() || m.Looked.Before(end)) // as running out, by Decide
		ended := !shown || !v.Now().Before(end)
		if !ended && tooLate(p.ExpiresAt, end) && !m.Unshortened[p.ID] && !m.NoUpdate {
			var warning string
			p, warning, ended = shorten(ctx, v, m, p, end)
			if warning != "" {
				warnings = append(warnings, warning)
			}
		}
		if ended {
			if err := Revoke(ctx, v, m, p.ID); err != nil {
				errs = append(errs, fmt.Errorf("previous key %s: %w", p.ID, err))
				left = append(left, p)
				continue
			}
			m.forget(p.ID)
		}
		if !ended || shown {
			left = append(left, p)
		}
	}
	return left, warnings, errors.Join(errs...)
}

// shorten asks the vendor to end a key; ended tells that the moment has passed.
func shorten(ctx context.Context, v Vendor, m *Memory, p Previous, end time.Time) (after Previous, warning string, ended bool) {
	key, err := v.EndAt(ctx, p.ID, end)
	switch {
	case errors.Is(err, ErrCannot), err == nil && (key.ExpiresAt.IsZero() || key.ExpiresAt.After(end.Add(late))):
		if m.Unshortened == nil {
			m.Unshortened = map[string]bool{}
		}
		m.Unshortened[p.ID] = true
		return p, fmt.Sprintf("This organization does not let the life of an existing key be shortened. The previous key %s works until the first apply after %s, which revokes it.", p.ID, stamp(end)), false
	case errors.Is(err, ErrEnded):
		return p, "", true
	case apierr.Status(err) == http.StatusNotFound && isGone(ctx, v, p.ID):
		return p, "", true // somebody revoked it meanwhile
	case err != nil:
		return p, fmt.Sprintf("The previous key %s could not be made to end at %s: %v. The next apply tries again.", p.ID, stamp(end), err), false
	default:
		if tooLate(key.ExpiresAt, end) {
			m.promise(p.ID, key.ExpiresAt) // the server counts from when the request arrived
		}
		return Previous{ID: p.ID, ExpiresAt: key.ExpiresAt}, "", false
	}
}

// late is how much later than asked for an end may lie because the server was slow.
const late = time.Minute

func isGone(ctx context.Context, v Vendor, id string) bool {
	_, err := v.Key(ctx, id, time.Time{})
	_, gone := apierr.AsGone(err)
	return gone
}

// coarse is how far two clocks that tell whole seconds may be apart unnoticed.
const coarse = 3 * time.Second

// Supersede makes the current key a previous one that ends overlap after the mint of
// its successor. A lost key is nothing to run out.
func Supersede(m *Memory, have State, minted time.Time, overlap time.Duration) []Previous {
	left := have.Previous
	if have.ID != "" && m.Lost == "" {
		end := minted.Add(overlap)
		if overlap == 0 {
			end = minted.Add(-coarse) // passed by every clock: "at once" must not become "next time"
		}
		m.promise(have.ID, end)
		left = append([]Previous{{ID: have.ID, ExpiresAt: have.ExpiresAt}}, left...)
	}
	m.Lost = ""
	m.Adopted = time.Time{}
	return left
}
