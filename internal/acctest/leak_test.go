// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/leak"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

var percents = regexp.MustCompile(`..`)

// The scan itself must be able to find something: each form, at each alignment.
func TestLeaksFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	const secret = "sk-svcacct-sim-fake-0123456789abcdefghij?>~\"/"
	inJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"sk-svcacct-sim-fake-other-other-other", secret}
	for name, text := range map[string]string{
		"plain":         "before " + secret + " after",
		"base64":        base64.StdEncoding.EncodeToString([]byte(secret)),
		"query":         "key=" + url.QueryEscape(secret) + "&x",
		"JSON":          fmt.Sprintf("{\"a\": %s}", inJSON),
		"quoted":        fmt.Sprintf("{%q: %q}", "a", secret),
		"upper case":    strings.ToUpper(secret),
		"lower case":    strings.ToLower("SECRET ") + strings.ToLower(secret),
		"hexadecimal":   fmt.Sprintf("%x", "a"+secret),
		"every byte":    strings.ToUpper(percents.ReplaceAllString(fmt.Sprintf("%x", secret), "%$0")),
		"base64 URL":    base64.RawURLEncoding.EncodeToString([]byte("u:" + secret)),
		"base64 in two": base64.StdEncoding.EncodeToString([]byte("{\"a\":\"" + secret + "\"}")),
		"base64 in one": base64.StdEncoding.EncodeToString([]byte("{\"a\": \"" + secret + "\"}")),
		"base64 in nil": base64.StdEncoding.EncodeToString([]byte("{\"ab\": \"" + secret + "\"}")),
	} {
		if found := leak.In([]byte(text), "x", secrets); len(found) != 1 || strings.Contains(found[0], secret) {
			t.Errorf("%s: found %v, want the second secret once and not repeated", name, found)
		}
	}
	if found := leak.In([]byte("sk-svcacct...hij and sk-svcacct-sim-fake-"), "x", secrets); len(found) != 0 {
		t.Errorf("found %v in harmless text", found)
	}
}

// The positive control of every acceptance test: a plaintext that was asked for is
// found in the state, in the plan's zip file and nowhere it should not be.
func TestAccLeakScanFindsPlaintext(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	dir := t.TempDir() // not the workspace, whose own scan must stay clean
	c := w.CLI()
	work := c.Dir
	c.Dir = dir
	c.Write("cli.rc", read(t, filepath.Join(work, "cli.rc")))
	c.Config(`
provider "orgkeys" {
  secret_storage = "state"
}
` + fmt.Sprintf(keyOnly, w.Sim.SeedServiceAccount(w.Sim.SeedProject("p"), "a", "member"), w.Sim.ServiceAccounts()[0].ProjectID))
	c.Apply()
	c.Run("plan", "-out=saved.tfplan", "-no-color")
	found, files, err := leak.InTree(dir, []string{w.Store}, w.Secrets())
	if err != nil || files < 5 {
		t.Fatalf("%d files, %v", files, err)
	}
	where := strings.Join(found, "\n")
	if !strings.Contains(where, "terraform.tfstate") || !strings.Contains(where, "saved.tfplan:tfstate") {
		t.Errorf("the scan missed the plaintext in state or plan: %s", where)
	}
	for _, log := range found {
		if strings.Contains(log, "output-") {
			t.Errorf("even with plaintext in state, none may be printed: %s", log)
		}
	}
	c.Dir = work
	c.Write("nothing.txt", "the files of this test lie elsewhere")
}

const keyOnly = `
resource "orgkeys_openai_api_key" "k" {
  service_account_id = %q
  project_id         = %q
  name               = "worker"
}
`

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
