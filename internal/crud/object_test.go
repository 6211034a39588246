// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

var (
	config  = texts{"parent_id": "p1", "name": "one"}
	planned = texts{"parent_id": "p1", "name": "one", "id": "?", "made_at": "?"}
	stored  = texts{"parent_id": "p1", "name": "one", "id": "t1", "made_at": "2027-03-01T12:00:00Z"}
	id      = texts{"parent_id": "p1", "id": "t1"}

	forbidden = &apierr.Error{Operation: "call", Status: 403, Message: "not for you", RequestID: "req_1", Hint: "Use an admin key."}
	gone      = &apierr.Gone{What: "thing t1", Why: "it was deleted outside Terraform"}
)

func with(base texts, more texts) texts {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

func expectIdentity(t *testing.T, got, want texts) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("identity %v, want %v", got, want)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	t.Run("stores what was made", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		create := object.Create
		object.Create = func(ctx context.Context, client *store, plan thing) (thing, error) {
			crud.Warn(ctx, "thing", "take care", "%s was made at %s with sk-svcacct-0123456789", plan.Name.ValueString(), client.name)
			return create(ctx, client, plan)
		}
		w := serveThings(t, object)
		got := w.apply(nil, planned, config)
		got.expect(t, stored, nil, []string{"Thing take care\none was made at first with (redacted)"})
		expectIdentity(t, got.identity, id)
	})
	t.Run("stores nothing after an error", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		object.Create = func(_ context.Context, _ *store, plan thing) (thing, error) {
			plan.ID = types.StringValue("t1")
			return plan, forbidden
		}
		got := serveThings(t, object).apply(nil, planned, config)
		got.expect(t, nil, []string{"Unable to create thing \"one\"\nUse an admin key.\n\nCall: not for you (HTTP 403 Forbidden, request id req_1)."}, nil)
	})
	t.Run("stores what an error left behind", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		create := object.Create
		object.Create = func(ctx context.Context, client *store, plan thing) (thing, error) {
			made, _ := create(ctx, client, plan)
			return made, &crud.Stored{Err: forbidden}
		}
		got := serveThings(t, object).apply(nil, planned, config)
		// An error would taint the object.
		got.expect(t, stored, nil, []string{`Thing "one" (t1) is not complete` + "\nIt was created and is in state"})
		expectTexts(t, "warnings", got.warnings, []string{"Use an admin key."})
		expectIdentity(t, got.identity, id)
	})
	t.Run("needs a client", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		object.Connect = func(any) (*store, error) { return nil, crud.ErrNotYetKnown }
		object.Create = func(context.Context, *store, thing) (thing, error) { panic("without a client") }
		got := serveThings(t, object).apply(nil, planned, config)
		got.expect(t, nil, []string{"Unable to reach the API for thing \"one\"\nThe provider's configuration is not known before apply"}, nil)
	})
}

func TestRead(t *testing.T) {
	t.Parallel()
	reading := func(t *testing.T, read func(context.Context, *store, thing) (thing, error)) told {
		t.Helper()
		object := newThings()
		object.Read = read
		return serveThings(t, object).read(stored, id)
	}
	t.Run("refreshes", func(t *testing.T) {
		t.Parallel()
		got := reading(t, func(ctx context.Context, _ *store, prior thing) (thing, error) {
			crud.Warn(ctx, "thing", "renamed", "elsewhere")
			prior.Name = types.StringValue("two")
			return prior, nil
		})
		got.expect(t, with(stored, texts{"name": "two"}), nil, []string{"Thing renamed"})
		expectIdentity(t, got.identity, id)
	})
	t.Run("gives an identity to what an older Terraform stored", func(t *testing.T) {
		t.Parallel()
		got := serveThings(t, newThings()).read(stored, nil)
		got.expect(t, stored, nil, nil)
		expectIdentity(t, got.identity, id)
	})
	t.Run("removes only what is gone for certain", func(t *testing.T) {
		t.Parallel()
		reading(t, func(context.Context, *store, thing) (thing, error) { return thing{}, gone }).
			expect(t, nil, nil, []string{"Thing \"one\" (t1) is gone\nThing t1 no longer exists: it was deleted outside Terraform. Thing \"one\" (t1) was removed from state"})
	})
	t.Run("says what to do where no apply creates it again", func(t *testing.T) {
		t.Parallel()
		reading(t, func(context.Context, *store, thing) (thing, error) {
			return thing{}, &apierr.Gone{What: "thing t1", Why: "it left", Next: "Take it out."}
		}).expect(t, nil, nil, []string{"Thing \"one\" (t1) is gone\nThing t1 no longer exists: it left. Thing \"one\" (t1) was removed from state. Take it out."})
	})
	for _, status := range []int{0, 400, 401, 403, 404, 429, 500, 503} {
		reading(t, func(context.Context, *store, thing) (thing, error) {
			return thing{}, &apierr.Error{Operation: "read thing", Status: status, Message: "no"}
		}).expect(t, stored, []string{"Unable to read thing \"one\" (t1)\nRead thing: no"}, nil)
	}
	t.Run("leaves the state alone while the provider is not known", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		object.Connect = func(any) (*store, error) { return nil, errors.Join(errors.New("wait"), crud.ErrNotYetKnown) }
		object.Read = func(context.Context, *store, thing) (thing, error) { panic("without a client") }
		got := serveThings(t, object).read(stored, id)
		got.expect(t, stored, nil, []string{"Thing \"one\" (t1) was not refreshed"})
		expectIdentity(t, got.identity, id)
	})
	t.Run("reports a provider that cannot be reached", func(t *testing.T) {
		t.Parallel()
		object := newThings()
		object.Connect = func(any) (*store, error) { return nil, errors.New("no admin key") }
		serveThings(t, object).read(stored, id).expect(t, stored, []string{"Unable to read thing \"one\" (t1)\nNo admin key"}, nil)
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	target := with(stored, texts{"name": "two"})
	updating := func(t *testing.T, err error) told {
		t.Helper()
		object := newThings()
		object.Update = func(ctx context.Context, _ *store, plan, state thing) (thing, error) {
			crud.Warn(ctx, "thing", "renamed", "from %s to %s", state.Name.ValueString(), plan.Name.ValueString())
			return plan, err
		}
		return serveThings(t, object).apply(stored, target, with(config, texts{"name": "two"}))
	}
	renamed := []string{"Thing renamed\nfrom one to two"}
	t.Run("stores the change", func(t *testing.T) {
		t.Parallel()
		got := updating(t, nil)
		got.expect(t, target, nil, renamed)
		expectIdentity(t, got.identity, id)
	})
	t.Run("keeps the state after an error", func(t *testing.T) {
		t.Parallel()
		updating(t, forbidden).expect(t, stored, []string{"Unable to update thing \"one\" (t1)\nUse an admin key."}, renamed)
	})
	t.Run("stores what an error left behind", func(t *testing.T) {
		t.Parallel()
		got := updating(t, &crud.Stored{Err: forbidden})
		got.expect(t, target, []string{"Unable to update thing \"one\" (t1)\nUse an admin key."}, renamed)
		expectIdentity(t, got.identity, id)
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		left   texts
		errors []string
	}{
		{"ends it", nil, nil, nil},
		{"is done when it is gone already", gone, nil, nil},
		{"is done when it went with its parent", errors.Join(errors.New("while looking"), gone), nil, nil},
		{"keeps it after an error", forbidden, stored, []string{"Unable to delete thing \"one\" (t1)\nUse an admin key."}},
		{"keeps it after a bare 404", &apierr.Error{Operation: "delete", Status: 404, Message: "no"}, stored, []string{"Unable to delete thing \"one\" (t1)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			object := newThings()
			object.Delete = func(_ context.Context, _ *store, state thing) error {
				if state.ID.ValueString() != "t1" {
					t.Errorf("deletes %v", state)
				}
				return c.err
			}
			serveThings(t, object).apply(stored, nil, nil).expect(t, c.left, c.errors, nil)
		})
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := serveThings(t, newThings())
	for _, c := range []struct {
		name     string
		id       string
		identity texts
		errors   []string
	}{
		{"by id", "p1/t1", nil, nil},
		{"by identity", "", id, nil},
		{"by half an id", "t1", nil, []string{`Invalid import id "t1"` + "\n" + `The import id must have the form <parent_id>/<id>, got "t1". An example is p0/t0.`}},
		{"by too much of an id", "p1/t1/x", nil, []string{"Invalid import id"}},
		{"by an empty part", "/t1", nil, []string{`its parent_id "" is empty`}},
		{"by another empty part", "p1/", nil, []string{`its id "" is empty`}},
		{"by a way up", "p1/..", nil, []string{`its id ".." contains`}},
		{"by a query", "p1/t1?x=y", nil, []string{"contains one of ? # % &. An example is p0/t0."}},
		{"by a line break", "p1/t1\n", nil, []string{`its id "t1\n" has leading or trailing white space or invisible characters`}},
		{"by a blank before", " p1/t1", nil, []string{`its parent_id " p1" has leading or trailing white space`}},
		{"by a blank in it", "p1/t 1", nil, []string{`its id "t 1" contains white space`}},
		{"by a blank that does not break", "p1/t1\u00a0", nil, []string{"has leading or trailing white space or invisible characters"}},
		{"by a byte order mark", "\ufeffp1/t1", nil, []string{"has leading or trailing white space or invisible characters"}},
		{"by nothing but a separator", "/", nil, []string{`its parent_id "" is empty. An example is p0/t0.`}},
		{"by nothing", "", nil, []string{"Invalid import id"}},
		{"by an identity with an empty part", "", texts{"parent_id": "", "id": "t1"}, []string{"Invalid import identity \"\"\nThe identity's parent_id is empty. The import id of such an object has the form <parent_id>/<id>, such as p0/t0."}},
		{"by an identity with a separator", "", texts{"parent_id": "p1", "id": "t1/x"}, []string{"The identity's id contains a path separator."}},
	} {
		got := w.importBy(c.id, c.identity)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			expectTexts(t, "errors", got.errors, c.errors)
			if c.errors == nil {
				got.expect(t, id, nil, nil)
				expectIdentity(t, got.identity, id)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Plan = func(ctx context.Context, plan thing, state *thing) (thing, error) {
		crud.Warn(ctx, "thing", "planned", "with state: %v", state != nil)
		if plan.Name.ValueString() == "bad" {
			return plan, &crud.At{Path: path.Root("name"), Summary: "Not that name", Detail: "Take another."}
		}
		if state == nil {
			plan.MadeAt = types.StringValue("soon")
		}
		return plan, nil
	}
	w := serveThings(t, object)
	w.plan(nil, config).expect(t, with(planned, texts{"made_at": "soon"}), nil, []string{"with state: false"})
	w.plan(stored, config).expect(t, stored, nil, []string{"with state: true"})
	w.plan(stored, nil).expect(t, nil, nil, nil) // a destroy asks nobody
	bad := w.plan(stored, with(config, texts{"name": "bad"}))
	expectTexts(t, "errors", bad.errors, []string{`AttributeName("name"): Not that name` + "\nTake another."})

	serveThings(t, newThings()).plan(nil, config).expect(t, planned, nil, nil)
}

func TestAChangedParentReplaces(t *testing.T) {
	t.Parallel()
	w := serveThings(t, newThings())
	imported := texts{"id": "t1", "made_at": "2027-03-01T12:00:00Z", "name": "one"}
	for _, c := range []struct {
		when    string
		prior   texts
		parent  string
		replace bool
	}{
		{"the same", stored, "p1", false},
		{"another", stored, "p2", true},
		{"one that is not known yet", stored, "?", false},
		{"after an import that left it open", imported, "p1", false},
		{"a new object", nil, "p1", false},
	} {
		t.Run(c.when, func(t *testing.T) {
			t.Parallel()
			got := w.plan(c.prior, with(config, texts{"parent_id": c.parent}))
			expectTexts(t, "errors", got.errors, nil)
			if replaces := len(got.replace) == 1 && got.replace[0] == `AttributeName("parent_id")`; replaces != c.replace || len(got.replace) > 1 {
				t.Errorf("replaces because of %v", got.replace)
			}
		})
	}
	renamed := w.plan(stored, with(config, texts{"name": "two"}))
	renamed.expect(t, with(stored, texts{"name": "two"}), nil, nil) // nothing becomes unknown
}

func TestLookup(t *testing.T) {
	t.Parallel()
	looking := func(t *testing.T, change func(*lookups)) told {
		t.Helper()
		l := newLookups()
		change(&l)
		return serve(t, toy{things: newThings(), lookups: l}).find(config)
	}
	t.Run("completes the model", func(t *testing.T) {
		t.Parallel()
		looking(t, func(l *lookups) {
			find := l.Find
			l.Find = func(ctx context.Context, client *store, query thing) (thing, error) {
				crud.Warn(ctx, "thing", "found", "at %s", client.name)
				return find(ctx, client, query)
			}
		}).expect(t, with(config, texts{"id": "t1"}), nil, []string{"Thing found\nat first"})
	})
	t.Run("what is not there is an error", func(t *testing.T) {
		t.Parallel()
		got := looking(t, func(l *lookups) {
			l.Find = func(context.Context, *store, thing) (thing, error) { return thing{}, gone }
		})
		got.expect(t, config, []string{"Unable to find thing \"one\"\nThing t1 is gone"}, nil)
	})
	t.Run("what is looked for by neither name nor id is named by what was given", func(t *testing.T) {
		t.Parallel()
		l := newLookups()
		l.Find = func(context.Context, *store, thing) (thing, error) { return thing{}, gone }
		got := serve(t, toy{things: newThings(), lookups: l}).find(texts{"parent_id": "p1"})
		expectTexts(t, "errors", got.errors, []string{"Unable to find thing (p1)\nThing t1 is gone"})
	})
	t.Run("of which nothing is in state", func(t *testing.T) {
		t.Parallel()
		got := looking(t, func(l *lookups) {
			l.Find = func(context.Context, *store, thing) (thing, error) {
				return thing{}, apierr.Elsewhere(&apierr.Error{Operation: "read thing"}, "It is elsewhere.", "Check the id", "run terraform state rm")
			}
		})
		got.expect(t, config, []string{"Unable to find thing \"one\"\nIt is elsewhere. Check the id."}, nil)
	})
	t.Run("so is a provider that is not known yet", func(t *testing.T) {
		t.Parallel()
		got := looking(t, func(l *lookups) { l.Connect = func(any) (*store, error) { return nil, crud.ErrNotYetKnown } })
		got.expect(t, config, []string{"Unable to read thing \"one\"\nThe provider's configuration is not known"}, nil)
	})
}

// An object that has nothing but its identity looks the same after an import and in a refresh: only
// the import of what is not there is an error.
func TestReadOfAnObjectThatIsOnlyItsIdentity(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Identity = crud.Identity{"parent_id", "name", "every", "id", "made_at"}
	object.Example = "p0/one/1h/t0/now"
	object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) { return prior, gone }
	w := serveThings(t, object)
	whole := texts{"parent_id": "p1", "name": "one", "every": "1h", "id": "t1", "made_at": "now"}
	w.read(whole, whole).expect(t, nil, nil, []string{"Thing \"one\" (t1) is gone"})

	imported := w.importBy("p1/one/1h/t1/now", nil)
	imported.expect(t, whole, nil, nil)
	w.read(whole, whole).expect(t, whole, []string{"Thing t1 was not found. If it ever existed, then it was deleted outside Terraform"}, nil)
	w.read(whole, whole).expect(t, nil, nil, []string{"Thing \"one\" (t1) is gone"})
}

// An object without a name is named by the argument that stands for one.
func TestMessagesNameAnObjectByAnotherArgument(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Called = "parent_id"
	object.Create = func(context.Context, *store, thing) (thing, error) { return thing{}, forbidden }
	object.Delete = func(context.Context, *store, thing) error { return forbidden }
	w := serveThings(t, object)
	w.apply(nil, planned, config).expect(t, nil, []string{"Unable to create thing \"p1\"\n"}, nil)
	w.apply(stored, nil, nil).expect(t, stored, []string{"Unable to delete thing \"p1\" (t1)\n"}, nil)
}

// An object without a name and an id is named by what identifies it.
func TestMessagesNameAnObjectByItsIdentity(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Schema.Attributes = map[string]schema.Attribute{}
	for name, attribute := range newThings().Schema.Attributes {
		if name != "id" && name != "name" {
			object.Schema.Attributes[name] = attribute
		}
	}
	object.Identity = crud.Identity{"parent_id", "every|made_at"}
	member := crud.Object[*store, member]{
		TypeName: object.TypeName, Noun: "member", Schema: object.Schema, Identity: object.Identity, Connect: object.Connect,
		Read: func(_ context.Context, _ *store, prior member) (member, error) { return prior, gone },
	}
	w := serve(t, toyOf(member.Resource()))
	held := texts{"parent_id": "p1", "made_at": "x"}
	w.read(held, held).expect(t, nil, nil, []string{"Member p1/made_at/x is gone"})
}

type member struct {
	ParentID types.String `tfsdk:"parent_id"`
	Every    types.String `tfsdk:"every"`
	MadeAt   types.String `tfsdk:"made_at"`
}

// toyOf is the toy provider with another resource.
func toyOf(one func() resource.Resource) provider.Provider {
	return other{toy{newThings(), newLookups()}, one}
}

type other struct {
	toy
	one func() resource.Resource
}

func (p other) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{p.one}
}
