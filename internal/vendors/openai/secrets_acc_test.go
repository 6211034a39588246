// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// These tests run a real CLI at TRACE. The scan of its workspace looks for every guarded
// secret in all that was printed and logged.

const sshKeyFake = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQfake0123\n-----END OPENSSH PRIVATE KEY-----"

// What is given in the wrong place may be a secret, wherever it is given.
func TestAccCLIWrongTextsAreNotShown(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	body := strings.TrimPrefix(identity.String(), "AGE-SECRET-KEY-")
	wrong := map[string]string{
		"lower case":       strings.ToLower(identity.String()),
		"lower, no prefix": strings.ToLower(body[1:]),
		"SSH private key":  sshKeyFake,
		"gateway token":    "gateway-token-fake-0123456789",
		"admin key":        "sk-admin-fake-0123456789abcdef",
	}
	const recipients = "variable \"secret\" {\n  sensitive = true\n}\n"
	for place, test := range map[string]struct {
		variable string // of the environment
		config   string
		says     string
		fits     []string // what is right there
	}{
		"recipients in the environment": {"ORGKEYS_SEAL_RECIPIENTS", bareProvider + stack(), "In ORGKEYS_SEAL_RECIPIENTS, recipient 1 of", nil},
		"recipients in the provider":    {"TF_VAR_secret", "provider \"orgkeys\" {\n  seal = { recipients = [var.secret] }\n}\n" + recipients + stack(), "In seal.recipients, recipient 1 of 1 is", nil},
		"recipients of the key":         {"TF_VAR_secret", bareProvider + recipients + stack(`seal_recipients = [var.secret]`), "In seal_recipients, recipient 1 of 1 is", nil},
		"admin key":                     {"OPENAI_ADMIN_KEY", bareProvider + stack(), "private key: it was sent to no one", []string{"gateway token", "admin key"}},
		"admin key in the provider":     {"TF_VAR_secret", "provider \"orgkeys\" {\n  openai = { admin_key = var.secret }\n}\n" + recipients + stack(), "private key: it was sent to no one", []string{"gateway token", "admin key"}},
		"base URL":                      {"ORGKEYS_OPENAI_BASE_URL", bareProvider + stack(), "The base URL from ORGKEYS_OPENAI_BASE_URL is not a URL", nil},
		"identity":                      {"ORGKEYS_SEAL_IDENTITY", bareProvider + stack(), "From ORGKEYS_SEAL_IDENTITY: ", []string{"identity"}},
		"identity file":                 {"ORGKEYS_SEAL_IDENTITY_FILE", bareProvider + stack(), "ORGKEYS_SEAL_IDENTITY_FILE names", nil},
		"sealed value":                  {"TF_VAR_secret", bareProvider + recipients + "ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = var.secret\n}\n", "it looks like", nil},
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.CLI()
			c.Config(test.config)
			for kind, text := range wrong {
				if slices.Contains(test.fits, kind) {
					continue
				}
				for line := range strings.Lines(text) {
					if !strings.HasPrefix(line, "-----") {
						w.Guard(strings.TrimSpace(line))
					}
				}
				c.Env = []string{test.variable + "=" + text}
				if place == "sealed value" {
					c.Env = append(c.Env, "ORGKEYS_SEAL_IDENTITY="+w.Identity)
				}
				result := c.Must([]string{"plan", "-no-color"}, 1)
				says(t, result.Output, test.says)
			}
			if calls := len(w.Sim.Journal()); creates(w) != 0 || strings.HasPrefix(place, "admin key") && calls != 0 {
				t.Errorf("%d calls were made, %d creates", calls, creates(w))
			}
		})
	}
}

// The CLI prints the line of the configuration that an error points to: a literal secret
// there must not be pointed to.
func TestAccCLIWrongLiteralsAreNotPointedTo(t *testing.T) {
	t.Parallel()
	const fake = "fake-0123456789abcdef"
	for name, test := range map[string]struct{ config, says string }{
		"recipients":      {"provider \"orgkeys\" {\n  seal = { recipients = [\"" + fake + "\"] }\n}\n" + stack(), "In seal.recipients, recipient 1 of 1 is"},
		"key recipients":  {bareProvider + stack(`seal_recipients = ["`+fake+`"]`), "In seal_recipients, recipient 1 of 1 is"},
		"admin key":       {"provider \"orgkeys\" {\n  openai = {\n    admin_key = \"sk-proj-" + fake + "\"\n  }\n}\n" + stack(), "openai.admin_key is a project key"},
		"base URL":        {"provider \"orgkeys\" {\n  openai = {\n    base_url = \"https://me:" + fake + "@example.com\"\n  }\n}\n" + stack(), "openai.base_url must not carry credentials"},
		"identity":        {"provider \"orgkeys\" {\n  seal = {\n    identity = \"" + fake + "\"\n  }\n}\n" + stack(), "seal.identity is wrong"},
		"sealed value":    {bareProvider + "ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = \"" + fake + "\"\n}\n", "it looks like text of 21 characters"},
		"unsealed with":   {bareProvider + "ephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value = \"x\"\n  identity     = \"" + fake + "\"\n}\n", "The identity argument is wrong"},
		"secret_storage":  {"provider \"orgkeys\" {\n  secret_storage = \"state\"\n  openai = { admin_key = \"sk-None-" + fake + "\" }\n}\n" + stack(), "old kind"},
		"private literal": {"provider \"orgkeys\" {\n  openai = { admin_key = \"age-secret-key-1" + fake + "\" }\n}\n" + stack(), "it was sent to no one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewRealTime(t, openaisim.Options{})
			c := w.CLI()
			c.Config(test.config)
			c.Env = []string{"ORGKEYS_SEAL_IDENTITY=" + w.Identity}
			result := c.Must([]string{"plan", "-no-color"}, 1)
			says(t, result.Output, test.says)
			if strings.Contains(result.Output, fake) {
				t.Errorf("the output quotes the literal:\n%s", result.Output)
			}
		})
	}
}

// A gateway repeats the credential in every way it can, in its message and its headers.
func TestAccCLIEchoedCredential(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]string{
		"a key":             "sk-admin-fake-0123456789abcdefABCDEF",
		"a gateway's token": "gw.tok_Fake/0123456789+abc=",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				echoes := []string{
					"Bearer%20" + url.QueryEscape(key), "key_" + key, `no\n` + key + `\nend`, "x" + key + "x", strings.ToUpper(key),
					base64.StdEncoding.EncodeToString([]byte(key)), base64.URLEncoding.EncodeToString([]byte("me:" + key)),
					fmt.Sprintf("%x", key), fmt.Sprintf("%q", key),
				}
				rw.Header().Set("X-Request-Id", "req_"+key)
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(http.StatusForbidden)
				_, _ = fmt.Fprintf(rw, `{"error": {"message": %q, "code": %q, "type": %q, "param": %q}}`, //nolint:gosec // echoing is what it is for
					"refused: "+strings.Join(echoes, " "), "code_"+key, "type_"+key, "param_"+key)
			}))
			defer gateway.Close()
			w := acctest.NewRealTime(t, openaisim.Options{})
			w.Guard(credential)
			c := w.CLI()
			c.Config(bareProvider + stack())
			c.Env = []string{"OPENAI_ADMIN_KEY=" + credential, "ORGKEYS_OPENAI_BASE_URL=" + gateway.URL}
			says(t, c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output, "refused: Bearer%20(redacted) key_(redacted)")
		})
	}
}

// Debug switches of the libraries are off in the provider's process, whatever its
// environment says. The CLI itself gets none of them here.
func TestAccCLIDebugSwitchesWriteNoSecrets(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	program := acctest.Build(t, "github.com/orgkeys/terraform-provider-orgkeys")
	dir, dump := t.TempDir(), filepath.Join(t.TempDir(), "dump")
	if err := os.MkdirAll(dump, 0o700); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nexport GODEBUG=http2debug=2 TF_LOG_SDK_PROTO_DATA_DIR=%q\n: >%q\nexec %q \"$@\"\n",
		dump, filepath.Join(dir, "ran"), filepath.Join(program, "terraform-provider-orgkeys"))
	if err := os.WriteFile(filepath.Join(dir, "terraform-provider-orgkeys"), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	w.Plugins = map[string]string{"orgkeys/orgkeys": dir}
	c := w.CLI()
	c.Config("provider \"orgkeys\" {\n  openai = { admin_key = var.key }\n}\n\nvariable \"key\" {\n  ephemeral = true\n}\n" + stack() + `
ephemeral "orgkeys_unsealed" "k" {
  sealed_value = orgkeys_openai_api_key.k.sealed_value
}
`)
	c.Env = []string{"TF_VAR_key=" + w.Sim.AdminKey()}
	c.Apply()
	if _, err := os.Stat(filepath.Join(dir, "ran")); err != nil {
		t.Fatal("the provider ran without the switches:", err)
	}
	files, err := os.ReadDir(dump)
	if err != nil || len(files) != 0 {
		t.Errorf("%d files of raw messages, %v", len(files), err)
	}
	logs, err := filepath.Glob(filepath.Join(c.Dir, "trace-*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatal("no trace log", err)
	}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), "provider.terraform-provider-orgkeys") || strings.Contains(string(content), "http2: Framer") {
			t.Errorf("%s holds nothing of the provider, or frames of its protocol", log)
		}
	}
}

// Control characters in what a server says do not reach the terminal.
func TestAccCLIControlCharacters(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	w.Sim.Inject(simkit.Fault{
		Operation: openaisim.OpProjectsCreate, Kind: simkit.StatusBefore, Status: http.StatusBadRequest,
		Body: `{"error": {"message": "no\u001b[2J\u0007\u009b31m\u202egpj \u0000 name\rover", "code": "c\u001b]0;x\u0007"}}`,
	})
	c := w.CLI()
	c.Config(bareProvider + stack())
	output := c.Must([]string{"apply", "-auto-approve", "-no-color"}, 1).Output
	says(t, output, `no\x1b[2J\x07\u009b31m\u202egpj \x00 name\rover`)
	if i := strings.IndexAny(output, "\x1b\x07\x00\u009b\u202e\r"); i >= 0 {
		t.Errorf("a control character reaches the terminal: %q", output[max(0, i-20):min(len(output), i+20)])
	}
}

// Files with CRLF, from which a shell or a container takes its environment.
func TestAccCLIEnvironmentWithCRLF(t *testing.T) {
	t.Parallel()
	w := acctest.NewRealTime(t, openaisim.Options{})
	file := filepath.Join(t.TempDir(), "identity.txt")
	if err := os.WriteFile(file, []byte("\ufeff# mine\r\n"+w.Identity+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.CLI()
	c.Config(bareProvider + stack() + "\nephemeral \"orgkeys_unsealed\" \"k\" {\n  sealed_value   = orgkeys_openai_api_key.k.sealed_value\n  redacted_value = orgkeys_openai_api_key.k.redacted_value\n}\n")
	c.Env = []string{
		"OPENAI_ADMIN_KEY=" + w.Sim.AdminKey() + "\r", "ORGKEYS_OPENAI_BASE_URL=" + w.Sim.URL() + "\r",
		"ORGKEYS_SEAL_RECIPIENTS=\ufeff# the team, all of it\r\n\r\n" + w.Recipient + "\r\n", "ORGKEYS_SEAL_IDENTITY_FILE=" + file + "\r",
	}
	c.Apply()
	c.NoChanges()
	c.Apply() // opens the value with the identity, and compares it
}
