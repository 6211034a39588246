// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"fmt"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// longestMoment is how much of a text is shown that is no moment.
const longestMoment = 40

// Moment reads an RFC 3339 time of an answer, in UTC; null and an empty text are the zero time. One that
// cannot be true is an error, which continues "the row … ".
func (c *Client) Moment(name string, text *string) (time.Time, error) {
	if text == nil || strings.TrimSpace(*text) == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil || !c.Plausible(at) {
		why := "cannot be true: it is more than ten years from now"
		if err != nil {
			why = "is not a time"
		}
		shown := []rune(secret.Scrub(*text)) // before the cut, which would hide a part of a secret
		if len(shown) > longestMoment {
			shown = append(shown[:longestMoment], '…')
		}
		return time.Time{}, fmt.Errorf("its %s (%q) %s", name, string(shown), why)
	}
	return at.UTC(), nil
}
