// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what goes out when nothing interferes.
type answer struct {
	status      int
	body        []byte
	contentType string
	header      map[string]string
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("simkit: cannot encode an answer: %v", err))
	}
	return answer{status: status, body: append(body, '\n'), contentType: "application/json", header: map[string]string{}}
}

func (e *Engine) refusal(p *Problem) answer {
	a := jsonAnswer(p.Status, e.api.Shape(*p))
	for name, value := range p.Header {
		a.header[http.CanonicalHeaderKey(name)] = value
	}
	return a
}

func (a *answer) retryAfter(d time.Duration) {
	if d > 0 {
		a.header["Retry-After"] = strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
	}
}

// apply turns the usual answer into the one the fault gives. Kinds that end in
// no answer are left to send.
func (f *activeFault) apply(c *Call, a answer) answer {
	if f == nil {
		return a
	}
	usual := func(otherwise int) *Problem { return c.engine.api.Usual(cmp.Or(f.Status, otherwise), f.Code) }
	refuse := func(p *Problem) {
		p.Message = c.withCredential(cmp.Or(f.Message, p.Message))
		a = c.engine.refusal(p)
	}
	switch f.Kind {
	case StatusBefore:
		refuse(usual(http.StatusServiceUnavailable))
	case StatusAfter:
		refuse(usual(http.StatusBadGateway))
	case NotFoundBefore:
		refuse(c.absent())
	case Echo:
		p := usual(http.StatusBadRequest)
		p.Message = echoed
		refuse(p)
		a.header["X-Request-Id"] = c.withCredential("req_{credential}")
	case BlockPage:
		a = answer{status: cmp.Or(f.Status, http.StatusForbidden), body: []byte(blockPage), contentType: "text/html; charset=utf-8", header: map[string]string{}}
	case Altered:
		a.alter(c, f.alter)
	case Milliseconds:
		a.alter(c, inMilliseconds)
	case NotFoundAfter:
		if a.status >= http.StatusBadRequest {
			return a
		}
		gone := usual(http.StatusNotFound)
		gone.Message = "The created object could not be found"
		a = c.engine.refusal(gone)
	case HTML:
		a.status, a.contentType = cmp.Or(f.Status, http.StatusOK), "text/html; charset=utf-8"
		a.body = []byte("<!doctype html><title>Just a moment</title><p>Not the API.</p>\n")
	case NumericCode:
		p := usual(http.StatusInternalServerError)
		p.Code = p.Status
		a = c.engine.refusal(p)
	case BareError:
		p := usual(http.StatusInternalServerError)
		a = jsonAnswer(p.Status, map[string]any{"code": p.Status, "message": p.Message})
	case PlainError:
		p := usual(http.StatusInternalServerError)
		a = jsonAnswer(p.Status, map[string]any{"error": p.Message})
	case MissingSecret:
		if a.status < http.StatusBadRequest {
			a.body = c.engine.withoutSecrets(a.body)
		}
	case Redirect:
		return answer{status: http.StatusTemporaryRedirect, header: map[string]string{"Location": f.Body}}
	}
	if f.Body != "" {
		a.body = []byte(c.withCredential(f.Body))
	}
	for name, value := range f.Header {
		a.header[http.CanonicalHeaderKey(name)] = c.withCredential(value)
	}
	a.contentType = cmp.Or(f.ContentType, a.contentType)
	a.retryAfter(f.RetryAfter)
	return a
}

// alter changes the objects of a success.
func (a *answer) alter(c *Call, change func(map[string]any)) {
	if a.status < http.StatusBadRequest {
		a.body = c.engine.altered(a.body, change)
	}
}

func (c *Call) withCredential(text string) string {
	return strings.ReplaceAll(text, "{credential}", c.engine.api.Credential(c.Request))
}

// absent refuses the request as if its object were not there.
func (c *Call) absent() *Problem {
	if c.engine.api.Absent != nil {
		if p := c.engine.api.Absent(c); p != nil {
			return p
		}
	}
	return c.engine.api.Usual(http.StatusNotFound, c.fault.Code)
}

// send writes the answer, or breaks the connection the way the fault says.
func (e *Engine) send(w http.ResponseWriter, r *http.Request, f *activeFault, a answer) {
	if f != nil && f.Notify != nil {
		f.Notify()
	}
	switch {
	case f.is(CutBefore), f.is(CutAfter):
		panic(http.ErrAbortHandler)
	case f.is(HangBefore), f.is(HangAfter):
		e.wait(r, nil)
		panic(http.ErrAbortHandler)
	case f.is(Delay):
		e.sleep(r, f.Delay)
	}
	e.sleep(r, e.latency)
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
		if value == "" {
			w.Header()[name] = nil // keeps net/http from sending its own
		}
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if f.is(Truncated) {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // the client may have left
}

// sleep waits in real time and gives up the answer when the client leaves.
func (e *Engine) sleep(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	done, stop := after(d)
	defer stop()
	if !e.wait(r, done) {
		panic(http.ErrAbortHandler)
	}
}

// wait reports whether done came before the client or the server went away.
func (e *Engine) wait(r *http.Request, done <-chan time.Time) bool {
	select {
	case <-done:
		return true
	case <-r.Context().Done():
	case <-e.closed:
	}
	return false
}
