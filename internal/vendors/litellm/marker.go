// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package litellm

import (
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/litellm/api"
)

// marker is this provider's entry in a key's metadata: the mark, and which of the other
// entries are the configuration's. The rest belongs to others.
type marker struct {
	Series  string   `json:"series,omitempty"`
	Nonce   string   `json:"nonce,omitempty"`
	Entries []string `json:"entries,omitempty"`
}

// markerOf is the marker of a key, empty for one without.
func markerOf(k api.Key) (m marker) {
	_ = json.Unmarshal(k.Metadata[api.MarkerEntry], &m)
	return m
}

func (m marker) mark() keyseries.Mark { return keyseries.Mark{Series: m.Series, Nonce: m.Nonce} }

// metadataOf is what a key's metadata becomes: the configured entries take the place of
// those that were configured before, and entries of others are kept.
func metadataOf(configured types.Map, have map[string]json.RawMessage, m marker) map[string]any {
	out := map[string]any{}
	for name, value := range have {
		if !slices.Contains(m.Entries, name) {
			out[name] = value
		}
	}
	m.Entries = nil
	for name, value := range configured.Elements() {
		if text, ok := value.(types.String); ok {
			out[name] = text.ValueString()
			m.Entries = append(m.Entries, name)
		}
	}
	slices.Sort(m.Entries)
	out[api.MarkerEntry] = m
	return out
}

// ownMetadata are the entries of a key that the configuration has set, null for none.
func ownMetadata(k api.Key) attr.Value {
	entries := map[string]attr.Value{}
	for _, name := range markerOf(k).Entries {
		raw, there := k.Metadata[name]
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw) // somebody gave it another type
		}
		if there {
			entries[name] = types.StringValue(text)
		}
	}
	if len(entries) == 0 {
		return types.MapNull(types.StringType)
	}
	return types.MapValueMust(types.StringType, entries)
}
