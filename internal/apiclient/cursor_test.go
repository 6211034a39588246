// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

func TestCursorPages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pages []string
		rows  string
		notes string
		asked string // queries
		fails bool
	}{
		"two pages":                      {[]string{`{"data":[{"id":"a"},{"id":"b"}],"has_more":true,"last_id":"b"}`, `{"data":[{"id":"c"}],"has_more":false,"last_id":"c"}`}, "a b c", "", "all=1&limit=2 after=b&all=1&limit=2", false},
		"no has_more":                    {[]string{`{"data":[{"id":"a"},{"id":"b"}]}`, `{"data":[{"id":"c"}]}`, `{"data":[]}`}, "a b c", "", "all=1&limit=2 after=b&all=1&limit=2 after=c&all=1&limit=2", false},
		"smaller pages without it":       {[]string{`{"data":[{"id":"a"}]}`, `{"data":[{"id":"b"}]}`, `{"data":[]}`}, "a b", "", "all=1&limit=2 after=a&all=1&limit=2 after=b&all=1&limit=2", false},
		"no has_more, and next null":     {[]string{`{"data":[{"id":"a"},{"id":"b"}],"next":"x"}`, `{"data":[{"id":"c"}],"next":null}`}, "a b c", "", "all=1&limit=2 after=x&all=1&limit=2", false},
		"a list that knows no cursor":    {[]string{`{"data":[{"id":"a"}]}`, `{"data":[{"id":"a"}]}`}, "a", "", "all=1&limit=2 after=a&all=1&limit=2", false},
		"nothing, and no has_more":       {[]string{`{"data":[]}`}, "", "", "all=1&limit=2", false},
		"only bad rows, and no has_more": {[]string{`{"data":[{"id":"bad"}]}`}, "", "row bad was left out: bad", "all=1&limit=2", false},
		"a row left out":                 {[]string{`{"data":[{"id":"bad"},{"id":"b"}],"has_more":false}`}, "b", "row bad was left out: bad", "all=1&limit=2", false},
		"another type":                   {[]string{`{"data":[{"id":7},{"id":"b"}],"has_more":false}`}, "b", "a row was left out: a field of it is of another type than documented", "all=1&limit=2", false},
		"no list":                        {[]string{`{"has_more":false}`, `{"has_more":false}`, `{"has_more":false}`}, "", "", "all=1&limit=2 all=1&limit=2 all=1&limit=2", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var script []func(http.ResponseWriter)
			for _, page := range c.pages {
				script = append(script, answer(200, page))
			}
			s := open(t, script...)
			type row struct{ ID string }
			fetch := apiclient.CursorPages(s.client, apiclient.Request{
				Operation: apiclient.Operation{Name: "list things"}, Method: http.MethodGet, Path: "/things", Query: map[string][]string{"all": {"1"}},
			}, apiclient.Cursors{After: "after", Limit: "limit", Size: 2}, func(r *row) (string, error) {
				if r.ID == "bad" {
					return "", errors.New("bad")
				}
				return r.ID, nil
			}, func(id string) string { return id })
			var rows []string
			notes, failed := "", false
			for id, err := range fetch(t.Context(), func(why string) { notes += why }) {
				if failed = err != nil; !failed {
					rows = append(rows, id)
				}
			}
			var asked []string
			for _, request := range s.got {
				asked = append(asked, request.query)
			}
			got := fmt.Sprint(strings.Join(rows, " "), notes, strings.Join(asked, " "), failed)
			if want := fmt.Sprint(c.rows, c.notes, c.asked, c.fails); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// Rows of one id are told apart by their keys; the cursor is the id all the same.
func TestCursorRows(t *testing.T) {
	t.Parallel()
	s := open(t, answer(200, `{"data":[{"id":"a","from":"x"},{"id":"a"}],"has_more":true}`), answer(200, `{"data":[{"id":"a"},{"id":"b"}],"has_more":false}`))
	type row struct{ ID, From string }
	fetch := apiclient.CursorRows(s.client, apiclient.Request{Operation: apiclient.Operation{Name: "list things"}, Method: http.MethodGet, Path: "/things"},
		apiclient.Cursors{After: "after", Limit: "limit", Size: 2}, func(r *row) (row, error) { return *r, nil },
		func(r row) string { return r.ID }, func(r row) string { return r.ID + r.From })
	var rows []string
	for one, err := range fetch(t.Context(), func(string) {}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, one.ID+one.From)
	}
	if got := fmt.Sprintf("%v %s", rows, s.got[1].query); got != "[ax a b] after=a&limit=2" {
		t.Errorf("got %s", got)
	}
}

func TestErrorFields(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":{"type":"t","code":"c","param":"p","message":"m"}}`: "t|c|p|m",
		`{"error":{"code":404,"message":"m"}}`:                        "|||m",
		`{"error":"m"}`:                                               "|||m",
		`{"other":1}`:                                                 "|||", `[]`: "|||", `{"error":{"message":7,"type":"t"}}`: "t|||",
	} {
		kind, code, param, message := apiclient.ErrorFields([]byte(body))
		if got := strings.Join([]string{kind, code, param, message}, "|"); got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

// A dialect without quotas and doubtful statuses has none.
func TestDialectWithoutDoubts(t *testing.T) {
	t.Parallel()
	plain := toy
	plain.Quota, plain.MayBeDone = nil, nil
	s := open(t, answer(429, `{"why":"pay","code":"broke"}`), answer(410, `{"why":"gone"}`))
	s.client = apiclient.New(apiclient.Config{Dialect: plain, BaseURL: s.base, Credential: secret.New("fake-master-0123456789"), Clock: s.clock})
	if _, err := s.send(t, create); apierr.IsUnknown(err) || apierr.Status(err) != 410 || len(s.got) != 2 {
		t.Errorf("%d requests, got %v", len(s.got), err)
	}
}
