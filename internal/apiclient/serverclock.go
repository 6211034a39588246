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
}

// coarse is what one-second dates and a slow answer can amount to; below it the
// machine's own clock, which has fractions, is the better one.
const coarse = 3 * time.Second

func (s *serverClock) observe(header http.Header, now time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset, s.known = date.Sub(now), true
}

func (s *serverClock) skew() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offset, s.known
}

func (s *serverClock) correction() time.Duration {
	offset, _ := s.skew()
	if offset.Abs() < coarse {
		return 0
	}
	return offset
}
