// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

type cup struct {
	simkit.Object
	Name string
}

// A store shows, lists and changes its objects, and gives the faults theirs.
func TestStore(t *testing.T) {
	t.Parallel()
	cups := &simkit.Store[cup, *cup]{Wildcard: "cup", Show: func(c *cup) any { return map[string]any{"id": c.ID, "name": c.Name, "gone": simkit.OrNull("")} }}
	bowls := &simkit.Store[cup, *cup]{Wildcard: "bowl"}
	api := simkit.API{
		Name: "cups",
		Routes: []simkit.Route{
			{Method: http.MethodGet, Pattern: "/cups/{cup}", Operation: "cups.get", Serve: cups.Get},
			{Method: http.MethodGet, Pattern: "/cups", Operation: "cups.list", Serve: func(c *simkit.Call) (any, *simkit.Problem) {
				n, bad := c.Number("n", 1, 1, 2)
				if bad != nil {
					return nil, bad
				}
				return map[string]any{"data": cups.Newest()[:n]}, nil
			}},
		},
		Admit: func(*simkit.Call) *simkit.Problem { return nil },
		Shape: func(p simkit.Problem) any { return map[string]any{"error": p.Message} },
		Usual: func(status int, _ string) *simkit.Problem { return simkit.Refused(status, "usual") },
	}
	api.Shown, api.Other = simkit.Stores(bowls, cups)
	s := simkit.New(api, simkit.Options[struct{}]{Clock: simkit.NewClock(start), Seed: 1})
	for _, name := range []string{"a", "b"} {
		cups.All = append(cups.All, &cup{s.Issuer.ObjectWithID("cup_"+name, start), name})
	}
	get := func(path string) string {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return fmt.Sprintf("%d %s", rec.Code, strings.TrimSpace(rec.Body.String()))
	}
	cups.Change(s.Engine, "cup_a", func(c *cup) { c.Name = "changed" })
	for path, want := range map[string]string{
		"/cups/cup_a": `200 {"gone":null,"id":"cup_a","name":"changed"}`, "/cups/cup_x": `404 {"error":"usual"}`,
		"/cups?n=3": `400 {"error":"n: must be a whole number from 1 to 2"}`, "/cups?n=x": `400 {"error":"n: must be a whole number from 1 to 2"}`,
	} {
		if got := get(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if got := get("/cups"); !strings.Contains(got, "cup_b") || strings.Contains(got, "cup_a") {
		t.Errorf("the latest: %s", got)
	}
	s.Inject(simkit.Fault{Kind: simkit.Crossed})
	if got := get("/cups/cup_a"); !strings.Contains(got, "cup_b") {
		t.Errorf("crossed: %s", got)
	}
	s.ClearFaults()
	s.Inject(simkit.Fault{Kind: simkit.StaleGet, Lag: 1})
	cups.All = append(cups.All, &cup{s.Issuer.ObjectWithID("cup_c", start), "c"})
	if got := get("/cups/cup_c") + get("/cups/cup_c"); !strings.HasPrefix(got, "404") || !strings.Contains(got, "200") {
		t.Errorf("stale: %s", got)
	}
	if got := cups.Copies(s.Engine); len(got) != 3 || got[0].Name != "changed" {
		t.Errorf("copies: %v", got)
	}
}
