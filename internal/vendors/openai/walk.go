// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// inProjects walks what is in one project or, when projectID is null, in every active
// one. A project that is archived meanwhile is left out.
func inProjects[T any](ctx context.Context, c *api.Client, projectID types.String, walk func(ctx context.Context, projectID string, note api.Note) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if !projectID.IsNull() {
			id := projectID.ValueString()
			// Looked at first: from the list alone a wrong organization could not be told.
			if _, err := c.Project(ctx, id, time.Time{}); err != nil {
				yield(zero, err)
				return
			}
			walk(ctx, id, mayLack(ctx, "project "+id))(yield)
			return
		}
		for project, err := range c.Projects(ctx, false, mayLack(ctx, "projects")) {
			if err != nil {
				yield(zero, err)
				return
			}
			for one, err := range walk(ctx, project.ID, mayLack(ctx, "project "+project.ID)) {
				if err != nil && archived(ctx, c, project.ID, err) {
					break
				}
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// mayLack warns that a list may be incomplete, and why; of says what it is a list of.
func mayLack(ctx context.Context, of string) api.Note {
	object := "the list of " + of
	return func(why string) {
		crud.Warn(ctx, object, "may be incomplete", "Some of what there is may be missing here: %s.", why)
	}
}

// warnIncomplete warns where a list may be incomplete, once for all reasons.
func warnIncomplete[T any](ctx context.Context, of string, list *api.List[T]) {
	if len(list.Incomplete) > 0 {
		mayLack(ctx, of)(strings.Join(list.Incomplete, "; "))
	}
}

// archived tells whether a failure inside a project is due to its end.
func archived(ctx context.Context, c *api.Client, projectID string, err error) bool {
	if status := apierr.Status(err); status != http.StatusNotFound && status != http.StatusBadRequest {
		return false
	}
	project, err := c.ConfirmProject(ctx, projectID, time.Time{})
	return err == nil && project.Archived
}

// filtered leaves out of a walk what does not match.
func filtered[T any](walk iter.Seq2[T, error], match func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range walk {
			if (err != nil || match(one)) && !yield(one, err) {
				return
			}
		}
	}
}

// found gives what a walk finds the form of a listing.
func found[T, M any](walk iter.Seq2[T, error], show func(T) crud.Found[M]) iter.Seq2[crud.Found[M], error] {
	return func(yield func(crud.Found[M], error) bool) {
		for one, err := range walk {
			if err != nil {
				yield(crud.Found[M]{}, err)
				return
			}
			if !yield(show(one), nil) {
				return
			}
		}
	}
}

// expired tells whether a key that ends then has ended by now.
func expired(c *api.Client, end time.Time) bool { return !end.IsZero() && !c.Now().Before(end) }

// ownedName is how a list shows a key: two of one name differ in their owners.
func ownedName(shown, owner string) string {
	name, _, _ := keyseries.Read(shown)
	if owner == "" {
		return name
	}
	return name + " (" + owner + ")"
}
