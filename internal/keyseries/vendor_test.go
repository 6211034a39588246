// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// The calls of a vendor, as the faults and the journal name them.
const (
	mint   = "mint"
	list   = "list"
	fresh  = "fresh list"
	get    = "get"
	endAt  = "end"
	scopes = "scopes"
	revoke = "revoke"
)

// vendor keeps keys in memory, by a clock of its own.
type vendor struct {
	clock   *clock.Fake
	keys    map[string]*entry
	made    int
	journal []string

	faults map[string][]fault
	used   int // faults that struck

	skew      time.Duration
	skewKnown bool
	archived  bool
	// What this organization does differently.
	cannotUpdate, ignoresEnd, ignoresLifetime, hidesExpired bool
	// lag is how long a new key is missing in lists; stale is what Keys remembers.
	lag   time.Duration
	stale *keyseries.Listing
	// onCall, when set, is told of every call before it happens.
	onCall func(call string)
}

type entry struct {
	keyseries.Key
	scopes []string
	listed time.Time
}

// fault strikes one call. done: the server does its work all the same.
type fault struct {
	err  error
	done bool
}

var _ keyseries.Vendor = &vendor{}

func newVendor() *vendor {
	return &vendor{clock: clock.NewFake(begin), keys: map[string]*entry{}, faults: map[string][]fault{}, skewKnown: true}
}

// fail queues faults for a call; the zero fault lets one call pass.
func (v *vendor) fail(call string, faults ...fault) {
	v.faults[call] = append(v.faults[call], faults...)
}

// enter notes a call and gives the fault that strikes it.
func (v *vendor) enter(call, detail string) fault {
	v.journal = append(v.journal, strings.TrimSpace(call+" "+detail))
	if v.onCall != nil {
		v.onCall(call)
	}
	queue := v.faults[call]
	if len(queue) == 0 {
		return fault{}
	}
	v.faults[call] = queue[1:]
	if queue[0].err != nil {
		v.used++
	}
	return queue[0]
}

// calls counts how often a call was made.
func (v *vendor) calls(call string) (n int) {
	for _, line := range v.journal {
		if line == call || strings.HasPrefix(line, call+" ") {
			n++
		}
	}
	return n
}

// add puts a key there without a call.
func (v *vendor) add(id, name string, expires time.Time) *entry {
	v.keys[id] = &entry{Key: keyseries.Key{
		ID: id, Name: name, Redacted: "sk-…" + id, CreatedAt: v.Now().Truncate(time.Second), ExpiresAt: expires,
		OwnerID: v.Owner(), OwnerActive: true,
	}}
	return v.keys[id]
}

// live are the ids of the keys that work, sorted.
func (v *vendor) live() []string {
	var out []string
	for id, key := range v.keys {
		if key.ExpiresAt.IsZero() || v.Now().Before(key.ExpiresAt) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (v *vendor) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	f := v.enter(mint, request.Name)
	if err := ctx.Err(); err != nil {
		return keyseries.Minted{}, &apierr.Error{Operation: mint, Outcome: apierr.NotSent, Cause: err}
	}
	if f.err != nil && !f.done {
		return keyseries.Minted{}, f.err
	}
	v.made++
	key := v.add(fmt.Sprintf("key_%d", v.made), request.Name, time.Time{})
	key.scopes, key.listed = slices.Clone(request.Scopes), v.Now().Add(v.lag)
	if request.Lifetime > 0 && !v.ignoresLifetime {
		key.ExpiresAt = key.CreatedAt.Add(request.Lifetime)
	}
	return keyseries.Minted{ID: key.ID, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Secret: secret.New("sk-fake-" + key.ID)}, f.err
}

func (v *vendor) listing() *keyseries.Listing {
	var keys []keyseries.Key
	for _, id := range slices.Sorted(maps.Keys(v.keys)) {
		key := v.keys[id]
		expired := !key.ExpiresAt.IsZero() && !v.Now().Before(key.ExpiresAt)
		if !v.Now().Before(key.listed) && (!expired || !v.hidesExpired) {
			keys = append(keys, key.Key)
		}
	}
	return keyseries.NewListing(keys)
}

func (v *vendor) list(call string) (*keyseries.Listing, error) {
	if f := v.enter(call, ""); f.err != nil {
		return nil, f.err
	}
	if v.archived {
		return nil, v.gone("the keys of project p")
	}
	return v.listing(), nil
}

func (v *vendor) Keys(context.Context) (*keyseries.Listing, error) {
	if v.stale != nil {
		return v.stale, nil
	}
	return v.list(list)
}

func (v *vendor) FreshKeys(context.Context) (*keyseries.Listing, error)   { return v.list(fresh) }
func (v *vendor) KeysAtStart(context.Context) (*keyseries.Listing, error) { return v.list(list) }

func (v *vendor) find(id string) (*entry, error) {
	key, ok := v.keys[id]
	if !ok || v.archived || v.hidesExpired && !key.ExpiresAt.IsZero() && !v.Now().Before(key.ExpiresAt) {
		return nil, v.gone("API key " + id)
	}
	return key, nil
}

func (v *vendor) gone(what string) error {
	return &apierr.Gone{What: what, Why: "it was ended outside"}
}

func (v *vendor) Key(_ context.Context, id string, _ time.Time) (keyseries.Key, error) {
	if f := v.enter(get, id); f.err != nil {
		return keyseries.Key{}, f.err
	}
	key, err := v.find(id)
	if err != nil {
		return keyseries.Key{}, err
	}
	return key.Key, nil
}

func (v *vendor) EndAt(_ context.Context, id string, end time.Time) (keyseries.Key, error) {
	remaining := end.Sub(v.Now()).Truncate(time.Second)
	f := v.enter(endAt, id+" in "+remaining.String())
	if f.err != nil && !f.done {
		return keyseries.Key{}, f.err
	}
	if v.cannotUpdate {
		return keyseries.Key{}, fmt.Errorf("%w (HTTP 405)", keyseries.ErrCannot)
	}
	if remaining < time.Second {
		return keyseries.Key{}, keyseries.ErrEnded
	}
	key, err := v.find(id)
	if err != nil {
		return keyseries.Key{}, err
	}
	if !v.ignoresEnd {
		key.ExpiresAt = v.Now().Add(remaining).Truncate(time.Second)
	}
	return key.Key, f.err
}

func (v *vendor) SetScopes(_ context.Context, id string, to []string) error {
	f := v.enter(scopes, id)
	if f.err != nil && !f.done {
		return f.err
	}
	if v.cannotUpdate {
		return keyseries.ErrCannot
	}
	key, err := v.find(id)
	if err != nil {
		return err
	}
	key.scopes = slices.Clone(to)
	return f.err
}

func (v *vendor) Revoke(ctx context.Context, id string) error {
	f := v.enter(revoke, id)
	if err := ctx.Err(); err != nil {
		return &apierr.Error{Operation: revoke, Outcome: apierr.NotSent, Cause: err}
	}
	if f.err != nil && !f.done {
		return f.err
	}
	delete(v.keys, id) // what is gone already, with its project or without, is no error
	return f.err
}

func (v *vendor) Owner() string                  { return "svc_acct_1" }
func (v *vendor) RevokeCommand(id string) string { return "orgctl revoke " + id }
func (v *vendor) Now() time.Time                 { return v.clock.Now() }
func (v *vendor) Skew() (time.Duration, bool)    { return v.skew, v.skewKnown }
func (v *vendor) Sleep(ctx context.Context, d time.Duration) error {
	return v.clock.Sleep(ctx, d)
}

// refused and unknown are answers of the server, cut is a lost one.
func refused(status int) error {
	return &apierr.Error{Operation: "call", Status: status, Message: "refused"}
}

func unknown(status int) error {
	return &apierr.Error{Operation: "call", Status: status, Outcome: apierr.Unknown}
}

var cut = &apierr.Error{Operation: "call", Outcome: apierr.Unknown, Cause: errors.New("connection reset")}

func wantLive(t *testing.T, v *vendor, ids ...string) {
	t.Helper()
	if got := v.live(); !slices.Equal(got, ids) {
		t.Errorf("alive are %v, want %v\n%s", got, ids, strings.Join(v.journal, "\n"))
	}
}

func wantJournal(t *testing.T, v *vendor, lines ...string) {
	t.Helper()
	if !slices.Equal(v.journal, lines) {
		t.Errorf("calls:\n\t%s\nwant:\n\t%s", strings.Join(v.journal, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not tell %q: %v", part, err)
		}
	}
}
