// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// mint creates the next key. Where the organization allows one key per account, an expired
// key gives room, and so does one whose plan announced the gap. Where the current key is lost, other
// keys that the plan has named are in the way: what a killed run left.
func (j *Job) mint(ctx context.Context, request Request) (Minted, error) {
	minted, err := Mint(ctx, j.Vendor, j.Memory, request, j.Keep)
	if !errors.Is(err, ErrNoRoom) {
		return minted, err
	}
	words := j.Vendor.Capabilities().Words
	lost := j.Memory.Phase.Lost() && !j.found
	switch {
	case j.found:
		return minted, noRoom(err, "This %s allows one key per %s. Key %s has the place: it works, although this plan took it for revoked or expired. Plan again.", words.Tenant, words.Owner, j.Have.ID)
	case !lost && j.Want.Overlap != 0:
		return minted, noRoom(err, "This %s allows one key per %s. Set overlap = \"0s\" to revoke the old key before the new one is created (the workload has no valid key in between), or use a second %s.", words.Tenant, words.Owner, words.Owner)
	}
	if cleared := lost && j.clearForRoom(ctx); cleared && j.Memory.Phase == Deleted {
		if minted, err = j.mintInRoom(ctx, request); !errors.Is(err, ErrNoRoom) {
			return minted, err
		}
	}
	if err := j.onlyHolder(ctx, lost); err != nil {
		return Minted{}, err
	}
	if j.Memory.Phase == Deleted {
		return minted, noHolder(j.Vendor.Capabilities(), err)
	}
	if err := revokeOld(ctx, j.Vendor, j.Have.ID, j.Have.CreatedAt, j.Memory.Fingerprint); err != nil {
		return Minted{}, err
	}
	j.Memory.Phase, j.Memory.Revoked = Deleted, j.Have.ID
	j.Memory.ended(j.Have.ID, j.Vendor.Now())
	minted, err = j.mintInRoom(ctx, request)
	if err == nil {
		return minted, nil
	}
	why := &err
	var open *Unsettled
	if errors.As(err, &open) { // what waits for its attempts keeps only this of it
		why = &open.Mint
	}
	*why = fmt.Errorf("key %s was revoked to make room, and the new one could not be created, so the workload has no key now: %w", j.Have.ID, noHolder(j.Vendor.Capabilities(), *why))
	return Minted{}, err
}

// clearForRoom revokes the other keys that the plan has named, before the next key is there: without
// the current one nothing works that could be lost by it. It reports whether any is gone.
func (j *Job) clearForRoom(ctx context.Context) bool {
	before := len(j.Memory.Others)
	j.notify(clearOthers(ctx, j.Vendor, j.Memory, j.Decision.Clear))
	j.Decision.Clear = nil // each was tried
	return len(j.Memory.Others) < before
}

// mintInRoom is a mint after room was made. An old key that cannot be deleted works for a second
// longer, and a server may count it for a while: there is nothing else to be done but to try again.
func (j *Job) mintInRoom(ctx context.Context, request Request) (Minted, error) {
	for look := 0; ; look++ {
		minted, err := Mint(ctx, j.Vendor, j.Memory, request, j.Keep)
		var open *Unsettled // an attempt before may take the room
		if !errors.Is(err, ErrNoRoom) || errors.As(err, &open) || look >= len(lookAgain) {
			return minted, err
		}
		if sleepErr := j.Vendor.Sleep(ctx, lookAgain[look]); sleepErr != nil {
			return minted, err
		}
	}
}

// noRoomForFirst gives the refusal of a create the advice that fits: what has the place.
func (j *Job) noRoomForFirst(ctx context.Context, err error) error {
	c := j.Vendor.Capabilities()
	_, holders, has, lookErr := j.holders(ctx)
	switch {
	case lookErr != nil:
		return err
	case len(holders) == 0:
		return noHolder(c, err)
	}
	return noRoom(err, "This %s allows one key per %s: use another %s or, if this apply replaces the key that is there, replace it without create_before_destroy. This account %s, %s",
		c.Words.Tenant, c.Words.Owner, c.Words.Owner, has, strings.Join(holders, "; "))
}

// holders are the other living keys of the account, be they previous ones of this series, by id and described; has says
// how certain that is.
func (j *Job) holders(ctx context.Context) (others, holders []string, has string, err error) {
	keys, err := j.Vendor.List(ctx, Fresh)
	if err != nil {
		return nil, nil, "", err
	}
	has = "may have another one"
	for _, key := range keys.Rivals(j.Vendor.Owner(), j.Have.ID, j.Vendor.Now()) {
		owner, err := j.ownerOf(ctx, key)
		switch {
		case err != nil && !apierr.IsGone(err): // listed just now, one said to be gone may be there
			return nil, nil, "", err
		case owner == j.Vendor.Owner():
			has = "has another one"
		case owner != "":
			continue
		}
		others, holders = append(others, key.ID), append(holders, j.holder(key))
	}
	return others, holders, has, nil
}

// onlyHolder is an error when the account has another living key. Lost says that the current key is none.
func (j *Job) onlyHolder(ctx context.Context, lost bool) error {
	others, holders, has, err := j.holders(ctx)
	words := j.Vendor.Capabilities().Words
	switch {
	case err != nil:
		return err
	case len(others) == 0:
		return nil
	case lost:
		return fmt.Errorf("no new key was created: this %s allows one key per %s, and this account %s, %s",
			words.Tenant, words.Owner, has, strings.Join(holders, "; "))
	}
	return fmt.Errorf("this %s allows one key per %s, and this account %s, %s, so revoking key %s would make no room. Nothing was changed. Revoke the other key, or use a second account",
		words.Tenant, words.Owner, has, strings.Join(others, ", "), j.Have.ID)
}

// holder describes a key that has the place of the next one, and what can be done about it.
func (j *Job) holder(key Key) string {
	c := j.Vendor.Capabilities()
	text := c.other(key).String() + ". "
	other, ours := j.Memory.other(key.ID)
	then := *j.Memory
	then.Looked = other.CreatedAt.Add(ripe)
	if ours && then.Looked.After(j.Memory.Looked) && c.Clears(other, then) {
		text += fmt.Sprintf("A run that was killed may have left it: if it stays unused, the first apply after %s revokes it. ", stamp(then.Looked))
	}
	return text + "To revoke it now: " + j.Vendor.RevokeCommand(key.ID)
}

// ownerOf asks for a key by itself where the list does not show its owner.
func (j *Job) ownerOf(ctx context.Context, key Key) (string, error) {
	if key.OwnerID != "" || j.Vendor.Owner() == "" {
		return key.OwnerID, nil
	}
	read, err := j.Vendor.Get(ctx, key.ID, time.Time{})
	return cmp.Or(read.OwnerID, read.Person), err
}
