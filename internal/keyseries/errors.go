// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import "errors"

// What a [Vendor] returns for others to tell apart.
var (
	// ErrCannot is returned for what an organization refuses.
	ErrCannot = errors.New("not offered by this organization")
	// ErrEnded is returned when an end was asked for that has already passed.
	ErrEnded = errors.New("the expiry is in the past")
	// ErrNoList is returned when the keys of a place are too many or too large to list.
	ErrNoList = errors.New("the keys cannot be listed")
	// ErrNoRoom is returned by a mint when the owner may have no further key.
	ErrNoRoom = errors.New("no further key is allowed")
	// ErrTaken is returned by a mint where names are unique, and no list shows which key has the name, or it shows
	// one with the mark of the series.
	ErrTaken = errors.New("another key has the name")
	// ErrNotChosen is returned by a mint where secrets may not be chosen here.
	ErrNotChosen = errors.New("the secret must be left to the server")
)
