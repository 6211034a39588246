// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime/metrics"
	"strconv"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// What a plan may allocate for an account and its key: twice of what it was measured to.
const (
	mostBytes   = 5 << 20
	mostObjects = 70_000
)

// heap is what was allocated.
type heap struct{ Bytes, Objects uint64 }

func allocated(do func()) heap {
	read := func() heap {
		samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/allocs:objects"}}
		metrics.Read(samples)
		return heap{samples[0].Value.Uint64(), samples[1].Value.Uint64()}
	}
	before := read()
	do()
	after := read()
	return heap{after.Bytes - before.Bytes, after.Objects - before.Objects}
}

// TestAllocations applies and plans accounts with a key each. For scripts/compare-commits,
// which puts this file into both of its commits, ORGKEYS_BENCH_API names a simulator in another
// process, ORGKEYS_BENCH_SIZE their number and ORGKEYS_BENCH_ALLOCATIONS the file for what was counted.
func TestAllocations(t *testing.T) {
	n, f := 20, newFleet(t)
	var transport http.RoundTripper = f
	if api := os.Getenv("ORGKEYS_BENCH_API"); api != "" {
		var err error
		if n, err = strconv.Atoi(os.Getenv("ORGKEYS_BENCH_SIZE")); err != nil {
			t.Fatal(err)
		}
		transport = nil
		f.env["ORGKEYS_OPENAI_BASE_URL"] = api
		f.env["OPENAI_ADMIN_KEY"] = os.Getenv("ORGKEYS_BENCH_ADMIN_KEY")
	}
	var result struct{ Apply, Plan heap }
	result.Apply = allocated(func() { f.accountsWithKeys(start(f, transport), n) })
	result.Plan = allocated(func() {
		p := start(f, transport)
		for _, objects := range [][]*object{f.projects, f.accounts, f.keys} {
			f.each(len(objects), func(i int) error { return p.plan(t.Context(), objects[i]) })
		}
	})
	if path := os.Getenv("ORGKEYS_BENCH_ALLOCATIONS"); path != "" {
		text, err := json.Marshal(result)
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if each := float64(result.Plan.Bytes) / float64(n); each > mostBytes {
		t.Errorf("a plan allocates %.0f bytes for an account and its key, want at most %d", each, mostBytes)
	}
	if each := float64(result.Plan.Objects) / float64(n); each > mostObjects {
		t.Errorf("a plan allocates %.0f objects for an account and its key, want at most %d", each, mostObjects)
	}
}

// start is a run of the provider with a transport, or the network.
func start(f *fleet, transport http.RoundTripper) process {
	f.t.Helper()
	p, err := protocol.Start(f.t.Context(), provider.NewServer("bench", provider.Options{
		Getenv: func(name string) string { return f.env[name] }, Transport: transport,
	}))
	if err != nil {
		f.t.Fatal(err)
	}
	if said, err := p.Configure(f.t.Context(), nil); err != nil || len(said) > 0 {
		f.t.Fatal(err, said)
	}
	return process{f, p}
}

// accountsWithKeys applies a project with n accounts of one key each.
func (f *fleet) accountsWithKeys(p process, n int) {
	f.t.Helper()
	ctx := f.t.Context()
	all := func(n int, kind string, attributes func(i int) map[string]any) []*object {
		out := make([]*object, n)
		f.each(n, func(i int) (err error) {
			out[i], err = p.create(ctx, kind, attributes(i))
			return err
		})
		if f.t.Failed() {
			f.t.FailNow()
		}
		return out
	}
	f.projects = all(1, projectType, func(int) map[string]any { return map[string]any{"name": "bench"} })
	f.accounts = all(n, accountType, func(i int) map[string]any {
		return map[string]any{"project_id": f.projects[0].id, "name": fmt.Sprint("worker-", i), "role": "member"}
	})
	f.keys = all(n, keyType, func(i int) map[string]any {
		return map[string]any{
			"project_id": f.projects[0].id, "service_account_id": f.accounts[i].id,
			"name": fmt.Sprint("worker-", i), "lifetime": "90d", "rotate_after": "60d",
		}
	})
}
