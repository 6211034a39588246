// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apierr

import (
	"errors"
	"strings"
)

// Advice is an error that ends with what to do next, which is something else where
// Terraform has no state for the object: an action has none.
type Advice struct {
	Err       error
	Managed   string // without the period that separates it from Err
	Unmanaged string
}

// Error implements error, for an object that is in state.
func (a *Advice) Error() string { return a.Err.Error() + ". " + a.Managed }

// Unwrap gives the error without the advice.
func (a *Advice) Unwrap() error { return a.Err }

// Unmanaged gives an error the words for an object that is in no state: those of
// [Error.Unmanaged] and [Advice.Unmanaged].
func Unmanaged(err error) error {
	out := &reworded{text: err.Error(), causes: []error{err}}
	var advice *Advice
	advised := errors.As(err, &advice)
	if advised {
		out.text = strings.Replace(out.text, advice.Error(), advice.Err.Error()+". "+advice.Unmanaged, 1)
	}
	e, ok := As(err)
	if ok && e.Unmanaged != "" {
		out.causes = []error{With(e, func(e *Error) { e.Hint = e.Unmanaged }), err}
	} else if !advised {
		return err
	}
	return out
}

// reworded is an error with another text or another hint; the first cause that fits counts.
type reworded struct {
	text   string
	causes []error
}

func (r *reworded) Error() string { return r.text }

func (r *reworded) Unwrap() []error { return r.causes }

// With is the [Error] of err after a change, which is made to a copy; without one it is err
// itself.
func With(err error, change func(*Error)) error {
	e, ok := As(err)
	if !ok {
		return err
	}
	copied := *e
	change(&copied)
	return &copied
}

// Elsewhere is err with the hint for what is not there, most likely because it is somewhere else:
// why it is missing, what to check, and what else to do about an object that is in state.
func Elsewhere(err error, why, check, inState string) error {
	return With(err, func(e *Error) {
		e.Hint = why + " Nothing was removed from state. " + check + "; " + inState + "."
		e.Unmanaged = why + " " + check + "."
	})
}

// Hinted is err with another hint in its [Error], for an object that is in no state too.
func Hinted(err error, hint string) error {
	return With(err, func(e *Error) { e.Hint, e.Unmanaged = hint, "" })
}
