// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"strconv"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// What a gateway puts in the place of a secret is none: the outcome of such a mint is
// unknown, and nothing is sealed.
func TestMaskedSecretsAreNone(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"****************", "[REDACTED]", "sk-svca...tHaM", "sk-svcacct****", " ", "short", "sk-fake-with\nbreak", "key_1"} {
		if got, err := mintedOf("key_1", value, strconv.Quote(value), time.Time{}, time.Time{}, nil); err == nil {
			t.Errorf("%q is taken for a secret: %v", value, got.ID)
		}
	}
	for _, raw := range []string{"12345678901", "true", `{"secret":"sk-fake"}`} {
		if _, err := mintedOf("key_1", raw, raw, time.Time{}, time.Time{}, nil); err == nil {
			t.Errorf("%s is taken for a secret", raw)
		}
	}
	const good = "sk-svcacct-fake_0123456789-abcdef"
	if got, err := mintedOf("key_1", good, strconv.Quote(good), time.Time{}, time.Time{}, nil); err != nil || got.Value.Reveal() != good {
		t.Errorf("got %v, %v", got.ID, err)
	}
}

// A server that shows all of a secret where it should show its ends: nothing of it may
// reach state.
func TestWholeSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	known := secret.New("sk-known-fake-0123456789")
	for shown, want := range map[string]string{
		"sk-abc...def": "sk-abc...def", "sk-svcacct-ab***yz": "sk-svcacct-ab***yz", "": "", "sk-abc": "sk-abc",
		"sk-svcacct-fake-0123456789-0123456789": "", known.Reveal(): "",
	} {
		if got := apiclient.Redacted(shown); got != want {
			t.Errorf("Redacted(%q) = %q, want %q", shown, got, want)
		}
	}
}
