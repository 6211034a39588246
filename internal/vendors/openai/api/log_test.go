// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w := begin(t, openaisim.Options{MaxPage: 1}, impatient)
	w.sim.SeedKey(openaisim.KeySpec{AccountID: w.account})
	var log locked
	ctx := tflogtest.RootLogger(t.Context(), &log)
	mint := api.MintRequest{Name: "canary-name", Scopes: []string{"canary.scope"}}

	_, err := w.client.MintKey(ctx, w.project, w.account, mint)
	ok(t, err)
	for _, fault := range []simkit.Fault{
		{Kind: simkit.CutAfter}, {Kind: simkit.Truncated}, {Kind: simkit.HTML}, {Kind: simkit.MissingSecret},
		{Kind: simkit.StatusAfter}, {Kind: simkit.HangAfter}, {Kind: simkit.NumericCode},
		{Kind: simkit.StatusBefore, Status: 429, RetryAfter: 5 * time.Second},
		{Kind: simkit.Redirect, Body: "https://canary.example.com/?token=sk-admin-canary-0123456789"},
		{Kind: simkit.Redirect, Body: "https://%zz/sk-admin-canary-0123456789"},
		{Kind: simkit.StatusBefore, Status: 400, Body: `{"error":{"message":"canary-body: sk-svcacct-canary-0123456789"}}`},
	} {
		fault.Operation, fault.Times = openaisim.OpServiceAccountKeysCreate, 1
		w.sim.Inject(fault)
		if _, err := w.client.MintKey(ctx, w.project, w.account, mint); err != nil && strings.Contains(err.Error(), "sk-") {
			t.Errorf("%s: the error holds a key: %v", fault.Kind, err)
		}
	}
	_, err = w.client.Keys(ctx, w.project)
	ok(t, err)
	ok(t, w.client.SetKeyScopes(ctx, w.project, w.key, []string{"canary.scope"}))
	_, _ = w.connect("sk-admin-canary-0123456789").Keys(ctx, w.project)
	_, _, err = w.client.CreateProject(ctx, api.ProjectSettings{Name: "canary-name"})
	ok(t, err)

	text := log.String()
	for _, want := range []string{
		"create API key", "list API keys", "change scopes of API key", "create project", "read project",
		"req_sim0", "call answered", "call failed", "waiting for the server's rate limit", `"why":"the server refused a request`, `"status":200`, `"attempt":1`, "the answer broke off",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	for _, secret := range append(w.sim.Secrets(), "Bearer", "Authorization", "canary", "sk-", "api.management", "expires_in_seconds", "after=", "limit=100") {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
}
