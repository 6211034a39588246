// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
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
		panic(fmt.Sprintf("openaisim: cannot encode an answer: %v", err))
	}
	return answer{status: status, body: append(body, '\n'), contentType: "application/json", header: map[string]string{}}
}

func (p *problem) answer() answer {
	e := wireErrorBody{Message: p.message, Type: p.typ}
	if p.param != "" {
		e.Param = &p.param
	}
	if p.code != "" {
		e.Code = p.code
	}
	a := jsonAnswer(p.status, wireError{e})
	if p.allow != "" {
		a.header["Allow"] = p.allow
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
func (f *activeFault) apply(c *call, a answer) answer {
	if f == nil {
		return a
	}
	status := func(otherwise int) int {
		if f.Status != 0 {
			return f.Status
		}
		return otherwise
	}
	refuse := func(p *problem) {
		if f.Message != "" {
			p.message = f.Message
		}
		p.message = withCredential(c, p.message)
		a = p.answer()
	}
	switch f.Kind {
	case StatusBefore:
		refuse(byStatus(status(http.StatusServiceUnavailable), f.Code))
	case StatusAfter:
		refuse(byStatus(status(http.StatusBadGateway), f.Code))
	case NotFoundBefore:
		refuse(c.gone(http.StatusNotFound, f.Code))
	case Echo:
		p := byStatus(status(http.StatusBadRequest), f.Code)
		p.message = echoed
		refuse(p)
		a.header["X-Request-Id"] = withCredential(c, "req_{credential}")
	case BlockPage:
		a = answer{status: status(http.StatusForbidden), body: []byte(blockPage), contentType: "text/html; charset=utf-8", header: map[string]string{}}
	case Altered:
		a.alter(f.alter)
	case Milliseconds:
		a.alter(inMilliseconds)
	case NotFoundAfter:
		if a.status >= http.StatusBadRequest {
			return a
		}
		gone := &problem{status: status(http.StatusNotFound), typ: invalidRequest, code: f.Code, message: "The created object could not be found"}
		a = gone.answer()
	case HTML:
		a.status, a.contentType = status(http.StatusOK), "text/html; charset=utf-8"
		a.body = []byte("<!doctype html><title>Just a moment</title><p>Not the API.</p>\n")
	case NumericCode:
		p := byStatus(status(http.StatusInternalServerError), "")
		a = jsonAnswer(p.status, wireError{wireErrorBody{Message: p.message, Type: p.typ, Code: p.status}})
	case BareError:
		p := byStatus(status(http.StatusInternalServerError), "")
		a = jsonAnswer(p.status, map[string]any{"code": p.status, "message": p.message})
	case PlainError:
		p := byStatus(status(http.StatusInternalServerError), "")
		a = jsonAnswer(p.status, map[string]any{"error": p.message})
	case MissingSecret:
		a.body = withoutSecret(a.body)
	case Redirect:
		a = answer{status: http.StatusTemporaryRedirect, header: map[string]string{"Location": f.Body}}
		return a
	}
	if f.Body != "" {
		a.body = []byte(withCredential(c, f.Body))
	}
	for name, value := range f.Header {
		a.header[http.CanonicalHeaderKey(name)] = withCredential(c, value)
	}
	if f.ContentType != "" {
		a.contentType = f.ContentType
	}
	a.retryAfter(f.RetryAfter)
	return a
}

// alter changes the objects of a success.
func (a *answer) alter(change func(map[string]any)) {
	if a.status < http.StatusBadRequest {
		a.body = altered(a.body, change)
	}
}

func withCredential(c *call, text string) string {
	return strings.ReplaceAll(text, "{credential}", bearer(c.r))
}

func withoutSecret(body []byte) []byte {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return body
	}
	delete(object, "value")
	if nested, ok := object["api_key"].(map[string]any); ok {
		delete(nested, "value")
	}
	out, err := json.Marshal(object)
	if err != nil {
		return body
	}
	return out
}

// send writes the answer, or breaks the connection the way the fault says.
func (s *Server) send(w http.ResponseWriter, r *http.Request, f *activeFault, a answer) {
	if f != nil && f.Notify != nil {
		f.Notify()
	}
	switch {
	case f.is(CutBefore), f.is(CutAfter):
		panic(http.ErrAbortHandler)
	case f.is(HangBefore), f.is(HangAfter):
		s.wait(r, nil)
		panic(http.ErrAbortHandler)
	case f.is(Delay):
		s.sleep(r, f.Delay)
	}
	s.sleep(r, s.options.Latency)
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
		if value == "" {
			w.Header()[name] = nil // keeps net/http from sending its own
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if f.is(Truncated) {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // the client may have left
}

// sleep waits in real time and gives up the answer when the client leaves.
func (s *Server) sleep(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	done, stop := after(d)
	defer stop()
	if !s.wait(r, done) {
		panic(http.ErrAbortHandler)
	}
}

// wait reports whether done came before the client or the server went away.
func (s *Server) wait(r *http.Request, done <-chan time.Time) bool {
	select {
	case <-done:
		return true
	case <-r.Context().Done():
	case <-s.closed:
	}
	return false
}
