// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// kind is what one kind of object has of its own. Its answers are in the vendor's type W.
type kind[W, T any] struct {
	noun string // of one object, for messages: "group"
	// path is the path of the list; POST to it creates, and an object is below it by its id.
	path func(parent string) string
	// project is the project that a parent is in, "" for none.
	project func(parent string) string
	// root is the id of the organization's object that an object is part of, for objects without a
	// project: when it is gone, so is the object. nil is the object itself.
	root func(parent, id string) string
	read func(parent string) reader[W, T]
	id   func(T) string
	// key is what tells rows of a list apart; nil is the id.
	key func(T) string
	// same says that two ids are one, where the vendor spells it in several ways; nil: equal ones.
	same func(a, b string) bool
	// lost says why an answer about one object shows that it is not there after all, "" = it is; nil: never.
	lost func(T) string
	// added is the id in the answer to a [Objects.Put], "" where it shows none; nil: never looked at.
	added func(*Added) string
	// size is the largest page of the list.
	size int
	// byList: objects are always read from the list of their parent. Others are from the second one on.
	byList bool
	// unread: no request reads one object alone.
	unread bool
}

// Objects are the requests about one kind of object below a parent, which is "" for what is
// directly in the organization. Lists are read once per parent and remembered.
type Objects[T any] struct {
	client *Client
	kept   *apiclient.Collection[T]
	read   sync.Map // when the list of a parent was read last
	gone   sync.Map // what this process deleted, by [row]: a list that lags behind may show it still

	noun           string
	path           func(parent string) string
	project        func(parent string) string
	root           func(parent, id string) string
	byList, unread bool
	id, key        func(T) string
	same           func(a, b string) bool
	lost           func(T) string
	added          func(*Added) string
	fetch          func(parent string) apiclient.Fetch[T]
	ask            func(ctx context.Context, parent, asked string, op apiclient.Operation, method, path string) (T, error)
}

func newObjects[W, T any](c *Client, k kind[W, T]) *Objects[T] {
	if k.key == nil {
		k.key = k.id
	}
	o := &Objects[T]{
		client: c, kept: apiclient.NewCollection(k.key),
		noun: k.noun, path: k.path, project: k.project, root: k.root, byList: k.byList || k.unread, unread: k.unread, id: k.id,
		key: k.key, same: k.same, added: k.added, lost: k.lost,
	}
	if o.same == nil {
		o.same = func(a, b string) bool { return a == b }
	}
	if o.project == nil {
		o.project = func(string) string { return "" }
	}
	if o.root == nil {
		o.root = func(_, id string) string { return id }
	}
	o.fetch = func(parent string) apiclient.Fetch[T] {
		list := apiclient.Request{Operation: apiclient.Operation{Name: "list " + o.noun + "s", Kind: apiclient.Read}, Method: http.MethodGet, Path: o.path(parent)}
		pages := apiclient.CursorPages(c.http, list, apiclient.Cursors{After: "after", Limit: "limit", Size: k.size}, k.read(parent), k.id)
		return func(ctx context.Context, note func(string)) iter.Seq2[T, error] {
			o.read.Store(parent, c.Now())
			return o.living(parent, pages(ctx, note))
		}
	}
	o.ask = func(ctx context.Context, parent, asked string, op apiclient.Operation, method, path string) (out T, err error) {
		usable := about(asked, &out, k.read(parent), func(one T) string {
			if id := k.id(one); !o.same(asked, id) {
				return id
			}
			return asked
		})
		_, err = apiclient.JSON(ctx, c.http, apiclient.Request{Operation: op, Method: method, Path: path}, usable)
		return out, err
	}
	return o
}

// row is where an object is in a list.
type row struct{ parent, key string }

// living leaves out of a list what this process deleted.
func (o *Objects[T]) living(parent string, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range all {
			if _, deleted := o.gone.Load(row{parent, o.key(one)}); deleted && err == nil {
				continue
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

// inProject is for parents that are a project's id.
func inProject(parent string) string { return parent }

// below gives the path of what is below prefix/<parent>/.
func below(prefix, suffix string) func(string) string {
	return func(parent string) string { return prefix + apiclient.Path(parent) + suffix }
}

// at gives one path for every parent.
func at(path string) func(string) string { return func(string) string { return path } }

// All gives the parent's objects, from the list that this process remembers. [apierr.Gone]
// when the project of the parent is archived.
func (o *Objects[T]) All(ctx context.Context, parent string) (*List[T], error) {
	list, err := o.list(ctx, parent)
	return list, o.listed(ctx, parent, err)
}

// list reads the list that is remembered; one 404 alone is not believed.
func (o *Objects[T]) list(ctx context.Context, parent string) (*List[T], error) {
	list, err := o.kept.All(ctx, parent, o.fetch(parent))
	if apierr.IsNotFound(err) {
		list, err = o.kept.All(ctx, parent, o.fetch(parent))
	}
	return list, err
}

// Fresh is [Objects.All] past what is remembered.
func (o *Objects[T]) Fresh(ctx context.Context, parent string) (*List[T], error) {
	list, err := o.kept.Fresh(ctx, parent, o.fetch(parent))
	return list, o.listed(ctx, parent, err)
}

// AtStart is [Objects.All] as this process first saw it, before its own writes.
func (o *Objects[T]) AtStart(ctx context.Context, parent string) (*List[T], error) {
	list, err := o.kept.AtStart(ctx, parent, o.fetch(parent))
	return list, o.listed(ctx, parent, err)
}

// First is AtStart for the sake of a warning: at most three pages. What this process created
// is not looked into.
func (o *Objects[T]) First(ctx context.Context, parent string) apiclient.Look[T] {
	if o.ours(parent) {
		return apiclient.Look[T]{}
	}
	return o.kept.First(ctx, parent, firstPages, o.fetch(parent))
}

// Walk walks the parent's objects page by page, past what is remembered; note gets why some may be missing.
func (o *Objects[T]) Walk(ctx context.Context, parent string, note Note) iter.Seq2[T, error] {
	return o.kept.Walk(ctx, parent, note, o.fetch(parent))
}

func (o *Objects[T]) listed(ctx context.Context, parent string, err error) error {
	if project := o.project(parent); err != nil && project != "" {
		return o.client.listed(ctx, project, "the list of "+o.noun+"s of project "+project, err)
	}
	return err
}

// Get reads one object. created, if known, lets a 404 right after the creation be asked again.
// [apierr.Gone] when it is not there.
func (o *Objects[T]) Get(ctx context.Context, parent, id string, created time.Time) (T, error) {
	if o.project(parent) == "" {
		return present(ctx, o.client, o.what(parent, id), o.root(parent, id), true, func() (T, error) { return o.get(ctx, parent, id, created) })
	}
	one, err := o.get(ctx, parent, id, created)
	if err == nil {
		o.client.sightings.saw()
	}
	return one, err
}

func (o *Objects[T]) get(ctx context.Context, parent, id string, created time.Time) (out T, err error) {
	listed := o.byList || o.kept.Several(parent, id)
	if listed {
		list, err := o.list(ctx, parent)
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
		return out, o.listed(ctx, parent, listErr)
	}
	if one, there := o.In(list, id); there {
		return one, nil
	}
	return out, err
}

// In finds an object in a list, however its id is spelled.
func (o *Objects[T]) In(list *List[T], id string) (T, bool) {
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
func (o *Objects[T]) ReadAlone(ctx context.Context, parent, id string, created time.Time) (T, error) {
	one, err := apiclient.WhileYoung(ctx, o.client.http, created, func() (T, error) {
		return o.ask(ctx, parent, id, apiclient.Operation{Name: "read " + o.noun, Kind: apiclient.Read}, http.MethodGet, o.path(parent)+apiclient.Path(id))
	})
	if err != nil {
		return one, o.absent(ctx, parent, id, created, err)
	}
	if o.lost != nil {
		if why := o.lost(one); why != "" {
			return one, &apierr.Gone{What: o.what(parent, id), Why: why}
		}
	}
	return one, nil
}

func (o *Objects[T]) what(parent, id string) string {
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

func (o *Objects[T]) unseen(created time.Time) absence {
	return unseen(created, "it was deleted outside Terraform", "there is no "+o.noun+" of this id")
}

// absent judges a read that failed.
func (o *Objects[T]) absent(ctx context.Context, parent, id string, created time.Time, err error) error {
	why := o.unseen(created)
	if project := o.project(parent); project != "" {
		return o.client.child(ctx, project, o.what(parent, id), why, err)
	}
	if apierr.IsNotFound(err) {
		return &apierr.Gone{What: o.what(parent, id), Why: why.why, Never: why.never}
	}
	return err
}
