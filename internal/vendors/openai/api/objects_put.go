// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Added is what answers to a [Objects.Put] show, each a part of it.
type Added struct {
	ID      string `json:"id"`
	UserID  string `json:"user_id"`
	GroupID string `json:"group_id"`
	Email   string `json:"email"`
	Role    any    `json:"role"` // an object, or a text
}

// roleID is the id of the role in the answer.
func (a *Added) roleID() string {
	role, _ := a.Role.(map[string]any)
	id, _ := role["id"].(string)
	return id
}

// There reads the parent's list and says whether an object is in it. What this process created has
// nothing in it that others put there.
func (o *objects[P]) There(ctx context.Context, parent, id string) (bool, error) {
	if slices.ContainsFunc(o.Given(parent), func(put string) bool { return o.same(id, put) }) {
		return true, nil
	}
	list, err := o.looked(ctx, parent)
	if err != nil {
		return false, err
	}
	one, there := o.In(list, id)
	if there {
		_, deleted := o.gone.Load(row{parent, o.key(one)})
		there = !deleted
	}
	return there, nil
}

// lookedAt is how old a list may be that shows that an object is not there. It bounds how many lists the creates below
// one parent need; what others put there meanwhile is taken for what this process created, where the server does not
// refuse it a second time.
const lookedAt = 10 * time.Second

// looked is the list before a create, which does for the next ones too: what this process puts into it and takes out
// of it is known.
func (o *objects[P]) looked(ctx context.Context, parent string) (*List[P], error) {
	defer o.looking.begin(parent).Unlock() // or each of those that wait would drop the list of another
	if known, looked := o.looks.Load(parent); looked {
		if look, _ := known.(look[P]); o.client.Now().Sub(look.at) <= lookedAt {
			return look.list, nil
		}
	}
	now := o.client.Now()
	list, err := o.before(ctx, parent, lookedAt)
	if err == nil {
		if read, known := o.read.Load(parent); known {
			now, _ = read.(time.Time)
		}
		o.looks.Store(parent, look[P]{list, now})
	}
	return list, err
}

// look is a list and when its read began.
type look[P any] struct {
	list *List[P]
	at   time.Time
}

// Absent says whether an object is not there; for one that is, it looks again for a few seconds: it may be
// another resource's that this process is about to delete, as after a shift of indices.
func (o *objects[P]) Absent(ctx context.Context, parent, id string) (gone bool, err error) {
	for pause := time.Second; ; pause *= 2 {
		there, err := o.There(ctx, parent, id)
		if err != nil || !there || pause > 4*time.Second {
			return !there, err
		}
		if err := o.client.Sleep(ctx, pause); err != nil {
			return false, err
		}
		o.drop(parent)
	}
}

// drop forgets what is known of a parent's list.
func (o *objects[P]) drop(parent string) {
	o.kept.Drop(parent)
	o.looks.Delete(parent)
}

// Seen says, for the sake of a warning, whether the parent's list had an object when this process first saw it.
func (o *objects[P]) Seen(ctx context.Context, parent, id string) bool {
	return slices.ContainsFunc(o.First(ctx, parent).Items, func(one P) bool {
		return o.key(one) == o.id(one) && o.same(id, o.id(one))
	})
}

// Put creates an object whose id is known beforehand, as that of a member is, in its [Objects.Turn]. After
// an unknown outcome a look shows whether it is there; the caller has looked before that it was not.
func (o *objects[P]) Put(ctx context.Context, parent, id string, fields map[string]any) (answer Added, err error) {
	defer o.Turn(parent, id)()
	defer func() {
		if err == nil {
			o.given.Store(row{parent, id}, true)
		}
	}()
	for try := 1; ; try++ {
		answer, err = o.put(ctx, parent, id, fields)
		if err == nil || try == 1 && !apierr.IsUnknown(err) {
			return answer, o.refused(ctx, parent, err)
		}
		// A second request is refused where the first was carried out.
		there, lookErr := o.appeared(context.WithoutCancel(ctx), parent, id)
		switch {
		case lookErr != nil:
			return answer, o.unsettled(err, fmt.Sprintf("Looking for it failed too: %v.", lookErr))
		case there:
			return Added{}, nil
		case try >= 2 || ctx.Err() != nil:
			return answer, o.unsettled(o.refused(ctx, parent, err), "The list does not show it so far.")
		}
	}
}

// unsettled is the error when it stays unknown what a put did, whatever the last request says.
func (o *objects[P]) unsettled(err error, what string) error {
	return apierr.With(err, func(failed *apierr.Error) {
		failed.Outcome = apierr.Unknown
		failed.Hint = fmt.Sprintf("The %s may or may not have been created. %s Apply again: if it exists by then, the error names the command that imports it.", o.noun, what)
	})
}

// Given are the ids of what this process put below a parent and did not delete.
func (o *objects[P]) Given(parent string) (ids []string) {
	o.given.Range(func(key, _ any) bool {
		if put, _ := key.(row); put.parent == parent {
			ids = append(ids, put.key)
		}
		return true
	})
	return ids
}

// unmark forgets a mark, in whatever form of the id.
func (o *objects[P]) unmark(marks *sync.Map, parent, id string) {
	marks.Range(func(key, _ any) bool {
		if marked, _ := key.(row); marked.parent == parent && o.same(marked.key, id) {
			marks.Delete(key)
		}
		return true
	})
}

func (o *objects[P]) put(ctx context.Context, parent, id string, fields map[string]any) (answer Added, err error) {
	defer o.forget(parent, id)
	o.unmark(&o.gone, parent, id)
	if role, _ := fields["role"].(string); o.roles(parent, id) != "" {
		roles := o.client.ProjectAssignments
		roles.unmark(&roles.gone, o.roles(parent, id), role)
	}
	op := apiclient.Operation{Name: "create " + o.noun, Kind: apiclient.Create, Body: apiclient.SameBody(fields), Ack: true}
	usable := func(a *Added) error {
		if a == nil {
			return nil // the status was the answer
		}
		answer = *a
		if o.added == nil {
			return nil
		}
		if shown := o.added(a); shown != "" && !o.same(id, shown) {
			return apiclient.SameID(id, shown)
		}
		return nil
	}
	_, err = apiclient.WhileYoung(ctx, o.client.http, o.client.youngest(parent, fields), func() (*Added, error) {
		return apiclient.JSON(ctx, o.client.http, apiclient.Request{Operation: op, Method: http.MethodPost, Path: o.path(parent)}, usable)
	})
	return answer, err
}

// appeared looks for up to ten seconds whether an object is there: a list may lag behind.
func (o *objects[P]) appeared(ctx context.Context, parent, id string) (bool, error) {
	return apiclient.Vanished(apiclient.Patient(ctx), o.client.http, func(ctx context.Context) (bool, error) {
		list, err := o.Fresh(ctx, parent)
		if err != nil {
			return false, err
		}
		_, there := o.In(list, id)
		return there, nil
	})
}
