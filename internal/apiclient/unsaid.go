// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"fmt"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Unsaid judges a delete with a good answer that names something else as deleted, or nothing: as in [Deleted], it is
// success only after a look that shows the object gone.
func Unsaid(ctx context.Context, c *Client, operation, what string, look func(context.Context) (gone bool, err error)) error {
	gone, err := Vanished(ctx, c, look)
	if gone || err != nil {
		return err
	}
	advice := "Try again later; if it does not help, remove it in the dashboard or ask the vendor's support."
	return &apierr.Error{
		Operation: operation, Message: fmt.Sprintf("the server answered well, but %s still exists and was not removed", what),
		Hint: "It stays in state. " + advice, Unmanaged: advice,
	}
}
