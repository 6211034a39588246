// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// dated replaces the Date of every answer, "" takes it away.
func dated(date string) configure {
	return through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err == nil {
			resp.Header.Del("Date")
			if date != "" {
				resp.Header.Set("Date", date)
			}
		}
		return resp, err
	})
}

// Without a usable Date the moment of an own new object is the server's time; without
// either nothing is ended early.
func TestServerClockWithoutDate(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"", "soon", "Tue, 99 Jan 2030", time.Unix(0, 0).UTC().Format(http.TimeFormat)} {
		for name, create := range map[string]func(*world) error{
			"key":       func(w *world) error { _, err := w.mint(); return err },
			"admin key": func(w *world) error { _, err := w.client.MintAdminKey(t.Context(), "x", 0); return err },
			"project": func(w *world) error {
				_, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "x"})
				return err
			},
			"account": func(w *world) error {
				_, _, err := w.client.CreateServiceAccount(t.Context(), w.project, "x")
				return err
			},
		} {
			w := begin(t, openaisim.Options{}, dated(date))
			w.clock.Advance(25 * time.Hour) // this machine's clock is ahead
			ok(t, w.readKey())
			if _, known := w.client.Skew(); known {
				t.Fatalf("%q is taken for a moment", date)
			}
			end := start.Add(24 * time.Hour)
			if _, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end); !errors.Is(err, api.ErrNoClock) {
				t.Errorf("%s: got %v, want ErrNoClock", name, err)
			}
			w.count(openaisim.OpAPIKeysUpdate, 0)
			ok(t, create(w))
			skew, known := w.client.Skew()
			if off := skew + 25*time.Hour; !known || off.Abs() > 2*time.Second {
				t.Errorf("%s: skew %s, known %t", name, skew, known)
			}
			k, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
			ok(t, err)
			if off := end.Sub(k.ExpiresAt); off.Abs() > 3*time.Second {
				t.Errorf("%s: ends at %s, want %s", name, k.ExpiresAt, end)
			}
		}
	}
}

// A Date that the moments of new objects contradict is a gateway's: what is sent next counts by the clock that
// stamps the keys.
func TestDateOfAnotherClock(t *testing.T) {
	t.Parallel()
	for off, agrees := range map[time.Duration]bool{2 * time.Hour: false, -2 * time.Hour: false, time.Minute: true, -4 * time.Minute: true} {
		w := begin(t, openaisim.Options{}, dated(start.Add(off).Format(http.TimeFormat)))
		ok(t, w.readKey())
		_, err := w.mint()
		ok(t, err)
		ok(t, w.readKey()) // with the same Date again
		if skew, known := w.client.Skew(); !known || agrees != ((skew-off).Abs() < 3*time.Second) || !agrees && skew.Abs() > 3*time.Second {
			t.Errorf("%s: skew %s, known %t", off, skew, known)
		}
		if agrees {
			continue
		}
		end := start.Add(time.Hour)
		k, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
		ok(t, err)
		if late := end.Sub(k.ExpiresAt); late.Abs() > 3*time.Second {
			t.Errorf("%s: ends at %s, want %s", off, k.ExpiresAt, end)
		}
	}
}

// One creation time that neither the Date nor this machine agrees with is no clock.
func TestCreationTimeThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		w := begin(t, openaisim.Options{}, dated(start.Format(http.TimeFormat)))
		w.sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.Altered, Set: map[string]any{"created_at": start.Add(off).Unix()}})
		_, _, err := w.client.CreateProject(t.Context(), api.ProjectSettings{Name: "other"})
		ok(t, err)
		if skew, known := w.client.Skew(); !known || skew.Abs() > 3*time.Second {
			t.Errorf("%s: skew %s, known %t", off, skew, known)
		}
	}
}

// A proxy that answers in the API's place has a clock of its own: what is sent next counts by the API's.
func TestClockOfAStranger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		kind, body string
	}{
		"page":                {503, "text/html", "<html><title>Maintenance</title>"},
		"page of a good kind": {200, "text/html", "<html><title>Login</title>"},
		"plain words":         {502, "text/plain", "upstream connect error"},
		"nothing":             {504, "", ""},
		"another's JSON":      {503, "application/json", `{"message":"Service Unavailable"}`},
		"too many for it":     {429, "application/json", `{"limit":5}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answered := false
			w := begin(t, openaisim.Options{}, func(cfg *api.Config) {
				next := cfg.Transport
				cfg.Transport = tripper(func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodPost || answered {
						return next.RoundTrip(r)
					}
					answered = true
					header := http.Header{"Date": {start.Add(2 * time.Hour).Format(http.TimeFormat)}, "Content-Type": {c.kind}}
					return &http.Response{StatusCode: c.status, Header: header, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
				})
			})
			w.know()
			end := start.Add(24 * time.Hour)
			k, err := w.client.EndKeyAt(t.Context(), w.project, w.key, end)
			ok(t, err)
			if off := end.Sub(k.ExpiresAt); off.Abs() > 3*time.Second || !answered {
				t.Errorf("ends at %s, want %s", k.ExpiresAt, end)
			}
		})
	}
}

// renamed answers with the names that a server makes of ours.
func renamed(as func(string) string) configure {
	return altered(func(_ *http.Request, body object) {
		rows, _ := body["data"].([]any)
		for _, one := range append(rows, any(body)) {
			row, _ := one.(object)
			if name, ok := row["name"].(string); ok {
				row["name"] = as(name)
			}
		}
	})
}

// A lost create is found again also where the server does not keep names as they are.
func TestLostCreatesWhereNamesChange(t *testing.T) {
	t.Parallel()
	const name = " Zahlungen  \u00fcber Br\u00fccken und mehr, so lang wie ein Name nur sein mag und l\u00e4nger"
	for how, as := range map[string]func(string) string{
		"trims":      strings.TrimSpace,
		"lower case": strings.ToLower,
		"decomposes": norm.NFD.String,
		"cuts":       func(s string) string { return string([]rune(s)[:min(64, len([]rune(s)))]) },
		"all": func(s string) string {
			s = norm.NFD.String(strings.ToLower(strings.TrimSpace(s)))
			return string([]rune(s)[:min(64, len([]rune(s)))])
		},
	} {
		for _, k := range creatables {
			w := begin(t, openaisim.Options{}, renamed(as))
			w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutAfter, Times: 1})
			id, adopted, err := k.make(context.Background(), w, name)
			if err != nil || !adopted || len(k.named(w, name)) != 1 || k.named(w, name)[0] != id {
				t.Errorf("%s, a server that %s: got %s (adopted %t) of %v, %v", k.noun, how, id, adopted, k.named(w, name), err)
			}
		}
	}
}

// Names that only resemble ours are told apart from one that is ours, or named.
func TestLookalikes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k creatable) {
		w := begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutAfter, Times: 1, Notify: func() { k.seed(w, "team x") }})
		id, adopted, err := k.make(t.Context(), w, "Team X")
		if ids := k.named(w, "Team X"); err != nil || !adopted || len(ids) != 1 || ids[0] != id {
			t.Errorf("got %s (adopted %t), %v, want the exact name", id, adopted, err)
		}
		w = begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutBefore, Times: 1, Notify: func() { k.seed(w, "team x"); k.seed(w, "TEAM X") }})
		_, _, err = k.make(t.Context(), w, "Team X")
		for _, name := range []string{"team x", "TEAM X"} {
			contains(t, failure(t, err, apierr.Unknown).Hint, k.named(w, name)[0])
		}
		// One whose name begins ours is a neighbour's.
		w = begin(t, openaisim.Options{})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutBefore, Times: 1, Notify: func() { k.seed(w, "acme-platform-prod") }})
		id, adopted, err = k.make(t.Context(), w, "acme-platform-prod-eu")
		if ids := k.named(w, "acme-platform-prod-eu"); err != nil || adopted || len(ids) != 1 || ids[0] != id {
			t.Errorf("got %s (adopted %t), %v, want one of its own name", id, adopted, err)
		}
	})
}

// Where a server gives things names of its own, what a lost request created is not found
// by name. After the second request both carry the same: the other one is named.
func TestTwinsOfALostCreate(t *testing.T) {
	t.Parallel()
	shouted := func(name string) string { return "org/" + strings.ReplaceAll(strings.ToUpper(name), " ", "_") }
	each(t, func(t *testing.T, k creatable) {
		for _, c := range []struct {
			kind  simkit.FaultKind
			twins int
		}{{simkit.CutAfter, 1}, {simkit.CutBefore, 0}} {
			w := begin(t, openaisim.Options{}, renamed(shouted))
			k.seed(w, "My App") // older
			w.advance(time.Hour)
			w.sim.Inject(simkit.Fault{Operation: k.create, Kind: c.kind, Times: 1})
			id, how, err := k.recover(t.Context(), w, "My App")
			ok(t, err)
			lost := slices.DeleteFunc(k.named(w, "My App")[1:], func(other string) bool { return other == id })
			if how.Adopted || how.Unchecked != nil || len(how.Twins) != c.twins || !slices.Equal(how.Twins, lost) {
				t.Errorf("%s: got %s and %+v, the server also has %v", c.kind, id, how, lost)
			}
		}
		// A look that fails is no reason to lose the object.
		w := begin(t, openaisim.Options{}, renamed(shouted))
		looks := 0
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.CutAfter, Times: 1})
		w.sim.Inject(simkit.Fault{Operation: k.create, Kind: simkit.Delay, Times: 1, Notify: func() {
			looks++
			w.sim.Inject(simkit.Fault{Operation: k.list, Kind: simkit.StatusBefore, Status: 400})
		}})
		id, how, err := k.recover(t.Context(), w, "My App")
		if err != nil || id == "" || how.Unchecked == nil || len(how.Twins) > 0 || looks != 1 {
			t.Errorf("got %s, %+v, %v", id, how, err)
		}
	})
}
