// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"sync"
)

// signals tell one write in this process of others: for each parent how many are on their way,
// and how many are done.
type signals struct {
	mu         sync.Mutex
	open, done map[string]int
	changed    chan struct{} // closed at each change
}

// begin notes a write that begins; the caller calls what it returns at the end.
func (s *signals) begin(parent string) (end func()) {
	s.change(func() { s.open[parent]++ })
	return func() {
		s.change(func() {
			s.open[parent]--
			s.done[parent]++
		})
	}
}

func (s *signals) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready()
	how()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *signals) ready() {
	if s.changed == nil {
		s.open, s.done, s.changed = map[string]int{}, map[string]int{}, make(chan struct{})
	}
}

// count is how many writes are done.
func (s *signals) count(parent string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done[parent]
}

// begun reports whether a write is on its way, or done since the count was taken.
func (s *signals) begun(parent string, since int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[parent] > 0 || s.done[parent] != since
}

// wait waits until a write is done since the count was taken. One that has not begun when patience
// returns is not waited for.
func (s *signals) wait(ctx context.Context, parent string, since int, patience func(context.Context)) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var patient chan struct{}
	for {
		s.mu.Lock()
		s.ready()
		done, open, changed := s.done[parent] != since, s.open[parent] > 0, s.changed
		s.mu.Unlock()
		if done {
			return true
		}
		if patient == nil && !open {
			patient = make(chan struct{})
			go func() { defer close(patient); patience(ctx) }()
		}
		over := patient
		if open {
			over = nil // it is on its way
		}
		select {
		case <-changed:
		case <-over:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
