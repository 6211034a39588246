// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import "github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"

// pageSize is the largest the API allows.
const pageSize = 100

// List is a complete list by id. It is shared: never change it.
type List[T any] = apiclient.List[T]

// Note gets the reason why a list may be incomplete.
type Note = func(why string)

// Recovered is how a create came by its object, where an answer was lost.
type Recovered = apiclient.Recovered
