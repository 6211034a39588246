// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// recoveryTime bounds everything that follows an unknown outcome.
const recoveryTime = 3 * time.Minute

// lookAgain are the pauses between looks for an object that a lagging list may not
// show yet: ten seconds in all.
var lookAgain = []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}

// LongAgo is when an object was created that was there before, where that is not shown.
var LongAgo = time.Unix(0, 0)

// Named describes how one kind of object is created and found again by name.
type Named[T any] struct {
	Noun    string // "folder"
	Name    string
	Send    func(context.Context, Operation) (T, error)
	List    func(context.Context) (*List[T], error)      // fresh, never from a cache
	Facts   func(T) (id, name string, created time.Time) // created is zero where it is not known
	Command func(id string) string                       // the import id
	// Learn takes note of an object that an answer says was created, once that is known to be ours; nil = nothing to note.
	Learn func(T)
	// Older says that an object was there before the request, for answers that show neither name nor time; nil = not known.
	Older func(id string) bool
}

// Recovered is how a create came by its object, where an answer was lost.
type Recovered struct {
	Adopted bool // the object was found in the list
	// Twins are other objects, by id, that the lost request may have created: the object
	// was created again, because none of its name showed.
	Twins []string
	// Unchecked is why it is not known whether there are any.
	Unchecked error
}

// CreateNamed creates an object that holds no secret. After an unknown outcome the
// one object of that name created since the request began is adopted; if none shows, it
// is created again; if there are several, the error names them. A refusal of the second
// request may well be due to what the first one did: it settles nothing.
func CreateNamed[T any](ctx context.Context, c *Client, n Named[T]) (T, Recovered, error) {
	object, how, err := createNamed(ctx, c, named{
		Noun: n.Noun, Name: n.Name, Command: n.Command, Older: n.Older,
		Send: func(ctx context.Context, op Operation) (any, error) { return n.Send(ctx, op) },
		List: func(ctx context.Context) (list, error) { return n.List(ctx) },
		Facts: func(object any) (id, name string, created time.Time) {
			return n.Facts(as[T](object))
		},
		Learn: func(object any) {
			if n.Learn != nil {
				n.Learn(as[T](object))
			}
		},
	})
	return as[T](object), how, err
}

// named is a [Named] whose objects' type is not known here.
type named struct {
	Noun, Name string
	Send       func(context.Context, Operation) (any, error)
	List       func(context.Context) (list, error)
	Facts      func(any) (id, name string, created time.Time)
	Command    func(id string) string
	Learn      func(any)
	Older      func(id string) bool
}

func createNamed(ctx context.Context, c *Client, n named) (object any, how Recovered, err error) {
	var began time.Time // when the first attempt of unknown outcome was sent
	held := ""          // the object of another create that was answered
	for try := 1; ; try++ {
		op := Operation{Name: "create " + n.Noun, Kind: Create}
		sent := c.clock.Now()
		if object, err = n.Send(ctx, op); err == nil {
			if err = n.foreign(ctx, c, object, sent); err != nil {
				object = nil // not ours
			}
		}
		if err == nil {
			id, _, _ := n.Facts(object)
			if !c.claim(id) {
				if id == held {
					return nil, how, n.another(id, sent)
				}
				held = id
				continue // taken over meanwhile by another create that had lost its answer
			}
			n.Learn(object)
			if !began.IsZero() {
				how.Twins, how.Unchecked = twins(context.WithoutCancel(ctx), c, n, object, began)
			}
			return object, how, nil
		}
		if !apierr.IsUnknown(err) && began.IsZero() {
			return object, how, err
		}
		if failed, ok := apierr.As(err); ok && began.IsZero() {
			began = failed.Sent
		}
		found, undated, lookErr := lookFor(context.WithoutCancel(ctx), c, n, began)
		switch {
		case lookErr != nil:
			return object, how, n.unsettled(err, fmt.Sprintf("Looking for it failed too: %v.", lookErr))
		case len(found) == 1:
			return found[0], Recovered{Adopted: true}, nil
		case len(found) > 1:
			ids := n.ids(found)
			return object, how, n.unsettled(err, fmt.Sprintf("Several were created since: %s.", strings.Join(ids, ", ")), ids...)
		case len(undated) > 0:
			ids := n.ids(undated)
			return object, how, n.unsettled(err, fmt.Sprintf("The list has %s of that name, and does not show when that was created.", strings.Join(ids, ", ")), ids...)
		}
		if try >= 2 || ctx.Err() != nil {
			return object, how, n.unsettled(err, "The list does not show it so far.")
		}
	}
}

// another is the error for a create that is answered with what another create of this run holds, twice.
func (n named) another(id string, sent time.Time) error {
	return &apierr.Error{
		Operation: "create " + n.Noun, Outcome: apierr.Unknown, Sent: sent,
		Message: fmt.Sprintf("the server answered twice with %s, which another create of this run holds", id),
		Hint: fmt.Sprintf("The server or a gateway may take a second request for a %s of one name for the first one. Look whether there is another %s %q: if so, import it; if not, give it another name.",
			n.Noun, n.Noun, n.Name),
	}
}

// twins are the objects that the lost request may have created before object: the server
// calls them as it calls object, which may be another name than the one that was asked for.
func twins(ctx context.Context, c *Client, n named, object any, began time.Time) ([]string, error) {
	id, spelled, _ := n.Facts(object)
	var found []any
	var shown bool
	listed := func(list list) bool {
		var mine any
		if mine, shown = list.row(id); shown {
			_, spelled, _ = n.Facts(mine)
		}
		found = nil
		for one := range list.rows() {
			other, name, created := n.Facts(one)
			if ident.SameName(name, spelled) && other != id && (created.IsZero() || !created.Before(c.since(began))) && !c.claimed(other) {
				found = append(found, one)
			}
		}
		return shown
	}
	err := n.watch(ctx, c, listed)
	if err == nil && !shown {
		err = fmt.Errorf("the list does not show %s itself so far", id)
	}
	return n.ids(found), err
}

// ids are those of objects, in order.
func (n named) ids(objects []any) []string {
	var ids []string
	for _, one := range objects {
		id, _, _ := n.Facts(one)
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// watch reads the list until it shows what is looked for, for about ten seconds.
func (n named) watch(ctx context.Context, c *Client, shows func(list) bool) error {
	ctx, cancel := context.WithTimeout(Patient(ctx), recoveryTime)
	defer cancel()
	for look := 0; ; look++ {
		list, err := n.List(ctx)
		if err != nil {
			return err
		}
		if shows(list) || look >= len(lookAgain) {
			return nil
		}
		if err := c.clock.Sleep(ctx, lookAgain[look]); err != nil {
			return err
		}
	}
}

// since is the server's moment after which it created what was sent at began.
func (c *Client) since(began time.Time) time.Time {
	if skew, known := c.server.skew(); known {
		return began.Add(skew).Truncate(time.Second)
	}
	return began.Add(-coarse)
}

// unsettled is the error when it stays unknown what a create did.
func (n named) unsettled(err error, what string, ids ...string) error {
	if len(ids) == 0 {
		ids = []string{"<id>"}
	}
	return apierr.With(err, func(failed *apierr.Error) {
		failed.Outcome = apierr.Unknown
		failed.Hint = fmt.Sprintf("The %s %q may or may not have been created. %s Look for it before you apply again; to take one over, run: terraform import <address> '%s'",
			n.Noun, n.Name, what, n.Command(ids[0]))
	})
}

// lookFor finds what a create may have created. A single find is claimed; one that
// another create claims first is none. Those of the name that show no time of creation, undated,
// cannot be told from older ones. A list that may lack rows does not show that there is none.
func lookFor(ctx context.Context, c *Client, n named, began time.Time) (found, undated []any, err error) {
	var incomplete []string
	err = n.watch(ctx, c, func(list list) bool {
		incomplete = list.reasons()
		found, undated = n.candidates(c, list, c.since(began))
		if len(found) == 1 {
			if id, _, _ := n.Facts(found[0]); !c.claim(id) {
				found = nil
			}
		}
		return len(found) > 0
	})
	if err == nil && len(found)+len(undated) == 0 && len(incomplete) > 0 {
		err = fmt.Errorf("the list may be incomplete: %s", incomplete[0])
	}
	return found, undated, err
}

// candidates are the objects of the name that were created since and that no other
// create of this process holds; where there is none, those whose name may be what the
// server makes of ours. Those of the name without a time of creation are undated.
func (n named) candidates(c *Client, list list, since time.Time) (found, undated []any) {
	var exact, alike []any
	for one := range list.rows() {
		id, name, created := n.Facts(one)
		switch {
		case created.IsZero() && !c.claimed(id) && ident.SameName(name, n.Name):
			undated = append(undated, one)
		case created.Before(since) || c.claimed(id):
		case ident.SameName(name, n.Name):
			exact = append(exact, one)
		case ident.MayBecome(n.Name, name) && !ident.IsStem(n.Name, name):
			alike = append(alike, one)
		}
	}
	if len(exact) > 0 {
		return exact, undated
	}
	return alike, undated
}

// Vanished says whether an object that a DELETE did not find is gone: look is asked for
// up to ten seconds, because a read may lag behind as well.
func Vanished(ctx context.Context, c *Client, look func(context.Context) (gone bool, err error)) (bool, error) {
	looking := removed(ctx)
	gone, err := look(looking)
	for _, pause := range lookAgain {
		if gone || err != nil {
			break
		}
		if err := c.clock.Sleep(ctx, pause); err != nil {
			return false, err
		}
		gone, err = look(looking)
	}
	return gone, err
}

// Deleted judges the answer of a delete: one that did not find its object, or that came
// from a stranger, is success only after a look that shows the object gone.
func Deleted(ctx context.Context, c *Client, what string, err error, look func(context.Context) (gone bool, err error)) error {
	failed, ok := apierr.As(err)
	if !ok || !apierr.IsNotFound(err) && (!failed.NotAPI || failed.Status >= http.StatusBadRequest) {
		return err
	}
	gone, lookErr := Vanished(ctx, c, look)
	if lookErr != nil {
		return lookErr
	}
	if gone {
		return nil
	}
	if failed.NotAPI {
		return err
	}
	return apierr.With(err, func(e *apierr.Error) {
		e.Message = fmt.Sprintf("the server answered 404, but %s still exists and was not removed: %s", what, e.Message)
		e.Unmanaged = "Try again later; if it does not help, remove it in the dashboard or ask the vendor's support, with the request id."
		e.Hint = "It stays in state. " + e.Unmanaged
	})
}

// Settled gives the answer to a change. Where that is empty, look gives what there is now: a good status says
// that the change is done, so it is not sent again.
func Settled[T any](send, look func() (T, error)) (T, error) {
	got, err := send()
	if !errors.Is(err, errSilent) {
		return got, err
	}
	shown, lookErr := look()
	if lookErr == nil || apierr.IsGone(lookErr) {
		return shown, lookErr
	}
	return got, apierr.With(err, func(e *apierr.Error) {
		e.Hint = fmt.Sprintf("The change was most likely carried out. Looking at the object failed, too: %v. Apply again.", lookErr)
	})
}

// Changed is [Settled], and a 404 is not believed where a look finds what the change is about:
// it is sent once more. It gives way to the error of a look that does not.
func Changed[T any](what string, send, look func() (T, error)) (T, error) {
	got, err := Settled(send, look)
	if !apierr.IsNotFound(err) {
		return got, err
	}
	if _, lookErr := look(); lookErr != nil {
		if apierr.IsLost(err) {
			lookErr = apierr.AfterChange(lookErr)
		}
		return got, lookErr
	}
	got, err = Settled(send, look)
	return got, StillThere(what, err)
}

// StillThere gives a 404 to a change the words for what still exists.
func StillThere(what string, err error) error {
	if !apierr.IsNotFound(err) {
		return err
	}
	return apierr.With(err, func(e *apierr.Error) {
		e.Message = fmt.Sprintf("the server answered 404, but %s still exists: %s", what, e.Message)
		e.Hint, e.Unmanaged = "Try again later; if it does not help, ask the vendor's support, with the request id.", ""
	})
}
