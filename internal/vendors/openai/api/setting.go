// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Setting is one setting of a parent, without an id of its own. "" is the organization.
type Setting[T any] struct {
	client *Client
	noun   string
	path   func(parent string) string
	writes signals
	turns  turns
	ask    func(ctx context.Context, op apiclient.Operation, method, path string) (T, error)
	// around, when set, repeats a write that waits for others of this process.
	around func(ctx context.Context, parent string, fields map[string]any, write func() (T, error)) (T, error)
}

func newSetting[W, T any](c *Client, noun string, path func(parent string) string, read reader[W, T]) *Setting[T] {
	return &Setting[T]{client: c, noun: noun, path: path, ask: func(ctx context.Context, op apiclient.Operation, method, path string) (out T, err error) {
		_, err = apiclient.JSON(ctx, c.http, apiclient.Request{Operation: op, Method: method, Path: path}, func(w *W) error {
			if w == nil {
				return nil // the status was the answer
			}
			out, err = read(w)
			return err
		})
		return out, err
	}}
}

func (s *Setting[T]) what(parent string) string {
	if parent == "" {
		return "the " + s.noun + " of the organization"
	}
	return "the " + s.noun + " of project " + parent
}

// NoneSet is why a setting is gone that can be removed alone.
const NoneSet = "none is set"

// Get reads the setting. [apierr.Gone] when none is set, which is asked twice, or the project is archived.
// created is when it was set here first, if known: a 404 right after that is asked again.
func (s *Setting[T]) Get(ctx context.Context, parent string, created time.Time) (T, error) {
	if parent != "" {
		return s.lookTwice(ctx, parent, created)
	}
	return present(ctx, s.client, s.what(parent), s.what(parent), false, func() (T, error) { return s.lookTwice(ctx, parent, created) })
}

// Look is [Setting.Get] for what may well not be set: that says nothing about the admin key.
func (s *Setting[T]) Look(ctx context.Context, parent string) (T, error) {
	return s.lookTwice(ctx, parent, time.Time{})
}

// First is [Setting.Look] for the sake of a warning: what this process created is not looked into, and one
// confirmation of a project does for all its settings.
func (s *Setting[T]) First(ctx context.Context, parent string) (out T, err error) {
	if s.client.CreatedHere(parent) {
		return out, s.none(parent)
	}
	for range 2 { // one 404 alone is not believed
		if out, err = s.get(ctx, parent, time.Time{}); !apierr.IsNotFound(err) {
			break
		}
	}
	if apierr.IsNotFound(err) && s.client.knows(parent) {
		return out, s.none(parent)
	}
	return out, s.judged(ctx, parent, err)
}

// lookTwice does not believe one 404 alone; that of a young one was asked again already.
func (s *Setting[T]) lookTwice(ctx context.Context, parent string, created time.Time) (T, error) {
	out, err := s.look(ctx, parent, created)
	if gone, ok := apierr.AsGone(err); ok && gone.Unset && !s.client.http.Young(created) {
		out, err = s.look(ctx, parent, time.Time{})
	}
	return out, err
}

func (s *Setting[T]) look(ctx context.Context, parent string, created time.Time) (T, error) {
	out, err := s.get(ctx, parent, created)
	return out, s.judged(ctx, parent, err)
}

func (s *Setting[T]) get(ctx context.Context, parent string, created time.Time) (T, error) {
	return apiclient.WhileYoung(ctx, s.client.http, created, func() (T, error) {
		return s.ask(ctx, apiclient.Operation{Name: "read " + s.noun, Kind: apiclient.Read}, http.MethodGet, s.path(parent))
	})
}

// judged is the error of a read, once it is known whether the project is there.
func (s *Setting[T]) judged(ctx context.Context, parent string, err error) error {
	switch {
	case err == nil:
		return nil
	case parent != "":
		err = s.client.child(ctx, parent, s.what(parent), absence{why: NoneSet}, err)
		if gone, ok := apierr.AsGone(err); ok && gone.Why == NoneSet {
			return s.none(parent)
		}
		return err
	case apierr.IsNotFound(err):
		return s.none(parent)
	}
	return err
}

func (s *Setting[T]) none(parent string) error {
	return &apierr.Gone{What: s.what(parent), Why: NoneSet, Unset: true}
}

// Set writes what fields name.
func (s *Setting[T]) Set(ctx context.Context, parent string, fields map[string]any) (T, error) {
	defer s.writes.begin(parent)()
	turn := s.turns.begin(parent)
	defer turn.Unlock()
	write := func() (T, error) { return s.write(ctx, parent, fields) }
	if s.around != nil {
		once := write
		write = func() (T, error) { return s.around(ctx, parent, fields, once) }
	}
	out, err := write()
	if err == nil {
		turn.note(fields)
	}
	return out, err
}

// Undo removes the setting or, if fields are given, writes them instead and gives the answer. left says that it was
// left as it is, because this process has set it: to undo that as well would take away what another resource has just
// been given.
func (s *Setting[T]) Undo(ctx context.Context, parent string, fields map[string]any, created time.Time) (now T, left bool, err error) {
	turn := s.turns.begin(parent)
	defer turn.Unlock()
	switch {
	case len(turn.wrote) > 0:
		return now, true, nil
	case fields == nil:
		return now, false, s.Remove(ctx, parent, created)
	}
	now, err = s.write(ctx, parent, fields)
	return now, false, err
}

func (s *Setting[T]) write(ctx context.Context, parent string, fields map[string]any) (T, error) {
	op := apiclient.Operation{Name: "set " + s.noun, Kind: apiclient.Update, Body: apiclient.SameBody(fields)}
	send := func() (T, error) {
		return apiclient.Settled(func() (T, error) { return s.ask(ctx, op, http.MethodPost, s.path(parent)) },
			func() (T, error) { return s.look(ctx, parent, s.client.Now()) })
	}
	out, err := apiclient.WhileYoung(ctx, s.client.http, s.client.youngest(parent, nil), send)
	if parent != "" && apierr.IsNotFound(err) { // one 404 alone is not believed
		if p, lookErr := s.client.ConfirmProject(ctx, parent, time.Time{}); lookErr == nil && !p.Archived {
			out, err = send()
		}
	}
	if err != nil && parent != "" {
		err = s.client.refusedParent(ctx, parent, err)
	}
	return out, err
}

// Remove removes the setting; none is success, after a look. created is as for [Setting.Get].
func (s *Setting[T]) Remove(ctx context.Context, parent string, created time.Time) error {
	defer s.writes.begin(parent)()
	lost := false
	op := apiclient.Operation{Name: "remove " + s.noun, Kind: apiclient.Update, Ack: true}
	answer, err := apiclient.Deleting(ctx, s.client.http, &created, func() (*acknowledgement, error) {
		answer, err := apiclient.JSON(ctx, s.client.http, apiclient.Request{Operation: op, Method: http.MethodDelete, Path: s.path(parent)}, apiclient.Anything[acknowledgement])
		lost = lost || apierr.IsLost(err)
		return answer, err
	})
	look := s.Get
	switch {
	case lost: // what our own DELETE has removed says nothing about the admin key
		look = s.lookTwice
	case apierr.IsNotFound(err):
		created = time.Time{} // the DELETE has waited
	}
	read := func(ctx context.Context) error {
		_, err := look(ctx, parent, created)
		return err
	}
	return s.client.deleted(ctx, deletion{op.Name, parent, s.what(parent), answer.denies()}, err, read)
}
