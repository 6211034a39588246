// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the API sets once is not changed: the plan warns, and the apply refuses before it asks.
func TestOnce(t *testing.T) {
	t.Parallel()
	object := newThings()
	object.Once = []string{"name.nothing", "every"}
	updates := 0
	object.Update = func(_ context.Context, _ *store, plan, _ thing) (thing, error) {
		updates++
		return plan, nil
	}
	const refused = "Thing \"one\" (t1) cannot change its every\nIt has 1h, and the API cannot change it to 2h. Applying this fails, unless you replace the thing with -replace=<its address>"
	had, changed := with(stored, texts{"every": "1h"}), with(stored, texts{"every": "2h"})
	w := serveThings(t, object)
	w.plan(had, with(config, texts{"every": "2h"})).expect(t, changed, nil, []string{refused})
	w.apply(had, changed, with(config, texts{"every": "2h"})).expect(t, had, []string{refused}, nil)
	w.plan(had, with(config, texts{"every": "1h"})).expect(t, had, nil, nil)
	w.plan(stored, with(config, texts{"every": "2h"})).expect(t, changed, nil, nil)
	w.apply(stored, changed, with(config, texts{"every": "2h"})).expect(t, changed, nil, nil)
	if updates != 1 {
		t.Errorf("%d updates, want 1", updates)
	}
}

// What the server has instead, or shows only later, stays out of state and is said in every plan; a
// configuration that gives in to it changes nothing.
func TestOnceOtherwise(t *testing.T) {
	t.Parallel()
	for _, answer := range []types.String{types.StringValue("2h"), types.StringNull()} {
		object := newThings()
		object.Once = []string{"every"}
		create := object.Create
		object.Create = func(ctx context.Context, c *store, plan thing) (thing, error) {
			plan.Every = answer
			return create(ctx, c, plan)
		}
		object.Read = func(_ context.Context, _ *store, prior thing) (thing, error) {
			prior.Every = types.StringValue("2h")
			return prior, nil
		}
		object.Update = func(_ context.Context, _ *store, plan, state thing) (thing, error) {
			if !plan.Every.Equal(state.Every) {
				t.Errorf("changes %s to %s", state.Every, plan.Every)
			}
			return plan, nil
		}
		w := serveThings(t, object)
		asked := with(config, texts{"every": "1h"})
		has, given := with(stored, texts{"every": "1h"}), with(stored, texts{"every": "2h"})
		w.apply(nil, with(planned, texts{"every": "1h"}), asked).expect(t, has, nil, []string{"differs from its configuration at the server"})
		for range 2 {
			w.read(has, id).expect(t, has, nil, nil)
			w.plan(has, asked).expect(t, has, nil, []string{`every is "1h" in the configuration, the server has "2h".`})
		}
		w.plan(has, with(config, texts{"every": "3h"})).expect(t, with(stored, texts{"every": "3h"}), nil, []string{"It has 2h, and the API cannot change it to 3h."})
		give := with(config, texts{"every": "2h"})
		w.plan(has, give).expect(t, given, nil, nil)
		w.apply(has, given, give).expect(t, given, nil, nil)
		w.read(given, id).expect(t, given, nil, nil)
		w.plan(given, give).expect(t, given, nil, nil)
	}
}
