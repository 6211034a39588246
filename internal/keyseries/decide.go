// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyseries

import (
	"fmt"
	"slices"
	"time"
)

// State is the series as Terraform's state has it.
type State struct {
	ID         string
	Name       string // the user's, without mark
	Generation int64
	Version    int64 // rises with every mint; 0 = the current key was not minted here
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero = never
	Lifetime   time.Duration
	Overlap    time.Duration // that it was last applied with
	Previous   []Previous
	Leftovers  []Other // other living keys of the series, as the last look saw them
	Own        any     // the vendor's own form of the current key, as its last answer had it
}

// Minted reports whether the current key was minted here: its secret was once known.
func (s State) Minted() bool { return s.Version != 0 }

// Previous is a key that was rotated away and is still running out.
type Previous struct {
	ID        string
	ExpiresAt time.Time // zero = unknown before the apply
}

// Wanted is what the configuration asks for.
type Wanted struct {
	Name        string
	Lifetime    time.Duration // 0 = never expires
	RotateAfter time.Duration // 0 = never due by age
	Overlap     time.Duration
	Own         []Own
	Triggers    Trigger // rotate_when_changed
	// What of the configuration is not known before the apply.
	LifetimeUnknown, OverlapUnknown, NameUnknown, RotateAfterUnknown bool
}

// Own is what is decided of one of a vendor's own arguments; its value is the vendor's.
type Own struct {
	Name    string
	InPlace bool // an existing key can be given another value: see [Editor]
	Whole   bool // it holds for every working key of the series, previous ones too
	Hidden  bool // no read puts another value into state
	Open    bool // the configuration leaves it as it is: nothing is sent that nobody asked for
	Changed bool // the configuration differs from state
	None    bool // the configuration has no value
	Unknown bool // the configuration is not known before the apply
}

// Trigger is what became of rotate_when_changed.
type Trigger int

// The possible values of a [Trigger].
const (
	Same Trigger = iota
	Changed
	NotYetKnown
)

// Decision is what an apply has to do. It is a pure function of capabilities,
// configuration, state and memory: Terraform plans twice, and both times must give the
// same.
type Decision struct {
	Rotate bool
	Why    []string // for the reviewer, each completing "because …"
	Maybe  bool     // something unknown may or may not rotate
	Unsure []string // what: names of arguments

	Edit        []string // own arguments that change in place
	Rename      bool
	SetLifetime bool
	Adopt       bool     // a changed name or lifetime of an adopted key is recorded only
	Again       []string // what of these is as before, and sent because an apply may have changed it
	Doubtful    []string // what an apply may have changed and is not sent, see [Own.Open]

	Revoke  []string // previous keys past their promised end
	Shorten []string // previous keys whose end at the vendor is wrong, see [Superseded.wrong]
	Align   []string // previous keys that lack a change of own arguments
	Clear   []string // other keys of the series that nobody can be using

	InUse string // the key that the vendor works with itself and that is not revoked, see [InUse]; "" = none is known

	Verdict Verdict
	Older   *Older   // why nothing may be done
	Blocked *Blocked // the same
}

// Quiet reports whether there is nothing to do.
func (d Decision) Quiet() bool {
	return !d.Rotate && !d.Maybe && !d.Rename && !d.SetLifetime && len(d.Edit)+len(d.Revoke)+len(d.Shorten)+len(d.Align)+len(d.Clear) == 0
}

// Stopped is the error of a decision that nothing may be done, nil otherwise. command revokes a key by hand.
func (d Decision) Stopped(command func(id string) string) error {
	switch {
	case d.Older != nil:
		d.Older.Command = command
		return d.Older
	case d.Blocked != nil:
		return d.Blocked
	default:
		return nil
	}
}

// Clears reports whether the apply revokes this other key of the series.
func (d Decision) Clears(id string) bool { return slices.Contains(d.Clear, id) }

// Decide compares what is wanted with what there is.
func Decide(c Capabilities, want Wanted, have State, m Memory) Decision {
	if m.Blocked != "" {
		return Decision{Verdict: Stop, Blocked: &Blocked{have.ID, m.Blocked}}
	}
	var d Decision
	d.lost(have, m)
	d.age(want, have, m)
	d.triggers(want)
	d.name(c, want, have, m)
	d.lifetime(c, want, have, m)
	d.own(want, m)
	d.Maybe = len(d.Unsure) > 0 && !d.Rotate
	if d.Rotate { // the new key has it all
		d.Edit, d.Rename, d.SetLifetime, d.Adopt, d.Again, d.Doubtful = nil, false, false, false, nil, nil
	}
	d.previous(c, want, have, m)
	for _, other := range m.Others {
		if c.Clears(other, m) {
			d.Clear = append(d.Clear, other.ID)
		}
	}
	d.Verdict = c.Stand(have, m, want.Overlap)
	if d.Verdict == Stop || d.Verdict == Rotate && !d.Rotate && !d.Maybe {
		return Decision{Verdict: Stop, Older: c.older(have, m)}
	}
	return d
}

// because makes the decision a rotation and notes the reason for the reviewer.
func (d *Decision) because(format string, args ...any) {
	d.Rotate = true
	d.Why = append(d.Why, fmt.Sprintf(format, args...))
}

// unsure notes an unknown argument that may make the decision a rotation.
func (d *Decision) unsure(argument string) { d.Unsure = append(d.Unsure, argument) }

func (d *Decision) lost(have State, m Memory) {
	switch m.Phase {
	case Living, Ending:
	case Expired:
		d.because("the current key expired at %s", stamp(have.ExpiresAt))
	case Deleted:
		switch have.ID {
		case "":
			d.because("no apply could create a key so far")
		case m.Revoked:
			d.because("%s the current key", byOurselves)
		default:
			d.because("the current key was revoked outside Terraform")
		}
	}
}

func (d *Decision) age(want Wanted, have State, m Memory) {
	if want.RotateAfterUnknown {
		d.unsure("rotate_after")
		return
	}
	due := DueAt(want.RotateAfter, have, m)
	if !m.Phase.Lost() && !due.IsZero() && !m.Looked.IsZero() && !m.Looked.Before(due) {
		why := "it has been due by age since %s"
		if due.Before(dueByAge(want.RotateAfter, have, m)) {
			why = "it has been due since %s, because the server lets it expire before it is due by age"
		}
		d.because(why, stamp(due))
	}
}

func (d *Decision) triggers(want Wanted) {
	switch want.Triggers {
	case Changed:
		d.because("rotate_when_changed has changed")
	case NotYetKnown:
		d.unsure("rotate_when_changed")
	case Same:
	}
}

func (d *Decision) name(c Capabilities, want Wanted, have State, m Memory) {
	inPlace := c.Name.Renames && !m.refused(nameArgument)
	again := inPlace && want.Name == have.Name && m.doubtful(nameArgument)
	switch {
	case want.NameUnknown && inPlace:
	case want.NameUnknown:
		d.unsure(nameArgument)
	case want.Name == have.Name && !again:
	case inPlace:
		d.Rename = true
		d.again(nameArgument, again)
	case m.adopted():
		d.Adopt = true
	case c.Name.Renames:
		d.because("the name changed from %q to %q, and this %s refused to rename the existing key", have.Name, want.Name, c.Words.Tenant)
	default:
		d.because("the name changed from %q to %q, and keys cannot be renamed", have.Name, want.Name)
	}
}

// byOurselves begins what an apply or destroy of this state did to a key that is gone.
const byOurselves = "an apply or destroy that failed afterwards revoked"

// afterAFailure completes what may be changed without a change of the configuration.
const afterAFailure = " may have been changed by an apply that failed"

// again notes an argument that is as before and sent all the same.
func (d *Decision) again(argument string, is bool) {
	if is {
		d.Again = append(d.Again, argument)
	}
}

func (d *Decision) lifetime(c Capabilities, want Wanted, have State, m Memory) {
	again, changed := want.Lifetime == have.Lifetime, "the lifetime changed"
	if again {
		changed = "the lifetime" + afterAFailure
	}
	switch end := have.CreatedAt.Add(want.Lifetime); {
	case want.LifetimeUnknown:
		d.unsure(lifetimeArgument)
	case again && !m.doubtful(lifetimeArgument):
	case m.adopted():
		d.Adopt = true
	case want.Lifetime == 0 && again:
		d.because("%s, and the expiry of a key cannot be removed", changed)
	case want.Lifetime == 0:
		d.because("lifetime was removed, and the expiry of a key cannot be removed")
	case c.End != Later:
		d.because("%s, and the API cannot change it on an existing key", changed)
	case m.refused(lifetimeArgument):
		d.because("%s, and this %s refused to change it on the existing key", changed, c.Words.Tenant)
	case want.OverlapUnknown:
		d.unsure("overlap") // in place or by rotation: the overlap decides
	case !m.Looked.IsZero() && end.Before(m.Looked.Add(want.Overlap)):
		d.because("with the new lifetime the current key would expire at %s, sooner than the overlap allows", stamp(end))
	default:
		d.SetLifetime = true
		d.again(lifetimeArgument, again)
	}
}

func (d *Decision) own(want Wanted, m Memory) {
	for _, own := range want.Own {
		inPlace := own.InPlace && !m.refused(own.Name)
		again := !own.Changed && m.doubtful(own.Name)
		switch {
		case own.Unknown && inPlace:
		case own.Unknown:
			d.unsure(own.Name)
		case !own.Changed && !again:
		case again && own.Open:
			d.Doubtful = append(d.Doubtful, own.Name)
		case inPlace:
			d.Edit = append(d.Edit, own.Name)
			d.again(own.Name, again)
		case again:
			d.because("%s%s, and a change was refused on the existing key", own.Name, afterAFailure)
		case own.InPlace:
			d.because("%s changed, and that change was refused on the existing key", own.Name)
		default:
			d.because("%s changed, and the API cannot change it on an existing key", own.Name)
		}
	}
}

func (d *Decision) previous(c Capabilities, want Wanted, have State, m Memory) {
	for _, p := range have.Previous {
		superseded, known := m.Previous[p.ID]
		switch {
		case !known:
			continue
		case !m.running(superseded):
			d.Revoke = append(d.Revoke, p.ID)
			continue
		}
		if len(want.Sent(superseded)) > 0 {
			d.Align = append(d.Align, p.ID)
		}
		if c.End == Later && superseded.Late && !m.Looked.IsZero() {
			d.Shorten = append(d.Shorten, p.ID)
		}
	}
}

// since is from when the age of the current key counts: its creation, or its adoption.
func (s State) since(m Memory) time.Time {
	if !m.Adopted.IsZero() {
		return m.Adopted
	}
	return s.CreatedAt
}

func dueByAge(rotateAfter time.Duration, have State, m Memory) time.Time {
	since := have.since(m)
	if rotateAfter == 0 || since.IsZero() {
		return time.Time{}
	}
	return since.Add(rotateAfter)
}

// DueAt is when the current key is due: by age or, if the server lets it expire sooner than it was asked to,
// before it expires, with its overlap left or, where that is too long, half of its life. Zero = never.
// The lifetime of an adopted key was recorded, and never asked for.
func DueAt(rotateAfter time.Duration, have State, m Memory) time.Time {
	due, since := dueByAge(rotateAfter, have, m), have.since(m)
	asked := !m.adopted() && have.Lifetime > 0 && !m.End.Before(have.CreatedAt.Add(have.Lifetime-time.Minute))
	if due.IsZero() || asked || !m.End.After(since) {
		return due
	}
	if early := m.End.Add(-min(have.Overlap, m.End.Sub(since)/2)); early.Before(due) {
		return early
	}
	return due
}

// slack is how far a vendor's end may be behind the promised one without being
// asked for again: whole seconds and the time an answer takes.
const slack = 2 * time.Second

func tooLate(actual, promised time.Time) bool {
	return actual.IsZero() || actual.After(promised.Add(slack))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}
