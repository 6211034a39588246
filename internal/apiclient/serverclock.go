// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient

import (
	"net/http"
	"sync"
	"time"
)

// serverClock follows the Date header of the answers: life times count at the
// server, and a runner's clock may be wrong.
type serverClock struct {
	mu     sync.Mutex
	offset time.Duration
	known  bool
	dated  bool // by a Date header, which is there in every answer
	// apart is how far the moments of new objects are from the Date headers, zero where they agree: the expiry of
	// a key counts by the clock that stamps it, and a header may be a gateway's.
	apart time.Duration
	// torn: the Date headers, the moments of new objects and this machine differ from one another, so no clock is trusted.
	torn bool
}

// answered is more than a create takes from the moment in its answer to the answer.
const answered = 5 * time.Minute

// distance is how far the clock that an object was created by is from that of a Date, by their offsets from this
// machine's; zero where that may be the time of an answer, and where this machine agrees with the Date: two of three
// clocks decide.
func distance(created, date time.Duration) time.Duration {
	if d := created - date; d.Abs() > answered && created.Abs() < date.Abs() {
		return d
	}
	return 0
}

// heard compares the clock that an object was created by with the one of the Date headers.
func (s *serverClock) heard(created, date time.Duration) {
	s.apart = distance(created, date)
	s.torn = created.Abs() > answered && date.Abs() > answered && (created-date).Abs() > answered
}

// plausible bounds by how much any moment of the server may differ from this machine's
// clock: more is no clock that is off but a moment that was garbled on its way.
const plausible = 10 * 365 * 24 * time.Hour

// LongestLife is the longest life to ask for: its end is plausible in every answer.
const LongestLife = 3600 * 24 * time.Hour

// coarse is what one-second dates and a slow answer can amount to; below it the
// machine's own clock, which has fractions, is the better one.
const coarse = 3 * time.Second

// dateOf is when an answer was sent by its sender's clock, ok where that may be true.
func dateOf(header http.Header, now time.Time) (date time.Time, ok bool) {
	date, err := http.ParseTime(header.Get("Date"))
	return date, err == nil && date.Sub(now).Abs() <= plausible
}

func (s *serverClock) observe(header http.Header, now time.Time) {
	date, ok := dateOf(header, now)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	offset := date.Sub(now)
	if s.known && !s.dated {
		s.heard(s.offset, offset)
	}
	s.offset, s.known, s.dated = offset, true, true
}

// created takes the moment of an object that the server has just created for the time
// at the server, as long as no Date that agrees with it is known.
func (s *serverClock) created(at, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case at.IsZero():
	case s.dated:
		s.heard(at.Sub(now), s.offset)
	default:
		s.offset, s.known = at.Sub(now), true
	}
}

func (s *serverClock) skew() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offset + s.apart, s.known && !s.torn
}

func (s *serverClock) correction() time.Duration {
	offset, _ := s.skew()
	if offset.Abs() < coarse {
		return 0
	}
	return offset
}
