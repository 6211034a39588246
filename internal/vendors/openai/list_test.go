// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const (
	projectType = "orgkeys_openai_project"
	accountType = "orgkeys_openai_service_account"
	keyType     = "orgkeys_openai_api_key"
	adminType   = "orgkeys_openai_admin_key"
)

// town is an organization with a bit of everything that exists before Terraform.
type town struct {
	w                   *acctest.World
	payments, search    string
	worker, bot         string
	marked, bare, other string // keys of worker, worker and bot
}

func newTown(t *testing.T, w *acctest.World) town {
	t.Helper()
	s := w.Sim
	s.ArchiveProject(s.SeedProject("old"))
	o := town{w: w, payments: s.SeedProject("payments"), search: s.SeedProject("search")}
	o.worker = s.SeedServiceAccount(o.payments, "worker", "member")
	o.bot = s.SeedServiceAccount(o.search, "bot", "owner")
	seed := func(spec openaisim.KeySpec) string {
		id, _ := s.SeedKey(spec)
		return id
	}
	seed(openaisim.KeySpec{ProjectID: o.payments, Name: "jo's key"})
	o.marked = seed(openaisim.KeySpec{AccountID: o.worker, Name: "ledger (ok-k3v6zq2mda.x5b7qd2k)"})
	seed(openaisim.KeySpec{AccountID: o.worker, Name: "dead", ExpiresAt: time.Now().Add(-time.Hour)})
	o.bare = seed(openaisim.KeySpec{AccountID: o.worker, Name: "made by hand", ExpiresAt: time.Now().Add(90 * 24 * time.Hour)})
	o.other = seed(openaisim.KeySpec{AccountID: o.bot, Name: "crawler", Scopes: []string{"api.all.read"}})
	s.ResetJournal()
	return o
}

func shown(all []result) string {
	lines := make([]string, 0, len(all))
	for _, one := range all {
		line := one.name
		for _, part := range []string{"project_id", "id"} {
			if value, ok := one.id[part]; ok {
				line += fmt.Sprint(" ", value)
			}
		}
		lines = append(lines, line+strings.Join(one.complaints, " "))
	}
	return strings.Join(lines, "\n")
}

func lines(all ...string) string { return strings.Join(all, "\n") }

func TestListWhatExists(t *testing.T) {
	t.Parallel()
	for _, page := range []int{0, 1} { // 0 = the API's own size
		t.Run(fmt.Sprint("pages of ", page), func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{MaxPage: page})
			o := newTown(t, w)
			first := w.Sim.Projects()[0] // the organization's default project
			admin := w.Sim.AdminKeys()[0].ID
			w.Sim.RestrictedAdminKey()
			w.Sim.ExpireKeyAt(w.Sim.AdminKeys()[1].ID, w.Clock.Now().Add(-time.Hour))
			var (
				payments = "payments " + o.payments
				search   = "search " + o.search
				worker   = "worker " + o.payments + " " + o.worker
				bot      = "bot " + o.search + " " + o.bot
				ledger   = "ledger (worker) " + o.payments + " " + o.marked
				byHand   = "made by hand (worker) " + o.payments + " " + o.bare
				crawler  = "crawler (bot) " + o.search + " " + o.other
			)
			for _, c := range []struct {
				kind   string
				config map[string]any
				want   string
			}{
				{projectType, nil, lines(first.Name+" "+first.ID, payments, search)},
				{accountType, nil, lines(worker, bot)},
				{accountType, map[string]any{"project_id": o.search}, bot},
				{keyType, nil, lines(ledger, byHand, crawler)},
				{keyType, map[string]any{"project_id": o.payments}, lines(ledger, byHand)},
				{keyType, map[string]any{"service_account_id": o.bot}, crawler},
				{keyType, map[string]any{"project_id": o.payments, "service_account_id": o.bot}, ""},
				{adminType, nil, "Bootstrap (Organization Owner) " + admin},
			} {
				t.Run(fmt.Sprint(c.kind, c.config), func(t *testing.T) {
					t.Parallel()
					server := configured(t, w, nil)
					all := server.list(c.kind, c.config, 0, false)
					same(t, "listed", shown(all), c.want)
					for _, one := range all {
						if one.body != nil {
							t.Errorf("%s has a body that nobody asked for", one.name)
						}
					}
				})
			}
		})
	}
}

// What a list shows of an object is what its import would bring into the state.
func TestListedBodiesAreWhatAnImportReads(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	o := newTown(t, w)
	c := configured(t, w, nil)
	for _, kind := range []string{projectType, accountType, keyType, adminType} {
		all := c.list(kind, nil, 0, true)
		if len(all) == 0 {
			t.Fatalf("%d of %s", len(all), kind)
		}
		for _, one := range all {
			same(t, kind, one.body, c.imported(kind, one.id))
		}
	}
	keys := c.list(keyType, map[string]any{"project_id": o.payments}, 1, true)
	body := keys[0].body
	if body["name"] != "ledger" || body["service_account_id"] != o.worker || body["generation"] != json.Number("1") || body["redacted_value"] == nil || body["value"] != nil {
		t.Errorf("the body %v", body)
	}
}

func TestListAsksForNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, kind                string
		limit                     int64
		projects, accounts, keys  int
		results, single, pageSize int
		inside                    bool // one project is named
	}{
		{name: "projects", kind: projectType, results: 3, projects: 1},
		{name: "one project of pages of one", kind: projectType, limit: 1, pageSize: 1, results: 1, projects: 1},
		{name: "two projects of pages of one", kind: projectType, limit: 2, pageSize: 1, results: 2, projects: 2},
		{name: "accounts everywhere", kind: accountType, results: 2, projects: 1, accounts: 3},
		{name: "accounts of one project", kind: accountType, inside: true, results: 1, single: 1, accounts: 1},
		{name: "the first account", kind: accountType, limit: 1, results: 1, projects: 1, accounts: 2},
		{name: "keys everywhere", kind: keyType, results: 3, projects: 1, keys: 3},
		{name: "keys of one project", kind: keyType, inside: true, results: 2, single: 1, keys: 1},
		{name: "the first key of pages of one", kind: keyType, inside: true, limit: 1, pageSize: 1, results: 1, single: 1, keys: 2}, // a person's is before it
	} {
		for _, body := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, ", body: ", body), func(t *testing.T) {
				t.Parallel()
				w := acctest.New(t, openaisim.Options{MaxPage: c.pageSize})
				o := newTown(t, w)
				var config map[string]any
				if c.inside {
					config = map[string]any{"project_id": o.payments}
				}
				all := configured(t, w, nil).list(c.kind, config, c.limit, body)
				if len(all) != c.results {
					t.Errorf("%d results, want %d: %s", len(all), c.results, shown(all))
				}
				for operation, want := range map[string]int{
					openaisim.OpProjectsList: c.projects, openaisim.OpServiceAccountsList: c.accounts,
					openaisim.OpAPIKeysList: c.keys, openaisim.OpProjectsGet: c.single,
					"": c.projects + c.accounts + c.keys + c.single,
				} {
					if got := w.Sim.Count(operation); got != want {
						t.Errorf("%d calls of %q, want %d", got, operation, want)
					}
				}
			})
		}
	}
}

func TestListTrouble(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	o := newTown(t, w)
	archived := w.Sim.Projects()[1].ID
	own := w.Getenv("OPENAI_ADMIN_KEY")
	w.Setenv("OPENAI_ADMIN_KEY", w.Sim.NewOrganization())
	wrong := configured(t, w, nil)
	w.Setenv("OPENAI_ADMIN_KEY", own)
	late := configured(t, w, map[string]any{"openai": protocol.Unknown})
	c := configured(t, w, nil)
	for _, kind := range []string{accountType, keyType} {
		for _, trouble := range []struct {
			server  *wire
			project string
			want    string
		}{
			{c, archived, "it was archived"},
			{c, "proj_nobody", "project proj_nobody does not exist in the organization of this admin key"},
			{wrong, o.payments, "another organization's admin key"},
			{late, o.payments, "The provider's configuration is not known before apply."},
		} {
			all := trouble.server.list(kind, map[string]any{"project_id": trouble.project}, 0, true)
			if len(all) != 1 || len(all[0].complaints) != 1 || !strings.Contains(all[0].complaints[0], trouble.want) {
				t.Errorf("%s of %s: %v, want %q", kind, trouble.project, all, trouble.want)
			}
		}
	}
	for _, kind := range []string{projectType, accountType, keyType, adminType} {
		if all := late.list(kind, nil, 0, false); len(all) != 1 || !strings.Contains(shown(all), "not known before apply") {
			t.Errorf("%s: %s", kind, shown(all))
		}
	}
}

func TestListConfigIsChecked(t *testing.T) {
	t.Parallel()
	c := unconfigured(t, acctest.New(t, openaisim.Options{}))
	for kind, argument := range map[string]string{accountType: "project_id", keyType: "service_account_id"} {
		for value, want := range map[string]int{"abc123": 0, "": 1, "../x": 1} {
			said, err := c.ValidateList(t.Context(), kind, map[string]any{argument: value})
			if err != nil || len(said) != want {
				t.Errorf("%s with %s = %q: %v %v", kind, argument, value, err, complaints(said))
			}
		}
	}
}

// A failure in the middle comes after what was found before it.
func TestListErrorIsPushed(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{MaxPage: 1})
	newTown(t, w)
	w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsList, Skip: 1, Kind: simkit.StatusBefore, Status: http.StatusForbidden})
	all := configured(t, w, nil).list(projectType, nil, 0, false)
	if len(all) != 2 || len(all[0].complaints) != 0 || len(all[1].complaints) != 1 || !strings.Contains(all[1].complaints[0], "Unable to list projects") {
		t.Errorf("%s", shown(all))
	}
}

// A project that is archived while everything is being listed is left out.
func TestListLeavesOutWhatIsArchivedMeanwhile(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]int{accountType: 1, keyType: 1} {
		w := acctest.New(t, openaisim.Options{})
		o := newTown(t, w)
		w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsList, Times: 1, Kind: simkit.Delay, Notify: func() { w.Sim.ArchiveProject(o.payments) }})
		all := configured(t, w, nil).list(kind, nil, 0, true)
		if len(all) != want || all[0].id["project_id"] != o.search || len(all[0].complaints) != 0 {
			t.Errorf("%s: %s", kind, shown(all))
		}
	}
}
