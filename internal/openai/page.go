// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"github.com/openai/openai-go/v3/packages/pagination"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// pageSize is the largest the API allows.
const pageSize = 100

// List is a complete list by id. It is shared: never change it.
type List[T any] = apiclient.List[T]

// conversationPage is the vendor's name for the list style of these endpoints.
type conversationPage[T any] = pagination.ConversationCursorPage[T]

// usableList holds against an answer that it has no list at all: taken for an empty
// one it would say that everything is gone.
func usableList[T any](answer *conversationPage[T]) string {
	if answer == nil || !answer.JSON.Data.Valid() {
		return "it has no list"
	}
	return ""
}

func pageOf[V, T any](answer *conversationPage[V], err error, convert func(*V) T) (apiclient.Page[T], error) {
	if err != nil || answer == nil {
		return apiclient.Page[T]{}, err
	}
	out := apiclient.Page[T]{More: answer.HasMore, Last: answer.LastID}
	for i := range answer.Data {
		out.Items = append(out.Items, convert(&answer.Data[i]))
	}
	return out, nil
}
