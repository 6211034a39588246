// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Amounts are US dollars as decimal text, and compared as cents: 100, 100.0 and "100.00" are one.

var decimal = pattern.Lazy(`^\d{1,12}(\.\d{1,12})?$`)

// centsOf reads an amount, exactly.
func centsOf(amount string) (int64, error) {
	value, ok := new(big.Rat).SetString(amount)
	if !ok || !decimal().MatchString(amount) {
		return 0, errors.New("is not an amount in US dollars such as 100 or \"99.50\": write at most 12 digits, with a point before the cents")
	}
	cents := value.Mul(value, big.NewRat(100, 1))
	if !cents.IsInt() {
		return 0, errors.New("has parts of a cent: round it to two decimals")
	}
	return cents.Num().Int64(), nil // 14 digits at most
}

// amountAttribute is the required argument of an amount of at least so many cents.
func amountAttribute(least int64, description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, MarkdownDescription: description,
		Validators: []validator.String{crud.Text("an amount in US dollars", func(s string) error {
			cents, err := centsOf(s)
			if err == nil && cents < least {
				err = fmt.Errorf("is %s, but must be at least %s", s, dollarsOf(least))
			}
			return err
		})},
		PlanModifiers: []planmodifier.String{sameAmount},
	}
}

// dollarsOf writes an amount, without cents where there are none.
func dollarsOf(cents int64) string {
	if cents%100 == 0 {
		return fmt.Sprint(cents / 100)
	}
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// amountAs is an answered amount as it is spelled already, if it is the same.
func amountAs(spelled types.String, cents *int64) types.String {
	if cents == nil {
		return types.StringNull()
	}
	if has, err := centsOf(spelled.ValueString()); err == nil && has == *cents {
		return spelled
	}
	return types.StringValue(dollarsOf(*cents))
}
