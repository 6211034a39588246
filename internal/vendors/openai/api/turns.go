// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import "sync"

// turns are about what is there only once and can be under several resources in one apply, such as under
// a former address and under a new one: they order the writes, and know what this process wrote.
type turns struct{ all sync.Map }

// turn is that of one place.
type turn struct {
	sync.Mutex
	wrote map[string]bool // by field
}

// begin waits for the writes to a place that began before; the caller unlocks it at the end.
func (t *turns) begin(place string) *turn {
	value, _ := t.all.LoadOrStore(place, &turn{wrote: map[string]bool{}})
	one, _ := value.(*turn)
	one.Lock()
	return one
}

func (t *turn) note(fields map[string]any) {
	for name := range fields {
		t.wrote[name] = true
	}
}
