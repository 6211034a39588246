// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Whole is the type of whole numbers that a configuration can set. The framework takes a fraction there
// for an error in the provider.
type Whole struct{ basetypes.Int64Type }

// Equal reports whether a type is one of whole numbers: the values are the framework's own.
func (Whole) Equal(other attr.Type) bool {
	switch other.(type) {
	case Whole, basetypes.Int64Type:
		return true
	}
	return false
}

// ValueFromTerraform gives what is not a whole number as unknown, for [Whole.Validate] to say so.
func (w Whole) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := w.Int64Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return types.Int64Unknown(), nil //nolint:nilerr // see above
	}
	return value, nil
}

// Validate refuses what is not a whole number.
func (w Whole) Validate(ctx context.Context, in tftypes.Value, at path.Path) (diags diag.Diagnostics) {
	if w.Int64Type.Validate(ctx, in, at).HasError() {
		diags.AddAttributeError(at, "Invalid "+at.String(), fmt.Sprintf("%s must be a whole number, not %s.", at, shown(in)))
	}
	return diags
}
