// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// elder is how much older than the request an object has to be to be another one's for certain:
// more than two clocks of one server differ by.
const elder = 5 * time.Minute

// foreign is an unknown outcome when the answer to a create is about another object: one that
// was there before. A name that no server makes of ours is no proof, because some servers
// rename: the object is older than the request as well, or the list shows one of our name
// beside it.
func (n named) foreign(ctx context.Context, c *Client, object any, sent time.Time) error {
	id, name, created := n.Facts(object)
	other := &apierr.Error{
		Operation: "create " + n.Noun, Outcome: apierr.Unknown, Sent: sent,
		Message: fmt.Sprintf("the server answered with another %s (%s, %q), which is left alone", n.Noun, id, name),
	}
	if n.Older != nil && n.Older(id) {
		other.Message = fmt.Sprintf("the server answered with %s %s, which was there before and is left alone", n.Noun, id)
		return other
	}
	if name == "" || ident.SameName(name, n.Name) || ident.MayBecome(n.Name, name) {
		return nil
	}
	since := c.since(sent)
	older := !created.IsZero() && created.Before(since.Add(-elder))
	if !older {
		ctx, cancel := context.WithTimeout(Patient(context.WithoutCancel(ctx)), recoveryTime)
		defer cancel()
		list, err := n.List(ctx)
		if err != nil {
			return nil
		}
		found, _ := n.candidates(c, list, since)
		if !slices.ContainsFunc(found, func(one any) bool {
			found, _, _ := n.Facts(one)
			return found != id
		}) {
			return nil
		}
	}
	return other
}
