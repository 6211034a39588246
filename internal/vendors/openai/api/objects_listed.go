// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"fmt"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
)

// createListed is [Objects.CreateListed].
func (o *objects[P]) createListed(ctx context.Context, parent, name string, fields map[string]any, facts func(P) (id, name string)) (P, Recovered, error) {
	before, err := o.before(ctx, parent, recent)
	if err != nil {
		var none P
		return none, Recovered{}, o.refused(ctx, parent, err)
	}
	return o.named(ctx, parent, fields, func(time.Time) {}, apiclient.Named[P]{
		Name: name,
		Facts: func(one P) (string, string, time.Time) {
			id, called := facts(one)
			if _, old := before.ByID[o.key(one)]; old {
				return id, called, apiclient.LongAgo
			}
			return id, called, o.client.http.Now().Add(time.Hour) // later than any request
		},
		List: func(ctx context.Context) (*List[P], error) {
			if len(before.Incomplete) > 0 { // what it lacks would be taken for new
				return nil, fmt.Errorf("the earlier list may be incomplete: %s", before.Incomplete[0])
			}
			return o.kept.Fresh(ctx, parent, o.fetch(parent))
		},
	})
}

// recent is how old a list may be that a create holds against what it finds later: what others
// created since then would be taken for its own.
const recent = time.Minute

// before is the parent's list before a create, no older than most; that of a parent of this process is empty.
func (o *objects[P]) before(ctx context.Context, parent string, most time.Duration) (*List[P], error) {
	if o.ours(parent) {
		return &List[P]{}, nil
	}
	if read, known := o.read.Load(parent); known {
		if at, _ := read.(time.Time); o.client.Now().Sub(at) > most {
			o.kept.Drop(parent)
		}
	}
	return o.All(ctx, parent)
}

// ours says that this process created the parent, so that nobody else has put anything into it.
func (o *objects[P]) ours(parent string) bool {
	for _, id := range []string{o.project(parent), o.root(parent, "")} {
		if o.client.CreatedHere(id) {
			return true
		}
	}
	return false
}
