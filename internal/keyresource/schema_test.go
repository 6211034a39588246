// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource_test

import (
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// No object's page promises what its vendor cannot do.
func TestDescriptionsFollowTheCapabilities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		end          keyseries.End
		says, denies string
	}{
		{keyseries.Later, "the end is set at the vendor's server", "the first apply after the overlap revokes"},
		{keyseries.AtMint, "the first apply after the overlap revokes", "the end is set at the vendor's server"},
	} {
		attributes := keyresource.Schema("", time.Hour, keyseries.Capabilities{End: c.end}, nil).Attributes
		overlap, lifetime := attributes["overlap"].GetMarkdownDescription(), attributes["lifetime"].GetMarkdownDescription()
		if !strings.Contains(overlap, c.says) || strings.Contains(overlap, c.denies) {
			t.Errorf("overlap with ends %d: %s", c.end, overlap)
		}
		if inPlace := strings.Contains(lifetime, "applies in place"); inPlace != (c.end == keyseries.Later) {
			t.Errorf("lifetime with ends %d: %s", c.end, lifetime)
		}
	}
}
