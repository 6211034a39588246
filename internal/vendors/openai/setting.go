// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"cmp"
	"context"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// setting is what a setting of a project or of the organization has of its own. It has no id, so
// a create takes over what is set.
type setting[M, T any] struct {
	of func(*api.Client) *api.Setting[T]
	// sends are the fields that a write changes; without any, nothing is sent.
	sends func(plan, state M) map[string]any
	// shows puts an answer into a model.
	shows func(into *M, got T)
	// present says for a warning what is set, "" for nothing.
	present func(got T) string
}

// settingObject completes the object of a setting.
func settingObject[M, T any, P placed[M]](o crud.Object[*api.Client, M], s setting[M, T]) crud.Object[*api.Client, M] {
	o.Connect, o.Parent = connect, itsProject[M, P]
	o.Look = func(ctx context.Context, c *api.Client, plan M) error {
		place, err := P(&plan).place()
		if err != nil || place.IsUnknown() {
			return err
		}
		got, err := s.of(c).First(ctx, place.ValueString())
		if apierr.IsGone(err) {
			return nil // nothing is set; that a project is archived, the apply says
		}
		if present := s.present(got); err == nil && present != "" {
			crud.Warn(ctx, crud.Named(o.Noun, "", cmp.Or(place.ValueString(), organizationID)), "is set already",
				"At present it has %s. Applying adopts it and writes the configured value.", present)
		}
		return err
	}
	write := func(ctx context.Context, c *api.Client, plan, state M) (M, error) {
		place, err := P(&plan).place()
		if err != nil {
			return plan, err
		}
		var got T
		if fields := s.sends(plan, state); len(fields) > 0 {
			got, err = s.of(c).Set(ctx, place.ValueString(), fields)
		} else {
			got, err = s.of(c).Get(ctx, place.ValueString(), crud.CreatedAt(ctx))
		}
		if err == nil {
			s.shows(&plan, got)
		}
		return plan, err
	}
	o.Create = func(ctx context.Context, c *api.Client, plan M) (M, error) {
		var nothing M
		return write(ctx, c, plan, nothing)
	}
	o.Update = write
	o.Read = func(ctx context.Context, c *api.Client, prior M) (M, error) {
		place, err := P(&prior).place()
		if err != nil {
			return prior, err
		}
		got, err := s.of(c).Get(ctx, place.ValueString(), crud.CreatedAt(ctx))
		if err == nil {
			s.shows(&prior, got)
		}
		return prior, err
	}
	if o.Delete == nil {
		o.Delete = func(ctx context.Context, c *api.Client, state M) error {
			place, err := P(&state).place()
			if err != nil {
				return err
			}
			_, err = undo(ctx, s.of(c), o.Noun, place.ValueString(), nil)
			return err
		}
	}
	return o
}

// undo ends a setting for a destroy: it is removed or, if fields are given, set to them, which the answer shows.
func undo[T any](ctx context.Context, all *api.Setting[T], noun, place string, fields map[string]any) (now *T, err error) {
	got, left, err := all.Undo(ctx, place, fields, crud.CreatedAt(ctx))
	if left {
		crud.Warn(ctx, crud.Named(noun, "", cmp.Or(place, organizationID)), "stays as it is", "%s", writtenHere)
	}
	if left || err != nil {
		return nil, err
	}
	return &got, nil
}

// writtenHere is why a destroy undoes nothing.
const writtenHere = "This apply has also written it for another resource, for example under a new address or as the new one of a replacement. Therefore the destroy leaves it as it is. To give a resource a new address without a destroy, use a moved block."

// leave makes a destroy leave everything as it is, which its plan warns of.
func leave[M any](o crud.Object[*api.Client, M], why string) crud.Object[*api.Client, M] {
	o.Delete = func(context.Context, *api.Client, M) error { return nil }
	o.Loss = func(context.Context, *api.Client, M) (what, detail string) {
		return "stays as it is", why
	}
	return o
}
