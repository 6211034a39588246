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
	start  = "list at start"
	get    = "get"
	endAt  = "end"
	edit   = "edit"
	revoke = "revoke"
)

// vendor keeps keys in memory, by a clock of its own. It can neither move ends nor edit
// keys; [full] can. Its own argument is called scopes.
type vendor struct {
	clock   *clock.Fake
	can     keyseries.Capabilities
	owner   string
	keys    map[string]*entry
	scopes  []string // as configured
	made    int
	sent    []string // names of mints
	journal []string
	revoked []string             // keys that a call revoked, in order
	told    map[string]time.Time // when a key was created, as the latest read or revocation said

	faults  map[string][]fault
	used    int                // faults that struck
	answers []keyseries.Minted // what the next mints answer in place of the new key

	skew, off                 time.Duration // off: how wrong this machine's clock is when no answer tells the time
	ahead                     time.Duration // how wrong the server's time is that an answer told
	skewUnknown, archived     bool
	unlistable                bool
	incomplete                []string
	cannotUpdate, ignoresEnd  bool      // what this organization does differently
	hidesEnd                  bool      // in the answer to a new end
	lagsUntil                 time.Time // before it, answers have no end
	ignoresName               bool
	ignoresLifetime           bool
	longest                   time.Duration // to which the server cuts an end, 0 = no limit
	hidesExpired, hidesOwners bool
	listsNoOwners             bool          // though a read of one key tells it
	limit                     int           // of keys, 0 = none
	lag                       time.Duration // how long a new key is missing in lists
	remembered, atStart       *keyseries.Listing
	// onCall, when set, is told of every call before it happens.
	onCall func(call string)
}

// full is a vendor that can move ends and edit keys.
type full struct{ *vendor }

// guarded is a vendor that works with one of its own keys.
type guarded struct {
	full
	own, fingerprint string // the key's id, and the fingerprint of its secret
}

func (g guarded) InUse(_ context.Context, id, fingerprint string) error {
	g.journal = append(g.journal, "in use? "+id+" "+fingerprint)
	if id == g.own && (fingerprint == "" || fingerprint == g.fingerprint) || fingerprint != "" && fingerprint == g.fingerprint {
		return errOwn
	}
	return nil
}

func (g guarded) Holds(key keyseries.Key, fingerprint string) bool {
	return key.ID == g.own && (fingerprint == "" || fingerprint == g.fingerprint)
}

var errOwn = errors.New("the provider works with this key itself")

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

var (
	_ keyseries.Vendor  = &vendor{}
	_ keyseries.Ender   = full{}
	_ keyseries.Editor  = full{}
	_ keyseries.Guarded = guarded{}
	_ keyseries.Holder  = guarded{}

	nouns      = keyseries.Words{Owner: "account", Tenant: "organization", Credential: "root key"}
	projectCan = keyseries.Capabilities{End: keyseries.Later, Proof: keyseries.ByOwner, Gone: keyseries.ByParent, LastUse: keyseries.UseTime, Words: nouns}
	adminCan   = keyseries.Capabilities{End: keyseries.AtMint, Proof: keyseries.ByMint, Gone: keyseries.ByParent, LastUse: keyseries.UseTime, Words: nouns}
)

const ownerID = "svc_acct_1"

func newVendor() full {
	return full{&vendor{clock: clock.NewFake(begin), keys: map[string]*entry{}, told: map[string]time.Time{}, faults: map[string][]fault{}, can: projectCan, owner: ownerID}}
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

// at is the vendor under its wrappers.
func (v *vendor) at() *vendor { return v }

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
		ID: id, Name: name, Redacted: "sk-…" + id, CreatedAt: v.clock.Now().Truncate(time.Second), ExpiresAt: expires,
		OwnerID: v.Owner(),
	}}
	return v.keys[id]
}

// live are the ids of the keys that work, sorted.
func (v *vendor) live() []string {
	var out []string
	for id, key := range v.keys {
		if !key.Ended(v.clock.Now()) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// attempt names a request by its order, because nonces are random.
func (v *vendor) attempt(name string) string {
	plain, _, _ := keyseries.Read(name)
	v.sent = append(v.sent, name)
	return fmt.Sprintf("%s %d", plain, len(v.sent))
}

func (v *vendor) Capabilities() keyseries.Capabilities { return v.can }

func (v *vendor) Mint(ctx context.Context, request keyseries.Request) (keyseries.Minted, error) {
	f := v.enter(mint, v.attempt(request.Shown))
	if err := ctx.Err(); err != nil {
		return keyseries.Minted{}, &apierr.Error{Operation: mint, Outcome: apierr.NotSent, Cause: err}
	}
	if f.err != nil && !f.done {
		return keyseries.Minted{}, f.err
	}
	if v.limit > 0 && len(v.live()) >= v.limit {
		return keyseries.Minted{}, fmt.Errorf("%w: %w", keyseries.ErrNoRoom, refused(409))
	}
	v.made++
	key := v.add(fmt.Sprintf("key_%d", v.made), request.Shown, time.Time{})
	key.scopes, key.listed = slices.Clone(v.scopes), v.clock.Now().Add(v.lag)
	if request.Lifetime > 0 && !v.ignoresLifetime {
		key.ExpiresAt = v.held(v.clock.Now().Add(request.Lifetime))
	}
	minted := keyseries.Minted{ID: key.ID, Name: key.Name, CreatedAt: key.CreatedAt, ExpiresAt: key.ExpiresAt, Secret: secret.New("sk-fake-" + key.ID), Own: key.scopes}
	if len(v.answers) > 0 {
		minted.ID, minted.Name = v.answers[0].ID, v.answers[0].Name
		v.answers = v.answers[1:]
	}
	return minted, f.err
}

// held is an end as the server keeps it, in whole seconds from when the request arrives.
func (v *vendor) held(end time.Time) time.Time { return end.Truncate(time.Second) }

// show is a key as the server shows it.
func (v *vendor) show(e *entry) keyseries.Key {
	key := e.Key
	key.Own = e.scopes
	if v.can.LastUse == keyseries.UseHidden {
		key.LastUsedAt = time.Time{}
	}
	if v.hidesOwners {
		key.OwnerID = ""
	}
	return key
}

func (v *vendor) listing() *keyseries.Listing {
	var keys []keyseries.Key
	for _, id := range slices.Sorted(maps.Keys(v.keys)) {
		key := v.keys[id]
		if !v.clock.Now().Before(key.listed) && (!key.Ended(v.clock.Now()) || !v.hidesExpired) {
			shown := v.show(key)
			if v.listsNoOwners {
				shown.OwnerID = ""
			}
			keys = append(keys, shown)
		}
	}
	l := keyseries.NewListing(keys)
	l.Incomplete = v.incomplete
	return l
}

func (v *vendor) List(_ context.Context, how keyseries.How) (*keyseries.Listing, error) {
	before := map[keyseries.How]*keyseries.Listing{keyseries.Remembered: v.remembered, keyseries.AtStart: v.atStart}[how]
	if before != nil {
		return before, nil
	}
	if f := v.enter(map[keyseries.How]string{keyseries.Remembered: list, keyseries.Fresh: fresh, keyseries.AtStart: start}[how], ""); f.err != nil {
		return nil, f.err
	}
	switch {
	case v.archived:
		return nil, v.gone("the keys of project p")
	case v.unlistable:
		return nil, fmt.Errorf("%w: too many", keyseries.ErrNoList)
	}
	return v.listing(), nil
}

func (v *vendor) find(id string) (*entry, error) {
	key, ok := v.keys[id]
	if !ok || v.archived || v.hidesExpired && key.Ended(v.clock.Now()) {
		return nil, v.gone("API key " + id)
	}
	return key, nil
}

func (v *vendor) gone(what string) error {
	return &apierr.Gone{What: what, Why: "it was ended outside"}
}

func (v *vendor) Get(_ context.Context, id string, created time.Time) (keyseries.Key, error) {
	v.told[id] = created
	if f := v.enter(get, id); f.err != nil {
		return keyseries.Key{}, f.err
	}
	key, err := v.find(id)
	if err != nil {
		return keyseries.Key{}, err
	}
	return v.lagging(key), nil
}

func (v *vendor) lagging(key *entry) keyseries.Key {
	shown := v.show(key)
	if v.clock.Now().Before(v.lagsUntil) {
		shown.ExpiresAt = time.Time{}
	}
	return shown
}

func (v full) EndAt(_ context.Context, id string, end time.Time) (keyseries.Key, error) {
	remaining := end.Sub(v.Now())
	if whole := remaining.Truncate(time.Second); whole < remaining {
		remaining = whole + time.Second // what is sent are seconds, rounded up: see apiclient.EndAt
	}
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
	if v.longest > 0 {
		remaining = min(remaining, v.longest)
	}
	if !v.ignoresEnd {
		key.ExpiresAt = v.held(v.clock.Now().Add(remaining))
	}
	shown := v.lagging(key)
	if v.hidesEnd {
		shown.ExpiresAt = time.Time{}
	}
	return shown, f.err
}

func (v full) Edit(_ context.Context, id string, change keyseries.Change) (keyseries.Key, error) {
	f := v.enter(edit, strings.TrimSpace(id+" "+strings.Join(change.Own, " ")+" "+change.Name))
	if f.err != nil && !f.done {
		return keyseries.Key{}, f.err
	}
	if v.cannotUpdate {
		return keyseries.Key{}, keyseries.ErrCannot
	}
	key, err := v.find(id)
	if err != nil {
		return keyseries.Key{}, err
	}
	if slices.Contains(change.Own, "scopes") {
		key.scopes = slices.Clone(v.scopes)
	}
	if change.Name != "" && !v.ignoresName {
		key.Name = change.Name
	}
	return v.show(key), f.err
}

// scoped is the vendor's own argument as configured.
func scoped(changed bool) []keyseries.Own {
	return []keyseries.Own{{Name: "scopes", InPlace: true, Hidden: true, Changed: changed}}
}

func (v *vendor) Revoke(ctx context.Context, id string, created time.Time) error {
	f := v.enter(revoke, id)
	v.told[id] = created
	if err := ctx.Err(); err != nil {
		return &apierr.Error{Operation: revoke, Outcome: apierr.NotSent, Cause: err}
	}
	if f.err != nil && !f.done {
		return f.err
	}
	if _, there := v.keys[id]; there {
		v.revoked = append(v.revoked, id)
	}
	delete(v.keys, id) // what is gone already, with its project or without, is no error
	return f.err
}

// Now is the server's time, or this machine's where the server tells none.
func (v *vendor) Now() time.Time {
	if v.skewUnknown {
		return v.clock.Now().Add(v.off)
	}
	return v.clock.Now().Add(v.ahead)
}

func (v *vendor) Owner() string                  { return v.owner }
func (v *vendor) RevokeCommand(id string) string { return "orgctl revoke " + id }
func (v *vendor) Skew() (time.Duration, bool)    { return v.skew, !v.skewUnknown }
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

func wantLive(t *testing.T, v interface{ at() *vendor }, ids ...string) {
	t.Helper()
	slices.Sort(ids)
	if got := v.at().live(); !slices.Equal(got, ids) {
		t.Errorf("alive are %v, want %v\n%s", got, ids, strings.Join(v.at().journal, "\n"))
	}
}

func wantJournal(t *testing.T, v interface{ at() *vendor }, lines ...string) {
	t.Helper()
	if !slices.Equal(v.at().journal, lines) {
		t.Errorf("calls:\n\t%s\nwant:\n\t%s", strings.Join(v.at().journal, "\n\t"), strings.Join(lines, "\n\t"))
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

// wantNotices compares notices by a part of each, in order.
func wantNotices(t *testing.T, notices []keyseries.Notice, parts ...string) {
	t.Helper()
	if len(notices) != len(parts) {
		t.Fatalf("notices %+v, want %q", notices, parts)
	}
	for i, part := range parts {
		if told := fmt.Sprintf("%s: key %s %s", notices[i].ID, notices[i].What, notices[i].Text); !strings.Contains(told, part) {
			t.Errorf("the notice does not tell %q: %s", part, told)
		}
	}
}
