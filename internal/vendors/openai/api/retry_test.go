// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// repeatable are the operations that may be sent again whatever happened.
var repeatable = map[string]func(context.Context, *world) error{
	openaisim.OpProjectsGet: func(ctx context.Context, w *world) error {
		_, err := w.client.ConfirmProject(ctx, w.project, time.Time{})
		return err
	},
	openaisim.OpProjectsList: func(ctx context.Context, w *world) error {
		for _, err := range w.client.Projects(ctx, false, quiet) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	openaisim.OpServiceAccountsGet: func(ctx context.Context, w *world) error {
		_, err := w.client.ServiceAccount(ctx, w.project, w.account, time.Time{})
		return err
	},
	openaisim.OpAPIKeysGet: func(ctx context.Context, w *world) error {
		_, err := w.client.Key(ctx, w.project, w.key, time.Time{})
		return err
	},
	openaisim.OpAPIKeysList: func(ctx context.Context, w *world) error {
		_, err := w.client.Keys(ctx, w.project)
		return err
	},
	openaisim.OpProjectsUpdate: func(ctx context.Context, w *world) error {
		name := "renamed"
		_, err := w.client.UpdateProject(ctx, w.project, time.Time{}, &name, nil)
		return err
	},
	openaisim.OpProjectsArchive: func(ctx context.Context, w *world) error {
		return w.client.ArchiveProject(ctx, w.project)
	},
	openaisim.OpServiceAccountsUpdate: func(ctx context.Context, w *world) error {
		role := "owner"
		_, err := w.client.UpdateServiceAccount(ctx, w.project, w.account, time.Time{}, nil, &role)
		return err
	},
	openaisim.OpServiceAccountsDelete: func(ctx context.Context, w *world) error {
		return w.client.DeleteServiceAccount(ctx, w.project, w.account, time.Time{})
	},
	openaisim.OpAPIKeysUpdate: func(ctx context.Context, w *world) error {
		return w.client.SetKeyScopes(ctx, w.project, w.key, []string{"a.b.read"})
	},
	openaisim.OpAPIKeysDelete: func(ctx context.Context, w *world) error {
		return w.client.RevokeKey(ctx, w.project, w.key, time.Time{})
	},
}

// transient are the faults that a second try may cure.
var transient = []simkit.Fault{
	{Kind: simkit.StatusBefore, Status: http.StatusRequestTimeout},
	{Kind: simkit.StatusBefore, Status: http.StatusInternalServerError},
	{Kind: simkit.StatusBefore, Status: http.StatusBadGateway},
	{Kind: simkit.StatusBefore, Status: http.StatusServiceUnavailable},
	{Kind: simkit.StatusBefore, Status: http.StatusGatewayTimeout},
	{Kind: simkit.StatusAfter, Status: http.StatusBadGateway},
	{Kind: simkit.CutBefore},
	{Kind: simkit.CutAfter},
	{Kind: simkit.Truncated},
}

func TestReadsAndUpdatesAreRepeated(t *testing.T) {
	t.Parallel()
	for operation, do := range repeatable {
		for _, fault := range transient {
			t.Run(fmt.Sprintf("%s %s %d", operation, fault.Kind, fault.Status), func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{})
				fault.Operation, fault.Times = operation, 3
				w.sim.Inject(fault)
				ok(t, do(t.Context(), w))
				w.count(operation, 4)
				if slept := w.clock.Slept(); slept < 3500*time.Millisecond || slept > 5*time.Second {
					t.Errorf("waited %s between the tries, want 0.5, 1 and 2 seconds and a little more", slept)
				}
			})
		}
	}
}

func TestRepeatingEndsAtABound(t *testing.T) {
	t.Parallel()
	for operation, do := range repeatable {
		for _, fault := range []simkit.Fault{
			{Kind: simkit.StatusBefore, Status: http.StatusServiceUnavailable},
			{Kind: simkit.CutBefore},
		} {
			t.Run(operation+" "+string(fault.Kind), func(t *testing.T) {
				t.Parallel()
				w := begin(t, openaisim.Options{})
				fault.Operation = operation
				w.sim.Inject(fault)
				err := do(t.Context(), w)
				notGone(t, err)
				if status := apierr.Status(err); fault.Kind == simkit.StatusBefore && status != fault.Status {
					t.Errorf("status %d, want the server's: %v", status, err)
				}
				w.count(operation, 5)
			})
		}
	}
}

func TestTimeoutsOfReadsAreRepeated(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{simkit.HangBefore, simkit.HangAfter} {
		w := begin(t, openaisim.Options{}, impatient)
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysGet, Kind: kind, Times: 1})
		if _, err := w.client.Key(t.Context(), w.project, w.key, time.Time{}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if n := w.sim.Count(openaisim.OpAPIKeysGet); n < 2 {
			t.Errorf("%s: %d requests, want the hung one and another", kind, n)
		}
	}
}

// What waiting does not cure is said at once.
func TestRefusalsAreFinal(t *testing.T) {
	t.Parallel()
	for operation, do := range repeatable {
		for _, status := range []int{401, 403, 405, 409, 413, 422, 501} {
			w := begin(t, openaisim.Options{})
			w.sim.Inject(simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: status})
			err := do(t.Context(), w)
			notGone(t, err)
			want := 1
			if operation == openaisim.OpAPIKeysList && status == 422 {
				want = 2 // it may be about the filter
			}
			if apierr.Status(err) != status || w.sim.Count(operation) != want {
				t.Errorf("%s %d: %d requests and %v", operation, status, w.sim.Count(operation), err)
			}
			if w.clock.Slept() != 0 {
				t.Errorf("%s %d: waited %s", operation, status, w.clock.Slept())
			}
		}
	}
}

func TestPooledConnectionsWork(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.Transport = nil })
	for range 3 {
		_, err := w.mint()
		ok(t, err)
	}
	// The answer is cut on a connection that was used before.
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1})
	_, err := w.mint()
	_ = failure(t, err, apierr.Unknown)
	w.count(openaisim.OpServiceAccountKeysCreate, 4)
}

func TestUnknownMintsAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  simkit.Fault
		minted int
	}{
		{simkit.Fault{Kind: simkit.CutBefore}, 0},
		{simkit.Fault{Kind: simkit.CutAfter}, 1},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 408}, 0},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 500}, 0},
		{simkit.Fault{Kind: simkit.StatusBefore, Status: 503, RetryAfter: time.Second}, 0},
		{simkit.Fault{Kind: simkit.StatusAfter, Status: 408}, 1},
		{simkit.Fault{Kind: simkit.StatusAfter, Status: 500}, 1},
		{simkit.Fault{Kind: simkit.StatusAfter, Status: 502}, 1},
		{simkit.Fault{Kind: simkit.StatusAfter, Status: 504}, 1},
		{simkit.Fault{Kind: simkit.HangBefore}, 0},
		{simkit.Fault{Kind: simkit.HangAfter}, 1},
		{simkit.Fault{Kind: simkit.Truncated}, 1},
		{simkit.Fault{Kind: simkit.HTML}, 1},
		{simkit.Fault{Kind: simkit.HTML, Status: 502}, 1},
		{simkit.Fault{Kind: simkit.MissingSecret}, 1},
		{simkit.Fault{Kind: simkit.Delay, Body: "{}"}, 1},
		{simkit.Fault{Kind: simkit.Delay, Body: "null"}, 1},
		{simkit.Fault{Kind: simkit.Delay, Body: "[]"}, 1},
		{simkit.Fault{Kind: simkit.NumericCode}, 0},
		{simkit.Fault{Kind: simkit.BareError}, 0},
	} {
		t.Run(fmt.Sprint(c.fault.Kind, c.fault.Status, c.fault.Body), func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{}, impatient)
			c.fault.Operation = openaisim.OpServiceAccountKeysCreate
			w.sim.Inject(c.fault)
			minted, err := w.mint()
			failed := failure(t, err, apierr.Unknown)
			if !apierr.IsUnknown(err) || minted.ID != "" || !minted.Value.Empty() {
				t.Errorf("%v came with key %q", err, minted.ID)
			}
			contains(t, failed.Error(), "create API key")
			w.count(openaisim.OpServiceAccountKeysCreate, 1)
			if made := len(w.sim.Keys()) - 1; made != c.minted {
				t.Errorf("%d keys were made, want %d: the fault is not what this test takes it for", made, c.minted)
			}
		})
	}
}

func TestRefusedMintsAreFinal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 422} {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: status})
		_, err := w.mint()
		if failed := failure(t, err, apierr.Refused); failed.Status != status {
			t.Errorf("status %d, want %d", failed.Status, status)
		}
		notGone(t, err)
		w.count(openaisim.OpServiceAccountKeysCreate, 1)
	}
	// Only the admin key endpoint documents a 404 after the work.
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.NotFoundAfter})
	_, err := w.mint()
	_ = failure(t, err, apierr.Refused)
}

func TestMintIsRepeatedAfter429(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: 429, Times: 3})
	minted, err := w.mint()
	ok(t, err)
	w.count(openaisim.OpServiceAccountKeysCreate, 4)
	if len(w.sim.Keys()) != 2 || !w.sim.Valid(minted.Value.Reveal()) {
		t.Errorf("%d keys, want the seeded and a valid new one", len(w.sim.Keys()))
	}
}

// After a 429 the next attempt is on its own: what happened to it counts.
func TestMintCutAfter429IsUnknown(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.sim.Inject(
		simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: 429, Times: 1},
		simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.CutAfter, Times: 1},
	)
	_, err := w.mint()
	_ = failure(t, err, apierr.Unknown)
	w.count(openaisim.OpServiceAccountKeysCreate, 2)
}

// dialer fails the first connections, so that their requests never leave.
func dialer(failures int64, dials *atomic.Int64) configure {
	return func(cfg *api.Config) {
		var d net.Dialer
		cfg.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) <= failures {
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
			}
			return d.DialContext(ctx, network, address)
		}}
	}
}

func TestMintThatNeverLeftIsRepeated(t *testing.T) {
	t.Parallel()
	var dials atomic.Int64
	w := begin(t, openaisim.Options{}, dialer(3, &dials))
	_, err := w.mint()
	ok(t, err)
	w.count(openaisim.OpServiceAccountKeysCreate, 1)
	if dials.Load() != 4 {
		t.Errorf("%d dials, want 4", dials.Load())
	}
}

func TestMintThatNeverLeavesIsNotSent(t *testing.T) {
	t.Parallel()
	var dials atomic.Int64
	w := begin(t, openaisim.Options{}, dialer(1000, &dials))
	_, err := w.mint()
	failed := failure(t, err, apierr.NotSent)
	contains(t, failed.Hint, "reaches the API")
	if dials.Load() != 5 {
		t.Errorf("%d dials, want 5", dials.Load())
	}
	w.count("", 0)
}

func TestUntrustedCertificateIsFinal(t *testing.T) {
	t.Parallel()
	dials := 0
	w := begin(t, openaisim.Options{}, through(func(*http.Request, http.RoundTripper) (*http.Response, error) {
		dials++
		return nil, fmt.Errorf("tls: %w", errCertificate)
	}))
	_, err := w.mint()
	contains(t, failure(t, err, apierr.NotSent).Hint, "certificate is not trusted")
	if dials != 1 {
		t.Errorf("%d tries, want 1", dials)
	}
}

func TestEndKeyAtSendsWhatRemains(t *testing.T) {
	t.Parallel()
	for _, fault := range append(slices.Clone(transient), simkit.Fault{Kind: simkit.StatusBefore, Status: 429, RetryAfter: 7 * time.Second}) {
		t.Run(fmt.Sprint(fault.Kind, fault.Status), func(t *testing.T) {
			t.Parallel()
			w := begin(t, openaisim.Options{})
			w.know()
			fault.Operation, fault.Times = openaisim.OpAPIKeysUpdate, 4
			w.sim.Inject(fault)
			end := start.Add(100 * time.Second).Truncate(time.Second) // as the API has moments
			k, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
			ok(t, err)
			if k.ExpiresAt.Before(end) || k.ExpiresAt.After(end.Add(3*time.Second)) {
				t.Errorf("ends at %s, promised %s", k.ExpiresAt, end)
			}
			entries := w.sent(openaisim.OpAPIKeysUpdate)
			if len(entries) != 5 {
				t.Fatalf("%d requests, want 5", len(entries))
			}
			for i, e := range entries {
				seconds := e.Fields["expires_in_seconds"].(float64)
				left := end.Sub(e.Time).Seconds()
				if seconds < left || seconds >= left+1 {
					t.Errorf("request %d sent %v with %v seconds left", i, seconds, left)
				}
				if _, has := e.Fields["scopes"]; has {
					t.Error("scopes were sent, which would lift them")
				}
			}
			first, last := entries[0].Fields["expires_in_seconds"].(float64), entries[4].Fields["expires_in_seconds"].(float64)
			if first != 100 || last > first-7 {
				t.Errorf("sent %v first and %v last", first, last)
			}
		})
	}
}

// The time spent waiting for a turn is not added to the key's life.
func TestEndKeyAtCountsAfterItsTurn(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.RequestsPerMinute = 6 })
	w.know()
	end := start.Add(100 * time.Second)
	for range 2 {
		_, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
		ok(t, err)
	}
	entries := w.sent(openaisim.OpAPIKeysUpdate)
	if got := entries[1].Fields["expires_in_seconds"].(float64); got != 90 {
		t.Errorf("sent %v after waiting ten seconds, want 90", got)
	}
}

// A machine whose clock is wrong still means the server's seconds.
func TestEndKeyAtCountsByTheServersClock(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.clock.Advance(-time.Hour)
	_, err := w.client.Keys(t.Context(), w.project)
	ok(t, err)
	end := start.Add(100 * time.Second)
	k, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
	ok(t, err)
	if off := k.ExpiresAt.Sub(end); off < 0 || off > 3*time.Second {
		t.Errorf("ends at %s, promised %s", k.ExpiresAt, end)
	}
}

func TestEndKeyAtInThePast(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.know()
	for _, left := range []time.Duration{-time.Hour, -time.Millisecond, 0} {
		if _, err := w.client.EndKeyAt(t.Context(), w.project, w.key, start.Add(left)); !errors.Is(err, api.ErrEnded) {
			t.Errorf("%s left: got %v, want ErrEnded", left, err)
		}
	}
	w.count(openaisim.OpAPIKeysUpdate, 0)
	// What is left is rounded up; the moment may pass between two tries.
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore})
	if _, err := w.client.EndKeyAt(t.Context(), w.project, w.key, start.Add(200*time.Millisecond)); !errors.Is(err, api.ErrEnded) {
		t.Errorf("got %v, want ErrEnded", err)
	}
	w.count(openaisim.OpAPIKeysUpdate, 1)
}

func TestEndKeyAtGivesUp(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{}, func(cfg *api.Config) { cfg.BusyTimeout = 3 * time.Minute })
	w.know()
	end := start.Add(time.Hour)
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.CutBefore, Times: 5})
	_, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
	_ = failure(t, err, apierr.Unknown)
	w.count(openaisim.OpAPIKeysUpdate, 5)
	for _, status := range []int{400, 401, 404, 405} {
		w.sim.ClearFaults()
		w.sim.ResetJournal()
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore, Status: status})
		_, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
		if apierr.Status(err) != status {
			t.Errorf("got %v, want the server's %d", err, status)
		}
		notGone(t, err)
		w.count(openaisim.OpAPIKeysUpdate, 1)
	}
	w.sim.ClearFaults()
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore, Status: 429})
	before := w.clock.Now()
	_, err = w.client.EndKeyAt(t.Context(), w.project, w.key, end)
	if took := w.clock.Now().Sub(before); apierr.Status(err) != 429 || took < 2*time.Minute || took > 3*time.Minute {
		t.Errorf("gave up after %s with %v, want three minutes", took, err)
	}
	w.sim.ClearFaults()
	w.sim.ResetJournal()
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusBefore, Status: 429, Code: "insufficient_quota"})
	if _, err = w.client.EndKeyAt(t.Context(), w.project, w.key, end); apierr.Status(err) != 429 {
		t.Errorf("got %v, want a 429", err)
	}
	w.count(openaisim.OpAPIKeysUpdate, 1)
}

// A busy server must not use up the tries meant for a broken one.
func TestBusyIsNoTrouble(t *testing.T) {
	t.Parallel()
	for operation, do := range map[string]func(*world) error{
		openaisim.OpAPIKeysGet: func(w *world) error {
			_, err := w.client.Key(t.Context(), w.project, w.key, time.Time{})
			return err
		},
		openaisim.OpAPIKeysUpdate: func(w *world) error {
			_, err := w.client.EndKeyAt(t.Context(), w.project, w.key, start.Add(24*time.Hour))
			return err
		},
	} {
		w := begin(t, openaisim.Options{})
		w.know()
		w.sim.Inject(
			simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 429, Times: 7},
			simkit.Fault{Operation: operation, Kind: simkit.StatusBefore, Status: 503, Times: 4},
		)
		ok(t, do(w))
		w.count(operation, 12)
	}
}

func TestSetKeyScopes(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	ok(t, w.client.SetKeyScopes(t.Context(), w.project, w.key, []string{"model.request", "api.all.read"}))
	if got := w.sim.Keys()[0].Scopes; !slices.Equal(got, []string{"model.request", "api.all.read"}) {
		t.Errorf("scopes are %v", got)
	}
	for _, none := range [][]string{{}, nil} {
		w.sim.ResetJournal()
		w.sim.SetKeyScopes(w.key, "model.request")
		ok(t, w.client.SetKeyScopes(t.Context(), w.project, w.key, none))
		entry := w.sent(openaisim.OpAPIKeysUpdate)[0]
		if list, isList := entry.Fields["scopes"].([]any); !isList || len(list) != 0 || len(entry.Fields) != 1 {
			t.Errorf("%#v was sent as %v, want an empty array alone", none, entry.Fields)
		}
		if got := w.sim.Keys()[0].Scopes; got != nil {
			t.Errorf("scopes are %v, want none", got)
		}
	}
	for _, status := range []int{404, 405} {
		w.sim.SetPolicy(func(p *openaisim.Policy) { p.NoKeyUpdate = status })
		err := w.client.SetKeyScopes(t.Context(), w.project, w.key, nil)
		if failure(t, err, apierr.Refused).Status != status {
			t.Errorf("got %v, want the server's %d", err, status)
		}
	}
}

// A change of a key that is answered with nothing is done, and is sent once.
func TestKeyChangesAnsweredWithNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	w.know()
	w.sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysUpdate, Kind: simkit.StatusAfter, Status: 204})
	ok(t, w.client.SetKeyScopes(t.Context(), w.project, w.key, []string{"a.b.read"}))
	end := start.Add(time.Hour).Truncate(time.Second)
	key, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
	ok(t, err)
	has := w.sim.Keys()[0]
	if !slices.Equal(has.Scopes, []string{"a.b.read"}) || has.ExpiresAt.IsZero() || !key.ExpiresAt.Equal(has.ExpiresAt) {
		t.Errorf("the server has %+v, and the answer is %+v", has, key)
	}
	w.count(openaisim.OpAPIKeysUpdate, 2)
}

func TestMintRequestOnTheWire(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{})
	minted, err := w.client.MintKey(t.Context(), w.project, w.account, api.MintRequest{Name: "plain"})
	ok(t, err)
	if !minted.ExpiresAt.IsZero() || !minted.CreatedAt.Equal(start.Truncate(time.Second)) {
		t.Errorf("created %s, expires %s", minted.CreatedAt, minted.ExpiresAt)
	}
	minted, err = w.client.MintKey(t.Context(), w.project, w.account, api.MintRequest{
		Name: "full", Scopes: []string{"model.request"}, Lifetime: 90*time.Second + time.Millisecond,
	})
	ok(t, err)
	if !minted.ExpiresAt.Equal(minted.CreatedAt.Add(91 * time.Second)) {
		t.Errorf("expires %s after creation, want 91 seconds", minted.ExpiresAt.Sub(minted.CreatedAt))
	}
	entries := w.sent(openaisim.OpServiceAccountKeysCreate)
	if len(entries[0].Fields) != 1 || entries[0].Fields["name"] != "plain" {
		t.Errorf("sent %v, want the name alone: nulls and empty lists mean something", entries[0].Fields)
	}
	if len(entries[1].Fields) != 3 || entries[1].Fields["expires_in_seconds"] != float64(91) {
		t.Errorf("sent %v", entries[1].Fields)
	}
	if entries[0].Header.Get("Idempotency-Key") != "" {
		t.Error("an idempotency key was sent: Go's transport repeats such requests by itself")
	}
	// The store has to agree with what the answers said.
	k, err := w.client.Key(t.Context(), w.project, minted.ID, minted.CreatedAt)
	ok(t, err)
	if k.OwnerType != "service_account" || k.OwnerID != w.account || k.OwnerName != "ci" || !k.OwnerActive || k.Name != "full" || k.Redacted == "" {
		t.Errorf("read back as %+v", k)
	}
}
