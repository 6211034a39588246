// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"sync"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// sightings are what this process knows about whether the admin key is the right organization's:
// nothing names an organization, and in another one everything is missing.
type sightings struct {
	mu      sync.Mutex
	changed chan struct{}   // closed at each change
	reading int             // reads on their way
	found   bool            // some object was there
	missing map[string]bool // ids of objects that were not
}

// present reads what is in no project. [apierr.Gone] when it is not there, except where everything
// of the organization that this process looks for is missing, and more than one: then it is an
// error, because the admin key is most likely another organization's. root is the id of the object,
// or of the one that it is part of. proves says whether its being there proves the organization: a
// setting does not, which every organization may have. What a lost DELETE of ours may have deleted says
// nothing of the admin key.
func present[T any](ctx context.Context, c *Client, what, root string, proves bool, read func() (T, error)) (T, error) {
	s := &c.sightings
	s.change(func() { s.reading++ })
	out, err := read()
	gone, missing := apierr.AsGone(err)
	missing = missing && !gone.Ours
	s.change(func() {
		s.reading--
		switch {
		case err == nil:
			s.found = s.found || proves
		case missing:
			s.missing[root] = true
		}
	})
	if !missing {
		return out, err
	}
	alone, waitErr := s.judge(ctx)
	switch {
	case waitErr != nil:
		return out, waitErr
	case alone:
		return out, err
	}
	return out, &Elsewhere{what}
}

// Elsewhere is the error about a missing object where everything else is missing too.
type Elsewhere struct{ What string }

// Error implements error.
func (e *Elsewhere) Error() string {
	return e.What + " is missing in the organization of this admin key, and so are all other objects of the organization that were read. This is most likely another organization's admin key: check openai.admin_key (or OPENAI_ADMIN_KEY). Nothing was removed from state. If these objects really were deleted outside Terraform, remove them from state with: terraform state rm <address>"
}

// saw notes that something of the organization is there.
func (s *sightings) saw() {
	s.mu.Lock()
	found := s.found
	s.mu.Unlock()
	if !found {
		s.change(func() { s.found = true })
	}
}

// judge waits for the reads on their way, and says whether a missing object says nothing about others.
func (s *sightings) judge(ctx context.Context) (alone bool, err error) {
	for {
		s.mu.Lock()
		done, alone, changed := s.found || s.reading == 0, s.found || len(s.missing) < 2, s.changed
		s.mu.Unlock()
		if done {
			return alone, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (s *sightings) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missing == nil {
		s.missing, s.changed = map[string]bool{}, make(chan struct{})
	}
	how()
	close(s.changed)
	s.changed = make(chan struct{})
}
