// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

const fake = "sk-svcacct-fake-0123456789abcdef"

func TestTextIsNeverPrinted(t *testing.T) {
	t.Parallel()
	text := secret.New(fake)
	holder := struct {
		Key  secret.Text
		More map[string]secret.Text
	}{text, map[string]secret.Text{"a": text}}

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", text, "holder", holder)
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if out := fmt.Sprintf(verb, text) + fmt.Sprintf(verb, holder); strings.Contains(out, "0123") || strings.Contains(out, "736b2d") {
			t.Errorf("%s prints the secret: %s", verb, out)
		}
	}
	if strings.Contains(log.String()+string(encoded), "0123") {
		t.Errorf("log or JSON holds the secret: %s %s", log.String(), encoded)
	}
	if text.Reveal() != fake {
		t.Error("Reveal must give the text itself")
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Incorrect API key provided: " + fake + ".": "Incorrect API key provided: (redacted).",
		"identity AGE-SECRET-KEY-1QQQQQQQQQQ bad":   "identity (redacted) bad",
		"task-management of risk-assessment":        "task-management of risk-assessment",
		"key sk-abc...def":                          "key sk-abc...def",
	} {
		if got := secret.Scrub(in); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", in, got, want)
		}
	}
}
