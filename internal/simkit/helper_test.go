// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package simkit_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit/toysim"
)

var start = time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

type caller struct {
	t   *testing.T
	sim *toysim.Server
}

// begin starts the toy on a standing clock.
func begin(t *testing.T, o toysim.Options) (caller, *simkit.Clock) {
	t.Helper()
	o.Clock = simkit.NewClock(start)
	return caller{t, toysim.Start(t, o)}, o.Clock
}

// try sends a request on a connection of its own, so that no transport repeats it.
func (c caller) try(method, path, body string, header ...string) (reply, error) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.sim.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.sim.RootKey())
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	out := reply{status: answer.StatusCode, header: answer.Header, raw: string(raw)}
	if json.Unmarshal(raw, &out.body) != nil {
		out.body = nil
	}
	return out, err
}

func (c caller) do(status int, method, path, body string, header ...string) reply {
	c.t.Helper()
	out, err := c.try(method, path, body, header...)
	if err != nil || out.status != status {
		c.t.Fatalf("%s %s answers %d %s, %v; want %d", method, path, out.status, out.raw, err, status)
	}
	return out
}

func (c caller) get(status int, path string) reply {
	c.t.Helper()
	return c.do(status, "GET", path, "")
}

// names are the names of a list's rows.
func (c caller) names(r reply) (names []string) {
	c.t.Helper()
	for _, row := range r.body["keys"].([]any) {
		names = append(names, row.(map[string]any)["name"].(string))
	}
	return names
}

func (c caller) last() simkit.Entry {
	c.t.Helper()
	all := c.sim.Journal()
	if len(all) == 0 {
		c.t.Fatal("the journal is empty")
	}
	return all[len(all)-1]
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
