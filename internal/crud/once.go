// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// setOnce is the first of [Object.Once] that a plan would change, "" for none, and what to do.
func (r *objectResource) setOnce(plan, state tftypes.Value) (name, advice string) {
	for _, name := range r.object.Once {
		planned, has := within(plan, name), within(state, name)
		if planned.IsNull() || has.IsNull() || !planned.IsFullyKnown() || planned.Equal(has) {
			continue
		}
		return name, fmt.Sprintf("It has %s, and the API cannot change it to %s. Applying this fails, unless you replace the %s with -replace=<its address>: that destroys the present one. Or set it back.", shown(has), shown(planned), r.object.Noun)
	}
	return "", ""
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
