// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestStoppedBeforeTheCreate(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, mintErr := w.client.MintKey(ctx, w.project, w.account, api.MintRequest{Name: "x"})
	_, _, projectErr := w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
	_, _, accountErr := w.client.CreateServiceAccount(ctx, w.project, "x")
	for _, err := range []error{mintErr, projectErr, accountErr} {
		_ = failure(t, err, apierr.NotSent)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want it to say that it was cancelled", err)
		}
	}
	w.count("", 0)
}

// stopping cancels the caller's context when the first POST is on its way.
func stopping(cancel context.CancelFunc, after bool) configure {
	return through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return next.RoundTrip(r)
		}
		if !after {
			cancel()
		}
		resp, err := next.RoundTrip(r)
		cancel()
		return resp, err
	})
}

func TestStoppedDuringTheCreate(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		w := begin(t, openaisim.Options{}, stopping(cancel, after))
		minted, err := w.client.MintKey(ctx, w.project, w.account, api.MintRequest{Name: "x"})
		ok(t, err)
		if !w.sim.Valid(minted.Value.Reveal()) {
			t.Error("the minted key is not valid")
		}

		ctx, cancel = context.WithCancel(t.Context())
		w = begin(t, openaisim.Options{}, stopping(cancel, after))
		made, how, err := w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
		if err != nil || how.Adopted || made.ID == "" {
			t.Errorf("got %+v, %+v, %v", made, how, err)
		}
	}
}

// The recovery runs to its end, but nothing new is begun.
func TestStoppedDuringTheRecovery(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := begin(t, openaisim.Options{}, stopping(cancel, false))
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.CutAfter, Times: 1})
	made, how, err := w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
	ok(t, err)
	if !how.Adopted || made.Name != "x" {
		t.Errorf("got %+v, %+v, want the adopted project", made, how)
	}

	ctx, cancel = context.WithCancel(t.Context())
	w = begin(t, openaisim.Options{}, stopping(cancel, false))
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.CutBefore, Times: 1})
	_, _, err = w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
	contains(t, failure(t, err, apierr.Unknown).Hint, "may or may not have been created", "terraform import")
	w.count(openaisim.OpProjectsCreate, 1)
	if n := w.sim.Count(openaisim.OpProjectsList); n < 2 {
		t.Errorf("looked %d times, want more: the list may lag", n)
	}
}

// A read that is stopped half-way ends at once, without blaming the answer.
func TestStoppedRead(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: simkit.HangBefore, Notify: cancel})
	_, err := w.client.Key(ctx, w.project, w.key, time.Time{})
	failed := failure(t, err, apierr.Unknown)
	if !errors.Is(err, context.Canceled) || failed.Hint != "" || failed.Message != "" {
		t.Errorf("got %v (%s), want a plain cancellation", err, failed.Hint)
	}
	w.count(openaisim.OpAPIKeysGet, 1)
}

// leaving is a caller that goes, or a process that is told to end.
type leaving struct{ gone, ending error }

func (l leaving) Gone() error   { return l.gone }
func (l leaving) Ending() error { return l.ending }

// A process that was told to end, or whose caller is gone, begins no create of any kind.
func TestNothingIsCreatedAtTheEnd(t *testing.T) {
	t.Parallel()
	why := errors.New("the test is over")
	for name, presenceOf := range map[string]leaving{"gone": {gone: why}, "ending": {ending: why}} {
		w := begin(t, openaisim.Options{})
		ctx := presence.With(t.Context(), presenceOf)
		_, mintErr := w.client.MintKey(ctx, w.project, w.account, api.MintRequest{Name: "x"})
		_, adminErr := w.client.MintAdminKey(ctx, "x", 0)
		_, _, projectErr := w.client.CreateProject(ctx, api.ProjectSettings{Name: "x"})
		_, _, accountErr := w.client.CreateServiceAccount(ctx, w.project, "x")
		for _, err := range []error{mintErr, adminErr, projectErr, accountErr} {
			failed := failure(t, err, apierr.NotSent)
			if !errors.Is(err, why) || failed.Hint != "Nothing was sent. Apply again." {
				t.Errorf("%s: got %v (%s), want the reason and what to do", name, err, failed.Hint)
			}
		}
		w.count("", 0)
		if _, err := w.client.Key(ctx, w.project, w.key, time.Time{}); err != nil {
			t.Errorf("%s: a read fails: %v", name, err)
		}
		ok(t, w.client.RevokeKey(ctx, w.project, w.key, time.Time{})) // of the new key, for example
	}
}

// A request that ends an old key is not sent for a caller that is gone, but finished in
// a process that was only told to end.
func TestNoOldKeyEndsAfterTheCaller(t *testing.T) {
	t.Parallel()
	why := errors.New("the test is over")
	w := begin(t, openaisim.Options{})
	ctx := presence.EndsKey(presence.With(t.Context(), leaving{gone: why, ending: why}))
	err := w.client.RevokeKey(ctx, w.project, w.key, time.Time{})
	_ = failure(t, err, apierr.NotSent)
	if !errors.Is(err, why) {
		t.Errorf("got %v, want the reason", err)
	}
	w.count(openaisim.OpAPIKeysDelete, 0)
	ok(t, w.client.RevokeKey(presence.EndsKey(presence.With(t.Context(), leaving{ending: why})), w.project, w.key, time.Time{}))
	w.count(openaisim.OpAPIKeysDelete, 1)
}
