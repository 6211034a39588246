// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package process is how this plugin process comes to its end: the signals it gets, the
// CLI that started it and may be killed, and the calls that are still being worked on.
// It knows neither Terraform's objects nor a vendor.
package process

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

const (
	// lookEvery is how often the CLI is looked for.
	lookEvery = 500 * time.Millisecond
	// alone is how long a process without a connection waits for another one. The CLI
	// has one connection from its first call on, until it closes the plugin.
	alone = 3 * time.Second
	// unmet is how long a process waits for its first connection.
	unmet = time.Minute
	// vanishing is how long a killed CLI may take until its connection is cut: 3 to 30
	// milliseconds were measured on an idle machine, and more than 100 on a busy one.
	vanishing = 300 * time.Millisecond

	// closing is how long the keys of this run may take to be revoked: the CLI kills its
	// plugin two seconds after it closed it.
	closing = 1800 * time.Millisecond
	// orphaned is the same for a CLI that is gone and kills no more.
	orphaned = 8 * time.Second
	// finishing bounds the work on what was sent: a mint without an answer is looked for,
	// and revoked.
	finishing = 7 * time.Minute
)

var (
	errParent     = errors.New("the CLI that started the provider has exited")
	errConnection = errors.New("the CLI has cut the connection to the provider")
	errClosed     = errors.New("the CLI has closed the provider")
	errCaller     = errors.New("the CLI waits for this call no more")
)

// Options replace parts of the world, for tests. The zero value is the real one.
type Options struct {
	// Clock is read and waited on; nil is the machine's own.
	Clock clock.Clock
	// Parent says whether the process that started this one has ended; nil asks the
	// operating system.
	Parent func() (ended bool)
}

// Life is the life of this process. It is safe for concurrent use.
type Life struct {
	clock  clock.Clock
	parent func() bool

	mu          sync.Mutex
	gone        error // once the CLI is gone; it does not come back
	ending      error // once the process was asked to stop
	connections int
	since       time.Time // when the last connection was cut, or the process began
	patience    time.Duration
	calls       int
	idle        chan struct{} // closed when no call is being worked on
}

// New begins a life. It must be called before the CLI can have ended.
func New(o Options) *Life {
	l := &Life{clock: o.Clock, parent: o.Parent, patience: unmet, idle: make(chan struct{})}
	if l.clock == nil {
		l.clock = clock.System()
	}
	if l.parent == nil {
		l.parent = parentEnded()
	}
	l.since = l.clock.Now()
	close(l.idle)
	return l
}

// Gone is nil while the CLI is there, and the reason once it is not.
func (l *Life) Gone() error {
	ended := l.parent()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.gone != nil:
	case ended:
		l.gone = errParent
	case l.connections == 0 && l.clock.Now().Sub(l.since) >= l.patience:
		l.gone = errConnection
	}
	return l.gone
}

// Ending is nil as long as something new may be created, and the reason once the process
// was asked to stop.
func (l *Life) Ending() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ending
}

// Last waits until the CLI has closed the plugin or is gone, and then gives the work of
// the end its time: what was sent is finished, and meanwhile revoke ends the keys that
// are open for this run.
func (l *Life) Last(closed <-chan struct{}, revoke func(context.Context)) {
	limit := closing
	if !l.wait(closed) {
		limit = orphaned
	}
	finish, cancelFinish := context.WithTimeout(context.Background(), finishing)
	defer cancelFinish()
	limited, cancelLimited := context.WithTimeout(finish, limit)
	defer cancelLimited()
	revoke(limited)
	_ = l.finish(finish) // what is not finished by then never will be
	// What was opened meanwhile has a time of its own: the first limit may be over.
	opened, cancelOpened := context.WithTimeout(context.Background(), limit)
	defer cancelOpened()
	revoke(opened)
}

// wait reports whether the CLI has closed the plugin; otherwise it is gone.
func (l *Life) wait(closed <-chan struct{}) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-closed
		cancel()
	}()
	if l.watch(ctx) == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = errClosed
	}
	return true
}

// watch returns once the CLI is gone, or with the context's error.
func (l *Life) watch(ctx context.Context) error {
	for l.Gone() == nil {
		if err := l.clock.Sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
	return nil
}

// finish waits until no call is being worked on, or for the context's end.
func (l *Life) finish(ctx context.Context) error {
	for {
		l.mu.Lock()
		calls, idle := l.calls, l.idle
		l.mu.Unlock()
		if calls == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// end notes that the process was asked to stop; the first reason stays.
func (l *Life) end(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending == nil {
		l.ending = reason
	}
}

func (l *Life) connected(by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connections += by
	l.since, l.patience = l.clock.Now(), alone
}

func (l *Life) called(by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == 0 {
		l.idle = make(chan struct{})
	}
	if l.calls += by; l.calls == 0 {
		close(l.idle)
	}
}
