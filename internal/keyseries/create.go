// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Create mints the first key of a series. An error together with a memory that has
// unsettled attempts has to be stored all the same: a key may have been left behind.
func (j *Job) Create(ctx context.Context) error {
	j.ReportNamesakes(ctx)
	minted, err := Mint(ctx, j.Vendor, j.Memory, j.request(), j.Keep)
	if errors.Is(err, ErrNoRoom) {
		err = j.noRoomForFirst(ctx, err)
	}
	if err != nil {
		return WaitOutOf(ctx, j.Vendor, j.Memory, err)
	}
	j.Memory.begin(minted, fingerprint(j.Vendor, minted))
	j.Store(State{
		ID: minted.ID, Name: j.Want.Name, Generation: 1, Version: Version(j.Vendor, minted),
		CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Lifetime: j.Want.Lifetime, Overlap: j.Want.Overlap, Own: minted.Own,
	})
	j.marked(ctx, minted)
	return nil
}

// marked warns of a server that keeps no marker: what a later lost answer leaves there
// could not be found again.
func (j *Job) marked(ctx context.Context, minted Minted) {
	mark, _ := (Key{Name: minted.Name}).Marked()
	if minted.Name == "" || j.Vendor.Capabilities().Name.Unmarked || mark == minted.asked.Mark {
		return
	}
	notice := markerLost(minted.ID, minted.Name, fmt.Sprintf(", and it was asked for %q", minted.asked.Shown))
	if len(j.Memory.Unsettled) > 0 {
		notice.Text += fmt.Sprintf(" An earlier attempt had no clear outcome: a key that it created was asked for as %s, and the server changed that name as well. Revoke such a key by hand.", quoted(shown(j.Memory.Unsettled)))
		if keys, err := j.Vendor.List(context.WithoutCancel(ctx), Fresh); err == nil {
			j.notify(tell(j.Vendor, j.Memory.traces(j.Vendor, State{ID: minted.ID, CreatedAt: minted.CreatedAt}, keys)))
		}
	}
	j.Notify(notice)
}

func markerLost(id, name, asked string) Notice {
	return Notice{id, "has lost its marker", fmt.Sprintf(
		"The server shows the name %q%s. The key works and can rotate. But if the server changed the name, choose a shorter name, of letters, digits and hyphens: without the marker, a key whose creation was not answered cannot be found again, and if an older state is restored, the keys of the newer one are not recognized.",
		name, asked)}
}

// WaitOutOf settles the attempts of a failed [Mint] as far as their minute allows, and gives its
// error with what became of them.
func WaitOutOf(ctx context.Context, v Vendor, m *Memory, err error) error {
	if len(m.Unsettled) == 0 {
		return err
	}
	names := shown(m.Unsettled)
	look := WaitOut(ctx, v, m)
	var unsettled *Unsettled
	if errors.As(err, &unsettled) {
		err = unsettled.Mint
	}
	if errors.Is(look, errHeld) && !errors.Is(err, ErrNoRoom) && !errors.Is(err, ErrTaken) {
		look = errNoTrace
	}
	if look != nil {
		return &Unsettled{Shown: names, Mint: err, Look: look}
	}
	return fmt.Errorf("%w. The list of keys was watched for up to %s, and what it showed of them was revoked: no key of an attempt called %s works", err, SettleFor, quoted(names))
}

// ReportNamesakes reports what an earlier, killed run may have left. A list that fails now
// stops nothing; it only leaves out a notice.
func (j *Job) ReportNamesakes(ctx context.Context) {
	for _, key := range j.namesakes(ctx) {
		j.Notify(Notice{key.ID, "has the same name and " + j.Vendor.Capabilities().useOf(key), fmt.Sprintf(
			"It was created at %s as %q for the same owner, as far as the API shows it. If it is not the key of another resource, an earlier run was killed before it could store the key, or the state that had the key was lost. Revoke it if it is not needed: %s",
			stamp(key.CreatedAt), key.Name, j.Vendor.RevokeCommand(key.ID))})
	}
}

// namesakes are keys that were there before this run and may be an earlier Create's,
// without those that are dead: a replacement has just revoked the series before it.
func (j *Job) namesakes(ctx context.Context) []Key {
	v := j.Vendor
	start, err := v.List(ctx, AtStart)
	if err != nil {
		return nil
	}
	j.before = start
	j.Memory.Meet(v, start, "")
	found := start.Namesakes(j.Want.Name, v.Owner(), j.Memory.Series)
	if len(found) == 0 {
		return nil
	}
	now, err := v.List(ctx, Remembered) // unless this run has written since
	if err != nil {
		now = start
	}
	return slices.DeleteFunc(found, func(key Key) bool {
		present, there := now.Get(key.ID)
		return !there || present.Ended(v.Now())
	})
}

// unmarked reports what a killed rotation may have left of a series that no key of the
// state names any more: only the look that finds the memory lost knows of it.
func unmarked(v Vendor, have State, m *Memory, keys *Listing) (notices []Notice) {
	for _, key := range keys.Namesakes(have.Name, v.Owner(), m.Series) {
		mark, _ := key.Marked()
		if !m.own(key.ID, have) && mark.Series != m.Origin && !key.Ended(v.Now()) {
			notices = append(notices, Notice{key.ID, "has the same name and " + v.Capabilities().useOf(key), fmt.Sprintf(
				"It was created at %s as %q for the same owner, as far as the API shows it. The private state of key %s was lost, most likely because a run was killed in the middle of a rotation. That rotation may have created this key. Revoke it if it is not needed: %s",
				stamp(key.CreatedAt), key.Name, have.ID, v.RevokeCommand(key.ID))})
		}
	}
	return notices
}
