// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// stale is a secret in the state of another provider.
const stale = "sk-svcacct-not-issued-by-the-simulator-0123456789"

type fields = map[string]any

func with(base, more fields) fields {
	out := fields{}
	for _, part := range []fields{base, more} {
		for name, value := range part {
			out[name] = value
		}
	}
	return out
}

// Every type and form of state that the other OpenAI providers leave: the provider is
// not configured while it moves, and knows the rest after the next read.
func TestMovesFromOtherProviders(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, openaisim.Options{})
	o := newTown(t, w)
	const (
		plaintext = "had a plaintext secret in the moved state"
		firstKey  = "is not managed"
	)
	admin := w.Sim.AdminKeys()[0].ID
	account := fields{"project_id": o.payments, "name": "worker", "created_at": 1750000000}
	key := fields{"project_id": o.payments, "service_account_id": o.worker, "name": "made by hand", "id": o.bare, "created_at": 1750000000}
	for _, c := range []struct {
		from         string // namespace and name of the type
		to           string
		state        fields
		id           string
		warnings     []string
		adviceImport string // of a key
	}{
		{from: "openai/openai_project", to: projectType, state: fields{"id": o.payments, "project_id": o.payments, "name": "payments", "geography": nil, "archived_at": nil}, id: o.payments},
		{from: "jianyuan/openai_project", to: projectType, state: fields{"id": o.payments, "name": "payments", "tags": []string{"a"}}, id: o.payments},
		{from: "mkdev-me/openai_project", to: projectType, state: fields{"id": o.payments, "name": "payments", "is_initial": false}, id: o.payments},

		{from: "openai/openai_project_service_account", to: accountType, state: with(account, fields{"id": o.payments + "/" + o.worker, "service_account_id": o.worker}), id: o.worker},
		{from: "openai/openai_project_service_account", to: accountType, state: with(account, fields{"id": o.worker, "service_account_id": o.worker}), id: o.worker},
		{
			from: "jianyuan/openai_project_service_account", to: accountType,
			state: with(account, fields{"id": o.worker, "role": "member", "api_key_id": o.bare, "api_key": stale}), id: o.worker,
			warnings: []string{firstKey, plaintext}, adviceImport: o.bare,
		},
		{
			from: "mkdev-me/openai_project_service_account", to: accountType,
			state: with(account, fields{"id": o.payments + ":" + o.worker, "service_account_id": o.worker, "role": "member", "api_key_id": o.bare, "api_key_value": stale}), id: o.worker,
			warnings: []string{firstKey, plaintext}, adviceImport: o.bare,
		},
		{ // imported there: no second id, no secret
			from: "mkdev-me/openai_project_service_account", to: accountType,
			state: with(account, fields{"id": o.payments + ":" + o.worker, "api_key_id": "", "api_key_value": ""}), id: o.worker,
		},
		{
			from: "trogonstack/openai_project_service_account", to: accountType,
			state: with(account, fields{"id": o.worker, "role": "member", "api_key_id": o.bare, "api_key": stale}), id: o.worker,
			warnings: []string{firstKey, plaintext}, adviceImport: o.bare,
		},
		{from: "cloudopsworks/openai_service_account", to: accountType, state: with(account, fields{"id": o.worker, "role": "member"}), id: o.worker},
		{
			from: "cloudopsworks/openai_service_account", to: accountType,
			state:    with(account, fields{"id": o.worker, "api_key_id": o.bare, "api_key_name": "first", "api_key_value": stale, "api_key_redacted_value": "sk-...f"}),
			warnings: []string{firstKey, plaintext}, id: o.worker, adviceImport: o.bare,
		},

		{from: "cloudopsworks/openai_project_api_key", to: keyType, state: with(key, fields{"scopes": []string{"api.all.read"}, "value": stale, "redacted_value": "sk-...f"}), id: o.bare, warnings: []string{plaintext}},
		{from: "cloudopsworks/openai_project_api_key", to: keyType, state: with(key, fields{"value": nil, "owner_type": "service_account"}), id: o.bare},

		{from: "jianyuan/openai_admin_api_key", to: adminType, state: fields{"id": admin, "name": "ci", "created_at": 1750000000, "api_key": stale}, id: admin, warnings: []string{plaintext}},
		{from: "mkdev-me/openai_admin_api_key", to: adminType, state: fields{"id": admin, "name": "ci", "object": "organization.admin_api_key", "api_key_value": ""}, id: admin},
		{from: "cloudopsworks/openai_admin_api_key", to: adminType, state: fields{"id": admin, "name": "ci", "value": stale, "expires_in_seconds": 86400}, id: admin, warnings: []string{plaintext}},
	} {
		t.Run(c.from, func(t *testing.T) {
			t.Parallel()
			namespace, kind, _ := strings.Cut(c.from, "/")
			state, err := json.Marshal(c.state)
			if err != nil {
				t.Fatal(err)
			}
			server := unconfigured(t, w)
			resp, err := server.resource(c.to).Move(t.Context(), kind, "registry.example/"+namespace+"/openai", 1, state)
			if err != nil || resp.Value.IsNull() {
				t.Fatal(err, complaints(resp.Diagnostics))
			}
			said := strings.Join(complaints(resp.Diagnostics), "\n")
			if strings.Contains(said, stale) || strings.Contains(resp.Value.String(), stale) {
				t.Error("the secret of the other provider was taken over or told")
			}
			for n, warning := range c.warnings {
				if len(resp.Diagnostics) != len(c.warnings) || !strings.HasSuffix(resp.Diagnostics[n].Summary, warning) || resp.Diagnostics[n].Severity != tfprotov6.DiagnosticSeverityWarning {
					t.Errorf("said\n%s\nwant %q", said, c.warnings)
				}
			}
			if len(c.warnings) == 0 && said != "" || !strings.Contains(said, c.adviceImport) {
				t.Errorf("said %q", said)
			}
			want := fields{"id": c.id}
			if c.to == accountType || c.to == keyType {
				want["project_id"] = o.payments
			}
			same(t, "moved", attributes(resp.Value), want)
			same(t, "identity", server.identity(c.to, resp.Identity), want)

			// The next read makes of it what it makes of an import.
			server = configured(t, w, nil)
			same(t, "read", server.read(c.to, resp), server.imported(c.to, want))
		})
	}
	t.Cleanup(func() {
		for _, entry := range w.Sim.Journal() {
			if entry.Method != "GET" {
				t.Errorf("a move sent %s %s", entry.Method, entry.Path)
			}
		}
	})
}

func TestMoveOfAnUnusableState(t *testing.T) {
	t.Parallel()
	server := unconfigured(t, acctest.New(t, openaisim.Options{}))
	for _, c := range []struct{ from, provider, to, state, want string }{
		{"openai_project", "h/n/openai", projectType, `{"name":"p"}`, "The id in its state is empty"},
		{"openai_project_service_account", "h/n/openai", accountType, `{"id":"user-1"}`, "The project_id in its state is empty"},
		{"openai_project_api_key", "h/n/openai", keyType, `{"project_id":"proj_1","id":"key_1?x"}`, "The id in its state contains one of"},
		{"openai_project", "h/openai/other", projectType, `{"id":"proj_1"}`, "does not include support for the given source resource"},
		{"openai_project", "h/n/openai", keyType, `{"id":"proj_1"}`, "does not include support for the given source resource"},
	} {
		resp, err := server.resource(c.to).Move(t.Context(), c.from, c.provider, 0, []byte(c.state))
		if err != nil || len(resp.Diagnostics) != 1 || !strings.Contains(resp.Diagnostics[0].Detail, c.want) {
			t.Errorf("%s of %s: %v %v, want %q", c.from, c.state, err, complaints(resp.Diagnostics), c.want)
		}
	}
}
