// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Note takes a reason why a list may be incomplete.
type Note = func(why string)

// How says how a list is read.
type How int

// The possible values of a [How].
const (
	Remembered How = iota // whole, as this process remembers it
	Paged                 // page by page, as far as somebody takes from it
)

// Places are where the objects of a vendor are.
type Places interface {
	// Place confirms that there is a place of that id; one that is not there is an error.
	Place(ctx context.Context, id string) (Place, error)
	// Places walks the places in use. It ends after an error.
	Places(ctx context.Context, how How, note Note) iter.Seq2[Place, error]
	// Left reports whether a failure inside a place comes from the place having been removed.
	Left(ctx context.Context, place Place, err error) bool
}

// Source is the keys of one kind at a vendor. Errors are [apierr.Error], and [apierr.Gone]
// for what is known to exist no more.
type Source interface {
	Places
	// Now is the current time by the vendor's clock, once it is known; Skew says whether it is.
	Now() time.Time
	Skew() (skew time.Duration, known bool)
	// Keys walks the keys of a place, whoever owns them. It ends after an error.
	Keys(ctx context.Context, place Place, how How, note Note) iter.Seq2[Row, error]
	// Key reads one key by a request of its own.
	Key(ctx context.Context, place Place, id string) (Row, error)
}

// told is the time by the vendor's clock, zero where no answer has told it: by this machine's clock alone nothing has
// expired, and nothing has an age.
func told(s Source) time.Time {
	if _, known := s.Skew(); !known {
		return time.Time{}
	}
	return s.Now()
}

// Everywhere is the [Places] of keys that no place divides.
type Everywhere struct{}

// Place is the whole organization.
func (Everywhere) Place(context.Context, string) (Place, error) { return Place{}, nil }

// Places is the whole organization alone.
func (Everywhere) Places(context.Context, How, Note) iter.Seq2[Place, error] {
	return func(yield func(Place, error) bool) { yield(Place{}, nil) }
}

// Left is false: an organization is not removed under its own key.
func (Everywhere) Left(context.Context, Place, error) bool { return false }

// Each calls visit for the place of that id or, when it is "", for every one in the order
// of their names. One that is removed meanwhile is left out.
func Each(ctx context.Context, places Places, id string, note Note, visit func(Place) error) error {
	if id != "" {
		// Read first: a list alone does not show that it is a wrong organization's.
		place, err := places.Place(ctx, id)
		if err != nil {
			return err
		}
		return visit(place)
	}
	all, err := collect(places.Places(ctx, Remembered, note))
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Place) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	for _, place := range all {
		if err := visit(place); err != nil && !places.Left(ctx, place, err) {
			return err
		}
	}
	return nil
}

// Walk walks what is in the place of that id or, when it is "", in every one, asking for
// no more than is taken. A place that is removed meanwhile is left out.
func Walk[T any](ctx context.Context, places Places, id string, note Note, inside func(Place) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if id != "" {
			place, err := places.Place(ctx, id)
			if err != nil {
				yield(zero, err)
				return
			}
			inside(place)(yield)
			return
		}
		for place, err := range places.Places(ctx, Paged, note) {
			if err != nil {
				yield(zero, err)
				return
			}
			for one, err := range inside(place) {
				if err != nil && places.Left(ctx, place, err) {
					break
				}
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// collect takes everything from a walk.
func collect[T any](walk iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for one, err := range walk {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// MayLack warns that a list may be incomplete, and why; of says what it is a list of.
func MayLack(ctx context.Context, of string) Note {
	object := "the list of " + of
	return func(why string) {
		crud.Warn(ctx, object, "may be incomplete", "The reason: %s.", strings.TrimSuffix(secret.PrintableLine(why), "."))
	}
}

// Gaps are why the lists that were read may be incomplete, by what they are lists of and
// in the order in which they were read.
type Gaps struct {
	lists   []string
	reasons map[string][]string
}

// Note notes reasons about one list, each once.
func (g *Gaps) Note(of string) Note {
	return func(why string) {
		if g.reasons == nil {
			g.reasons = map[string][]string{}
		}
		if len(g.reasons[of]) == 0 {
			g.lists = append(g.lists, of)
		}
		if !slices.Contains(g.reasons[of], why) {
			g.reasons[of] = append(g.reasons[of], why)
		}
	}
}

// All gives each list with its reasons.
func (g *Gaps) All() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for _, of := range g.lists {
			if !yield(of, g.reasons[of]) {
				return
			}
		}
	}
}

// Warn warns of each list once, for all its reasons.
func (g *Gaps) Warn(ctx context.Context) {
	for of, reasons := range g.All() {
		MayLack(ctx, of)(strings.Join(reasons, "; "))
	}
}
