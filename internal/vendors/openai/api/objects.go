// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
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
	// also is the query of a second read of one object, for those that a read without it does not find; nil: none.
	also url.Values
	// lost says why an answer about one object shows that it is not there after all, "" = it is; nil: never.
	lost func(T) string
	// added is the id in the answer to a [Objects.Put], "" where it shows none; nil: never looked at.
	added func(*Added) string
	// roles is the parent of the roles of the group in a project that a write takes or gives, "" for none; nil: never.
	roles func(parent, id string) string
	// size is the largest page of the list.
	size int
	// byList: objects are always read from the list of their parent. Others are from the second one on.
	byList bool
	// unread: no request reads one object alone.
	unread bool
}

// Objects are the requests about one kind of object below a parent, which is "" for what is
// directly in the organization. Lists are read once per parent and remembered; their rows are
// shared: never change them.
type Objects[T any] struct{ *objects[*T] }

// Get reads one object. created, if known, lets a 404 right after the creation be asked again, also
// in another process.
// [apierr.Gone] when it is not there.
func (o *Objects[T]) Get(ctx context.Context, parent, id string, created time.Time) (T, error) {
	return apiclient.ValueOf(o.objects.Get(ctx, parent, id, created))
}

// ReadAlone is [Objects.Get] by a request of its own.
func (o *Objects[T]) ReadAlone(ctx context.Context, parent, id string, created time.Time) (T, error) {
	return apiclient.ValueOf(o.objects.ReadAlone(ctx, parent, id, created))
}

// Create creates an object that answers show with its name and the moment of its creation, as
// facts gives them. After an unknown outcome it adopts the one that the request made.
func (o *Objects[T]) Create(ctx context.Context, parent, name string, fields map[string]any, facts func(T) (id, name string, created time.Time)) (T, Recovered, error) {
	return apiclient.MadeOf(o.create(ctx, parent, name, fields, func(one *T) (string, string, time.Time) { return facts(*one) }))
}

// CreateListed is [Objects.Create] for objects that do not show when they were created. After an
// unknown outcome it adopts the one that the list from before the request does not have. name is
// what facts gives of the object: its name, or what else tells it from others.
func (o *Objects[T]) CreateListed(ctx context.Context, parent, name string, fields map[string]any, facts func(T) (id, name string)) (T, Recovered, error) {
	return apiclient.MadeOf(o.createListed(ctx, parent, name, fields, func(one *T) (string, string) { return facts(*one) }))
}

// Update changes what fields name.
func (o *Objects[T]) Update(ctx context.Context, parent, id string, created time.Time, fields map[string]any) (T, error) {
	return apiclient.ValueOf(o.update(ctx, parent, id, created, fields))
}

// objects is what [Objects] are made of; P points to an object. What is generic over pointers is
// compiled once for all of them.
type objects[P any] struct {
	client   *Client
	kept     *apiclient.Collection[P]
	read     sync.Map // when the read of the list began that is remembered of a parent
	gone     sync.Map // what this process deleted, by [row]: a list that lags behind may show it still
	unlisted sync.Map // parents whose list answered 404 while an object in it was there
	given    sync.Map // what it put, and did not delete: such a list may lack it
	asked    sync.Map // for whose sake an object was asked for first, by [row]
	looking  turns    // of creates, by parent
	looks    sync.Map // lists that creates looked at, by parent

	noun           string
	path           func(parent string) string
	project        func(parent string) string
	root           func(parent, id string) string
	byList, unread bool
	id, key        func(P) string
	same           func(a, b string) bool
	also           url.Values
	lost           func(P) string
	added          func(*Added) string
	roles          func(parent, id string) string
	pages          func(parent string) apiclient.Fetch[P]
	ask            func(ctx context.Context, parent, asked string, request apiclient.Request) (P, error)
}

func newObjects[W, T any](c *Client, k kind[W, T]) *Objects[T] {
	of := func(text func(T) string) func(*T) string {
		if text == nil {
			return nil
		}
		return func(one *T) string { return text(*one) }
	}
	read := func(parent string) reader[W, *T] {
		read := k.read(parent)
		return func(answer *W) (*T, error) {
			one, err := read(answer)
			return &one, err
		}
	}
	o := &objects[*T]{
		client: c, noun: k.noun, path: k.path, project: k.project, root: k.root, byList: k.byList || k.unread, unread: k.unread,
		id: of(k.id), key: of(k.key), same: k.same, also: k.also, lost: of(k.lost), added: k.added, roles: k.roles,
	}
	o.complete()
	o.pages = func(parent string) apiclient.Fetch[*T] {
		return apiclient.CursorRows(c.http, o.listing(parent), apiclient.Cursors{After: "after", Limit: "limit", Size: k.size}, read(parent), o.id, o.key)
	}
	o.ask = func(ctx context.Context, parent, asked string, request apiclient.Request) (out *T, err error) {
		_, err = apiclient.JSON(ctx, c.http, request, about(asked, &out, read(parent), o.shown(asked)))
		return out, err
	}
	return &Objects[T]{o}
}

// complete gives what a kind leaves out.
func (o *objects[P]) complete() {
	if o.key == nil {
		o.key = o.id
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
	if o.roles == nil {
		o.roles = func(string, string) string { return "" }
	}
	if o.lost == nil {
		o.lost = func(P) string { return "" }
	}
	o.kept = apiclient.NewCollection(o.key)
}

// listing is the request for a page of a list.
func (o *objects[P]) listing(parent string) apiclient.Request {
	return apiclient.Request{Operation: apiclient.Operation{Name: "list " + o.noun + "s", Kind: apiclient.Read}, Method: http.MethodGet, Path: o.path(parent)}
}

// shown is the id of an answer, in the spelling that was asked for.
func (o *objects[P]) shown(asked string) func(P) string {
	return func(one P) string {
		if id := o.id(one); !o.same(asked, id) {
			return id
		}
		return asked
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
