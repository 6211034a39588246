// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"time"
)

// kind says what may be done when a request fails. It hangs on the operation and
// not on the HTTP verb, because this API also updates and archives with POST.
type kind int

const (
	// read changes nothing: repeat at will.
	read kind = iota
	// update sets a state: repeating it sets the same state again.
	update
	// create makes a new object each time: repeat only what surely did not happen.
	create
	// once carries a duration that counts from its arrival: the caller repeats it
	// with a new value, the transport never does.
	once
)

// operation is one call of the API, carried through the HTTP stack in the context.
type operation struct {
	name string // words for logs, errors and pacing: "create project"
	kind kind

	// stop is the caller's own context of a create, which travels detached: a stop
	// is honoured until the request is sent and not after.
	stop context.Context
	// ack: a good status is the whole answer, whatever the body says.
	ack bool
	// paced is set when the caller has already waited for its turn, and ends it.
	paced bool

	refused  time.Time // when the server was first busy; a turn in the queue is no refusal
	attempts int
	trouble  int           // attempts that failed for other reasons than a busy server
	sentAt   time.Time     // when the last attempt was handed to the network
	sent     bool          // some attempt may have reached the server
	status   int           // of the last answer
	delay    time.Duration // before the next attempt
}

type operationKey struct{}

func withOperation(ctx context.Context, op *operation) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

func operationOf(ctx context.Context) *operation {
	if op, ok := ctx.Value(operationKey{}).(*operation); ok {
		return op
	}
	// Without an operation nothing is known about the request: never repeat it.
	return &operation{name: "call the API", kind: once}
}

// Operations that errors and hints speak of by name.
const (
	opMint           = "create API key"
	opCreateAdminKey = "create admin key"
)
