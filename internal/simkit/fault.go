// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"slices"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults. "After" means that the work is done and stays done; "before" that
// it never happens. Cutting an answer to a GET on a reused connection makes Go's
// HTTP transport repeat it by itself, as it would against the real thing.
const (
	CutBefore      FaultKind = "cut_before"      // close the connection, do nothing
	CutAfter       FaultKind = "cut_after"       // do the work, close the connection
	StatusBefore   FaultKind = "status_before"   // answer Status (0 = 503), do nothing
	StatusAfter    FaultKind = "status_after"    // do the work, answer Status (0 = 502)
	Delay          FaultKind = "delay"           // do the work, answer Delay later unless the client leaves first
	HangBefore     FaultKind = "hang_before"     // do nothing, never answer
	HangAfter      FaultKind = "hang_after"      // do the work, never answer
	Truncated      FaultKind = "truncated"       // do the work, send half of the JSON and close
	HTML           FaultKind = "html"            // do the work, answer Status (0 = 200) with an HTML page
	NumericCode    FaultKind = "numeric_code"    // do nothing, answer Status (0 = 500) with a number as error code
	BareError      FaultKind = "bare_error"      // do nothing, answer Status (0 = 500) with an error object without its wrapper
	PlainError     FaultKind = "plain_error"     // do nothing, answer Status (0 = 500) with a string in place of the error object
	MissingSecret  FaultKind = "missing_secret"  // creates that show a secret: do the work, but leave the secret out of the answer
	NotFoundAfter  FaultKind = "not_found_after" // creates: do the work, answer 404
	StaleList      FaultKind = "stale_list"      // lists: hide objects younger than the fault for their first Lag walks
	StaleGet       FaultKind = "stale_get"       // gets: answer 404 for objects younger than the fault for their first Lag reads
	RepeatedCursor FaultKind = "repeated_cursor" // lists: always the first page, always with more to come
	Redirect       FaultKind = "redirect"        // do nothing, answer 307 to the address in Body

	NotFoundBefore FaultKind = "not_found_before" // do nothing, answer the 404 of an object that is not there
	BlockPage      FaultKind = "block_page"       // do nothing, answer Status (0 = 403) with a gateway's HTML page
	Echo           FaultKind = "echo"             // do nothing, answer Status (0 = 400) with the credential in message and request id
	Crossed        FaultKind = "crossed"          // gets, updates, deletes, creates with OtherID: do the work, answer with another object of the kind
	FormerAnswer   FaultKind = "former_answer"    // updates: do the work, answer with the object as it was before
	Altered        FaultKind = "altered"          // do the work, answer with the fields of Set and without those of Omit
	Milliseconds   FaultKind = "milliseconds"     // do the work, answer with times in milliseconds, where they are numbers
	EndlessList    FaultKind = "endless_list"     // lists: behind the real objects, invented ones like the last without end
)

// Fault is a rule for what goes wrong and when. The first rule that matches a
// request and is neither waiting nor used up decides. Faults meet only requests
// that were admitted: those refused for their key or their rate pass no rule.
// In Body, Message and Header, {credential} stands for the plaintext sent.
type Fault struct {
	Operation   string        // as its [Route] names it, "" = any the kind applies to
	ParentID    string        // only requests below this object, see [API.Parent], "" = any
	ObjectID    string        // only requests for this object, "" = any
	Field       string        // only requests with this body field or query parameter, "" = any
	Skip        int           // let the first matches pass
	Times       int           // then fire so many times, 0 = for ever
	For         time.Duration // only so long after Inject, by the simulator's clock, 0 = for ever
	Kind        FaultKind
	Status      int               // HTTP status, 0 = as the kind says
	Code        string            // error code in the envelope, "" = null
	Message     string            // text in the envelope, "" = as the status says
	RetryAfter  time.Duration     // Retry-After header, rounded up to seconds, 0 = none
	Delay       time.Duration     // of the kind Delay, in real time
	Body        string            // answer instead of the usual one; the address for Redirect
	ContentType string            // of Body, "" = application/json, or text/html for HTML
	Header      map[string]string // headers of the answer, "" = leave it out; Date works too
	Lag         int               // of StaleList and StaleGet, in reads
	LagTime     time.Duration     // of StaleList and StaleGet: hide objects for so long after their creation
	OtherID     string            // of Crossed: the object answered, "" = the latest other one
	Set         map[string]any    // of Altered: values by name ("owner.name" reaches deeper), in a list for each row
	Omit        []string          // of Altered: names left out
	Notify      func()            `json:"-"` // called when the rule fires, work done, before the answer
}

// activeFault is a rule at work. All methods are safe on nil: no rule fires.
type activeFault struct {
	Fault
	seen, fired int
	since       int // objects with a higher sequence are younger than the rule
	injected    time.Time
	reads       map[string]int
}

// Inject adds rules behind those already there. It panics on an unknown kind.
// StaleList and StaleGet hide only objects created after this call.
func (e *Engine) Inject(faults ...Fault) {
	e.Lock()
	defer e.Unlock()
	for _, f := range faults {
		f.check()
		e.faults = append(e.faults, &activeFault{Fault: f, since: e.Issuer.sequence, injected: e.clock.Now(), reads: map[string]int{}})
	}
}

func (f *Fault) check() {
	if !slices.Contains(faultKinds, f.Kind) {
		panic("simkit: unknown fault kind " + string(f.Kind))
	}
}

// ClearFaults removes all rules. Answers already held back stay held back.
func (e *Engine) ClearFaults() {
	e.Lock()
	defer e.Unlock()
	e.faults = nil
}

var faultKinds = []FaultKind{
	CutBefore, CutAfter, StatusBefore, StatusAfter, Delay, HangBefore, HangAfter, Truncated, HTML,
	NumericCode, BareError, PlainError, MissingSecret, NotFoundAfter, StaleList, StaleGet, RepeatedCursor, Redirect,
	NotFoundBefore, BlockPage, Echo, Crossed, FormerAnswer, Altered, Milliseconds, EndlessList,
}

// pickFault finds the rule for a request and counts it.
func (e *Engine) pickFault(c *Call) *activeFault {
	for _, f := range e.faults {
		if !f.matches(c) {
			continue
		}
		if f.seen++; f.seen <= f.Skip || f.Times > 0 && f.fired >= f.Times {
			continue
		}
		f.fired++
		return f
	}
	return nil
}

func (f *activeFault) matches(c *Call) bool {
	if f.Operation != "" && f.Operation != c.Operation {
		return false
	}
	if f.ParentID != "" && f.ParentID != c.ParentID() {
		return false
	}
	if f.ObjectID != "" && f.ObjectID != c.ObjectID() || f.Field != "" && !c.sends(f.Field) {
		return false
	}
	if f.For > 0 && c.Now.Sub(f.injected) >= f.For {
		return false
	}
	switch f.Kind {
	case StaleList, RepeatedCursor, EndlessList:
		return c.does("list")
	case FormerAnswer:
		return c.does("update")
	case Crossed:
		if c.does("create") {
			return f.OtherID != ""
		}
		return c.ObjectID() != "" && !c.does("list")
	case StaleGet:
		return c.does("get")
	case NotFoundAfter:
		return c.does("create")
	case MissingSecret:
		return c.route.ShowsSecret
	}
	return true
}

func (f *activeFault) is(kind FaultKind) bool { return f != nil && f.Kind == kind }

// before reports whether the work is left undone.
func (f *activeFault) before() bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case CutBefore, StatusBefore, HangBefore, NumericCode, BareError, PlainError, Redirect, NotFoundBefore, BlockPage, Echo:
		return true
	}
	return false
}

// Stale reports whether a fault hides the object from this read, which counts.
func (c *Call) Stale(o Listed) bool {
	return c.fault.is(StaleGet) && c.fault.lags(c, o, true)
}

// hides counts walks, not pages: an object does not appear half-way through one.
func (f *activeFault) hides(c *Call, o Listed, newWalk bool) bool {
	return f.is(StaleList) && f.lags(c, o, newWalk)
}

func (f *activeFault) lags(c *Call, o Listed, count bool) bool {
	if o.Order() <= f.since {
		return false
	}
	if count {
		f.reads[o.Ident()]++
	}
	return f.reads[o.Ident()] <= f.Lag || c.Now.Before(o.Born().Add(f.LagTime))
}
