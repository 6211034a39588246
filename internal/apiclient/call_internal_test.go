// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"strings"
	"testing"
)

func TestFirstLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		"a\nb":                               "a",
		"\n a\nb":                            "a",
		strings.Repeat("x", 300):             strings.Repeat("x", 300),
		strings.Repeat("x", 301):             strings.Repeat("x", 300) + "…",
		strings.Repeat("x", 299) + "ü" + "y": strings.Repeat("x", 299) + "…",
	} {
		if got := firstLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
