// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// again holds a decision against what the vendor shows now, before anything is sent: a
// saved plan may be old, and one with -refresh=false has never looked. It also takes over
// ends that are nearer than state knows: no step may postpone an end.
func (j *Job) again(ctx context.Context) error {
	v, c := j.Vendor, j.Vendor.Capabilities()
	keys, err := v.List(ctx, Remembered)
	if errors.Is(err, ErrNoList) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := j.Memory.wrongTenant(v, keys, j.Have); err != nil {
		return fmt.Errorf("%w. Nothing was created, changed or revoked", err)
	}
	j.before = keys
	now := j.Memory.Clone()
	key, listed := keys.Get(j.Have.ID)
	known := key.endingAt(j.Have.ExpiresAt)
	if j.found = listed && now.Phase.Lost() && !known.Ended(v.Now()); j.found {
		j.Have.ExpiresAt = known.ExpiresAt
	}
	if listed && now.Phase == Living && j.Have.Generation > 0 {
		if key, err = reread(ctx, v, key, j.Have.ExpiresAt, now.End); err != nil {
			return err
		}
	}
	if listed && !key.ExpiresAt.IsZero() {
		if now.Phase == Living && tooLate(now.End, key.ExpiresAt) && !now.tried(key.ExpiresAt) {
			now.Phase = Ending
		}
		if tooLate(j.Have.ExpiresAt, key.ExpiresAt) {
			j.Have.ExpiresAt = key.ExpiresAt
		}
	}
	for id, s := range j.Memory.Previous {
		if key, ok := keys.Get(id); ok && s.Late && !s.wrong(key.ExpiresAt) {
			s.Late = false
			j.Memory.Previous[id] = s
		}
	}
	(&Observed{}).others(v, j.Have, &now, keys)
	if !listed {
		if err := j.missing(ctx, &now, keys); err != nil {
			return err
		}
	}
	if verdict := c.Stand(j.Have, now, j.Want.Overlap); verdict == Stop || verdict == Rotate && !j.Decision.Rotate {
		return Decision{Older: c.older(j.Have, now)}.Stopped(v.RevokeCommand)
	}
	for _, other := range now.Others {
		known := slices.ContainsFunc(j.Memory.Others, func(o Other) bool { return o.ID == other.ID })
		if !known && !other.Unsettled {
			j.Notify(Notice{other.ID, "is newer than this plan", fmt.Sprintf(
				"%s %s and works, and this plan did not know it: %s. It is left alone. If it is not needed: %s", capital(other.String()), other.Is(), other.From(c.Words.Credential), v.RevokeCommand(other.ID))})
		}
	}
	return nil
}

// missing looks for a current key that the list does not show beside a later one of the series: a
// newer state may have superseded and revoked it since the plan.
func (j *Job) missing(ctx context.Context, now *Memory, keys *Listing) error {
	if j.Have.ID == "" || now.Phase.Lost() {
		return nil
	}
	gone := now.Clone()
	gone.Phase = Deleted
	(&Observed{}).others(j.Vendor, j.Have, &gone, keys)
	if !slices.ContainsFunc(gone.Others, func(o Other) bool { return o.later(j.Have) }) {
		return nil
	}
	_, err := j.Vendor.Get(ctx, j.Have.ID, j.Have.CreatedAt)
	if apierr.IsGone(err) {
		*now = gone
		return nil
	}
	return err
}
