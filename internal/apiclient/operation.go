// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"time"
)

// Kind says what may be done when a request fails. It hangs on the operation and
// not on the HTTP verb, because this API also updates and archives with POST.
type Kind int

const (
	// Read changes nothing: repeat at will.
	Read Kind = iota
	// Update sets a state: repeating it sets the same state again.
	Update
	// Create makes a new object each time: repeat only what surely did not happen.
	Create
	// Once carries a duration that counts from its arrival: the caller repeats it
	// with a new value, the transport never does.
	Once
)

// Operation is one call of an API, carried through the HTTP stack in the context.
type Operation struct {
	Name string // words for logs, errors and pacing: "create project"
	Kind Kind
	// Ack: a good status is the whole answer, whatever the body says.
	Ack bool

	// stop is the caller's own context of a create, which travels detached: a stop
	// is honoured until the request is sent and not after.
	stop context.Context
	// paced is set when the caller has already waited for its turn, and ends it.
	paced bool

	busy     time.Duration // how long to wait for a busy server, from refused on
	refused  time.Time     // when the server was first busy; a turn in the queue is no refusal
	gaveUp   string        // why a busy server is waited for no longer: what to do
	attempts int
	trouble  int           // attempts that failed for other reasons than a busy server
	sentAt   time.Time     // when the last attempt was handed to the network
	sent     bool          // some attempt may have reached the server
	status   int           // of the last answer
	delay    time.Duration // before the next attempt
}

type operationKey struct{}

func withOperation(ctx context.Context, op *Operation) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

func operationOf(ctx context.Context) *Operation {
	if op, ok := ctx.Value(operationKey{}).(*Operation); ok {
		return op
	}
	// Without an operation nothing is known about the request: never repeat it.
	return &Operation{Name: "call the API", Kind: Once}
}
