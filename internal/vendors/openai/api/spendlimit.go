// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"fmt"
	"strings"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"
)

// SpendLimit is the most that a project, or the organization, may spend.
type SpendLimit struct {
	Cents       *int64 // of a US dollar; nil = not shown
	Interval    string // "month"; "" = not shown
	Enforcement string // "inactive" or "enforcing"; "" = not shown
}

// Currency is the only one there is.
const Currency = "USD"

// spendLimitOf reads the limit of either level: both have the same fields.
func spendLimitOf(w *vendor.ProjectSpendLimit) (SpendLimit, error) {
	return SpendLimit{whole(w.JSON.ThresholdAmount, w.ThresholdAmount), string(w.Interval), w.Enforcement.Status}, dollars(string(w.Currency))
}

// dollars refuses an amount in another currency, which would be taken for dollars.
func dollars(currency string) error {
	if currency != "" && !strings.EqualFold(strings.TrimSpace(currency), Currency) {
		return fmt.Errorf("its amount is in %q, and only %s is known", currency, Currency)
	}
	return nil
}

// whole is a number of an answer, nil where it was not shown.
func whole(shown respjson.Field, value int64) *int64 {
	if !shown.Valid() {
		return nil
	}
	return &value
}
