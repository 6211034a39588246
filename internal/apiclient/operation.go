// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import "time"

// Kind says what may be done when a request fails. It hangs on the operation and
// not on the HTTP verb, because APIs also update and archive with POST.
type Kind int

const (
	// Read changes nothing: repeat at will.
	Read Kind = iota
	// Update sets a state: repeating it sets the same state again.
	Update
	// Create makes a new object each time: repeat only what surely did not happen.
	Create
)

// Operation is one call of an API, as [Call] gets it.
type Operation struct {
	Name string // words for logs, errors and pacing: "create thing"
	Kind Kind
	// Ack: a good status is the whole answer, whatever the body says.
	Ack bool
	// Body makes the request's JSON when the request has its turn, which may be long after
	// the call began, and anew for each attempt; now is by the server's clock as far as it
	// is known. Its error ends the call and is returned as it is. nil leaves the request the
	// body it has.
	Body func(now time.Time) (any, error)
}
