// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyresource

import (
	"context"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// precision is that of numbers in Terraform.
const precision = 512

// Amount is a number of an answer as a configuration has it: 0.1, not the nearest fraction that a
// float64 can be.
func Amount(shown *float64) attr.Value {
	if shown == nil {
		return types.Float64Null()
	}
	exact, _, err := big.ParseFloat(strconv.FormatFloat(*shown, 'f', -1, 64), 10, precision, big.ToNearestEven)
	if err != nil {
		return types.Float64Value(*shown)
	}
	value, err := types.Float64Type.ValueFromTerraform(context.Background(), tftypes.NewValue(tftypes.Number, exact))
	if err != nil {
		return types.Float64Value(*shown)
	}
	return value
}

// SameAmount is the [Argument.Same] of an [Amount]: more than a float64 holds is never sent.
func SameAmount(want, have attr.Value, _ bool) bool {
	w, wanted := want.(types.Float64)
	h, had := have.(types.Float64)
	return wanted && had && w.IsNull() == h.IsNull() && w.ValueFloat64() == h.ValueFloat64()
}
