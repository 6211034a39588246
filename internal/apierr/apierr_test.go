// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apierr_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

func TestError(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*apierr.Error{
		"read project: no usable answer":                                         {Operation: "read project"},
		"read project: EOF":                                                      {Operation: "read project", Cause: io.EOF},
		"read project: words":                                                    {Operation: "read project", Message: "words", Cause: io.EOF},
		"read project: words (HTTP 404 Not Found)":                               {Operation: "read project", Message: "words", Status: 404},
		"read project: words (code c, request id req_1)":                         {Operation: "read project", Message: "words", Code: "c", RequestID: "req_1", Hint: "not shown", Type: "nor this"},
		"read project: w (HTTP 429 Too Many Requests, code c, request id req_1)": {Operation: "read project", Message: "w", Status: 429, Code: "c", RequestID: "req_1"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestFinding(t *testing.T) {
	t.Parallel()
	inner := &apierr.Error{Operation: "x", Status: 404, Outcome: apierr.Unknown, Cause: io.EOF}
	wrapped := fmt.Errorf("outer: %w", inner)
	if e, ok := apierr.As(wrapped); !ok || e != inner {
		t.Errorf("found %v, %t", e, ok)
	}
	if !apierr.IsNotFound(wrapped) || !apierr.IsUnknown(wrapped) || apierr.Status(wrapped) != 404 || !errors.Is(wrapped, io.EOF) {
		t.Errorf("%v is not recognised", wrapped)
	}
	for _, other := range []error{nil, io.EOF, &apierr.Gone{What: "key", Why: "y"}} {
		if _, ok := apierr.As(other); ok || apierr.IsNotFound(other) || apierr.IsUnknown(other) || apierr.Status(other) != 0 {
			t.Errorf("%v is taken for an apierr.Error", other)
		}
	}
	for _, outcome := range []apierr.Outcome{apierr.Refused, apierr.NotSent} {
		if apierr.IsUnknown(&apierr.Error{Outcome: outcome}) {
			t.Errorf("outcome %d is taken for unknown", outcome)
		}
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	inner := &apierr.Gone{What: "API key key_1", Why: "it was revoked"}
	if got := inner.Error(); got != "API key key_1 is gone: it was revoked" {
		t.Errorf("got %q", got)
	}
	if g, ok := apierr.AsGone(fmt.Errorf("outer: %w", inner)); !ok || g != inner {
		t.Errorf("found %v, %t", g, ok)
	}
	// A bare 404 is never gone.
	for _, other := range []error{nil, io.EOF, &apierr.Error{Status: 404}} {
		if _, ok := apierr.AsGone(other); ok {
			t.Errorf("%v is taken for gone", other)
		}
	}
}

func TestMayBeDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&apierr.Error{Outcome: apierr.Unknown}, true},
		{&apierr.Error{Status: http.StatusInternalServerError}, true},
		{&apierr.Error{Status: http.StatusBadGateway, NotAPI: true}, true},
		{&apierr.Error{Status: http.StatusRequestTimeout}, true},
		{&apierr.Error{Status: http.StatusConflict, Lost: true}, true},
		{&apierr.Error{Status: http.StatusConflict}, false},
		{&apierr.Error{Outcome: apierr.NotSent}, false},
		{&apierr.Error{Status: http.StatusBadGateway, Outcome: apierr.Unknown, Read: true}, false},
		{apierr.AfterChange(&apierr.Error{Status: http.StatusBadGateway, Read: true}), true},
		{errors.New("no call"), false},
		{nil, false},
	} {
		if got := apierr.MayBeDone(c.err); got != c.want {
			t.Errorf("%v: got %t", c.err, got)
		}
	}
}
