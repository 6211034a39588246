// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// attributesOf are the attributes of a key with these capabilities.
func attributesOf(t *testing.T, can keyseries.Capabilities) map[string]schema.Attribute {
	t.Helper()
	var resp resource.SchemaResponse
	keyresource.Kind[*struct{}]{Can: can, Redacted: "toy-…"}.Resource()().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	return resp.Schema.Attributes
}

// No object's page promises what its vendor cannot do.
func TestDescriptionsFollowTheCapabilities(t *testing.T) {
	t.Parallel()
	can := keyseries.Capabilities{End: keyseries.Later, Proof: keyseries.ByOwner, LastUse: keyseries.UseTime, Longest: 365 * 24 * time.Hour}
	with := func(change func(*keyseries.Capabilities)) keyseries.Capabilities {
		changed := can
		change(&changed)
		return changed
	}
	atMint := with(func(c *keyseries.Capabilities) { c.End = keyseries.AtMint })
	never := with(func(c *keyseries.Capabilities) { c.End = keyseries.Never })
	for _, c := range []struct {
		what, attribute string
		can             keyseries.Capabilities
		says, denies    string
	}{
		{"ends can move", "overlap", can, "expiry is set at the vendor's server", "the first apply after the overlap revokes"},
		{"ends are fixed", "overlap", atMint, "the first apply after the overlap revokes", "expiry is set at the vendor's server"},
		{"no ends", "overlap", never, "the first apply after the overlap revokes", "lifetime"},
		{"ends can move", "lifetime", can, "applies in place", "any change rotates"},
		{"ends are fixed", "lifetime", atMint, "any change rotates", "applies in place"},
		{"a limit", "lifetime", can, "At least `1s`, at most `1y`.", "days."},
		{"a limit", "overlap", can, "At most `1y`.", "days."},
		{"no limit", "lifetime", with(func(c *keyseries.Capabilities) { c.Longest = 0 }), "At least `1s`. Unset", "at most"},
		{"no limit", "overlap", with(func(c *keyseries.Capabilities) { c.Longest = 0 }), "at once", "At most"},
		{"no ends", "rotate_after", never, "works until it is revoked", "lifetime"},
		{"no ends", "ready_for_rotation", never, "due by", "expired"},
		{"no ends", "previous", never, "overlap is over", "server"},
		{"a name", "name", can, "marker, such as `payments (ok-", "Renamed"},
		{"a plain name", "name", with(func(c *keyseries.Capabilities) { c.Name.Plain = true }), "`payments-ok-k3v6zq2mda-x5b7qd2k`", "("},
		{"a name in place", "name", with(func(c *keyseries.Capabilities) { c.Name.Renames = true }), "Renamed in place", "rotates"},
		{"a name without a marker", "name", with(func(c *keyseries.Capabilities) { c.Name.Unmarked = true }), "as the vendor shows it", "marker"},
		{"no creation time", "created_at", with(func(c *keyseries.Capabilities) { c.NoCreated = true }), "the API does not show it", "server"},
		{"owners prove", "leftovers", can, "at least 24 hours old is revoked", "lost attempt"},
		{"a hidden use", "leftovers", with(func(c *keyseries.Capabilities) { c.LastUse = keyseries.UseHidden }), "Any other key is left alone, because", "24 hours"},
		{"no owner", "leftovers", with(func(c *keyseries.Capabilities) { c.Proof = keyseries.ByMint }), "Any other key is left alone, because", "24 hours"},
	} {
		text := attributesOf(t, c.can)[c.attribute].GetMarkdownDescription()
		if !strings.Contains(text, c.says) || strings.Contains(text, c.denies) {
			t.Errorf("%s of keys with %s: %s", c.attribute, c.what, text)
		}
	}
	for _, name := range []string{"lifetime", "expires_at"} {
		if _, has := attributesOf(t, never)[name]; has {
			t.Errorf("keys without an end have %s", name)
		}
		if _, has := attributesOf(t, atMint)[name]; !has {
			t.Errorf("keys with an end lack %s", name)
		}
	}
}
