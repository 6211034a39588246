// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// A whole list is fetched when it is not remembered, and after a write or where it is asked
// for anew.
func TestWhole(t *testing.T) {
	t.Parallel()
	fetches := 0
	w := apiclient.NewWhole(func(s string) string { return s }, func(context.Context, func(string)) iter.Seq2[string, error] {
		fetches++
		return func(yield func(string, error) bool) { yield(fmt.Sprint("v", fetches), nil) }
	})
	ask := func(what, want string, list *apiclient.List[string], err error) {
		t.Helper()
		if got := fmt.Sprint(list.ByID, err); got != "map["+want+":"+want+"] <nil>" {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	all := func(what, want string) { t.Helper(); list, err := w.All(t.Context()); ask(what, want, list, err) }
	all("fetched", "v1")
	all("remembered", "v1")
	w.Drop()
	all("after a write", "v2")
	list, err := w.Fresh(t.Context())
	ask("fresh", "v3", list, err)
	list, err = w.AtStart(t.Context())
	ask("at start", "v1", list, err)
	if first := w.First(t.Context(), 1); fmt.Sprint(first.Items) != "[v1]" {
		t.Errorf("first: %v", first)
	}
	for one, err := range w.Walk(t.Context(), nil) {
		if one != "v4" || err != nil {
			t.Errorf("walked to %s, %v", one, err)
		}
	}
	for i, id := range []string{"v3", "other", "v3"} {
		if one, there, err := w.Listed(t.Context(), id); there != (i == 2) || there && one != id || err != nil {
			t.Errorf("asked for %s: %s, %t, %v", id, one, there, err)
		}
	}
}

// What a list shows that cannot be read to its end is read alone; another failure is an error.
func TestListedWithoutAList(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{apiclient.ErrListStuck, io.EOF} {
		w := apiclient.NewWhole(func(s string) string { return s }, func(context.Context, func(string)) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) { yield("", cause) }
		})
		_, _, _ = w.Listed(t.Context(), "a")
		if _, there, err := w.Listed(t.Context(), "b"); there || errors.Is(err, io.EOF) != errors.Is(cause, io.EOF) {
			t.Errorf("%v: got %t, %v", cause, there, err)
		}
	}
}
