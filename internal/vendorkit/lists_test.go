// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendorkit_test

import (
	"errors"
	"fmt"
	"iter"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
)

func keyOf(id string) keyseries.Key { return keyseries.Key{ID: id} }

func TestListingIsIndexedOnce(t *testing.T) {
	t.Parallel()
	list := &apiclient.List[string]{ByID: map[string]string{"a": "a"}, Doubtful: map[string]string{"b": "b"}, Incomplete: []string{"a page is missing"}}
	read := func(how keyseries.How) *keyseries.Listing {
		t.Helper()
		indexed, err := vendorkit.Listing(how, list, nil, keyOf)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(indexed.Incomplete, list.Incomplete) {
			t.Errorf("incomplete because of %q, want %q", indexed.Incomplete, list.Incomplete)
		}
		return indexed
	}
	if first, second := read(keyseries.Remembered), read(keyseries.Remembered); first != second {
		t.Error("one list was indexed twice")
	}
	for how, want := range map[keyseries.How]bool{keyseries.Remembered: false, keyseries.Fresh: true} {
		if _, has := read(how).Get("b"); has != want {
			t.Errorf("a list read as %v has its doubtful row: %t, want %t", how, has, want)
		}
	}
}

// A list is indexed again when more is known than before, and not when less is.
func TestListingAsKnown(t *testing.T) {
	t.Parallel()
	list := &apiclient.List[string]{ByID: map[string]string{"a": "a"}}
	for _, c := range []struct {
		known  int64
		person string
	}{{0, "0"}, {2, "2"}, {2, "2"}, {1, "2"}} {
		indexed, err := vendorkit.ListingAsKnown(keyseries.Remembered, list, nil, c.known, func(id string) keyseries.Key {
			return keyseries.Key{ID: id, Person: fmt.Sprint(c.known)}
		})
		if err != nil {
			t.Fatal(err)
		}
		if key, _ := indexed.Get("a"); key.Person != c.person {
			t.Errorf("with %d known: indexed with %s, want %s", c.known, key.Person, c.person)
		}
	}
}

func TestListingWithoutEnd(t *testing.T) {
	t.Parallel()
	_, err := vendorkit.Listing[string](keyseries.Fresh, nil, apiclient.ErrNoList, keyOf)
	if !errors.Is(err, keyseries.ErrNoList) {
		t.Errorf("%v is not %v", err, keyseries.ErrNoList)
	}
	other := errors.New("refused")
	if _, err := vendorkit.Listing[string](keyseries.Fresh, nil, other, keyOf); !errors.Is(err, other) || errors.Is(err, keyseries.ErrNoList) {
		t.Errorf("got %v, want %v alone", err, other)
	}
}

func TestRowsAreOfTheListThatWasAskedFor(t *testing.T) {
	t.Parallel()
	var paged iter.Seq2[string, error] = func(yield func(string, error) bool) {
		_ = yield("paged", nil) && yield("", errors.New("cut off")) && yield("never", nil)
	}
	remembered := func() (*apiclient.List[string], error) {
		return &apiclient.List[string]{ByID: map[string]string{"a": "remembered"}, Incomplete: []string{"a page is missing"}}, nil
	}
	for how, want := range map[keyinventory.How]string{
		keyinventory.Remembered: "REMEMBERED, a page is missing", keyinventory.Paged: "PAGED, cut off",
	} {
		var got, notes []string
		note := func(why string) { notes = append(notes, why) }
		for row, err := range vendorkit.Rows(how, note, remembered, paged, strings.ToUpper) {
			if err != nil {
				row = err.Error()
			}
			got = append(got, row)
		}
		if all := strings.Join(append(got, notes...), ", "); all != want {
			t.Errorf("got %q, want %q", all, want)
		}
	}
}

func TestCurlShowsNoCredential(t *testing.T) {
	t.Parallel()
	const fake = "fake-credential"
	command := strings.Replace(vendorkit.Curl("x-api-key: %s", "ACME_KEY", "DELETE", "http://127.0.0.1/keys/1"), "curl -K - ", "cat; : ", 1)
	shell := exec.CommandContext(t.Context(), "sh", "-c", command)
	shell.Env = []string{"ACME_KEY=" + fake}
	out, err := shell.Output()
	if want := `header = "x-api-key: ` + fake + `"`; err != nil || string(out) != want {
		t.Errorf("curl reads %q, want %q (%v)", out, want, err)
	}
	if strings.Contains(command, fake) {
		t.Error("the credential is in the command")
	}
}
