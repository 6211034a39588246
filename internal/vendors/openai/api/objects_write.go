// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// create is [Objects.Create].
func (o *objects[P]) create(ctx context.Context, parent, name string, fields map[string]any, facts func(P) (id, name string, created time.Time)) (P, Recovered, error) {
	return o.named(ctx, parent, fields, o.client.http.Created, apiclient.Named[P]{
		Name: name, Facts: facts,
		List: func(ctx context.Context) (*List[P], error) { return o.kept.Fresh(ctx, parent, o.fetch(parent)) },
	})
}

// youngest is when the latest was created, by this process, of the parent and what fields name by
// id; zero if none was. A 404 of a create may be about one that does not show yet.
func (c *Client) youngest(parent string, fields map[string]any) (latest time.Time) {
	ids := append(strings.Split(parent, "/"), parent)
	for _, value := range fields {
		if id, ok := value.(string); ok {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		value, _ := c.created.Load(id)
		if at, ours := value.(time.Time); ours && at.After(latest) {
			latest = at
		}
	}
	return latest
}

// named creates an object that n can find again; learn gets the moment of its creation.
func (o *objects[P]) named(ctx context.Context, parent string, fields map[string]any, learn func(time.Time), n apiclient.Named[P]) (P, Recovered, error) {
	n.Noun = o.noun
	n.Command = func(id string) string {
		if parent == "" {
			return id
		}
		return parent + "/" + id
	}
	n.Send = func(ctx context.Context, op apiclient.Operation) (P, error) {
		op.Body = apiclient.SameBody(fields)
		one, err := apiclient.WhileYoung(ctx, o.client.http, o.client.youngest(parent, fields), func() (P, error) {
			return o.ask(ctx, parent, "", apiclient.Request{Operation: op, Method: http.MethodPost, Path: o.path(parent)})
		})
		if err != nil {
			o.kept.Drop(parent)
		}
		return one, err
	}
	n.Learn = func(one P) {
		o.kept.Add(parent, one) // ten creates need not read the list ten times
		id, _, created := n.Facts(one)
		learn(created)
		o.client.created.Store(id, o.client.Now())
	}
	made, how, err := apiclient.CreateNamed(ctx, o.client.http, n)
	return made, how, o.refused(ctx, parent, err)
}

func (o *objects[P]) refused(ctx context.Context, parent string, err error) error {
	if project := o.project(parent); err != nil && project != "" {
		return o.client.refusedParent(ctx, project, err)
	}
	return err
}

// update is [Objects.Update].
func (o *objects[P]) update(ctx context.Context, parent, id string, created time.Time, fields map[string]any) (P, error) {
	one, err := apiclient.Changed(o.what(parent, id), func() (P, error) {
		return apiclient.WhileYoung(ctx, o.client.http, o.client.born(id, created), func() (P, error) {
			op := apiclient.Operation{Name: "update " + o.noun, Kind: apiclient.Update, Body: apiclient.SameBody(fields)}
			return o.ask(ctx, parent, id, apiclient.Request{Operation: op, Method: http.MethodPost, Path: o.path(parent) + apiclient.Path(id)})
		})
	}, func() (P, error) {
		o.kept.Drop(parent)
		if o.unread {
			return o.get(ctx, parent, id, created)
		}
		return o.ReadAlone(ctx, parent, id, created)
	})
	if err != nil {
		o.kept.Drop(parent)
		return one, err
	}
	// Thirty updates need not read the list thirty times. Some answers, as that of a group, show less than its rows.
	o.kept.Answered(parent, one, func(row P) bool { return !lacks(one, row) })
	return one, nil
}

// lacks says that an answer leaves out what the row of a list shows; both are pointers to an object.
func lacks(answer, row any) bool {
	shown, listed := reflect.ValueOf(answer).Elem(), reflect.ValueOf(row).Elem()
	for i := range listed.NumField() {
		if shown.Field(i).IsZero() && !listed.Field(i).IsZero() {
			return true
		}
	}
	return false
}

// Delete deletes an object; one that is gone already is success, after a look. created is as for
// [Objects.Get]: a young object may be missing to a DELETE and to the look after it.
func (o *objects[P]) Delete(ctx context.Context, parent, id string, created time.Time) error {
	err := o.Remove(ctx, parent, id, created)
	if apierr.IsGone(err) {
		return nil
	}
	return err
}

// Remove is [Objects.Delete], but [apierr.Gone] when a look showed the object gone already. Like a read, it
// is an error where that is most likely another organization's admin key; meanwhile others wait for its answer.
func (o *objects[P]) Remove(ctx context.Context, parent, id string, created time.Time) (err error) {
	defer o.forget(parent, id)
	if remove := func() (struct{}, error) { return struct{}{}, o.remove(ctx, parent, id, created) }; o.project(parent) == "" {
		_, err = present(ctx, o.client, o.what(parent, id), o.root(parent, id), true, remove)
	} else if _, err = remove(); err == nil {
		o.client.sightings.saw()
	}
	if err == nil || apierr.IsGone(err) {
		o.gone.Store(row{parent, id}, true)
		o.unmark(&o.given, parent, id)
		o.takeRoles(parent, id)
	}
	return err
}

func (o *objects[P]) remove(ctx context.Context, parent, id string, created time.Time) error {
	op := apiclient.Operation{Name: "delete " + o.noun, Kind: apiclient.Update, Ack: true}
	lost := false
	created = o.client.born(id, created)
	answer, err := apiclient.Deleting(ctx, o.client.http, &created, func() (*acknowledgement, error) {
		answer, err := apiclient.JSON(ctx, o.client.http, apiclient.Request{Operation: op, Method: http.MethodDelete, Path: o.path(parent) + apiclient.Path(id)},
			acknowledged(id, func(d *acknowledgement) string {
				if d.ID == "" {
					return id // not every acknowledgement names the object
				}
				return d.ID
			}))
		lost = lost || apierr.IsLost(err)
		return answer, err
	})
	var looked error
	read := func(ctx context.Context) error {
		if apierr.IsNotFound(err) && !lost && !created.IsZero() { // the DELETE has waited
			_, looked = o.readAlone(ctx, parent, id, created, time.Time{})
		} else {
			_, looked = o.ReadAlone(ctx, parent, id, created)
		}
		return looked
	}
	if err = o.client.deleted(ctx, deletion{op.Name, o.project(parent), o.what(parent, id), answer.denies()}, err, read); err != nil {
		return err
	}
	if gone, ok := apierr.AsGone(looked); ok {
		gone.Ours = lost
		return gone
	}
	return nil
}

// acknowledgement is the answer to a delete, nil for an empty one.
type acknowledgement struct {
	ID      string
	Deleted json.RawMessage
}

func (a *acknowledgement) denies() bool { return a != nil && denies(string(a.Deleted)) }
