// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// toy is the dialect of an API that exists in these tests only.
var toy = apiclient.Dialect{
	Name: "toy", Credential: "the master key", RequestID: "Toy-Id",
	Authorize: func(h http.Header, credential string) { h.Set("Toy-Key", credential) },
	Fields: func(body []byte) (kind, code, param, message string) {
		var said struct{ Why, Code string }
		_ = json.Unmarshal(body, &said)
		return "", said.Code, "", said.Why
	},
	Quota: func(code string) bool { return code == "broke" },
	MayBeDone: func(operation string, status int) bool {
		return operation == "create thing" && status == http.StatusGone
	},
	Hint: func(e *apierr.Error) string { return "hint for " + e.Code },
}

type thing struct {
	ID        string `json:"id"`
	ExpiresAt int64  `json:"expires_at"`
}

// seen is one request as a server got it.
type seen struct {
	method, path, query string
	header              http.Header
	body                string
	at                  time.Time
}

// shop answers requests by a script; the last line of it is for all that follow.
type shop struct {
	clock  *clock.Fake
	base   string
	client *apiclient.Client
	got    []seen
}

func open(t *testing.T, script ...func(http.ResponseWriter)) *shop {
	t.Helper()
	s := &shop{clock: clock.NewFake(start)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.got = append(s.got, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header, string(body), s.clock.Now()})
		w.Header().Set("Date", s.clock.Now().Format(http.TimeFormat))
		script[min(len(s.got), len(script))-1](w)
	}))
	t.Cleanup(server.Close)
	s.base = server.URL
	s.client = apiclient.New(apiclient.Config{
		Dialect: toy, BaseURL: server.URL + "/api/v1/", Credential: secret.New(" fake-master-0123456789\n"), UserAgent: "orgkeys-test/1",
		Clock: s.clock, Transport: &http.Transport{DisableKeepAlives: true},
	})
	return s
}

func answer(status int, body string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var create = apiclient.Request{
	Operation: apiclient.Operation{Name: "create thing", Kind: apiclient.Create, Body: func(now time.Time) (any, error) {
		return map[string]any{"name": "x", "expires_at": now.Add(time.Hour).Unix()}, nil
	}},
	Method: http.MethodPost, Path: apiclient.Path("things"),
}

var read = apiclient.Request{Operation: apiclient.Operation{Name: "read thing"}, Method: http.MethodGet, Path: apiclient.Path("things", "a/b ?")}

func (s *shop) send(t *testing.T, r apiclient.Request) (*thing, error) {
	t.Helper()
	return apiclient.JSON(t.Context(), s.client, r, func(one *thing) error {
		if one != nil && one.ID == "" {
			return errors.New("it has no id")
		}
		return nil
	})
}

func TestJSON(t *testing.T) {
	t.Parallel()
	s := open(t, answer(200, `{"id":"t1"}`))
	r := read
	r.Query = url.Values{"limit": {"5"}}
	got, err := s.send(t, r)
	if err != nil || got.ID != "t1" || len(s.got) != 1 {
		t.Fatalf("got %v, %v", got, err)
	}
	one := s.got[0]
	if one.method != "GET" || one.path != "/api/v1/things/a%2Fb%20%3F" || one.query != "limit=5" || one.body != "" ||
		one.header.Get("Toy-Key") != "fake-master-0123456789" || one.header.Get("User-Agent") != "orgkeys-test/1" || one.header.Get("Content-Type") != "" {
		t.Errorf("sent %+v", one)
	}
}

// An hour that was counted before the queue would be shorter by the time in it.
func TestBodyIsMadeAtItsTurn(t *testing.T) {
	t.Parallel()
	s := open(t, answer(429, `{}`, "Retry-After", "90"), answer(200, `{"id":"t1"}`))
	if _, err := s.send(t, create); err != nil {
		t.Fatal(err)
	}
	if len(s.got) != 2 || s.got[1].at.Sub(s.got[0].at) < 90*time.Second {
		t.Fatalf("sent %+v", s.got)
	}
	for _, one := range s.got {
		var body thing
		if err := json.Unmarshal([]byte(one.body), &body); err != nil {
			t.Fatal(err)
		}
		if life := time.Unix(body.ExpiresAt, 0).Sub(one.at); life < time.Hour-time.Second || life > time.Hour {
			t.Errorf("a request had %s left of its hour", life)
		}
		if one.header.Get("Content-Type") != "application/json" {
			t.Errorf("sent as %q", one.header.Get("Content-Type"))
		}
	}
}

// The time in a body is the server's.
func TestBodyHasTheServersTime(t *testing.T) {
	t.Parallel()
	ahead := start.Add(time.Hour)
	s := open(t, answer(200, `{"id":"t1"}`, "Date", ahead.Format(http.TimeFormat)))
	r := create
	var told []time.Time
	r.Body = func(now time.Time) (any, error) { told = append(told, now); return struct{}{}, nil }
	for range 2 {
		if _, err := s.send(t, r); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || !told[0].Equal(start) || !told[1].Equal(ahead) {
		t.Errorf("bodies were told %v, want this machine's time before the server's is known, and then that", told)
	}
}

func TestBodyThatCannotBeMade(t *testing.T) {
	t.Parallel()
	over := errors.New("it is over")
	s := open(t, answer(503, `{}`))
	made := 0
	r := create
	r.Kind = apiclient.Update
	r.Body = func(time.Time) (any, error) {
		if made++; made == 2 {
			return nil, over
		}
		return struct{}{}, nil
	}
	if _, err := s.send(t, r); err != over || len(s.got) != 1 { //nolint:errorlint // as it is
		t.Errorf("got %v after %d requests, want the body's own error", err, len(s.got))
	}
	r.Body = func(time.Time) (any, error) { return make(chan int), nil }
	if _, err := s.send(t, r); err == nil || len(s.got) != 1 {
		t.Errorf("got %v after %d requests", err, len(s.got))
	}
}

// What the policy does by kind, and how the dialect words it.
func TestPolicy(t *testing.T) {
	t.Parallel()
	update, remove := create, read
	update.Kind, update.Name = apiclient.Update, "change thing"
	remove.Kind, remove.Ack, remove.Method = apiclient.Update, true, http.MethodDelete
	for name, c := range map[string]struct {
		request  apiclient.Request
		answer   func(http.ResponseWriter)
		requests int
		outcome  apierr.Outcome
		said     string // "" = no error
	}{
		"read behind a gateway":     {read, answer(522, `{"why":"timed out"}`), 5, apierr.Refused, "read thing: timed out (HTTP 522"},
		"create behind a gateway":   {create, answer(522, `{"why":"timed out"}`), 1, apierr.Unknown, "(HTTP 522"},
		"read of something unknown": {read, answer(501, `{"why":"no"}`), 1, apierr.Refused, "read thing: no (HTTP 501"},
		"read of an overloaded API": {read, answer(529, `{"why":"overloaded"}`), 5, apierr.Refused, "read thing: overloaded (HTTP 529"},
		"read in trouble":           {read, answer(503, `{"why":"down"}`), 5, apierr.Refused, "read thing: down (HTTP 503"},
		"update in trouble":         {update, answer(500, `{"why":"down"}`), 5, apierr.Refused, "down"},
		"create in trouble":         {create, answer(500, `{"why":"down"}`), 1, apierr.Unknown, "down"},
		"create that may be done":   {create, answer(410, `{"why":"gone"}`), 1, apierr.Unknown, "gone"},
		"update of the same":        {update, answer(410, `{"why":"gone"}`), 1, apierr.Refused, "gone"},
		"quota":                     {read, answer(429, `{"why":"pay","code":"broke"}`), 1, apierr.Refused, "code broke"},
		"request id":                {read, answer(404, `{"why":"no"}`, "Toy-Id", "id<1>"), 1, apierr.Refused, "request id id1"},
		"unusable read":             {read, answer(200, `{"odd":1}`), 3, apierr.Unknown, "it has no id"},
		"unreadable read":           {read, answer(200, `[1]`), 3, apierr.Unknown, "cannot be used: it is of another type than documented (array)"},
		"read of another type":      {read, answer(200, `{"id":7.5}`), 3, apierr.Unknown, "cannot be used: its field id is of another type than documented (number)"},
		"empty read":                {read, answer(200, ` `), 3, apierr.Unknown, "cannot be used: it is empty"},
		"empty create":              {create, answer(204, ``), 1, apierr.Unknown, "cannot be used: it is empty"},
		"empty update":              {update, answer(204, ``), 1, apierr.Unknown, "cannot be used: it is empty"},
		"blank update":              {update, answer(200, ` `), 1, apierr.Unknown, "cannot be used: it is empty"},
		"unusable update":           {update, answer(200, `{"odd":1}`), 3, apierr.Unknown, "it has no id"},
		"unusable create":           {create, answer(200, `{"odd":1}`), 1, apierr.Unknown, "it has no id"},
		"page in the API's place":   {read, answer(200, `<html><title>Login`, "Content-Type", "text/html"), 3, apierr.Unknown, "not the API's answer"},
		"acknowledged by nothing":   {remove, answer(204, ``), 1, apierr.Refused, ""},
		"moved to nowhere":          {remove, answer(304, ``), 1, apierr.Refused, "redirect"},
		"read of what moved":        {read, answer(302, `{"id":"x"}`), 1, apierr.Refused, "redirect"},
		"acknowledged by nonsense":  {remove, answer(200, `{"id":1}`), 1, apierr.Refused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, c.answer)
			_, err := s.send(t, c.request)
			if len(s.got) != c.requests {
				t.Errorf("%d requests, want %d", len(s.got), c.requests)
			}
			failed, ok := apierr.As(err)
			switch {
			case c.said == "" && err == nil:
			case !ok || failed.Outcome != c.outcome || !strings.Contains(err.Error(), c.said) || failed.Sent.Before(start):
				t.Errorf("got %v (%+v), want %q", err, failed, c.said)
			case c.answer != nil && failed.Code == "broke" && failed.Hint != "hint for broke":
				t.Errorf("the hint is %q", failed.Hint)
			}
		})
	}
}

// What a vendor's own client gets of an answer has the type that it goes by, whatever a gateway
// made of that.
func TestAnswersAreOfTheirType(t *testing.T) {
	t.Parallel()
	s := open(t, answer(200, `{"id":"t1"}`, "Content-Type", "text/plain; charset=utf-8"))
	kind := ""
	_, err := apiclient.Call(t.Context(), s.client, read.Operation, func(ctx context.Context, via apiclient.Doer) (*thing, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base, nil)
		if err != nil {
			return nil, err
		}
		resp, err := via.Do(req)
		if err != nil {
			return nil, err
		}
		kind = resp.Header.Get("Content-Type")
		return &thing{}, resp.Body.Close()
	}, apiclient.Anything[thing])
	if err != nil || kind != "application/json" {
		t.Errorf("got %q, %v", kind, err)
	}
}

// No request passes a call by.
func TestOutside(t *testing.T) {
	t.Parallel()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := (apiclient.Outside{}).Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("it was sent")
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	private := apiclient.Base{Credential: "master key"}
	open := apiclient.Base{Credential: "master key", AllowHTTP: true}
	usual := apiclient.Base{Credential: "master key", Default: "https://api.example.com"}
	for _, c := range []struct {
		base apiclient.Base
		text string
		want string // "" = accepted
	}{
		{private, "https://llm.example.com/v1", ""},
		{private, "http://127.0.0.1:4000", ""},
		{private, "http://llm.internal:4000", "uses http to llm.internal: the master key would travel unencrypted"},
		{open, "http://llm.internal:4000", ""},
		{open, "ftp://llm.internal", "another scheme"},
		{open, "http://user:fake@llm.internal", "the master key has its own argument"},
		{open, "http://llm.internal/?a=b", "query"},
		{private, "", "is empty"},
		{usual, "", "leave it out for https://api.example.com"},
		{private, "llm", "is not a URL such as https://"},
	} {
		err := c.base.Check(c.text)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
		}
	}
}

// What a lost attempt of a change may have done is said by the answer to the next one.
func TestLostAttempts(t *testing.T) {
	t.Parallel()
	update, remove := create, read
	update.Kind, remove.Kind, remove.Method = apiclient.Update, apiclient.Update, http.MethodDelete
	down, busy, unreadable, no := answer(502, `{}`), answer(429, `{}`), answer(200, `[`), answer(404, `{"why":"no"}`)
	for name, c := range map[string]struct {
		request apiclient.Request
		answers []func(http.ResponseWriter)
		lost    bool
	}{
		"delete after trouble":               {remove, []func(http.ResponseWriter){down, no}, true},
		"update after trouble":               {update, []func(http.ResponseWriter){down, no}, true},
		"after trouble and a busy server":    {remove, []func(http.ResponseWriter){down, busy, no}, true},
		"after an answer that says nothing":  {update, []func(http.ResponseWriter){unreadable, no}, true},
		"after maintenance":                  {remove, []func(http.ResponseWriter){answer(503, `{}`, "Retry-After", "1"), no}, true},
		"after a busy server":                {remove, []func(http.ResponseWriter){busy, no}, false},
		"the first answer":                   {remove, []func(http.ResponseWriter){no}, false},
		"read after trouble changes nothing": {read, []func(http.ResponseWriter){down, no}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, c.answers...)
			_, err := s.send(t, c.request)
			if !apierr.IsNotFound(err) || apierr.IsLost(err) != c.lost || len(s.got) != len(c.answers) {
				t.Errorf("got %v after %d requests, lost %t", err, len(s.got), apierr.IsLost(err))
			}
		})
	}
}
