// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// changedOnce are those of [Object.Once] that have another value in to than in from.
func (r *objectResource) changedOnce(to, from tftypes.Value) (names []string) {
	for _, name := range r.object.Once {
		next, has := within(to, name), within(from, name)
		if !next.IsNull() && !has.IsNull() && next.IsFullyKnown() && !next.Equal(has) && !sameText(next, has) {
			names = append(names, name)
		}
	}
	return names
}

// setOnce is the first of [Object.Once] that a plan would change, "" for none, and what to do. has is the model of the
// state.
func (r *objectResource) setOnce(plan, state tftypes.Value, has any, known answers) (name, advice string) {
	changed := r.changedOnce(plan, state)
	if len(changed) == 0 {
		return "", ""
	}
	name = changed[0]
	present := cmp.Or(known.part(name), shown(within(state, name)))
	return name, fmt.Sprintf("It has %s, and the API cannot change it to %s. Applying this fails, unless you replace the %s with -replace=<its address>: that %ss the present one for good. Or set it back.", present, shown(within(plan, name)), r.object.Noun, r.ends(has))
}

// ends is what a destroy does to an object, as a verb.
func (r *objectResource) ends(state any) string {
	if r.object.Ends == nil {
		return "delete"
	}
	return r.object.Ends(state)
}

// within is an attribute, or a part of one, by its dotted name; null where there is none.
func within(object tftypes.Value, name string) tftypes.Value {
	for part := range strings.SplitSeq(name, ".") {
		inner, there := attributesOf(object)[part]
		if !there {
			return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
		}
		object = inner
	}
	return object
}

// replaced is an object with another value at a dotted name; where there is nothing to hold it, the
// object as it is.
func replaced(object tftypes.Value, name string, value tftypes.Value) tftypes.Value {
	first, rest, deeper := strings.Cut(name, ".")
	parts := attributesOf(object)
	if parts == nil {
		return object
	}
	if deeper {
		value = replaced(parts[first], rest, value)
	}
	parts[first] = value
	return tftypes.NewValue(object.Type(), parts)
}

// rootOf is the attribute of a dotted name.
func rootOf(name string) string {
	root, _, _ := strings.Cut(name, ".")
	return root
}
