// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

// answered remembers how the vendor answered what was written: its own spelling, perhaps.
// What a later look shows in its place is then the change of somebody else.
func (k Kind[P]) answered(model P, own any, m *keyseries.Memory) (differ []difference) {
	if own == nil {
		return nil
	}
	for _, a := range k.unanswered(model, *m) {
		answer := a.Shown(keyseries.Key{Own: own})
		if answer == nil {
			continue
		}
		if have := a.Place.get(model); !a.spells(answer, have) {
			differ = append(differ, difference{a.Name, have, answer})
		}
		remember(m, a.Name, answer)
	}
	return differ
}

// unanswered are the arguments that were written, or may have been, and of which no answer has shown how the vendor
// spells them.
func (k Kind[P]) unanswered(model P, m keyseries.Memory) []Argument[P] {
	return slices.DeleteFunc(slices.Clone(k.Own), func(a Argument[P]) bool {
		_, asked := m.Answers[a.Name]
		left := a.Place.get(model).IsNull() && (a.IfHeld || a.Attribute.IsComputed())
		return asked || left || a.Shown == nil || !a.configurable() || a.Effect == Replaces
	})
}

func remember(m *keyseries.Memory, name string, answer attr.Value) {
	if m.Answers == nil {
		m.Answers = map[string]string{}
	}
	m.Answers[name] = spelling(answer)
}
