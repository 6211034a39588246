// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package walls

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// outside are the packages that are no core: they put the provider together, or belong to
// the repository's tests and tools. Every other package that is no vendor's is core.
var outside = []string{"main", "internal/provider", "internal/acctest", "internal/demo", "internal/simulator", "internal/bench", "internal/chaos", "internal/openapifacts", "internal/pictures", "internal/release", "internal/walls"}

func isCore(path string) bool {
	vendor, _ := vendorOf(path)
	return own(path) && vendor == "" && !within(path, outside...)
}

// terraform says whether a package is of Terraform's plugin libraries; the logger is free.
func terraform(path string) bool {
	return strings.HasPrefix(path, "github.com/hashicorp/terraform-plugin-") && !within(path, "github.com/hashicorp/terraform-plugin-log")
}

// wall is what may not be behind any import of a package.
type wall struct {
	why    string
	stands func(from, to string) bool
}

var walls = []wall{
	{"the core knows no vendor", func(from, to string) bool {
		vendor, _ := vendorOf(to)
		return vendor != "" && isCore(from)
	}},
	{"a vendor knows no other vendor", func(from, to string) bool {
		one, _ := vendorOf(from)
		other, _ := vendorOf(to)
		return one != "" && other != "" && one != other
	}},
	{"a simulator shares nothing but simkit: with shared types a mistake would agree with itself", func(from, to string) bool {
		_, part := vendorOf(from)
		_, toPart := vendorOf(to)
		return part == "sim" && toPart != "sim" && own(to) && !within(to, "internal/simkit") || from == "internal/simkit" && own(to)
	}},
	{"simulators are for tests, comparisons of commits, the demo and the simulator command", func(from, to string) bool {
		_, part := vendorOf(from)
		_, toPart := vendorOf(to)
		return (toPart == "sim" || to == "internal/simkit") && part != "sim" && !within(from, "internal/simkit", "internal/acctest", "internal/demo", "internal/simulator", "internal/bench/compare", "internal/bench/stock", "internal/vendortest")
	}},
	{"the table of promises is for tests and their harness", func(from, to string) bool {
		return within(to, "internal/vendortest") && !within(from, "internal/vendortest", "internal/acctest")
	}},
	{"a client knows nothing of Terraform", func(from, to string) bool {
		_, part := vendorOf(from)
		return (part == "api" || from == "internal/apiclient") && terraform(to)
	}},
	{"the domain knows no Terraform, no HTTP and no clock", func(from, to string) bool {
		return from == "internal/keyseries" && (terraform(to) || to == "net/http" || to == "internal/clock")
	}},
	{"this package is plain Go", func(from, to string) bool {
		plain := []string{"internal/apierr", "internal/clock", "internal/ident", "internal/pattern", "internal/presence", "internal/process", "internal/seal", "internal/secret", "internal/span"}
		return slices.Contains(plain, from) && terraform(to)
	}},
	{"the provider is built from its parts, not the other way round", func(from, to string) bool {
		return to == "internal/provider" && from != "main" && from != "internal/acctest"
	}},
}

// exception is a wall that is open.
type exception struct{ from, to, why string }

var exceptions = []exception{
	{"internal/keyseries", "net/http", "the errors that it reads, apierr, know HTTP statuses by name"},
}

// broken are the walls that the packages of a house break, each with the way; and of the
// exceptions those that nothing needs any more.
func (h house) broken(allowed []exception) []string {
	var all []string
	needed := map[exception]bool{}
	for from := range h {
		if !own(from) {
			continue
		}
		for to, way := range h.reach(from) {
			for _, w := range walls {
				if !w.stands(from, to) {
					continue
				}
				if i := slices.IndexFunc(allowed, func(e exception) bool { return e.from == from && e.to == to }); i >= 0 {
					needed[allowed[i]] = true
					continue
				}
				all = append(all, way+": "+w.why)
			}
		}
		for _, to := range h[from].Imports {
			if _, part := vendorOf(to); from == "internal/provider" && part != "" {
				all = append(all, from+" → "+to+": the provider imports a vendor, and nothing deeper")
			}
		}
	}
	for _, e := range allowed {
		if !needed[e] {
			all = append(all, e.from+" → "+e.to+": this exception is not needed any more: take it away")
		}
	}
	slices.Sort(all)
	return all
}

func TestWalls(t *testing.T) {
	t.Parallel()
	h := load(t)
	for _, must := range []string{"main", "internal/provider", "internal/keyseries", "internal/vendors/openai/api", "internal/vendors/openai/sim", "internal/vendortest"} {
		if len(h[must].Imports) == 0 {
			t.Fatalf("%s was not looked at: the list has %d packages", must, len(h))
		}
	}
	for _, one := range h.broken(exceptions) {
		t.Error(one)
	}
}

// Each wall is found broken by a package that breaks it, directly or over others.
func TestBrokenWalls(t *testing.T) {
	t.Parallel()
	sound := map[string]string{
		"main":                              "internal/provider",
		"internal/provider":                 "internal/crud internal/vendors/acme internal/vendors/zenith",
		"internal/crud":                     "github.com/hashicorp/terraform-plugin-framework/resource",
		"internal/keyseries":                "internal/secret time",
		"internal/secret":                   "strings",
		"internal/simkit":                   "net/http",
		"internal/apiclient":                "net/http internal/clock github.com/hashicorp/terraform-plugin-log/tflog",
		"internal/acctest":                  "internal/provider internal/vendors/acme/sim",
		"internal/vendors/acme":             "internal/vendors/acme/api internal/crud internal/keyseries",
		"internal/vendors/acme/api":         "internal/apiclient",
		"internal/vendors/acme/sim":         "internal/simkit net/http",
		"internal/vendors/acme/sim/cmd/sim": "internal/vendors/acme/sim",
		"internal/vendors/zenith":           "internal/crud",
	}
	built := func(from, more string) house {
		h := house{}
		for path, imports := range sound {
			h[path] = source{Imports: strings.Fields(imports)}
		}
		for to := range strings.SplitSeq(more, " → ") {
			h[from] = source{Imports: append(slices.Clone(h[from].Imports), to)}
			from = to
		}
		return h
	}
	if broken := built("internal/crud", "internal/secret").broken(nil); broken != nil {
		t.Errorf("the sound house has broken walls: %q", broken)
	}
	for _, test := range []struct{ from, to, says string }{
		{"internal/crud", "internal/vendors/acme", "the core knows no vendor"},
		{"internal/new", "internal/newer → internal/vendors/acme/api", "the core knows no vendor"},
		{"internal/acctest/protocol", "internal/vendors/acme/api", ""},
		{"internal/vendors/acme", "internal/vendors/zenith", "a vendor knows no other vendor"},
		{"internal/vendors/acme/api", "internal/helper → internal/vendors/zenith/api", "a vendor knows no other vendor"},
		{"internal/vendors/acme/sim", "internal/vendors/acme/api", "shares nothing but simkit"},
		{"internal/vendors/acme/sim", "internal/ident", "shares nothing but simkit"},
		{"internal/simkit", "internal/ident", "shares nothing but simkit"},
		{"internal/vendors/acme", "internal/vendors/acme/sim", "simulators are for tests"},
		{"internal/crud", "internal/simkit", "simulators are for tests"},
		{"internal/bench", "internal/vendors/acme/sim", "simulators are for tests"},
		{"internal/demo", "internal/vendors/acme/sim", ""},
		{"internal/vendortest", "internal/simkit", ""},
		{"internal/vendortest", "internal/acctest → internal/vendors/acme/sim", "the core knows no vendor"},
		{"internal/vendortest", "internal/provider", "not the other way round"},
		{"internal/vendors/acme", "internal/vendortest", "the table of promises is for tests"},
		{"internal/acctest", "internal/vendortest", ""},
		{"internal/vendors/acme/api", "github.com/hashicorp/terraform-plugin-framework/types", "a client knows nothing of Terraform"},
		{"internal/apiclient", "internal/helper → github.com/hashicorp/terraform-plugin-go/tftypes", "a client knows nothing of Terraform"},
		{"internal/keyseries", "net/http", "no HTTP and no clock"},
		{"internal/keyseries", "internal/helper → internal/clock", "no HTTP and no clock"},
		{"internal/keyseries", "github.com/hashicorp/terraform-plugin-framework/diag", "no Terraform"},
		{"internal/secret", "github.com/hashicorp/terraform-plugin-framework/diag", "this package is plain Go"},
		{"internal/crud", "internal/provider", "not the other way round"},
		{"internal/provider", "internal/vendors/acme/api", "the provider imports a vendor, and nothing deeper"},
	} {
		broken := built(test.from, test.to).broken(nil)
		found := slices.ContainsFunc(broken, func(one string) bool {
			return strings.HasPrefix(one, test.from+" → "+test.to+":") && strings.Contains(one, test.says)
		})
		if found != (test.says != "") {
			t.Errorf("%s → %s: found broken: %q", test.from, test.to, broken)
		}
	}
}

// An exception opens its own way only, and is reported when nothing needs it.
func TestExceptions(t *testing.T) {
	t.Parallel()
	h := house{"internal/crud": {Imports: []string{"internal/vendors/acme"}}, "internal/seal": {Imports: []string{"internal/vendors/acme"}}}
	stale := exception{"internal/span", "internal/vendors/acme", "a test"}
	got := h.broken([]exception{{"internal/crud", "internal/vendors/acme", "a test"}, stale})
	want := []string{
		"internal/seal → internal/vendors/acme: the core knows no vendor",
		"internal/span → internal/vendors/acme: this exception is not needed any more: take it away",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if ways := slices.Sorted(maps.Keys(h.reach("internal/crud"))); !slices.Equal(ways, []string{"internal/vendors/acme"}) {
		t.Errorf("reaches %q", ways)
	}
}
