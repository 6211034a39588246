// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// fetch reads the list of a parent, without what this process deleted, to remember it: it notes when it
// began, as soon as the whole list is there.
func (o *objects[P]) fetch(parent string) apiclient.Fetch[P] {
	rows := o.rows(parent)
	return func(ctx context.Context, note func(string)) iter.Seq2[P, error] {
		began := o.client.Now()
		return func(yield func(P, error) bool) {
			some := false
			for one, err := range rows(ctx, note) {
				if some && apierr.IsNotFound(err) { // of a cursor: the parent is there
					err = fmt.Errorf("%w: %v", ErrNoList, err) //nolint:errorlint // it is no 404 of the parent
				}
				if !yield(one, err) {
					return
				}
				some = true
			}
			o.read.Store(parent, began)
		}
	}
}

func (o *objects[P]) rows(parent string) apiclient.Fetch[P] {
	pages := o.pages(parent)
	return func(ctx context.Context, note func(string)) iter.Seq2[P, error] {
		return o.living(parent, pages(ctx, note))
	}
}

// row is where an object is in a list.
type row struct{ parent, key string }

// living leaves out of a list what this process deleted.
func (o *objects[P]) living(parent string, all iter.Seq2[P, error]) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		for one, err := range all {
			if err == nil {
				if _, deleted := o.gone.Load(row{parent, o.key(one)}); deleted {
					continue
				}
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

// All gives the parent's objects, from the list that this process remembers. [apierr.Gone]
// when the project of the parent is archived.
func (o *objects[P]) All(ctx context.Context, parent string) (*List[P], error) {
	list, err := o.list(ctx, parent, time.Time{})
	return list, o.listed(ctx, parent, time.Time{}, err)
}

// list reads the list that is remembered; one 404 alone is not believed. created is when an object
// in it was created, and so the latest moment of its parent's creation; zero where none is known.
func (o *objects[P]) list(ctx context.Context, parent string, created time.Time) (*List[P], error) {
	all := func() (*List[P], error) { return o.kept.All(ctx, parent, o.fetch(parent)) }
	if ours := o.client.youngest(parent, nil); ours.After(created) {
		created = ours
	}
	list, err := apiclient.WhileYoung(ctx, o.client.http, created, all)
	if apierr.IsNotFound(err) {
		list, err = all()
	}
	return list, err
}

// AskedFor says that an object was asked for before, for another's sake: a list serves all of them.
func (o *objects[P]) AskedFor(parent, id, sake string) bool {
	first, asked := o.asked.LoadOrStore(row{parent, id}, sake)
	return asked && first != sake
}

// Peek is the list if it is remembered, nil otherwise.
func (o *objects[P]) Peek(parent string) *List[P] { return o.kept.Peek(parent) }

// Fresh is [Objects.All] past what is remembered.
func (o *objects[P]) Fresh(ctx context.Context, parent string) (*List[P], error) {
	list, err := o.kept.Fresh(ctx, parent, o.fetch(parent))
	return list, o.listed(ctx, parent, time.Time{}, err)
}

// AtStart is [Objects.All] as this process first saw it, before its own writes.
func (o *objects[P]) AtStart(ctx context.Context, parent string) (*List[P], error) {
	list, err := o.kept.AtStart(ctx, parent, o.fetch(parent))
	return list, o.listed(ctx, parent, time.Time{}, err)
}

// First is AtStart for the sake of a warning: at most three pages. What this process created
// is not looked into.
func (o *objects[P]) First(ctx context.Context, parent string) apiclient.Look[P] {
	if o.ours(parent) {
		return apiclient.Look[P]{}
	}
	return o.kept.First(ctx, parent, firstPages, o.fetch(parent))
}

// Walk walks the parent's objects page by page, past what is remembered; note gets why some may be missing.
//
// Not inlined, so that its closures are compiled once (ADR 0038).
//
//go:noinline
func (o *objects[P]) Walk(ctx context.Context, parent string, note Note) iter.Seq2[P, error] {
	return o.kept.Walk(ctx, parent, note, o.rows(parent))
}

func (o *objects[P]) listed(ctx context.Context, parent string, created time.Time, err error) error {
	if project := o.project(parent); err != nil && project != "" {
		return o.client.listed(ctx, project, "the list of "+o.noun+"s of project "+project, created, err)
	}
	return err
}

// Get is [Objects.Get].
func (o *objects[P]) Get(ctx context.Context, parent, id string, created time.Time) (P, error) {
	if o.project(parent) == "" {
		return present(ctx, o.client, o.what(parent, id), o.root(parent, id), true, func() (P, error) { return o.get(ctx, parent, id, created) })
	}
	one, err := o.get(ctx, parent, id, created)
	if err == nil {
		o.client.sightings.saw()
	}
	return one, err
}

func (o *objects[P]) get(ctx context.Context, parent, id string, created time.Time) (out P, err error) {
	listed := o.byList || o.kept.Several(parent, id)
	if listed {
		if _, unlisted := o.unlisted.Load(parent); unlisted {
			return o.ReadAlone(ctx, parent, id, created)
		}
		list, err := o.list(ctx, parent, created)
		if apierr.IsNotFound(err) && !o.unread { // a server without this list: what is in it may be there
			one, aloneErr := o.readAlone(ctx, parent, id, created, time.Time{}) // the list has waited
			if aloneErr == nil {
				o.unlisted.Store(parent, true)
			}
			return one, aloneErr
		}
		if errors.Is(err, ErrNoList) && !o.unread {
			if one, aloneErr := o.ReadAlone(ctx, parent, id, created); !apierr.IsGone(aloneErr) { // one 404 alone is not believed
				return one, aloneErr
			}
		}
		if err != nil {
			return out, o.absent(ctx, parent, id, created, err)
		}
		if parent != "" {
			o.client.sightings.saw() // in another organization there is no such parent
		}
		if one, there := o.In(list, id); there {
			return one, nil
		}
		if o.unread {
			if list, err = o.Fresh(ctx, parent); err != nil { // as others are confirmed by a read of their own
				return out, err
			}
			if one, there := list.ByID[id]; there {
				return one, nil
			}
			if len(list.Incomplete) > 0 {
				return out, fmt.Errorf("%s is not in the list, which may be incomplete: %s", o.what(parent, id), list.Incomplete[0])
			}
			return out, &apierr.Gone{What: o.what(parent, id), Why: o.unseen(created).why, Never: o.unseen(created).never}
		}
		return o.ReadAlone(ctx, parent, id, created)
	}
	out, err = o.ReadAlone(ctx, parent, id, created)
	if _, archived := o.client.archived.Load(o.project(parent)); listed || archived || !apierr.IsGone(err) {
		return out, err
	}
	// One 404 alone is not believed.
	list, listErr := o.kept.All(ctx, parent, o.fetch(parent))
	if apierr.IsNotFound(listErr) {
		return out, err // its parent is gone
	}
	if listErr != nil {
		return out, o.listed(ctx, parent, created, listErr)
	}
	if parent != "" {
		o.client.sightings.saw()
	}
	if one, there := o.In(list, id); there {
		return one, nil
	}
	return out, err
}

// In finds an object in a list, however its id is spelled.
func (o *objects[P]) In(list *List[P], id string) (P, bool) {
	one, there := list.ByID[id]
	if there {
		return one, true
	}
	for _, key := range slices.Sorted(maps.Keys(list.ByID)) {
		if one := list.ByID[key]; o.id(one) == key && o.same(id, key) {
			return one, true
		}
	}
	return one, false
}

// ReadAlone is [Objects.Get] by a request of its own.
func (o *objects[P]) ReadAlone(ctx context.Context, parent, id string, created time.Time) (P, error) {
	created = o.client.born(id, created)
	young := created
	if young.IsZero() {
		young = o.client.youngest(parent, nil)
	}
	return o.readAlone(ctx, parent, id, created, young)
}

// readAlone waits for an object that is young since then.
func (o *objects[P]) readAlone(ctx context.Context, parent, id string, created, young time.Time) (P, error) {
	one, err := apiclient.WhileYoung(ctx, o.client.http, young, func() (P, error) {
		read := apiclient.Request{Operation: apiclient.Operation{Name: "read " + o.noun, Kind: apiclient.Read}, Method: http.MethodGet, Path: o.path(parent) + apiclient.Path(id)}
		one, err := o.ask(ctx, parent, id, read)
		if apierr.IsNotFound(err) && o.also != nil {
			read.Query = o.also
			two, also := o.ask(ctx, parent, id, read)
			if status := apierr.Status(also); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
				one, err = two, also
			} // else it refused the question, and what it said before counts
		}
		return one, err
	})
	if err != nil {
		return one, o.absent(ctx, parent, id, created, err)
	}
	if why := o.lost(one); why != "" {
		return one, &apierr.Gone{What: o.what(parent, id), Why: why}
	}
	return one, nil
}

func (o *objects[P]) what(parent, id string) string {
	what := o.noun + " " + id
	project := o.project(parent)
	if below := strings.TrimPrefix(parent, project+"/"); below != project {
		what += " of " + strings.Replace(below, "s/", " ", 1) // "users/user-abc123"
	}
	if project != "" {
		what += " of project " + project
	}
	return what
}

func (o *objects[P]) unseen(created time.Time) absence {
	return unseen(created, "it was deleted outside Terraform", "there is no "+o.noun+" of this id")
}

// absent judges a read that failed.
func (o *objects[P]) absent(ctx context.Context, parent, id string, created time.Time, err error) error {
	why := o.unseen(created)
	if project := o.project(parent); project != "" {
		return o.client.child(ctx, project, o.what(parent, id), why, err)
	}
	if apierr.IsNotFound(err) {
		return &apierr.Gone{What: o.what(parent, id), Why: why.why, Never: why.never}
	}
	return err
}
