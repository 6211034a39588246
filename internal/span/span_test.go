// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package span_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

const day = 24 * time.Hour

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "36h": 36 * time.Hour, "30m": 30 * time.Minute, "1w": 7 * day, "0s": 0, "0": 0,
		"1d12h": 36 * time.Hour, "1h30m10s": 90*time.Minute + 10*time.Second, "1y": 365 * day,
	} {
		if got, err := span.Parse(text); err != nil || got != want {
			t.Errorf("%q became %s, %v, want %s", text, got, err, want)
		}
	}
	for _, bad := range []string{"3mo", "1 month", "", "90", "d", "1.5h", "-1d", "1h1d", "90 d", "1D", "P90D", "1mo", "forever", "90d\n", "999999999999999999999"} {
		if got, err := span.Parse(bad); err == nil || !strings.Contains(err.Error(), "is not a duration: write whole numbers with units") ||
			!strings.Contains(err.Error(), "m (minutes), s and ms, the larger before the smaller; there is none for months") {
			t.Errorf("%q became %s, %v, want to be told how to write it", bad, got, err)
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	for _, long := range []string{"300y", "9999999d", "999999999999y", "99999999999999999999999s", "292y999999999h"} {
		if _, err := span.Parse(long); !errors.Is(err, span.ErrTooLong) || !strings.Contains(err.Error(), "292y") {
			t.Errorf("%q: %v, want to be told that it is too long", long, err)
		}
	}
	if got, err := span.Parse("292y"); err != nil || got != span.Longest {
		t.Errorf("292y became %s, %v", got, err)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * day: "90d", 36 * time.Hour: "1d12h", 24 * time.Hour: "1d", 90 * time.Second: "1m30s",
		1500 * time.Millisecond: "1s", 7 * day: "1w",
	} {
		if got := span.Format(d); got != want {
			t.Errorf("%s became %q, want %q", d, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"90d", "1d12h", "0s", "1w2d3h4m5s", "1y", "10ms", "-1d", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := span.Parse(text)
		if err != nil {
			return
		}
		if d < 0 {
			t.Fatalf("%q is negative: %s", text, d)
		}
		again, err := span.Parse(span.Format(d))
		if err != nil || again != d.Truncate(time.Second) {
			t.Errorf("%q is %s, written %q, read back as %s, %v", text, d, span.Format(d), again, err)
		}
	})
}
