// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// projectPlaces are the active projects of an organization, as what accounts and keys are in.
type projectPlaces struct{ client *api.Client }

func (p projectPlaces) Place(ctx context.Context, id string) (keyinventory.Place, error) {
	project, err := p.client.Project(ctx, id, time.Time{})
	return placeOf(&project), err
}

func (p projectPlaces) Places(ctx context.Context, how keyinventory.How, note keyinventory.Note) iter.Seq2[keyinventory.Place, error] {
	return vendorkit.Rows(how, note, func() (*api.List[*api.Project], error) { return p.client.ActiveProjects(ctx) },
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

func placeOf(p *api.Project) keyinventory.Place { return keyinventory.Place{ID: p.ID, Name: p.Name} }

// expired reports whether a key that ends then has ended by now.
func expired(c *api.Client, end time.Time) bool { return !end.IsZero() && !c.Now().Before(end) }
