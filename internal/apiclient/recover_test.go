// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
)

// Only a 404 is looked into: what still exists is changed once more, and what the
// look says is missing is not.
func TestChanged(t *testing.T) {
	t.Parallel()
	gone := errors.New("it is gone")
	refused := func(status int) error { return &apierr.Error{Status: status, Message: "no", Hint: "check the id"} }
	for _, c := range []struct {
		answers []error
		look    error
		want    string
		looks   int
	}{
		{[]error{nil}, gone, "", 0},
		{[]error{refused(http.StatusForbidden)}, nil, "check the id", 0},
		{[]error{refused(http.StatusNotFound)}, gone, "it is gone", 1},
		{[]error{refused(http.StatusNotFound), nil}, nil, "", 1},
		{[]error{refused(http.StatusNotFound), refused(http.StatusForbidden)}, nil, "check the id", 1},
		{[]error{refused(http.StatusNotFound), refused(http.StatusNotFound)}, nil, "key x still exists", 1},
	} {
		sent, looks := 0, 0
		got, err := apiclient.Changed("key x", func() (int, error) {
			sent++
			return sent, c.answers[sent-1]
		}, func() (int, error) { looks++; return 0, c.look })
		text := ""
		if err != nil {
			text = err.Error()
			if failed, ok := apierr.As(err); ok {
				text += failed.Hint
			}
		}
		if sent != len(c.answers) || got != sent || looks != c.looks || !strings.Contains(text, c.want) || (text == "") != (c.want == "") {
			t.Errorf("%v: got %d, sent %d times, looked %d times: %q", c.answers, got, sent, looks, text)
		}
		if strings.Contains(text, "all the same") && strings.Contains(text, "check the id") {
			t.Errorf("%q advises what does not help", text)
		}
	}
}

// The failed look after a 404 does not hide that an attempt before it may have done the change.
func TestChangedKeepsALostAttempt(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{true, false} {
		_, err := apiclient.Changed("key x", func() (int, error) {
			return 0, &apierr.Error{Status: http.StatusNotFound, Lost: lost}
		}, func() (int, error) { return 0, &apierr.Error{Status: http.StatusBadGateway, Read: true} })
		if apierr.Status(err) != http.StatusBadGateway || apierr.MayBeDone(err) != lost {
			t.Errorf("lost %v: %v, may be done %v", lost, err, apierr.MayBeDone(err))
		}
	}
}

// The 404 of a young object is waited out, unless an earlier attempt may have deleted it: then a look decides.
func TestWhileYoungAfterALostAttempt(t *testing.T) {
	t.Parallel()
	for lost, want := range map[bool]int{false: 7, true: 1} {
		s, calls := open(t), 0
		_, err := apiclient.WhileYoung(t.Context(), s.client, s.clock.Now(), func() (int, error) {
			calls++
			return 0, &apierr.Error{Status: http.StatusNotFound, Lost: lost}
		})
		if !apierr.IsNotFound(err) || calls != want {
			t.Errorf("lost %v: %d calls, %v", lost, calls, err)
		}
	}
}

// An empty answer to a change is settled by one look, and the change is not sent again. A page in the API's place,
// and an answer that is not whole, settle nothing.
func TestChangeAnsweredWithNothing(t *testing.T) {
	t.Parallel()
	update := create
	update.Kind = apiclient.Update
	found, no, down := answer(200, `{"id":"t1"}`), answer(403, `{"why":"no"}`), answer(502, `{}`)
	for name, c := range map[string]struct {
		answers []func(http.ResponseWriter)
		says    string // "" = no error
	}{
		"204":                  {[]func(http.ResponseWriter){answer(204, ``), found}, ""},
		"200":                  {[]func(http.ResponseWriter){answer(200, " \n"), found}, ""},
		"after trouble":        {[]func(http.ResponseWriter){down, answer(204, ``), found}, ""},
		"after a 404":          {[]func(http.ResponseWriter){answer(404, `{"why":"no"}`), found, answer(204, ``), found}, ""},
		"and the look fails":   {[]func(http.ResponseWriter){answer(204, ``), no}, "Looking at the object failed, too: read thing: no (HTTP 403 Forbidden)."},
		"an empty page":        {[]func(http.ResponseWriter){answer(200, ``, "Content-Type", "text/html"), found}, ""},
		"a page":               {[]func(http.ResponseWriter){answer(200, `<html>`, "Content-Type", "text/html"), found}, ""},
		"an object without id": {[]func(http.ResponseWriter){answer(200, `{}`), found}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, c.answers...)
			got, err := apiclient.Changed("thing t1", func() (*thing, error) { return s.send(t, update) }, func() (*thing, error) { return s.send(t, read) })
			if len(s.got) != len(c.answers) {
				t.Errorf("%d requests, want %d", len(s.got), len(c.answers))
			}
			failed, _ := apierr.As(err)
			switch {
			case c.says == "" && (err != nil || got.ID != "t1"):
				t.Errorf("got %v, %v", got, err)
			case c.says != "" && (!apierr.MayBeDone(err) || !strings.Contains(failed.Hint, c.says)):
				t.Errorf("got %v (%+v), want %q", err, failed, c.says)
			}
			if repeated := strings.Contains(name, "page") || strings.Contains(name, "object"); repeated && s.got[1].method != http.MethodPost {
				t.Errorf("sent %s", s.got[1].method)
			}
		})
	}
}

// A 404 about an object that is not young is asked for once more, one about a young one until
// it is no lag any more.
func TestConfirmed(t *testing.T) {
	t.Parallel()
	s := open(t, answer(200, `{"id":"t1"}`))
	for _, c := range []struct {
		created        time.Time
		missing, asked int
		found          bool
	}{
		{time.Time{}, 0, 1, true},
		{time.Time{}, 1, 2, true},
		{time.Time{}, 2, 2, false},
		{start.Add(-time.Hour), 1, 2, true},
		{start, 4, 5, true},
		{start, 6, 7, true}, // half a minute after its creation
		{start, 99, 7, false},
		{start.Add(-55 * time.Second), 99, 5, false},
		{start.Add(time.Hour), 99, 7, false}, // a clock that is wrong does not make it wait longer
	} {
		s.clock = clock.NewFake(start)
		client := apiclient.New(apiclient.Config{Dialect: toy, BaseURL: s.base, Clock: s.clock})
		asked := 0
		_, err := apiclient.Confirmed(t.Context(), client, c.created, func() (int, error) {
			if asked++; asked > c.missing {
				return asked, nil
			}
			return 0, &apierr.Error{Status: http.StatusNotFound}
		})
		if asked != c.asked || (err == nil) != c.found || s.clock.Slept() > 30*time.Second {
			t.Errorf("%+v: asked %d times in %s, got %v", c, asked, s.clock.Slept(), err)
		}
	}
}

// Where the list does not show when a thing was created, one of the name cannot be told from an
// older one: it is named and neither adopted nor created again. One that appears beside the
// result of a second request is named, too.
func TestLostCreateOfUndatedThings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listed map[int][]string // by the number of requests
		says   string
		sent   int
		twins  string
	}{
		"shows at once": {map[int][]string{1: {"t1"}}, "The list has t1 of that name, and does not show when that was created. Look for it", 1, ""},
		"shows later":   {map[int][]string{2: {"t1", "t2"}}, "", 2, "[t1]"},
		"never":         {map[int][]string{2: {"t2"}}, "", 2, "[]"},
	} {
		client, sent := apiclient.New(apiclient.Config{Clock: clock.NewFake(start)}), 0
		_, how, err := apiclient.CreateNamed(t.Context(), client, apiclient.Named[string]{
			Noun: "thing", Name: "a", Command: func(id string) string { return id },
			Send: func(context.Context, apiclient.Operation) (string, error) {
				if sent++; sent == 1 {
					return "", &apierr.Error{Outcome: apierr.Unknown, Sent: start}
				}
				return "t2", nil
			},
			List: func(context.Context) (*apiclient.List[string], error) {
				list := &apiclient.List[string]{ByID: map[string]string{"t0": "t0"}}
				for _, id := range c.listed[sent] {
					list.ByID[id] = id
				}
				return list, nil
			},
			Facts: func(id string) (string, string, time.Time) {
				if id == "t0" {
					return id, "a", apiclient.LongAgo
				}
				return id, "a", time.Time{}
			},
		})
		said := ""
		if failed, ok := apierr.As(err); ok {
			said = failed.Hint
		}
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) || sent != c.sent || c.twins != "" && fmt.Sprint(how.Twins) != c.twins || how.Unchecked != nil {
			t.Errorf("%s: %q after %d requests, %+v", name, said, sent, how)
		}
	}
}

// A first answer is lost and no list shows the thing. What the second request says settles nothing:
// a refusal may be due to the first one, and after a success there may be two.
func TestSecondCreateAfterALostOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second error // of the second request
		shows  bool  // the list shows what the second request created
		says   string
	}{
		"refused":                    {&apierr.Error{Status: http.StatusConflict, Message: "the name is taken"}, false, "may or may not have been created"},
		"done, and does not show":    {nil, false, "the list does not show t2 itself so far"},
		"done, and is the only one":  {nil, true, ""},
		"lost, as the first one was": {&apierr.Error{Outcome: apierr.Unknown, Sent: start}, false, "may or may not have been created"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, sent := apiclient.New(apiclient.Config{Clock: clock.NewFake(start)}), 0
			made, how, err := apiclient.CreateNamed(t.Context(), client, apiclient.Named[string]{
				Noun: "thing", Name: "a", Command: func(id string) string { return id },
				Send: func(context.Context, apiclient.Operation) (string, error) {
					sent++
					if sent == 1 {
						return "", &apierr.Error{Outcome: apierr.Unknown, Sent: start}
					}
					return "t2", c.second
				},
				List: func(context.Context) (*apiclient.List[string], error) {
					list := &apiclient.List[string]{ByID: map[string]string{}}
					if c.shows && sent == 2 {
						list.ByID["t2"] = "t2"
					}
					return list, nil
				},
				Facts: func(id string) (string, string, time.Time) { return id, "a", start.Add(time.Hour) },
			})
			said := ""
			if failed, ok := apierr.As(err); ok {
				said = failed.Hint
			} else if how.Unchecked != nil {
				said = how.Unchecked.Error()
			}
			if sent != 2 || (err == nil) != (c.second == nil) || err == nil && made != "t2" || (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
				t.Errorf("sent %d requests: %q, %v, said %q", sent, made, err, said)
			}
			if err != nil && !apierr.IsUnknown(err) {
				t.Errorf("%v is taken for settled", err)
			}
		})
	}
}

// An answer about another object, one of another name that is older than the request or that
// stands beside one of ours, is not taken for ours. A server that renames is believed.
func TestCreateAnsweredWithAnotherObject(t *testing.T) {
	t.Parallel()
	type thing struct {
		id, name string
		created  time.Time
	}
	ours, now := thing{"t1", "payments", start}, start.Add(time.Second)
	for name, c := range map[string]struct {
		answer thing
		listed []thing
		want   string
	}{
		"older, of another name":        {thing{"old", "search", start.Add(-time.Hour)}, []thing{ours}, "t1"},
		"as young, of another name":     {thing{"young", "search", now}, []thing{ours, {"young", "search", now}}, "t1"},
		"renamed":                       {thing{"t1", "team-payments", now}, []thing{{"t1", "team-payments", now}}, "t1"},
		"renamed beside an older one":   {thing{"t1", "team-payments", now}, []thing{{"t0", "payments", start.Add(-time.Hour)}}, "t1"},
		"spelled otherwise":             {thing{"t1", "PAYMENTS", start.Add(-time.Hour)}, nil, "t1"},
		"without a name":                {thing{"t1", "", start.Add(-time.Hour)}, nil, "t1"},
		"older, and ours does not show": {thing{"old", "search", start.Add(-time.Hour)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := apiclient.New(apiclient.Config{Clock: clock.NewFake(start)})
			made, _, err := apiclient.CreateNamed(t.Context(), client, apiclient.Named[thing]{
				Noun: "thing", Name: "payments", Command: func(id string) string { return id },
				Send: func(context.Context, apiclient.Operation) (thing, error) { return c.answer, nil },
				Learn: func(one thing) {
					if one.id != c.want {
						t.Errorf("learned of %v", one)
					}
				},
				List: func(context.Context) (*apiclient.List[thing], error) {
					list := &apiclient.List[thing]{ByID: map[string]thing{}}
					for _, one := range c.listed {
						list.ByID[one.id] = one
					}
					return list, nil
				},
				Facts: func(one thing) (string, string, time.Time) { return one.id, one.name, one.created },
			})
			switch {
			case c.want == "" && (made.id != "" || !apierr.IsUnknown(err) || !strings.Contains(err.Error(), `another thing (old, "search")`)):
				t.Errorf("made %v, %v", made, err)
			case c.want != "" && (err != nil || made.id != c.want):
				t.Errorf("made %v, %v, want %s", made, err, c.want)
			}
		})
	}
}

// A list that may lack rows does not show that a lost create did nothing: it is not repeated.
func TestNoSecondCreateBesideAnIncompleteList(t *testing.T) {
	t.Parallel()
	client, sent := apiclient.New(apiclient.Config{Clock: clock.NewFake(start)}), 0
	_, _, err := apiclient.CreateNamed(t.Context(), client, apiclient.Named[string]{
		Noun: "thing", Name: "a", Command: func(id string) string { return id },
		Send: func(context.Context, apiclient.Operation) (string, error) {
			sent++
			return "", &apierr.Error{Outcome: apierr.Unknown, Sent: start}
		},
		List: func(context.Context) (*apiclient.List[string], error) {
			return &apiclient.List[string]{Incomplete: []string{"a row was left out"}}, nil
		},
		Facts: func(id string) (string, string, time.Time) { return id, "a", start },
	})
	failed, ok := apierr.As(err)
	if sent != 1 || !ok || failed.Outcome != apierr.Unknown || !strings.Contains(failed.Hint, "the list may be incomplete: a row was left out") {
		t.Errorf("sent %d requests: %v", sent, err)
	}
}
