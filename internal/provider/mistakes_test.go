// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
)

// everyVendor are the vendors that the provider is built with, as a user may get them wrong.
var everyVendor = map[string]struct {
	data       string // a data source without required arguments
	variable   string // of the credential
	title      string // of the error without a credential
	credential string // one that looks right
	odd        string // one that warns, "" where every form is usual
	path       string // what an address without its path is told
}{
	"openai":     {"openai_admin_keys", "OPENAI_ADMIN_KEY", "Missing OpenAI admin key", "sk-admin-fake-0123456789", "sk-fake-0123456789", "openai.base_url does not end with /v1"},
	"openrouter": {"openrouter_api_keys", "OPENROUTER_MANAGEMENT_KEY", "Missing OpenRouter management key", "sk-or-fake-0123456789", "sk-fake-0123456789", "openrouter.base_url does not end with /api/v1"},
	"litellm":    {"litellm_keys", "LITELLM_API_KEY", "Missing LiteLLM API key", "sk-fake-0123456789", "fake-0123456789", "Check litellm.base_url: it needs the path"},
	"elevenlabs": {"elevenlabs_api_keys", "ELEVENLABS_API_KEY", "Missing ElevenLabs API key", "sk_fake_0123456789", "", "It is the address without a path"},
	"anthropic":  {"anthropic_api_keys", "ANTHROPIC_ADMIN_KEY", "Missing Anthropic admin key", "sk-ant-fake-0123456789", "sk-fake-0123456789", "It is the address without a path"},
}

// reading reads a data source with an environment: what the configuration and what the
// data source say.
func reading(t *testing.T, data string, env map[string]string) (configured, said string) {
	t.Helper()
	p, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{Getenv: func(name string) string { return env[name] }}))
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Configure(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.Data(t.Context(), "orgkeys_"+data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return spoken(first), spoken(answer.Diagnostics)
}

// What users get wrong first, at every vendor: no credential, one of another kind, an
// address with a path too few or too many.
func TestMistakesAtEveryVendor(t *testing.T) {
	t.Parallel()
	for vendor, v := range everyVendor {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, `{"detail":"Not Found"}`)
			}))
			t.Cleanup(server.Close)
			address := "ORGKEYS_" + strings.ToUpper(vendor) + "_BASE_URL"

			if first, said := reading(t, v.data, map[string]string{address: server.URL}); first != "" ||
				!strings.HasPrefix(said, "ERROR "+v.title+": unable to ") || !strings.Contains(said, v.variable) {
				t.Errorf("no credential: says %q, %q", first, said)
			}
			first, said := reading(t, v.data, map[string]string{address: server.URL, v.variable: v.credential})
			if first != "" {
				t.Errorf("a usual credential: says %q", first)
			}
			if !strings.Contains(said, v.path) || !strings.Contains(said, "several provider blocks (alias)") {
				t.Errorf("a wrong address: says %q", said)
			}
			if v.odd == "" {
				return
			}
			first, _ = reading(t, v.data, map[string]string{address: server.URL, v.variable: v.odd})
			if !strings.HasPrefix(first, `WARNING Provider block "`+vendor+`" has an unusual `) || strings.Contains(first, v.odd) {
				t.Errorf("an odd credential: says %q", first)
			}
		})
	}
}

// The secret of a key in place of its id is refused before a request has it in its address, and is not repeated.
func TestSecretAsID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key, data, action string // types
		place             string // the argument for the key's place, "" where there is none
		secret            string
		bare              string // the id in an import id
	}{
		"openai":       {"openai_api_key", "openai_api_key", "openai_revoke_key", "project_id", "sk-svcacct-fake0123456789", "place_1/"},
		"openai admin": {"openai_admin_key", "openai_admin_key", "", "", "sk-admin-fake0123456789", ""},
		"openrouter":   {"openrouter_api_key", "openrouter_api_key", "openrouter_revoke_key", "", "sk-or-v1-fake0123456789", ""},
		"litellm":      {"litellm_key", "litellm_key", "litellm_revoke_key", "", "sk-fake01234567890123456", ""},
		"elevenlabs":   {"elevenlabs_api_key", "elevenlabs_api_key", "elevenlabs_revoke_key", "service_account_id", "sk_0123456789012345678901234567890123456789", "place_1/"},
		"anthropic":    {"anthropic_api_key", "anthropic_api_key", "anthropic_revoke_key", "", "sk-ant-api03-fake0123456789", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				t.Errorf("asked for %s", r.URL)
				w.WriteHeader(http.StatusNotFound)
			}))
			t.Cleanup(server.Close)
			vendor := everyVendor[strings.Fields(name)[0]]
			env := map[string]string{"ORGKEYS_" + strings.ToUpper(strings.Fields(name)[0]) + "_BASE_URL": server.URL, vendor.variable: vendor.credential}
			p, err := protocol.Start(t.Context(), provider.NewServer("test", provider.Options{Getenv: func(name string) string { return env[name] }}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err = p.Configure(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			refuses := func(what string, said []*tfprotov6.Diagnostic, err error) {
				t.Helper()
				text := spoken(said)
				if err != nil || !strings.Contains(text, "looks like the secret of a key") || strings.Contains(text, test.secret) {
					t.Errorf("%s says %q, %v", what, text, err)
				}
			}
			asked := func(id string) map[string]any {
				config := map[string]any{id: test.secret}
				if test.place != "" {
					config[test.place] = "place_1"
				}
				return config
			}
			answer, err := p.Data(t.Context(), "orgkeys_"+test.data, asked("id"))
			refuses("the data source", answer.Diagnostics, err)
			if test.action != "" {
				_, said, err := p.Invoke(t.Context(), "orgkeys_"+test.action, asked("key_id"))
				refuses("the action", said, err)
			}
			resource, err := p.Resource("orgkeys_" + test.key)
			if err != nil {
				t.Fatal(err)
			}
			answer, err = resource.Import(t.Context(), test.bare+test.secret, nil)
			refuses("the import", answer.Diagnostics, err)
		})
	}
}
