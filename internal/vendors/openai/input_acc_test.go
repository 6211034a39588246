// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// words is a pattern that matches the words however the CLI wraps them.
func words(text string) *regexp.Regexp {
	return regexp.MustCompile(regexp.MustCompile(`\s+`).ReplaceAllString(regexp.QuoteMeta(text), `[\s│]+`))
}

// Bad input is an error at validate or plan time that names the attribute and says
// what to do, and nothing is created.
func TestAccBadInputIsRefusedBeforeAnythingHappens(t *testing.T) {
	t.Parallel()
	const provider = "provider \"orgkeys\" {\n%s\n}\n"
	for name, test := range map[string]struct{ config, says string }{
		"http to another host":       {fmt.Sprintf(provider, `openai = { base_url = "http://api.example.com/v1" }`) + stack(), "uses http to api.example.com: the admin key would travel unencrypted"},
		"base_url with credentials":  {fmt.Sprintf(provider, `openai = { base_url = "https://me:pass@example.com/v1" }`) + stack(), "must not carry credentials"},
		"base_url empty":             {fmt.Sprintf(provider, `openai = { base_url = "" }`) + stack(), "is empty"},
		"admin_key empty":            {fmt.Sprintf(provider, `openai = { admin_key = "" }`) + stack(), "openai.admin_key is empty"},
		"admin_key a project key":    {fmt.Sprintf(provider, `openai = { admin_key = "sk-proj-fake" }`) + stack(), "needs an organization admin key, which begins with sk-admin-"},
		"identity a public key":      {fmt.Sprintf(provider, `seal = { identity = "age1fake" }`) + stack(), "this is a public key; the identity is the private one"},
		"recipient invalid":          {fmt.Sprintf(provider, `seal = { recipients = ["age1fake"] }`) + stack(), "is not an age public key"},
		"recipients empty":           {fmt.Sprintf(provider, `seal = { recipients = [] }`) + stack(), "No recipient to seal the secret to"},
		"secret_storage unknown":     {fmt.Sprintf(provider, `secret_storage = "vault"`) + stack(), `value must be one of: ["sealed" "state"]`},
		"requests_per_minute zero":   {fmt.Sprintf(provider, `openai = { requests_per_minute = 0 }`) + stack(), "must be at least 1"},
		"busy_timeout no duration":   {fmt.Sprintf(provider, `openai = { busy_timeout = "long" }`) + stack(), "is not a duration"},
		"key recipient invalid":      {stack(`seal_recipients = ["ssh-ed25519 AAAA"]`), "In seal_recipients, recipient 1 of 1 is not an SSH public key"},
		"scopes empty":               {stack(`scopes = []`), "At the API an empty list lifts every restriction"},
		"scopes all and more":        {stack(`scopes = ["all", "api.all.read"]`), `"all" stands alone`},
		"a scope empty":              {stack(`scopes = [""]`), "The scope is empty, and the API knows no such scope"},
		"a scope of blanks":          {stack(`scopes = ["api.all.read", " \t"]`), "The scope is empty"},
		"a scope with an edge":       {stack(`scopes = ["api.all.read "]`), `The scope "api.all.read " has leading or trailing white space: write "api.all.read".`},
		"a scope with a hard blank":  {stack("scopes = [\"\u00a0all\"]"), `has leading or trailing white space: write "all".`},
		"scopes in one text":         {stack(`scopes = ["api.all.read api.model.request"]`), "give each scope as an element of its own"},
		"scopes all in capitals":     {stack(`scopes = ["ALL"]`), `The scope "ALL" is not "all": the API distinguishes small letters from capitals`},
		"scopes All beside another":  {stack(`scopes = ["All", "api.all.read"]`), `The scope "All" is not "all"`},
		"a run key's scope":          {"ephemeral \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_1\"\n  service_account_id = \"user-1\"\n  name               = \"a\"\n  scopes             = [\"ALL\"]\n}\n", `The scope "ALL" is not "all"`},
		"lifetime too long":          {stack(`lifetime = "366d"`, `rotate_after = "1d"`), "must be at most 1y"},
		"lifetime zero":              {stack(`lifetime = "0s"`), "must be at least 1s"},
		"lifetime no duration":       {stack(`lifetime = "a while"`), "is not a duration: write whole numbers with units, such as 90d"},
		"rotate_after not below":     {stack(`lifetime = "30d"`, `rotate_after = "30d"`), "the key would expire before it is due for rotation"},
		"overlap negative":           {stack(`overlap = "-1h"`), "is not a duration"},
		"key name empty":             {"resource \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_1\"\n  service_account_id = \"user-1\"\n  name               = \"\"\n}\n", "name must not be empty"},
		"project name with a tab":    {"resource \"orgkeys_openai_project\" \"p\" {\n  name = \"a\\tb\"\n}\n", "contains a control character"},
		"project name with an edge":  {"resource \"orgkeys_openai_project\" \"p\" {\n  name = \" a\"\n}\n", "leading or trailing white space"},
		"account name with an edge":  {"resource \"orgkeys_openai_service_account\" \"a\" {\n  project_id = \"proj_1\"\n  name       = \"a\\u00a0\"\n}\n", "leading or trailing white space"},
		"key name with an edge":      {"resource \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_1\"\n  service_account_id = \"user-1\"\n  name               = \"a \"\n}\n", "leading or trailing white space"},
		"admin key name, two lines":  {"resource \"orgkeys_openai_admin_key\" \"k\" {\n  name = \"a\\nb\"\n}\n", "contains a control character"},
		"run key name with an edge":  {"ephemeral \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_1\"\n  service_account_id = \"user-1\"\n  name               = \" a\"\n}\n", "leading or trailing white space"},
		"a null scope":               {stack(`scopes = ["api.all.read", null]`), "scopes[Value(<null>)] is null"},
		"a null in the map":          {stack(`rotate_when_changed = { a = "b", c = null }`), `rotate_when_changed["c"] is null`},
		"a null recipient":           {stack(`seal_recipients = [null]`), "seal_recipients[0]"},
		"path separator in an id":    {"resource \"orgkeys_openai_service_account\" \"a\" {\n  project_id = \"proj_1/../proj_2\"\n  name       = \"x\"\n}\n", "contains a path separator"},
		"dots in an id":              {"resource \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = \"proj_1\"\n  service_account_id = \"..\"\n  name               = \"x\"\n}\n", "service_account_id contains"},
		"data source by two":         {"data \"orgkeys_openai_project\" \"p\" {\n  id   = \"proj_1\"\n  name = \"x\"\n}\n", "Invalid Attribute Combination"},
		"role unknown":               {"resource \"orgkeys_openai_service_account\" \"a\" {\n  project_id = \"proj_1\"\n  name       = \"x\"\n  role       = \"admin\"\n}\n", `value must be one of: ["none" "member" "owner"]`},
		"identity argument and null": {"ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = null\n}\n", "sealed_value is null"},
		"sealed_value not age":       {"ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = \"hello\"\n}\n", "no identity"},
		"when_locked unknown":        {"ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = \"x\"\n  when_locked  = \"ignore\"\n}\n", `value must be one of: ["fail" "null" "placeholder"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			w.Run(resource.TestStep{Config: test.config, ExpectError: words(test.says)})
			wroteNothing(t, w)
		})
	}
}

// wroteNothing fails if something was sent but reads: a plan may look for equal names.
func wroteNothing(t *testing.T, w *acctest.World) {
	t.Helper()
	for _, call := range w.Sim.Journal() {
		if call.Method != http.MethodGet {
			t.Errorf("%s was called", call.Operation)
		}
	}
}

func TestAccSealedWithoutRecipientsIsAPlanError(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Setenv("ORGKEYS_SEAL_RECIPIENTS", "")
	w.Run(
		resource.TestStep{Config: stack(), ExpectError: words("age-keygen -o identity.txt")},
		resource.TestStep{Config: stack(), ExpectError: words(`secret_storage = "state"`)},
		// Nothing is to be sealed: no recipients needed.
		resource.TestStep{Config: "resource \"orgkeys_openai_project\" \"p\" {\n  name = \"x\"\n}\n"},
	)
	if got := w.Sim.Count(openaisim.OpServiceAccountKeysCreate); got != 0 {
		t.Errorf("%d keys minted", got)
	}
}

func TestAccEnvironmentIsChecked(t *testing.T) {
	t.Parallel()
	quantum, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	classic, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	locked, err := age.NewScryptRecipient("fake passphrase")
	if err != nil {
		t.Fatal(err)
	}
	locked.SetWorkFactor(2)
	var protected bytes.Buffer
	armored := armor.NewWriter(&protected)
	inner, err := age.Encrypt(armored, locked)
	if err = errors.Join(err, write(inner, classic.String()), inner.Close(), armored.Close()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ variable, value, says string }{
		"recipients mixed":   {"ORGKEYS_SEAL_RECIPIENTS", "# both\n" + classic.Recipient().String() + "\n\n" + quantum.Recipient().String(), "the recipients mix post-quantum public keys (age1pq1…, number 2) with classic ones"},
		"identity protected": {"ORGKEYS_SEAL_IDENTITY", protected.String(), "the age identity is protected by a passphrase: open it with age -d"},
		"identity a device":  {"ORGKEYS_SEAL_IDENTITY_FILE", os.DevNull, "ORGKEYS_SEAL_IDENTITY_FILE names a pipe or device"},
		"identity a folder":  {"ORGKEYS_SEAL_IDENTITY_FILE", t.TempDir(), "ORGKEYS_SEAL_IDENTITY_FILE names a directory"},
		"base URL":           {"ORGKEYS_OPENAI_BASE_URL", "http://api.example.com/v1", "The base URL from ORGKEYS_OPENAI_BASE_URL uses http"},
		"admin key":          {"OPENAI_ADMIN_KEY", "sk-svcacct-fake-not-an-admin-key", "The admin key from OPENAI_ADMIN_KEY is a service account's key"},
		"recipients":         {"ORGKEYS_SEAL_RECIPIENTS", "age1fake", "In ORGKEYS_SEAL_RECIPIENTS, recipient 1 of 1"},
		"identity":           {"ORGKEYS_SEAL_IDENTITY", "nonsense", "From ORGKEYS_SEAL_IDENTITY: the identity is neither"},
		"identity file":      {"ORGKEYS_SEAL_IDENTITY_FILE", "/does/not/exist", "ORGKEYS_SEAL_IDENTITY_FILE names a file that cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			w.Setenv(test.variable, test.value)
			w.Run(resource.TestStep{Config: stack(), ExpectError: words(test.says)})
			if got := len(w.Sim.Journal()); got != 0 {
				t.Errorf("%d calls were made", got)
			}
		})
	}
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

func TestAccUnknownAndArchivedProject(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	archived := w.Sim.SeedProject("old")
	w.Sim.ArchiveProject(archived)
	account := func(project string) string {
		return fmt.Sprintf("resource \"orgkeys_openai_service_account\" \"a\" {\n  project_id = %q\n  name       = \"x\"\n}\n", project)
	}
	key := func(project string) string {
		return fmt.Sprintf("resource \"orgkeys_openai_api_key\" \"k\" {\n  project_id         = %q\n  service_account_id = \"user-nobody\"\n  name               = \"x\"\n}\n", project)
	}
	active := w.Sim.SeedProject("new")
	w.Run(
		resource.TestStep{Config: account("proj_nowhere"), ExpectError: words("project proj_nowhere does not exist in the organization of this admin key")},
		resource.TestStep{Config: key("proj_nowhere"), ExpectError: words("project proj_nowhere does not exist in the organization of this admin key")},
		resource.TestStep{Config: account(archived), ExpectError: words("Project " + archived + " is archived")},
		resource.TestStep{Config: key(archived), ExpectError: words("Project " + archived + " is archived")},
		resource.TestStep{Config: key(active), ExpectError: words("service account")},
		resource.TestStep{Config: fmt.Sprintf("data \"orgkeys_openai_project\" \"p\" {\n  id = %q\n}\n", archived), ExpectError: words("it was archived")},
	)
}

func TestAccLookups(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{MaxPage: 1})
	twins := []string{w.Sim.SeedProject("twin"), w.Sim.SeedProject("twin")}
	slices.Sort(twins)
	only := w.Sim.SeedProject("only")
	doubles := []string{w.Sim.SeedServiceAccount(only, "double", "member"), w.Sim.SeedServiceAccount(only, "double", "owner")}
	slices.Sort(doubles)
	single := w.Sim.SeedServiceAccount(only, "single", "owner")
	project := func(argument string) string {
		return fmt.Sprintf("data \"orgkeys_openai_project\" \"p\" {\n  %s\n}\n", argument)
	}
	account := func(argument string) string {
		return fmt.Sprintf("data \"orgkeys_openai_service_account\" \"a\" {\n  project_id = %q\n  %s\n}\n", only, argument)
	}
	w.Run(
		resource.TestStep{Config: project(`name = "twin"`), ExpectError: words(strings.Join(twins, ", "))},
		resource.TestStep{Config: project(`name = "nobody"`), ExpectError: words(`There is no project called "nobody"`)},
		resource.TestStep{Config: project(`name = "only"`), Check: resource.TestCheckResourceAttr("data.orgkeys_openai_project.p", "id", only)},
		resource.TestStep{Config: project(fmt.Sprintf("id = %q", only)), Check: resource.TestCheckResourceAttr("data.orgkeys_openai_project.p", "name", "only")},
		resource.TestStep{Config: account(`name = "double"`), ExpectError: words(strings.Join(doubles, ", "))},
		resource.TestStep{Config: account(`name = "nobody"`), ExpectError: words(`There is no service account called "nobody"`)},
		resource.TestStep{Config: account(`name = "single"`), Check: resource.ComposeTestCheckFunc(
			resource.TestCheckResourceAttr("data.orgkeys_openai_service_account.a", "id", single),
			resource.TestCheckResourceAttr("data.orgkeys_openai_service_account.a", "role", "owner"),
		)},
	)
}

func TestAccServerRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(*acctest.World)
		config  string
		says    string
	}{
		"policy demands an expiry": {
			func(w *acctest.World) {
				w.Sim.SetPolicy(func(p *openaisim.Policy) { p.MaxKeyLifetime = 24 * 60 * 60 * 1e9 })
			},
			stack(), "A key policy of the organization or the project refuses this",
		},
		"server ignores the lifetime": {
			func(w *acctest.World) { w.Sim.SetPolicy(func(p *openaisim.Policy) { p.ExpiryIgnored = true }) },
			stack(`lifetime = "90d"`, `rotate_after = "60d"`), "The server ignored the lifetime",
		},
		"quota": {
			func(w *acctest.World) {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpServiceAccountKeysCreate, Kind: simkit.StatusBefore, Status: http.StatusTooManyRequests, Code: "insufficient_quota"})
			},
			stack(), "spending limit or a quota: waiting does not help",
		},
		"redirect": {
			func(w *acctest.World) {
				w.Sim.Inject(simkit.Fault{Operation: openaisim.OpProjectsCreate, Kind: simkit.Redirect, Body: "http://127.0.0.1:9/elsewhere"})
			},
			stack(), "redirect that must not be followed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t, openaisim.Options{})
			test.prepare(w)
			w.Run(resource.TestStep{Config: test.config, ExpectError: words(test.says)})
			if live := w.Live(); len(live) != 0 {
				t.Errorf("%d keys work, none is in state", len(live))
			}
		})
	}
}

// A server that stays busy is an error that names the setting for it, in its time.
func TestAccBusyTimeout(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	w.Sim.Inject(simkit.Fault{Kind: simkit.StatusBefore, Status: 429})
	before := w.Clock.Now()
	w.Run(resource.TestStep{
		Config:      "provider \"orgkeys\" {\n  openai = { busy_timeout = \"2m\" }\n}\n" + stack(),
		ExpectError: words("the end of openai.busy_timeout (2m, counted from a call's first refusal)"),
	})
	if took := w.Clock.Now().Sub(before); took < 2*time.Minute || took > 4*time.Minute {
		t.Errorf("it took %s", took)
	}
}
