// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestMoment(t *testing.T) {
	t.Parallel()
	c := open(t).client
	none := "null"
	for text, want := range map[string]string{
		none: "0001-01-01 00:00:00 +0000 UTC <nil>", "": "0001-01-01 00:00:00 +0000 UTC <nil>", "  ": "0001-01-01 00:00:00 +0000 UTC <nil>",
		start.Format("2006-01-02T15:04:05") + "+02:00":                  start.Format("2006-01-02 15:04:05") + " +0000 UTC <nil>",
		"1970-01-01T00:00:00Z":                                          `its created_at ("1970-01-01T00:00:00Z") cannot be true: it is more than ten years from now`,
		"yesterday":                                                     `its created_at ("yesterday") is not a time`,
		"yesterday " + strings.Repeat("é", 99):                          `("yesterday ` + strings.Repeat("é", 30) + `…")`,
		"sk-fake-0123456789abcdef0123456789":                            `("(redacted)")`,
		strings.Repeat("x", 30) + " sk-fake-0123456789abcdef0123456789": `("` + strings.Repeat("x", 30) + ` (redacted…")`,
	} {
		given := &text
		if text == none {
			given = nil
		}
		at, err := c.Moment("created_at", given)
		if !at.IsZero() {
			at = at.Add(2 * 60 * 60 * 1e9) // of the zone
		}
		if got := fmt.Sprint(at, err); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
