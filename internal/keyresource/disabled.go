// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
)

const disabledName = "disabled"

// idle completes "the old key … " of a rotation where that key does nothing during its overlap; "" = it works.
func (k Kind[P]) idle(plan, state P, m keyseries.Memory) string {
	if m.Trouble != "" {
		return "does nothing now, because it " + m.Trouble
	}
	for _, a := range k.Own {
		is := func(model P, disabled bool) bool { return a.Place.get(model).Equal(types.BoolValue(disabled)) }
		switch {
		case a.Name != disabledName:
		case is(state, true) && !is(plan, false):
			return "is disabled and stays so until an apply with disabled = false"
		case is(plan, true): // which holds for previous keys, too
			return "is disabled by this apply"
		}
	}
	return ""
}

// warnEnabled names the previous keys that an apply enables along with the current one.
func (r *keyResource[P]) warnEnabled(ctx context.Context, plan, state P, want keyseries.Wanted, have keyseries.State, m keyseries.Memory, d keyseries.Decision) {
	var enables, changed bool
	for _, a := range r.kind.Own {
		if a.Name == disabledName {
			enables = a.Place.get(plan).Equal(types.BoolValue(false))
			changed = enables && sends(want, d, a.Name)
		}
	}
	ids := slices.Sorted(maps.Keys(m.Previous))
	if d.Rotate && !m.Phase.Lost() && want.Overlap > 0 {
		ids = append(ids, have.ID) // it becomes one
	}
	for _, id := range ids {
		lacks := enables && slices.Contains(d.Align, id) && slices.Contains(want.Sent(m.Previous[id]), disabledName)
		if !changed && !lacks || slices.Contains(d.Revoke, id) {
			continue
		}
		until := "its overlap is over"
		if end := m.Previous[id].End; !end.IsZero() {
			until = stamp(end)
		}
		crud.Warn(ctx, crud.Named("previous key", have.Name, id), "is enabled", "This apply enables key %s, which works again until %s: disabled = false holds for previous keys, too. If it must not work again, because its secret has leaked, revoke it first: %s", id, until, r.command(state)(id))
	}
}

// isDisabled is what is said of a key that refuses every call without being asked to.
const isDisabled = "is disabled"

// Disabled is the argument that stops the keys of a series and keeps them, for vendors that
// can. Unset leaves a key as it is; one that was disabled elsewhere warns in every plan. more
// ends the description. shown says of a key whether it is disabled, and whether the answer
// says so; of what the user cannot take back it says nothing.
func Disabled[P any](field func(P) *types.Bool, more string, shown func(keyseries.Key) (disabled, told bool)) Argument[P] {
	return Argument[P]{
		Name: disabledName,
		Attribute: schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Whether the keys refuse every call. Unset: left alone, and every plan warns of a key that was disabled elsewhere; the next rotation creates one that works." + more,
		},
		Place: At(field), Effect: InPlace, Whole: true,
		Shown: func(key keyseries.Key) attr.Value {
			disabled, told := shown(key)
			if !told {
				return nil
			}
			return types.BoolValue(disabled)
		},
		Notice: func(key keyseries.Key, before P) (what, text string) {
			if disabled, told := shown(key); !told || !disabled || field(before).ValueBool() {
				return "", ""
			}
			return isDisabled, "It was disabled outside Terraform and refuses every call. With disabled = false the plan enables it again; the next rotation creates one that works."
		},
		Left: func(plan P) (what, text string) {
			if !field(plan).ValueBool() {
				return "", ""
			}
			return isDisabled, "It refuses every call, and the configuration does not set disabled. Set disabled = false to enable it, or rotate it. If it is to stay disabled, set disabled = true."
		},
	}
}
