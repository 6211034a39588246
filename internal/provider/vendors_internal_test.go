// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import "testing"

// An inventory over all vendors that lacks one would look like a clean one.
func TestEveryVendorIsInTheInventory(t *testing.T) {
	t.Parallel()
	for _, one := range vendors() {
		if one.APIKeys.Connect == nil || one.APIKeys.Noun == "" {
			t.Errorf("%s: its Block hands in no APIKeys", one.Name)
		}
	}
}
