// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const day = 24 * time.Hour

// registry is an organization with keys of every kind and age.
type registry struct {
	w              *acctest.World
	alpha, beta    string
	worker         string
	person         string // a person's key, old and unused for long
	first, second  string // generations 1 and 2 of a series of worker
	ending, unused string // worker's: ends in ten days; made 100 days ago and never used
}

func newRegistry(t *testing.T, options openaisim.Options) registry {
	t.Helper()
	w := acctest.New(t, options)
	s, now := w.Sim, w.Clock.Now()
	seed := func(spec openaisim.KeySpec, age time.Duration) string {
		spec.CreatedAt = now.Add(-age)
		id, _ := s.SeedKey(spec)
		return id
	}
	o := registry{w: w, beta: s.SeedProject("beta"), alpha: s.SeedProject("alpha")}
	s.ArchiveProject(s.SeedProject("gone"))
	o.worker = s.SeedServiceAccount(o.beta, "worker", "member")
	s.SeedServiceAccount(o.alpha, "idle", "none")
	o.person = seed(openaisim.KeySpec{ProjectID: o.alpha, Name: "jo's key", LastUsedAt: now.Add(-95 * day)}, 400*day)
	o.unused = seed(openaisim.KeySpec{AccountID: o.worker, Name: "forgotten"}, 100*day)
	o.first = seed(openaisim.KeySpec{AccountID: o.worker, Name: "ledger (ok-k3v6zq2mda.x5b7qd2k)", LastUsedAt: now.Add(-day), ExpiresAt: now.Add(12 * time.Hour)}, 60*day)
	o.second = seed(openaisim.KeySpec{AccountID: o.worker, Name: "ledger (ok-k3v6zq2mda.y6c3re4m)", LastUsedAt: now.Add(-time.Hour)}, 2*day)
	o.ending = seed(openaisim.KeySpec{AccountID: o.worker, Name: "batch", ExpiresAt: now.Add(10 * day), LastUsedAt: now}, 20*day)
	seed(openaisim.KeySpec{AccountID: o.worker, Name: "dead", ExpiresAt: now.Add(-day)}, 90*day)
	s.ResetJournal()
	return o
}

// told compares what the outputs of a configuration say.
func told(want map[string]any) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		for name, value := range want {
			got := s.RootModule().Outputs[name]
			if got == nil {
				return fmt.Errorf("there is no output %s", name)
			}
			if a, b := asJSON(got.Value), asJSON(value); a != b {
				return fmt.Errorf("%s is\n%s\nwant\n%s", name, a, b)
			}
		}
		return nil
	}
}

func asJSON(value any) string {
	data, _ := json.Marshal(value)
	return string(data)
}

// ask is a configuration that outputs the ids of one inventory.
func ask(name, kind, arguments string) string {
	return fmt.Sprintf("data \"orgkeys_openai_%[2]s\" %[1]q {\n  %[3]s\n}\noutput %[1]q {\n  value = data.orgkeys_openai_%[2]s.%[1]s.%[2]s[*].id\n}\n", name, kind, arguments)
}

func TestAccInventory(t *testing.T) {
	t.Parallel()
	for _, page := range []int{0, 1} {
		t.Run(fmt.Sprint("pages of ", page), func(t *testing.T) {
			t.Parallel()
			o := newRegistry(t, openaisim.Options{MaxPage: page})
			first, admin := o.w.Sim.Projects()[0].ID, o.w.Sim.AdminKeys()[0].ID
			archived := o.w.Sim.Projects()[3].ID
			accounts := o.w.Sim.ServiceAccounts()
			o.w.Run(
				resource.TestStep{
					Config: ask("all", "api_keys", "") +
						ask("people", "api_keys", `owner_type = "user"`) +
						ask("idle", "api_keys", `unused_for = "90d"`) +
						ask("idle_accounts", "api_keys", "owner_type = \"service_account\"\n  unused_for = \"90d\"") +
						ask("ending", "api_keys", `expires_within = "14d"`) +
						ask("old", "api_keys", `older_than = "60d"`) +
						ask("here", "api_keys", fmt.Sprintf("project_id = %q", o.alpha)) +
						ask("projects", "projects", "") +
						ask("ever", "projects", "include_archived = true") +
						ask("accounts", "service_accounts", "") +
						ask("some", "service_accounts", fmt.Sprintf("project_id = %q", o.beta)) +
						ask("admins", "admin_keys", "") +
						ask("young_admins", "admin_keys", `older_than = "1d"`),
					Check: told(map[string]any{
						"all":           []string{o.person, o.unused, o.first, o.ending, o.second},
						"people":        []string{o.person},
						"idle":          []string{o.person, o.unused},
						"idle_accounts": []string{o.unused},
						"ending":        []string{o.first, o.ending},
						"old":           []string{o.person, o.unused, o.first},
						"here":          []string{o.person},
						"projects":      []string{first, o.alpha, o.beta},
						"ever":          []string{first, o.alpha, o.beta, archived},
						"accounts":      []string{accounts[1].ID, accounts[0].ID},
						"some":          []string{o.worker},
						"admins":        []string{admin},
						"young_admins":  []string{},
					}),
				},
			)
		})
	}
}

// What is told of a key is enough to find its owner and judge it.
func TestAccInventoryRows(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	now := o.w.Clock.Now()
	o.w.Sim.SetOwnerAccess(o.worker, false)
	var jo openaisim.Key
	for _, key := range o.w.Sim.Keys() {
		if key.ID == o.person {
			jo = key
		}
	}
	at := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	o.w.Run(resource.TestStep{
		Config: `
data "orgkeys_openai_api_keys" "all" {}

output "jo" {
  value = { for k, v in data.orgkeys_openai_api_keys.all.api_keys[0] : k => v if k != "redacted_value" }
}

output "ledger" {
  value = { for k, v in data.orgkeys_openai_api_keys.all.api_keys[2] : k => v if k != "redacted_value" }
}

output "shown" {
  value = data.orgkeys_openai_api_keys.all.api_keys[0].redacted_value
}
`,
		Check: resource.ComposeTestCheckFunc(told(map[string]any{
			"jo": map[string]any{
				"id": o.person, "name": "jo's key", "project_id": o.alpha, "project_name": "alpha",
				"owner_type": "user", "owner_id": jo.OwnerID, "owner_name": "Seeded Person",
				"owner_email": strings.ToLower(jo.OwnerID) + "@example.com", "owner_project_access": "active",
				"created_at": at(-400 * day), "age_days": 400, "last_used_at": at(-95 * day), "unused_days": 95, "expires_at": nil,
			},
			"ledger": map[string]any{
				"id": o.first, "name": "ledger", "project_id": o.beta, "project_name": "beta",
				"owner_type": "service_account", "owner_id": o.worker, "owner_name": "worker", "owner_email": nil,
				"owner_project_access": "inactive",
				"created_at":           at(-60 * day), "age_days": 60, "last_used_at": at(-day), "unused_days": 1, "expires_at": at(12 * time.Hour),
			},
		}), resource.TestMatchOutput("shown", regexp.MustCompile(`^sk-.*\.\.\.`))),
	})
}

// Several inventories and the resources beside them read each project once.
func TestInventoryIsReadOnce(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	c := configured(t, o.w, nil)
	for _, inventory := range []struct {
		kind   string
		filter map[string]any
		want   int
	}{
		{"api_keys", map[string]any{"owner_type": "user"}, 1},
		{"api_keys", map[string]any{"unused_for": "90d"}, 2},
		{"api_keys", nil, 5},
		{"projects", nil, 3},
	} {
		rows, _ := c.data("orgkeys_openai_"+inventory.kind, inventory.filter)[inventory.kind].([]any)
		same(t, fmt.Sprint(inventory.kind, inventory.filter), len(rows), inventory.want)
	}
	same(t, "calls", len(o.w.Sim.Journal()), 4) // the projects, and the keys of each of the three
}

// A project that is archived between its listing and the look into it has no keys.
func TestAccInventoryWhileArchiving(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	o.w.Sim.Inject(simkit.Fault{Operation: openaisim.OpAPIKeysList, Kind: simkit.Delay, Times: 1, Notify: func() { o.w.Sim.ArchiveProject(o.beta) }})
	o.w.Run(resource.TestStep{
		Config: ask("all", "api_keys", ""),
		Check:  told(map[string]any{"all": []string{o.person}}),
	})
}

func TestAccInventoryOfTheWrongProject(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	archived := o.w.Sim.Projects()[3].ID
	o.w.Run(
		resource.TestStep{Config: ask("x", "api_keys", `project_id = "proj_other"`), ExpectError: regexp.MustCompile(`(?s)does not\s+exist\s+in\s+the\s+organization`)},
		resource.TestStep{Config: ask("x", "service_accounts", fmt.Sprintf("project_id = %q", archived)), ExpectError: regexp.MustCompile(`(?s)was\s+archived`)},
		resource.TestStep{Config: ask("x", "api_keys", `project_id = "a/b"`), ExpectError: regexp.MustCompile(`project_id`)},
		resource.TestStep{Config: ask("x", "api_keys", `unused_for = "3 months"`), ExpectError: regexp.MustCompile(`unused_for`)},
		resource.TestStep{Config: ask("x", "api_keys", `owner_type = "robot"`), ExpectError: regexp.MustCompile(`owner_type`)},
	)
}

func TestAccLookupOfKeys(t *testing.T) {
	t.Parallel()
	o := newRegistry(t, openaisim.Options{})
	second, _ := o.w.Sim.SeedKey(openaisim.KeySpec{AccountID: o.worker, Name: "batch"})
	admin := o.w.Sim.AdminKeys()[0]
	key := func(arguments string) string {
		return fmt.Sprintf("data \"orgkeys_openai_api_key\" \"k\" {\n  project_id = %q\n  %s\n}\noutput \"id\" {\n  value = data.orgkeys_openai_api_key.k.id\n}\n", o.beta, arguments)
	}
	admins := func(arguments string) string {
		return fmt.Sprintf("data \"orgkeys_openai_admin_key\" \"k\" {\n  %s\n}\noutput \"id\" {\n  value = data.orgkeys_openai_admin_key.k.id\n}\n", arguments)
	}
	finds := func(config, id string) resource.TestStep {
		return resource.TestStep{Config: config, Check: told(map[string]any{"id": id})}
	}
	fails := func(config, pattern string) resource.TestStep {
		return resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`(?s)` + strings.ReplaceAll(pattern, " ", `\s+`))}
	}
	o.w.Run(
		finds(key(fmt.Sprintf("id = %q", o.unused)), o.unused),
		finds(key(`name = "forgotten"`), o.unused),
		finds(key(`name = "ledger"`), o.second), // the series' current key, not the one that runs out
		fails(key(`name = "batch"`), "2 API keys in project .* are called \"batch\": .*"+second),
		fails(key(`name = "ledger (ok-k3v6zq2mda.y6c3re4m)"`), "There is no API key called"),
		fails(key(`name = "dead"`), "There is no API key called \"dead\""),
		fails(key(`id = "key_missing"`), "key_missing"),
		fails(key(""), "(?i)one .*of"),
		finds(admins(fmt.Sprintf("id = %q", admin.ID)), admin.ID),
		finds(admins(fmt.Sprintf("name = %q", admin.Name)), admin.ID),
		fails(admins(`name = "nobody"`), "There is no admin key called"),
		fails(admins(`id = "key_missing"`), "key_missing"),
	)
}
