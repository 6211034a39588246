// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"there is no key":                            "There is no key.",
		"read key: no (HTTP 404 Not Found)":          "Read key: no (HTTP 404 Not Found).",
		"ändern: no":                                 "Ändern: no.",
		"Is it there?":                               "Is it there?",
		"It is.\n":                                   "It is.",
		"not: this":                                  "Not: this.",
		"red.base_url ends with a slash":             "red.base_url ends with a slash.",
		"rotate_after must be shorter":               "rotate_after must be shorter.",
		"scopes[0] is null":                          "scopes[0] is null.",
		"https://api.example.com does not answer":    "https://api.example.com does not answer.",
		"key-1 is gone":                              "key-1 is gone.",
		"\"x\" is no URL":                            "\"x\" is no URL.",
		"import it: terraform import <address> p/k":  "Import it: terraform import <address> p/k",
		"revoke it:\n\n  curl -X DELETE https://a/b": "Revoke it:\n\n  curl -X DELETE https://a/b",
		"": "",
	} {
		if got := crud.Sentence(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
