// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// projectPlaces are the active projects of an organization, as what accounts and keys are in.
type projectPlaces struct{ client *api.Client }

func (p projectPlaces) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	project, err := p.client.Project(ctx, id, time.Time{})
	return placeOf(project), err
}

func (p projectPlaces) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return rows(how, note, func() (*api.List[api.Project], error) { return p.client.ActiveProjects(ctx) },
		p.client.Projects(ctx, false, note), placeOf)
}

// Left reports whether a failure inside a project is due to its being archived.
func (p projectPlaces) Left(ctx context.Context, place keyinventory.Place, err error) bool {
	if apierr.IsGone(err) {
		return true
	}
	if status := apierr.Status(err); status != http.StatusNotFound && status != http.StatusBadRequest {
		return false
	}
	project, err := p.client.ConfirmProject(ctx, place.ID, time.Time{})
	return err == nil && project.Archived
}

func placeOf(p api.Project) keyinventory.Place { return keyinventory.Place{ID: p.ID, Name: p.Name} }

// rows gives a list another form: the one that is remembered, or page by page.
func rows[T, R any](how keyinventory.How, note keyinventory.Note, remembered func() (*api.List[T], error), paged iter.Seq2[T, error], form func(T) R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		all := paged
		if how == keyinventory.Remembered {
			all = everything(note, remembered)
		}
		for one, err := range all {
			if err != nil {
				var none R
				yield(none, err)
				return
			}
			if !yield(form(one), nil) {
				return
			}
		}
	}
}

// everything walks a list that is read as a whole.
func everything[T any](note keyinventory.Note, read func() (*api.List[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		list, err := read()
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, why := range list.Incomplete {
			note(why)
		}
		for one := range maps.Values(list.ByID) {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// warnIncomplete warns where a list may be incomplete, once for all reasons.
func warnIncomplete[T any](ctx context.Context, of string, list *api.List[T]) {
	if len(list.Incomplete) > 0 {
		keyinventory.MayLack(ctx, of)(strings.Join(list.Incomplete, "; "))
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

// expired reports whether a key that ends then has ended by now.
func expired(c *api.Client, end time.Time) bool { return !end.IsZero() && !c.Now().Before(end) }
