// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// joined is what an object has of its own that puts one thing into another: it is only its
// identity, so its id is known before it is created, and nothing changes in place.
type joined[M, T any] struct {
	of func(*api.Client) *api.Objects[T]
	// at is the parent and the id below it; an id is unknown while it is not known.
	at func(M) (parent, id types.String)
	// field is how a request calls the id.
	field string
	// named and importID name it in messages.
	named, importID func(M) string
	// free, when set, is an error where nobody here can create or delete it.
	free func(ctx context.Context, c *api.Client, m M) error
}

// joinedObject completes the object of something joined, except what it has already.
func joinedObject[M, T any](o crud.Object[*api.Client, M], j joined[M, T]) crud.Object[*api.Client, M] {
	o.Connect = connect
	o.Look = func(ctx context.Context, c *api.Client, plan M) error {
		parent, id := j.at(plan)
		if !parent.IsUnknown() && !id.IsUnknown() && j.of(c).Seen(ctx, parent.ValueString(), id.ValueString()) {
			warnExisting(ctx, j.named(plan), j.importID(plan))
		}
		return nil
	}
	o.Create = func(ctx context.Context, c *api.Client, plan M) (M, error) {
		if j.free != nil {
			if err := j.free(ctx, c, plan); err != nil {
				return plan, err
			}
		}
		parent, id := j.at(plan)
		_, err := join(ctx, j.of(c), parent.ValueString(), id.ValueString(), map[string]any{j.field: id.ValueString()}, j.named(plan), j.importID(plan))
		return plan, err
	}
	o.Read = func(ctx context.Context, c *api.Client, prior M) (M, error) {
		parent, id := j.at(prior)
		_, err := j.of(c).Get(ctx, parent.ValueString(), id.ValueString(), crud.CreatedAt(ctx))
		return prior, err
	}
	o.Update = func(_ context.Context, _ *api.Client, plan, _ M) (M, error) {
		return plan, nil // every change replaces
	}
	if o.Delete == nil {
		o.Delete = func(ctx context.Context, c *api.Client, state M) error {
			if j.free != nil {
				if err := j.free(ctx, c, state); err != nil {
					return err
				}
			}
			parent, id := j.at(state)
			return j.of(c).Delete(ctx, parent.ValueString(), id.ValueString(), crud.CreatedAt(ctx))
		}
	}
	return o
}

// join creates what is not there yet: to take over what is would let a destroy remove what was not
// created here.
func join[T any](ctx context.Context, all *api.Objects[T], parent, id string, fields map[string]any, named, importID string) (api.Added, error) {
	gone, err := all.Absent(ctx, parent, id)
	if err == nil && !gone {
		err = existing(named, importID)
	}
	if err != nil {
		return api.Added{}, err
	}
	return all.Put(ctx, parent, id, fields)
}

// existing is the error of a create that found its object.
func existing(object, importID string) error {
	return fmt.Errorf("%s exists already, and this resource did not create it. %s", object, onceAdvice(importID))
}

// warnExisting says in a plan that its create will find the object, unless it is the tainted one that
// the plan replaces: a plan does not show that.
func warnExisting(ctx context.Context, object, importID string) {
	fails := "Unless this plan deletes it first, as a replacement without create_before_destroy does, applying fails."
	if len(crud.Moved(ctx)) > 0 {
		fails = "Unless this plan also deletes it, for example under another index of a count, applying deletes the present one and then fails."
	}
	crud.Warn(ctx, object, "exists already", "%s %s", fails, importAdvice(importID))
}

func importAdvice(importID string) string {
	return "To manage it here, import it: terraform import <address> " + importID + ". Otherwise remove it from the configuration."
}

// onceAdvice is for the error of a create where there can be only one: of what it replaces, it knows nothing.
func onceAdvice(importID string) string {
	return importAdvice(importID) + " If this apply replaces it, take create_before_destroy out of its lifecycle block, and of those of resources that depend on it: there can be only one at a time."
}
