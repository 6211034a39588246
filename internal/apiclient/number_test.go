// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"encoding/json"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// A number is read from its text, too; an empty text and null are none, and a count is whole and not negative.
func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		value         float64
		number, whole bool
	}{
		`7`: {7, true, true}, `"7"`: {7, true, true}, `0`: {0, true, true}, `"0"`: {0, true, true}, `"7.0"`: {7, true, true},
		`0.5`: {0.5, true, false}, `"0.5"`: {0.5, true, false}, `-1`: {-1, true, false}, `3000000000`: {3e9, true, false},
		`null`: {}, `""`: {},
	} {
		n := apiclient.Number("5") // of another answer
		err := json.Unmarshal([]byte(text), &n)
		value, number := n.Float()
		count, whole := n.Count()
		if err != nil || value != want.value || number != want.number || whole != want.whole || whole && float64(count) != want.value {
			t.Errorf("%s: got %v, %v, and %d, %v: %v", text, value, number, count, whole, err)
		}
	}
	for _, text := range []string{`"many"`, `"NaN"`, `"1 2"`, `"0x10"`, `true`, `[1]`, `{}`} {
		n := apiclient.Number("")
		if err := json.Unmarshal([]byte(text), &n); err == nil {
			t.Errorf("%s is taken for %q", text, n)
		}
	}
}
