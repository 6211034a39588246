// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package presence carries in the context whether the caller of this work, the
// Terraform CLI, still waits for the answer. It knows neither Terraform nor a process.
package presence

import (
	"context"
	"errors"
)

// Presence reports whether the caller still waits for the answer.
type Presence interface {
	// Gone is nil while the CLI is there, and the reason once it is not.
	Gone() error
	// Ending is nil as long as new keys may be created, and the reason once the process was asked to stop.
	Ending() error
}

// Patient is a [Presence] that needs a moment to notice: a killed process takes some
// milliseconds to vanish.
type Patient interface {
	Presence
	// Confirm is Gone after that moment. The context's end cuts the wait short.
	Confirm(ctx context.Context) error
}

// always is the presence of a caller that cannot go.
type always struct{}

func (always) Gone() error   { return nil }
func (always) Ending() error { return nil }

type (
	presenceKey struct{}
	endsKeyKey  struct{}
)

// With gives the work done with this context the presence of its caller.
func With(ctx context.Context, p Presence) context.Context {
	return context.WithValue(ctx, presenceKey{}, p)
}

// Of is the presence of the caller; one that is always there when none was given.
func Of(ctx context.Context) Presence {
	if p, ok := ctx.Value(presenceKey{}).(Presence); ok {
		return p
	}
	return always{}
}

// MayCreate is nil while something new may be created for the caller, and the reason
// why not otherwise.
func MayCreate(ctx context.Context) error {
	p := Of(ctx)
	return errors.Join(p.Gone(), p.Ending())
}

// MayEnd is nil while an old key may be shortened or revoked for the caller, and the
// reason why not once the caller is gone: the new key may never arrive. It may wait for
// a moment to be sure.
func MayEnd(ctx context.Context) error {
	p := Of(ctx)
	if patient, ok := p.(Patient); ok {
		return patient.Confirm(ctx)
	}
	return p.Gone()
}

// EndsKey marks the requests sent with this context as ones that end an old key.
func EndsKey(ctx context.Context) context.Context {
	return context.WithValue(ctx, endsKeyKey{}, true)
}

// MaySend is the last check before a request leaves, after it has waited for its turn.
func MaySend(ctx context.Context, create bool) error {
	if create {
		return MayCreate(ctx)
	}
	if ends, _ := ctx.Value(endsKeyKey{}).(bool); ends {
		return Of(ctx).Gone()
	}
	return nil
}
