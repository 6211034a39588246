// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func TestFits(t *testing.T) {
	t.Parallel()
	text := secret.New(fake)
	for shown, want := range map[string]bool{
		"sk-svcacct...def":       true,
		"sk-svcacct***def":       true,
		"sk-svcacct-fake…f":      true,
		" sk-...def ":            true,
		"sk-*****...*****bcdef":  true,
		"sk-svcacct...":          true,
		"...def":                 true,
		"...":                    true,
		"":                       true,
		"a form never seen":      true,
		"sk-svcacct.def":         true, // one dot hides nothing
		"sk-svcacct...xyz":       false,
		"sk-admin...def":         false,
		"sk-svcacct***xyz":       false,
		"...xyz":                 false,
		fake[:20] + "..." + fake: false,
	} {
		if got := secret.Fits(text, shown); got != want {
			t.Errorf("Fits(%q) = %v, want %v", shown, got, want)
		}
	}
	if secret.Fits(secret.Text{}, "sk-svcacct...def") {
		t.Error("an empty secret fits no visible end")
	}
}
