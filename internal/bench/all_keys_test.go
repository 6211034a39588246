// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/bench/stock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simulator/simulators"
)

// byHost sends each request to the simulator of its host, without a socket.
type byHost map[string]http.Handler

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	b[r.URL.Host].ServeHTTP(answer, r)
	return answer.Result(), nil
}

// atVendors starts the provider with simulators of these vendors, which have so many keys each.
func atVendors(t *testing.T, keys int, names ...string) (*protocol.Process, map[string]simulators.Simulator, map[string]stock.Place) {
	t.Helper()
	env, hosts := map[string]string{}, byHost{}
	all, places := map[string]simulators.Simulator{}, map[string]stock.Place{}
	for _, name := range names {
		vendor, err := simulators.Of(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name], places[name] = stock.Vendors[name](keys)
		hosts[name+".invalid"] = all[name]
		env[vendor.KeyEnv], env[vendor.AddressEnv] = all[name].AdminKey(), "https://"+name+".invalid"+all[name].BasePath()
	}
	p, err := protocol.Start(t.Context(), provider.NewServer("bench", provider.Options{Getenv: func(name string) string { return env[name] }, Transport: hosts}))
	if err != nil {
		t.Fatal(err)
	}
	if said, err := p.Configure(t.Context(), nil); err != nil || len(said) > 0 {
		t.Fatal(err, said)
	}
	return p, all, places
}

// The inventory over all vendors costs each the pages of its lists and a few requests, for
// as many data sources as ask.
func TestCallsOfTheInventoryOverAllVendors(t *testing.T) {
	t.Parallel()
	const keys, few = 500, 4
	p, all, _ := atVendors(t, keys, slices.Sorted(maps.Keys(stock.Vendors))...)
	for _, asked := range []map[string]any{nil, {"never_expires": true}, {"vendors": slices.Sorted(maps.Keys(stock.Vendors))}} {
		answer, err := p.Data(t.Context(), "orgkeys_api_keys", asked)
		if err != nil || len(answer.Diagnostics) > 0 {
			t.Fatal(err, answer.Diagnostics)
		}
		if rows, _ := protocol.Attributes(answer.Value)["api_keys"].([]any); len(rows) != keys*len(stock.Vendors) {
			t.Fatalf("%d keys, want %d", len(rows), keys*len(stock.Vendors))
		}
	}
	for name, sim := range all {
		calls := len(sim.Journal())
		t.Logf("%s: %d calls", name, calls)
		if calls > pages(keys)+few || calls == 0 {
			t.Errorf("%s: %d calls for %d keys, want at most %d", name, calls, keys, pages(keys)+few)
		}
		for _, entry := range sim.Journal() {
			if entry.Method != http.MethodGet {
				t.Errorf("%s: %s %s", name, entry.Method, entry.Path)
			}
		}
	}
}
