// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// What a vendor cannot do must be found in a text.
func TestFalseClaimsAreFound(t *testing.T) {
	t.Parallel()
	later := keyseries.Capabilities{End: keyseries.Later, Proof: keyseries.ByMint, Recovery: keyseries.BySecret, Name: keyseries.NameRule{Renames: true}}
	atMint := keyseries.Capabilities{End: keyseries.AtMint}
	never := keyseries.Capabilities{End: keyseries.Never}
	for text, can := range map[string]keyseries.Capabilities{
		"The old one is given an end at the server.":                                        atMint,
		"The old key expires at the proxy, even if Terraform never runs again.":             never,
		"The first apply after the overlap revokes the old key.":                            later,
		"`lifetime` is changed in place.":                                                   atMint,
		"A change applies in place while the new expiry is at least `overlap` ahead.":       never,
		"Set `lifetime` too: then the old key expires even without an apply.":               never,
		"Its keys never expire.":                                                            later,
		"The key's name. Renamed in place.":                                                 atMint,
		"Keys cannot be renamed, so a change rotates the key.":                              later,
		"The secret is shown by the API only once.":                                         later,
		"The secret is chosen by this provider.":                                            never,
		"A key that was never used and is at least 24 hours old is revoked by the next one": later,
	} {
		found := false
		for _, one := range claims {
			found = found || one.pattern.MatchString(text) && !one.true(can)
		}
		if !found {
			t.Errorf("it is not found that %q is false", text)
		}
	}
}
