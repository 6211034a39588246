// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package span reads and writes the durations users put into configurations.
package span

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Longest is the longest time that durations can say, in whole years.
const Longest = 292 * 365 * 24 * time.Hour

// ErrTooLong is the error for a duration that no limit allows.
var ErrTooLong = errors.New("is too long: durations end at " + Format(Longest))

// written is how durations are written, whatever their length.
var written = pattern.Lazy(`^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$`)

// Parse reads a duration such as 90d, 36h or 1d12h: whole numbers with the units
// y, w, d, h, m, s, ms in falling order; a day is 24 hours, a year 365 days. Negative ones
// do not exist, nor do months.
func Parse(text string) (time.Duration, error) {
	d, err := model.ParseDuration(text)
	if err != nil && text != "" && written().MatchString(text) {
		return 0, ErrTooLong
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: write whole numbers with units, such as 90d, 36h or 1d12h. The units are y (365 days), w, d, h, m (minutes), s and ms, the larger before the smaller; there is none for months", text)
	}
	return time.Duration(d), nil
}

// Format writes d the way Parse reads it, in the largest units that fit.
func Format(d time.Duration) string { return model.Duration(d.Truncate(time.Second)).String() }
