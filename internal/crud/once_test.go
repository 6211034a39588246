// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"testing"
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
