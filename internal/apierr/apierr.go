// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package apierr is the one form in which a vendor's refusal or a broken
// connection travels through the provider. It knows no vendor.
package apierr

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Outcome is what is known about a request that failed.
type Outcome int

const (
	// Refused: the server answered and did nothing.
	Refused Outcome = iota
	// NotSent: the request never left this machine.
	NotSent
	// Unknown: the server may or may not have done what was asked.
	Unknown
)

// Error is a failed call. Every field but Operation may be empty.
type Error struct {
	Operation string // what was tried, as words: "create group"
	Status    int    // HTTP status, 0 when there was no answer
	Type      string
	Code      string
	Param     string // the request field the server complains about
	Message   string // the server's own words, scrubbed of anything like a key
	RequestID string // the server's id for this request, for its support
	Outcome   Outcome
	// Lost: the change may have been carried out, by an earlier attempt without a usable answer, or by one with a good
	// answer, after which a look failed.
	Lost      bool
	Read      bool   // the call was a look, which changes nothing
	Undone    bool   // the server says that it did nothing, whatever the status
	NotAPI    bool   // a web page answered, so Status is not the API's
	Hint      string // what the user should do next
	Unmanaged string // Hint for an object that is in no state, "" = the same
	Cause     error
	// Sent is when the last attempt was handed to the network, by this machine's clock;
	// zero when none was.
	Sent time.Time
}

// Error implements error in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	b.WriteString(": ")
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Cause != nil:
		b.WriteString(e.Cause.Error())
	default:
		b.WriteString("no usable answer")
	}
	if f := e.Facts(); f != "" {
		fmt.Fprintf(&b, " (%s)", f)
	}
	return b.String()
}

// Facts lists status, code and request id, the way support asks for them.
func (e *Error) Facts() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status)))
	}
	if e.Code != "" {
		parts = append(parts, "code "+e.Code)
	}
	if e.RequestID != "" {
		parts = append(parts, "request id "+e.RequestID)
	}
	return strings.Join(parts, ", ")
}

// Unwrap gives the underlying network error.
func (e *Error) Unwrap() error { return e.Cause }

// As finds the *Error in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Status is the HTTP status of err, or 0; also 0 when not the API answered.
func Status(err error) int {
	if e, ok := As(err); ok && !e.NotAPI {
		return e.Status
	}
	return 0
}

// IsNotFound reports whether the server said 404.
func IsNotFound(err error) bool { return Status(err) == http.StatusNotFound }

// IsUnknown reports whether the request may have been carried out.
func IsUnknown(err error) bool {
	e, ok := As(err)
	return ok && e.Outcome == Unknown
}

// IsLost reports whether a change that failed may have been carried out before: by an earlier attempt, or by one with a
// good answer, after which a look failed.
func IsLost(err error) bool {
	e, ok := As(err)
	return ok && e.Lost
}

// MayBeDone reports whether a change may have been carried out: its outcome is unknown, or the
// server was in trouble when it answered, or at an earlier attempt. A look before it changes nothing.
func MayBeDone(err error) bool {
	e, ok := As(err)
	return ok && !e.Undone && (e.Lost || !e.Read && (e.Outcome == Unknown || e.Status == http.StatusRequestTimeout || e.Status >= http.StatusInternalServerError))
}

// AfterChange is the error of a look after a change that was answered well: it is no refusal of the change.
func AfterChange(err error) error { return With(err, func(e *Error) { e.Lost = true }) }

// Gone says that an object is known to exist no more, and why. It is returned
// only after the parent was confirmed, never on a bare 404.
type Gone struct {
	What string // "API key key_123 of group g_1"
	Why  string // "it was revoked outside Terraform"
	// Never: it was never seen before, so it may be that no such object ever was.
	Never bool
	// Ours: an attempt of our own to delete it, whose answer was lost, may have done so.
	Ours bool
	// Unset: it is a setting that has no value at present.
	Unset bool
	// Next is what to do where an apply does not create it again, "" = one does.
	Next string
}

// Error implements error.
func (g *Gone) Error() string {
	if g.Never {
		return g.What + " was not found: " + g.Why
	}
	return g.What + " is gone: " + g.Why
}

// IsGone reports whether err says that an object is known to exist no more.
func IsGone(err error) bool {
	_, gone := AsGone(err)
	return gone
}

// Next gives a [Gone] what to do where no apply creates it again.
func Next(err error, next string) error {
	gone, ok := AsGone(err)
	if !ok {
		return err
	}
	copied := *gone
	copied.Next = next
	return &copied
}

// AsGone finds a *Gone in err's chain.
func AsGone(err error) (*Gone, bool) {
	var g *Gone
	ok := errors.As(err, &g)
	return g, ok
}
