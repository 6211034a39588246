// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// afterMint bounds the work that follows a mint and is not interrupted by a stop.
const afterMint = 3 * time.Minute

// Job is one apply on a series: what was decided, and where results go.
type Job struct {
	Vendor   Vendor
	Want     Wanted
	Have     State
	Decision Decision // the plan's
	Memory   *Memory  // changed step by step

	// Keep puts the secret of a new key away; an error revokes the key.
	Keep func(Minted) error
	// Store takes the series and the memory so far into state, after every step that
	// changed them.
	Store func(State)
	// Notify shows the user a notice about one key.
	Notify func(Notice)

	before *Listing // the keys that were there before the mint; nil = not known
	found  bool     // the plan took the current key for revoked, and it is there
}

// Run carries the decision out: [Job.Rotate] or [Job.Change].
func (j *Job) Run(ctx context.Context) error {
	if err := j.Decision.Stopped(j.Vendor.RevokeCommand); err != nil {
		return err
	}
	if j.Decision.Rotate {
		return j.Rotate(ctx)
	}
	return j.Change(ctx)
}

// Rotate mints, stores, and only then revokes the old key or lets it expire.
func (j *Job) Rotate(ctx context.Context) error {
	if err := j.again(ctx); err != nil {
		return err
	}
	back, err := j.yield(ctx)
	if err != nil {
		return err
	}
	minted, err := j.mint(ctx, j.request())
	if err != nil {
		// A tainted object comes to its destroy without a memory: settle it now.
		return back(ctx, WaitOutOf(ctx, j.Vendor, j.Memory, err))
	}
	next := State{
		ID: minted.ID, Name: j.Want.Name, Generation: j.Have.Generation + 1, Version: j.version(minted),
		CreatedAt: minted.CreatedAt, ExpiresAt: minted.ExpiresAt, Lifetime: j.Want.Lifetime, Overlap: j.Want.Overlap, Own: minted.Own,
	}
	planned := plannedIDs(j.Decision, j.Want, j.Have, *j.Memory)
	left, doubtful := j.supersede(minted), j.handedOn(minted)
	j.Memory.begin(minted, fingerprint(j.Vendor, minted))
	j.Memory.doubt(doubtful...)
	next.Previous = only(left, planned)
	j.Store(next)
	j.marked(ctx, minted)
	if j.found {
		j.Notify(Notice{j.Have.ID, "works, and this plan took it for revoked or expired", fmt.Sprintf(
			"The plan saw no such key that works, and the apply did. Key %s has taken its place, and the old key was left as it is. Plan again: the next plan shows it as a previous key, and how long it works.", minted.ID)})
	}

	// From here on the new key must reach its store, so trouble is a notice; but a key
	// that should be dead and is not is an error, and stays in state.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterMint)
	defer cancel()
	j.align(ctx)
	left, notices, err := retire(ctx, j.Vendor, j.Memory, left, j.Have.ID)
	if err == nil {
		notices = append(notices, clearOthers(ctx, j.Vendor, j.Memory, j.Decision.Clear)...)
	}
	j.notify(notices)
	if err != nil {
		next.Previous = left
		j.Store(next)
		return fmt.Errorf("the new key %s is created and in state, but an old one still works: %w. The next apply tries again", minted.ID, err)
	}
	next.Previous = only(left, planned)
	j.Memory.Refused = nil
	j.Store(next)
	return nil
}

// request is what the next key is minted with.
func (j *Job) request() Request {
	return Request{Name: j.Want.Name, Lifetime: j.Want.Lifetime, Changed: j.Want.changed(), current: j.Have.ID, before: j.before}
}

// version is a number that rises with every mint. The server gives whole seconds; the
// rest only keeps two mints in one apart.
func (j *Job) version(minted Minted) int64 { return max(Version(j.Vendor, minted), j.Have.Version+1) }

// Version is the number of a mint: Unix milliseconds.
func Version(v Vendor, minted Minted) int64 {
	return minted.CreatedAt.Unix()*1000 + int64(v.Now().Nanosecond()/int(time.Millisecond))
}

// begin notes a fresh current key.
func (m *Memory) begin(minted Minted, fingerprint string) {
	m.Phase, m.Adopted, m.End, m.Shown, m.Fingerprint = Living, time.Time{}, minted.ExpiresAt, minted.Name, fingerprint
	m.Answers, m.Doubtful, m.Awaited, m.Unnamed = nil, nil, nil, minted.Name == ""
	m.Revoked, m.Trouble = "", ""
}

// fingerprint recognises a minted key, where the vendor is [Guarded].
func fingerprint(v Vendor, minted Minted) string {
	if _, ok := v.(Guarded); !ok {
		return ""
	}
	return minted.Secret.Fingerprint()
}

// Change does what needs no new key.
func (j *Job) Change(ctx context.Context) error {
	d := j.Decision
	next := j.Have // as planned: a nearer end that again finds is for the next look
	if d.edits() || d.SetLifetime || len(j.Have.Previous)+len(d.Clear) > 0 {
		if err := j.again(ctx); err != nil {
			return err
		}
		if err := KnowTime(ctx, j.Vendor); err != nil {
			return err
		}
	}
	next.Name = j.Want.Name
	if d.edits() {
		key, err := j.edit(ctx)
		if err != nil {
			return err
		}
		next.Own = key.Own
	}
	if d.SetLifetime {
		end, err := j.setLifetime(ctx)
		if err != nil {
			j.Store(next) // what was edited is the server's already
			if d.edits() {
				err = fmt.Errorf("%w. The key has its new %s already, but not its new lifetime", err, strings.Join(d.edited(), " and "))
			}
			return err
		}
		next.ExpiresAt, j.Memory.End = end, end
	}
	next.Lifetime = j.Want.Lifetime
	j.align(ctx)
	left, notices, err := retire(ctx, j.Vendor, j.Memory, next.Previous, "")
	notices = append(notices, clearOthers(ctx, j.Vendor, j.Memory, d.Clear)...)
	j.notify(notices)
	next.Previous = left
	if err == nil {
		j.Memory.Refused = nil
	}
	j.Store(next)
	return err
}

func (j *Job) setLifetime(ctx context.Context) (time.Time, error) {
	end := whole(j.Have.CreatedAt.Add(j.Want.Lifetime))
	if _, timed := j.Vendor.Skew(); !timed {
		return end, fmt.Errorf("the server's answers carry no time, or times that contradict each other and this machine's clock, so the lifetime of key %s was not changed: by this machine's clock alone it could expire too early. Apply again once the server's answers carry a Date", j.Have.ID)
	}
	switch early := end.Before(j.Vendor.Now().Add(j.Want.Overlap)); {
	case early && !decides(j.Vendor): // so no plan rotates it instead
		return end, fmt.Errorf("key %s would expire at %s, sooner than the overlap allows, and this machine's clock is too wrong to decide for a rotation. The lifetime was not changed. Set the clock right, and plan again",
			j.Have.ID, stamp(end))
	case early:
		return end, fmt.Errorf("key %s would expire at %s, sooner than the overlap allows: this plan was created earlier or without a refresh. The lifetime was not changed. Plan again; it rotates the key instead",
			j.Have.ID, stamp(end))
	}
	ender, ok := j.Vendor.(Ender)
	if !ok {
		return end, fmt.Errorf("the lifetime of key %s: %w", j.Have.ID, ErrCannot)
	}
	answered := false
	key, err := endAt(ctx, j.Vendor, ender, j.Have.ID, j.Have.CreatedAt, end, func(shown time.Time) bool {
		answered = true
		return !shown.IsZero() && shown.Sub(end).Abs() <= answerDelay
	})
	outcome := unchanged
	moved := answered && !sameEnd(key.ExpiresAt, j.Have.ExpiresAt) // perhaps not to where it was asked for
	if moved {
		outcome = ""
	}
	switch {
	case err == nil:
		j.Memory.trust(lifetimeArgument)
	case apierr.MayBeDone(err), answered && !errors.Is(err, ErrCannot), moved:
		j.Memory.doubt(lifetimeArgument)
		if j.Memory.Tried = end; moved && !key.ExpiresAt.IsZero() {
			j.Memory.Tried = key.ExpiresAt
		}
	}
	return key.ExpiresAt, j.refused(err, lifetimeArgument, outcome)
}

// unchanged is the outcome of a refusal that changed nothing.
const unchanged = "Nothing of it was changed. "

// refused turns a refusal that was given twice into an error that says what happens
// next, and remembers it: else plan and apply would disagree for ever.
func (j *Job) refused(err error, argument, outcome string) error {
	if !errors.Is(err, ErrCannot) {
		return err
	}
	if !j.Memory.refused(argument) {
		j.Memory.Refused = append(j.Memory.Refused, argument)
		slices.Sort(j.Memory.Refused)
	}
	return fmt.Errorf("this %s refuses to change the %s of key %s: %w. %sThe next plan rotates the key instead, with its overlap", j.Vendor.Capabilities().Words.Tenant, argument, j.Have.ID, err, outcome)
}

func (j *Job) notify(notices []Notice) {
	for _, notice := range notices {
		j.Notify(notice)
	}
}

// Planned are the previous keys that a plan shows after its apply. One whose end is not set
// has an end that only the server knows.
func Planned(d Decision, want Wanted, have State, m Memory) []Previous {
	var out []Previous
	if d.Rotate && !m.Phase.Lost() && want.Overlap > 0 && have.ID != "" {
		out = append(out, Previous{ID: have.ID})
	}
	for _, p := range have.Previous {
		switch {
		case slices.Contains(d.Revoke, p.ID):
		case slices.Contains(d.Shorten, p.ID), slices.Contains(d.Align, p.ID):
			out = append(out, Previous{ID: p.ID})
		default:
			out = append(out, p)
		}
	}
	return out
}

func plannedIDs(d Decision, want Wanted, have State, m Memory) []string {
	var ids []string
	for _, p := range Planned(d, want, have, m) {
		ids = append(ids, p.ID)
	}
	return ids
}

// only leaves out previous keys that the plan promised to be gone: the memory has them,
// and the next look shows them again.
func only(left []Previous, planned []string) []Previous {
	return slices.DeleteFunc(slices.Clone(left), func(p Previous) bool { return !slices.Contains(planned, p.ID) })
}
