// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// odd is an API that differs from the toy in every seam: the credential is in a header
// of its own, ids are hashes in queries, objects are wrapped, and a caller may choose
// the secret.
type odd struct {
	*simkit.Server[oddPolicy]
	t    *testing.T
	keys []simkit.Object
}

type oddPolicy struct {
	Limits map[string]int
}

const oddKey = "odd-credential-for-tests"

func startOdd(t *testing.T) *odd {
	t.Helper()
	o := &odd{t: t}
	o.Server = simkit.New(simkit.API{
		Name: "oddsim", BasePath: "/odd",
		Routes: []simkit.Route{
			{Method: http.MethodPost, Pattern: "/teams/{team}/key/new", Operation: "keys.create", ShowsSecret: true, Serve: o.create},
			{Method: http.MethodGet, Pattern: "/teams/{team}/key", Operation: "keys.get", Serve: o.get},
			{Method: http.MethodGet, Pattern: "/teams/{team}/keys", Operation: "keys.list", Serve: o.list},
			{Method: http.MethodGet, Pattern: "/health", Operation: "health", Open: true, Serve: func(*simkit.Call) (any, *simkit.Problem) { return []any{}, nil }},
		},
		Credential: func(r *http.Request) string { return r.Header.Get("Odd-Key") },
		Admit: func(c *simkit.Call) *simkit.Problem {
			if c.Request.Header.Get("Odd-Key") != oddKey {
				return simkit.Refused(http.StatusForbidden, "no")
			}
			return nil
		},
		Shape: func(p simkit.Problem) any {
			return map[string]any{"detail": p.Message, "about": p.Param, "number": p.Code}
		},
		Usual:  func(status int, code string) *simkit.Problem { return &simkit.Problem{Status: status, Code: code} },
		Absent: func(c *simkit.Call) *simkit.Problem { return simkit.Refused(http.StatusGone, "gone: %s", c.ObjectID()) },
		Parent: "team", Object: func(c *simkit.Call) string { return c.Query("hash") },
		Shown:    func(*simkit.Call) any { return nil },
		IDFields: []string{"meta.number", "meta.hash"}, Wrapper: "key", SecretFields: []string{"plain"},
		Private: simkit.Private{Headers: []string{"Odd-Key"}, Fields: []string{"chosen", "in.chosen"}},
	}, simkit.Options[oddPolicy]{Clock: simkit.NewClock(start)})
	o.Start(t)
	return o
}

func oddObject(o simkit.Object) map[string]any {
	return map[string]any{"meta": map[string]any{"hash": o.ID}, "born_at": o.At.Unix()}
}

func (o *odd) create(c *simkit.Call) (any, *simkit.Problem) {
	k := o.Issuer.ObjectWithID(fmt.Sprintf("%064d", len(o.keys)+1), c.Now)
	o.keys = append(o.keys, k)
	c.Status = http.StatusCreated
	return map[string]any{"key": oddObject(k), "plain": o.Issuer.Secret("odd")}, nil
}

func (o *odd) get(c *simkit.Call) (any, *simkit.Problem) {
	k, ok := simkit.Find(o.keys, c.ObjectID())
	if !ok {
		return nil, simkit.BadRequest("hash", "unknown")
	}
	return map[string]any{"key": oddObject(k)}, nil
}

// list is a bare array.
func (o *odd) list(c *simkit.Call) (any, *simkit.Problem) {
	p, _ := simkit.NewPage(c, o.keys, simkit.Window{Limit: 3}, func(simkit.Object) bool { return true }, func(k simkit.Object) any { return oddObject(k) })
	return p.Rows, nil
}

func (o *odd) do(status int, method, path, body string) (header http.Header, raw string) {
	o.t.Helper()
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/odd"+path, strings.NewReader(body))
	r.Header.Set("Odd-Key", oddKey)
	o.ServeHTTP(rec, r)
	if rec.Code != status {
		o.t.Errorf("%s %s answers %d %s, want %d", method, path, rec.Code, rec.Body, status)
	}
	return rec.Header(), strings.TrimSpace(rec.Body.String())
}

func TestSeams(t *testing.T) {
	t.Parallel()
	o := startOdd(t)
	const create, list = "/teams/red/key/new", "/teams/red/keys"
	_, raw := o.do(201, "POST", create, `{"chosen":"c-h-o-s-e-n","in":{"chosen":"c-h-o-s-e-n"},"name":"x"}`)
	one, two := fmt.Sprintf("%064d", 1), "/teams/red/key?hash="+fmt.Sprintf("%064d", 2)
	entry := o.Journal()[0]
	same(t, []any{entry.ObjectID, entry.ParentID, entry.Header.Get("Odd-Key"), entry.Fields["name"]}, []any{one, "red", "", "x"})
	if text := fmt.Sprint(entry); strings.Contains(text, "c-h-o-s-e-n") || strings.Contains(text, oddKey) {
		t.Errorf("the journal shows a secret: %s", text)
	}
	if !strings.Contains(raw, `"plain":"odd-sim-`) {
		t.Errorf("got %s", raw)
	}
	o.do(201, "POST", create, "")

	inject := func(f simkit.Fault) { o.ClearFaults(); o.Inject(f) }
	inject(simkit.Fault{Kind: simkit.MissingSecret})
	if _, raw := o.do(201, "POST", create, ""); strings.Contains(raw, "plain") || !strings.Contains(raw, "hash") {
		t.Errorf("got %s", raw)
	}
	inject(simkit.Fault{Kind: simkit.Altered, Omit: []string{"meta"}, Set: map[string]any{"born_at": 1}})
	_, raw = o.do(200, "GET", two, "")
	same(t, raw, `{"key":{"born_at":1}}`)
	_, raw = o.do(200, "GET", list, "")
	same(t, raw, `[{"born_at":1},{"born_at":1},{"born_at":1}]`)
	inject(simkit.Fault{Kind: simkit.Milliseconds, ObjectID: one})
	_, raw = o.do(200, "GET", "/teams/red/key?hash="+one, "")
	same(t, strings.Contains(raw, fmt.Sprintf(`"born_at":%d000,`, start.Unix())), true)
	inject(simkit.Fault{Kind: simkit.Crossed, OtherID: "other"})
	_, raw = o.do(200, "GET", two, "")
	same(t, strings.Contains(raw, `"hash":"other"`), true)
	inject(simkit.Fault{Kind: simkit.NotFoundBefore})
	_, raw = o.do(410, "GET", two, "")
	same(t, raw, `{"about":"","detail":"gone: `+fmt.Sprintf("%064d", 2)+`","number":null}`)
	inject(simkit.Fault{Kind: simkit.Echo})
	_, raw = o.do(400, "GET", list, "")
	same(t, strings.Contains(raw, "Bearer "+oddKey), true)
	inject(simkit.Fault{ParentID: "blue", Kind: simkit.NumericCode})
	o.do(200, "GET", list, "")
	_, raw = o.do(500, "GET", "/teams/blue/keys", "")
	same(t, strings.Contains(raw, `"number":500`), true)
	inject(simkit.Fault{Field: "in.chosen", Kind: simkit.StatusBefore})
	o.do(201, "POST", create, `{"in":{}}`)
	o.do(503, "POST", create, `{"in":{"chosen":null}}`)
	o.ClearFaults()

	same(t, len(httpDate(o)), 1)
	o.SetDate(simkit.NoDate)
	o.SetPolicy(func(p *oddPolicy) { p.Limits = map[string]int{"a": 1} })
	same(t, len(httpDate(o)), 0)
	o.Policy().Limits["a"] = 2 // a copy
	same(t, o.Policy().Limits["a"], 1)
}

func httpDate(o *odd) []string {
	header, _ := o.do(200, "GET", "/health", "")
	return header["Date"]
}

// Numbers of an answer that a fault touches stay as they are written.
func TestAlteredNumbersStay(t *testing.T) {
	t.Parallel()
	o := startOdd(t)
	o.do(201, "POST", "/teams/red/key/new", "")
	o.Inject(simkit.Fault{Kind: simkit.Altered, Set: map[string]any{"big": json.Number("12345678901234567890")}})
	_, raw := o.do(200, "GET", "/teams/red/keys", "")
	same(t, strings.Contains(raw, `"big":12345678901234567890`), true)
}
