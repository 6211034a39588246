// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import "encoding/json"

// Nullable is a field of an answer that may be null, and is not always there: what is left out is not null.
type Nullable[T any] struct {
	Value *T
	Shown bool // it is there, if only as null
}

// UnmarshalJSON is called for null, too.
func (n *Nullable[T]) UnmarshalJSON(data []byte) error {
	n.Shown = true
	return json.Unmarshal(data, &n.Value)
}
