// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a number of an answer as it was written; "" = null or not there. Some servers and
// gateways write numbers as texts, and none as an empty one.
type Number string

// UnmarshalJSON takes a number, a text that holds one or nothing, and null.
func (n *Number) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) == nil {
		if *n = ""; text == nil || *text == "" {
			return nil
		}
		data = []byte(*text)
	}
	var plain json.Number
	err := json.Unmarshal(data, &plain)
	*n = Number(plain)
	return err
}

// Float gives the number; ok is false where there is none.
func (n Number) Float() (value float64, ok bool) {
	value, err := strconv.ParseFloat(string(n), 64)
	return value, err == nil
}

// Count gives a whole number that is not negative; ok is false where there is none.
func (n Number) Count() (count int, ok bool) {
	value, ok := n.Float()
	ok = ok && value >= 0 && value < math.MaxInt32 && value == math.Trunc(value)
	return int(value), ok
}
