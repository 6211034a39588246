// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// held stops the answers of key lists until it is told to let them go.
type held struct {
	closed  atomic.Bool
	arrived chan struct{} // a list was answered by the server and is held
	release chan struct{}
}

func hold() *held {
	h := &held{arrived: make(chan struct{}, 10), release: make(chan struct{})}
	h.closed.Store(true)
	return h
}

func (h *held) open() { h.closed.Store(false); close(h.release) }

func (h *held) configure() configure {
	return through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/api_keys") && h.closed.Load() {
			h.arrived <- struct{}{}
			<-h.release
		}
		return resp, err
	})
}

func TestKeysAreListedOnce(t *testing.T) {
	t.Parallel()
	h := hold()
	w := begin(t, openaisim.Options{}, h.configure())
	var group sync.WaitGroup
	lists := make(chan *api.List[*api.APIKey], 20)
	for range 20 {
		group.Go(func() {
			list, err := w.client.Keys(t.Context(), w.project)
			if err != nil {
				t.Error(err)
			}
			lists <- list
		})
	}
	<-h.arrived
	h.open()
	group.Wait()
	first := <-lists
	for range 19 {
		if <-lists != first {
			t.Error("readers got different lists")
		}
	}
	_, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	w.count(openaisim.OpAPIKeysList, 1)
	// Another project has a list of its own.
	_, err = w.client.Keys(t.Context(), w.sim.SeedProject("other"))
	ok(t, err)
	w.count(openaisim.OpAPIKeysList, 2)
}

func TestOwnWritesDropTheList(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*world) error{
		"mint":   func(w *world) error { _, err := w.mint(); return err },
		"revoke": func(w *world) error { return w.client.RevokeKey(w.t.Context(), w.project, w.key, time.Time{}) },
		"scopes": func(w *world) error { return w.client.SetKeyScopes(w.t.Context(), w.project, w.key, nil) },
		"end": func(w *world) error {
			_, err := w.client.EndKeyAt(w.t.Context(), w.project, w.key, start.Add(time.Hour))
			return err
		},
		"delete account": func(w *world) error {
			return w.client.DeleteServiceAccount(w.t.Context(), w.project, w.account, time.Time{})
		},
		"lost mint": func(w *world) error {
			w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1})
			if _, err := w.mint(); err == nil {
				return errors.New("the mint was not lost")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			before, err := w.client.Keys(t.Context(), w.project)
			ok(t, err)
			ok(t, write(w))
			after, err := w.client.Keys(t.Context(), w.project)
			ok(t, err)
			if after == before {
				t.Error("the list from before the write was answered")
			}
			if want := len(w.sim.Keys()); len(after.ByID) != want {
				t.Errorf("%d keys, want %d", len(after.ByID), want)
			}
		})
	}
}

// A list that was on its way during a write may lack it: it is not remembered.
func TestListDuringAWriteIsNotRemembered(t *testing.T) {
	t.Parallel()
	h := hold()
	w := begin(t, openaisim.Options{}, h.configure())
	early := make(chan *api.List[*api.APIKey])
	go func() {
		list, err := w.client.Keys(t.Context(), w.project)
		if err != nil {
			t.Error(err)
		}
		early <- list
	}()
	<-h.arrived
	minted, err := w.mint()
	ok(t, err)
	// A reader after the write does not join the old flight either.
	h.closed.Store(false)
	late, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, has := late.ByID[minted.ID]; !has {
		t.Error("a read after the mint does not know the key")
	}
	h.open()
	if list := <-early; len(list.ByID) != 1 {
		t.Errorf("the held list has %d keys, this test is wrong", len(list.ByID))
	}
	again, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, has := again.ByID[minted.ID]; !has {
		t.Error("the list from before the mint was remembered")
	}
}

func TestFreshKeys(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	_, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	foreign, _ := w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account})
	known, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if _, has := known.ByID[foreign]; has {
		t.Error("the remembered list was read again")
	}
	fresh, err := w.client.FreshKeys(t.Context(), w.project)
	ok(t, err)
	if _, has := fresh.ByID[foreign]; !has {
		t.Error("the fresh list is not fresh")
	}
	known, err = w.client.Keys(t.Context(), w.project)
	ok(t, err)
	if known != fresh {
		t.Error("the fresh list is not the one remembered")
	}
}

func TestKeysAtStart(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	atStart, err := w.client.KeysAtStart(t.Context(), w.project)
	ok(t, err)
	for range 3 {
		minted, err := w.mint()
		ok(t, err)
		_, err = w.client.FreshKeys(t.Context(), w.project)
		ok(t, err)
		again, err := w.client.KeysAtStart(t.Context(), w.project)
		ok(t, err)
		if _, has := again.ByID[minted.ID]; has || again != atStart {
			t.Error("the list at the start has a key that was minted later")
		}
	}
	ok(t, w.client.RevokeKey(t.Context(), w.project, w.key, time.Time{}))
	again, err := w.client.KeysAtStart(t.Context(), w.project)
	ok(t, err)
	if _, has := again.ByID[w.key]; !has {
		t.Error("the list at the start lost a key")
	}
}

func TestOneWaiterLeaves(t *testing.T) {
	t.Parallel()
	h := hold()
	w := begin(t, openaisim.Options{}, h.configure())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := make(chan error, 1)
	go func() { _, err := w.client.Keys(ctx, w.project); first <- err }()
	<-h.arrived // the flight belongs to the one who leaves
	second := make(chan error, 1)
	go func() { _, err := w.client.Keys(t.Context(), w.project); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	h.open()
	if err := <-second; err != nil {
		t.Errorf("the one who stayed got %v", err)
	}
	w.count(openaisim.OpAPIKeysList, 1)
}

func TestFailedListIsNotRemembered(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.StatusBefore, Status: 403, Times: 1})
	if _, err := w.client.Keys(t.Context(), w.project); err == nil {
		t.Error("a 403 became a list")
	}
	_, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
}

// One object is read by itself, from the second on the list serves all.
func TestOneGetOrOneList(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	ids := []string{w.project}
	accounts := []string{w.account}
	for range 9 {
		ids = append(ids, w.sim.SeedProject("more"))
		accounts = append(accounts, w.sim.SeedServiceAccount(w.project, "more", "none"))
	}
	for range 3 {
		_, err := w.client.Project(t.Context(), ids[0], time.Time{})
		ok(t, err)
	}
	w.count(openaisim.OpProjectsGet, 3)
	w.count(openaisim.OpProjectsList, 0)
	for _, id := range ids[1:] {
		p, err := w.client.Project(t.Context(), id, time.Time{})
		if err != nil || p.ID != id {
			t.Errorf("got %+v, %v, want %s", p, err, id)
		}
	}
	w.count(openaisim.OpProjectsGet, 3)
	w.count(openaisim.OpProjectsList, 1)
	for i, id := range accounts {
		a, err := w.client.ServiceAccount(t.Context(), w.project, id, time.Time{})
		if err != nil || a.ID != id {
			t.Errorf("account %d: got %+v, %v", i, a, err)
		}
	}
	w.count(openaisim.OpServiceAccountsGet, 1)
	w.count(openaisim.OpServiceAccountsList, 1)
	// Own writes drop these lists too.
	name := "renamed"
	_, err := w.client.UpdateProject(t.Context(), ids[3], time.Time{}, &name, nil)
	ok(t, err)
	p, err := w.client.Project(t.Context(), ids[3], time.Time{})
	if err != nil || p.Name != name {
		t.Errorf("got %+v, %v", p, err)
	}
	_, err = w.client.UpdateServiceAccount(t.Context(), w.project, accounts[3], time.Time{}, &name, nil)
	ok(t, err)
	a, err := w.client.ServiceAccount(t.Context(), w.project, accounts[3], time.Time{})
	if err != nil || a.Name != name {
		t.Errorf("got %+v, %v", a, err)
	}
	w.count(openaisim.OpProjectsList, 2)
	w.count(openaisim.OpServiceAccountsList, 2)
}
