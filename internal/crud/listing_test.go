// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/list"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

type query struct {
	ParentID types.String `tfsdk:"parent_id"`
}

type listings = crud.Listing[*store, query, thing]

// listingToy is the toy with a list resource.
type listingToy struct {
	toy
	listings listings
}

func (p listingToy) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{p.listings.ListResource()}
}

func (p listingToy) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	p.toy.Configure(ctx, req, resp)
	resp.ListResourceData = &store{"listed"}
}

// shelf is what the toy lists, and how often somebody took something from it.
type shelf struct {
	things int
	fails  bool // after the last thing
	warns  bool
	taken  int
}

func (s *shelf) listings() listings {
	return listings{
		TypeName: "thing", Noun: "things", Identity: crud.Identity{"parent_id", "id"}, Connect: crud.Client[*store],
		Schema: lschema.Schema{Attributes: map[string]lschema.Attribute{"parent_id": lschema.StringAttribute{Optional: true}}},
		Find: func(ctx context.Context, client *store, q query) iter.Seq2[crud.Found[thing], error] {
			return func(yield func(crud.Found[thing], error) bool) {
				if s.warns {
					crud.Warn(ctx, "the shelf", "may lack things", "It is old.")
				}
				for n := range s.things {
					s.taken++
					if !yield(s.thing(client, q, strconv.Itoa(n+1)), nil) {
						return
					}
				}
				if s.fails {
					yield(crud.Found[thing]{}, forbidden)
				}
			}
		},
	}
}

func (s *shelf) thing(client *store, q query, n string) crud.Found[thing] {
	return crud.Found[thing]{
		ID: []string{q.ParentID.ValueString(), "t" + n}, DisplayName: client.name + " " + n,
		Complete: func(ctx context.Context, m thing) (thing, error) {
			crud.Warn(ctx, "thing", "take care", "of %s", n)
			if n == "3" {
				return m, forbidden
			}
			m.Name = types.StringValue("name of " + m.ID.ValueString())
			return m, nil
		},
	}
}

// listed is one result.
type listed struct {
	told
	name string
}

// list asks for a list; the listener goes away after the given number of results.
func (w *wire) list(config texts, limit int64, body bool, patience int) []listed {
	w.t.Helper()
	results, err := w.List(w.t.Context(), name, config.attributes(), limit, body)
	must(w.t, err)
	var all []listed
	for result, err := range results {
		one := listed{w.tell(result.Answer, err), result.Name}
		if all = append(all, one); len(all) == patience {
			break
		}
	}
	return all
}

func serveShelf(t *testing.T, s *shelf, change func(*listings)) *wire {
	t.Helper()
	l := s.listings()
	change(&l)
	return serve(t, listingToy{toy{things: newThings(), lookups: newLookups()}, l})
}

func asIs(*listings) {}

func TestListing(t *testing.T) {
	t.Parallel()
	in := texts{"parent_id": "p1"}
	t.Run("identity and display name always, the body only on request", func(t *testing.T) {
		t.Parallel()
		w := serveShelf(t, &shelf{things: 2}, asIs)
		for n, one := range w.list(in, 0, false, 0) {
			one.expect(t, nil, nil, nil)
			expectIdentity(t, one.identity, texts{"parent_id": "p1", "id": "t" + strconv.Itoa(n+1)})
			if one.name != "listed "+strconv.Itoa(n+1) {
				t.Errorf("display name %q", one.name)
			}
		}
		all := w.list(in, 0, true, 0)
		if len(all) != 2 {
			t.Fatalf("%d results, want 2", len(all))
		}
		all[1].expect(t, texts{"parent_id": "p1", "id": "t2", "name": "name of t2"}, nil, []string{"Thing take care\nof 2"})
		expectIdentity(t, all[1].identity, texts{"parent_id": "p1", "id": "t2"})
	})
	for _, c := range []struct {
		name     string
		limit    int64
		patience int
		want     int
	}{
		{"without a limit", 0, 0, 5},
		{"a limit of one", 1, 0, 1},
		{"a limit", 3, 0, 3},
		{"just the limit", 5, 0, 5},
		{"a limit that is not reached", 9, 0, 5},
		{"a listener who goes away", 0, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{things: 5}
			all := serveShelf(t, s, asIs).list(in, c.limit, false, c.patience)
			if len(all) != c.want || s.taken != c.want {
				t.Errorf("%d results and %d taken, want %d", len(all), s.taken, c.want)
			}
		})
	}
	t.Run("a warning comes within the limit", func(t *testing.T) {
		t.Parallel()
		for limit, want := range map[int64]int{0: 5 + 1, 3: 3, 5: 5, 9: 5 + 1} {
			all := serveShelf(t, &shelf{things: 5, warns: true}, asIs).list(in, limit, false, int(limit))
			if len(all) != want {
				t.Fatalf("limit %d: %d results, want %d", limit, len(all), want)
			}
			expectTexts(t, "warnings", all[want-1].warnings, []string{"The shelf may lack things\nIt is old."})
		}
	})
	t.Run("an error is the last result", func(t *testing.T) {
		t.Parallel()
		w := serveShelf(t, &shelf{things: 1, fails: true}, asIs)
		all := w.list(in, 0, false, 0)
		if len(all) != 2 {
			t.Fatalf("%d results, want 2", len(all))
		}
		all[0].expect(t, nil, nil, nil)
		all[1].expect(t, nil, []string{"Unable to list things\nUse an admin key.\n\nCall: not for you"}, nil)
		if all := w.list(in, 1, false, 0); len(all) != 1 || len(all[0].errors) != 0 {
			t.Errorf("within the limit there is no error: %v", all)
		}
	})
	t.Run("a body that cannot be told does not end the list", func(t *testing.T) {
		t.Parallel()
		all := serveShelf(t, &shelf{things: 4}, asIs).list(in, 0, true, 0)
		if len(all) != 4 {
			t.Fatalf("%d results, want 4", len(all))
		}
		all[2].expect(t, nil, []string{"Unable to list listed 3\nUse an admin key."}, []string{"Thing take care"})
		expectTexts(t, "errors", all[3].errors, nil)
	})
	t.Run("nothing is asked before the provider is known", func(t *testing.T) {
		t.Parallel()
		s := &shelf{things: 1}
		w := serveShelf(t, s, func(l *listings) {
			l.Connect = func(any) (*store, error) { return nil, errors.Join(errors.New("wait"), crud.ErrNotYetKnown) }
		})
		all := w.list(in, 0, false, 0)
		if len(all) != 1 || s.taken != 0 {
			t.Fatalf("%d results, %d taken", len(all), s.taken)
		}
		all[0].expect(t, nil, []string{"Unable to list things\nWait.", "The provider's configuration is not known before apply"}, nil)
	})
	t.Run("nor with a query that is not known", func(t *testing.T) {
		t.Parallel()
		s := &shelf{things: 1}
		all := serveShelf(t, s, asIs).list(texts{"parent_id": "?"}, 0, false, 0)
		if len(all) != 1 || s.taken != 0 {
			t.Fatalf("%d results, %d taken", len(all), s.taken)
		}
		all[0].expect(t, nil, []string{"Unable to list things\nThe list block's configuration is not known yet."}, nil)
	})
}
