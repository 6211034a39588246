// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apierr_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// What is in no state is told other words, whatever stands around them.
func TestUnmanaged(t *testing.T) {
	t.Parallel()
	hinted := &apierr.Error{Operation: "read", Status: 404, Hint: "It stays in state. Look again.", Unmanaged: "Look again.", Cause: io.EOF}
	plain := &apierr.Error{Operation: "read", Hint: "Look again."}
	advice := &apierr.Advice{Err: fmt.Errorf("it cannot be deleted: %w", hinted), Managed: "Take it out of state", Unmanaged: "Delete its owner"}
	for name, c := range map[string]struct {
		err        error
		text, hint string
	}{
		"a hint":            {err: hinted, text: hinted.Error(), hint: "Look again."},
		"a wrapped hint":    {err: fmt.Errorf("outer: %w. Nothing was done", hinted), text: "outer: " + hinted.Error() + ". Nothing was done", hint: "Look again."},
		"advice":            {err: advice, text: "it cannot be deleted: " + hinted.Error() + ". Delete its owner", hint: "Look again."},
		"wrapped advice":    {err: fmt.Errorf("%w. Nothing was done", advice), text: "it cannot be deleted: " + hinted.Error() + ". Delete its owner. Nothing was done", hint: "Look again."},
		"one for both":      {err: plain, text: plain.Error(), hint: "Look again."},
		"advice and no API": {err: &apierr.Advice{Err: io.EOF, Managed: "Take it out of state", Unmanaged: "Delete its owner"}, text: "EOF. Delete its owner"},
		"another error":     {err: io.EOF, text: "EOF"},
	} {
		got := apierr.Unmanaged(c.err)
		hint := ""
		if e, ok := apierr.As(got); ok {
			hint = e.Hint
		}
		if got.Error() != c.text || hint != c.hint || !errors.Is(got, c.err) {
			t.Errorf("%s: %q with hint %q, want %q with %q", name, got, hint, c.text, c.hint)
		}
	}
	if hinted.Hint != "It stays in state. Look again." || advice.Error() != "it cannot be deleted: "+hinted.Error()+". Take it out of state" {
		t.Errorf("what is in state is told %q and %q", hinted.Hint, advice)
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	got, ok := apierr.As(apierr.Elsewhere(&apierr.Error{Status: 404}, "Place 1 does not exist.", "Check the place", "if it was deleted, forget it"))
	if !ok || got.Hint != "Place 1 does not exist. Nothing was removed from state. Check the place; if it was deleted, forget it." || got.Unmanaged != "Place 1 does not exist. Check the place." {
		t.Errorf("in state %q, else %q", got.Hint, got.Unmanaged)
	}
}

func TestHinted(t *testing.T) {
	t.Parallel()
	first := &apierr.Error{Message: "no", Hint: "first", Unmanaged: "first for what is in no state"}
	got, ok := apierr.As(apierr.Hinted(fmt.Errorf("around: %w", first), "second"))
	if !ok || got.Hint != "second" || got.Unmanaged != "" || got.Message != "no" || first.Hint != "first" || first.Unmanaged == "" {
		t.Errorf("got %v, and %v of the first", got, first)
	}
	if other := errors.New("another"); !errors.Is(apierr.Hinted(other, "second"), other) {
		t.Error("an error without a hint is replaced")
	}
}
