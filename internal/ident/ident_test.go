// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package ident_test

import (
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"proj_abc", "user-1", "key_A.b", "svc_acct_1", "sk-learn-team", "sk-bratislava"} {
		if err := ident.Check(good); err != nil {
			t.Errorf("Check(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{"", "a/b", "..", "a..b", ".", "a\\b", "a?b", "a b", "a%2fb", "a#", "a\x00", " a", "a\n", "a\u00a0", "\ufeffa", "a\u200bb", "a\u202eb"} {
		if ident.Check(bad) == nil {
			t.Errorf("Check(%q) found nothing wrong", bad)
		}
	}
	for _, secret := range []string{"sk-svcacct-fake0123456789", " sk-or-v1-fake0123456789", "sk-fake-fake-fake-fake-0", "sk_0123456789abcdef0123456789abcdef0123456789abcdef"} {
		for what, check := range map[string]func(string) error{"Check": ident.Check, "CheckName": ident.CheckName} {
			if err := check(secret); err == nil || !strings.Contains(err.Error(), "secret of a key") || strings.Contains(err.Error(), secret) {
				t.Errorf("%s of a secret = %v", what, err)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	names := []string{"project_id", "key_id"}
	parts, err := ident.Split("proj_1/key_2", names)
	if err != nil || parts[0] != "proj_1" || parts[1] != "key_2" {
		t.Fatalf("Split = %v, %v", parts, err)
	}
	for _, bad := range []string{"proj_1", "proj_1/key_2/x", "/key_2", "proj_1/", "../key"} {
		if _, err := ident.Split(bad, names); err == nil || !strings.Contains(err.Error(), "<project_id>/<key_id>") {
			t.Errorf("Split(%q) = %v, want the expected form", bad, err)
		}
	}
}
