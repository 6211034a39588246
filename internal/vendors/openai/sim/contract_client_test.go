// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// vendor is the vendor's own client on a simulator.
func vendor(t *testing.T, o openaisim.Options) (openai.AdminOrganizationService, caller, *simkit.Clock) {
	t.Helper()
	c, clock := begin(t, o)
	admin := openai.NewAdminService(
		option.WithBaseURL(c.sim.URL()), option.WithAdminAPIKey(c.key), option.WithMaxRetries(0),
	)
	return admin.Organization, c, clock
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func vendorError(t *testing.T, err error, status int, code, text string) {
	t.Helper()
	var refusal *openai.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal by the API", err)
	}
	if refusal.StatusCode != status || refusal.Code != code || refusal.Type != "invalid_request_error" || !strings.Contains(refusal.Message, text) {
		t.Errorf("got %d %q %q %q", refusal.StatusCode, refusal.Type, refusal.Code, refusal.Message)
	}
}

func TestVendorClientProjects(t *testing.T) {
	t.Parallel()
	org, c, clock := vendor(t, openaisim.Options{MaxPage: 2})
	ctx := t.Context()
	p, err := org.Projects.New(ctx, openai.AdminOrganizationProjectNewParams{
		Name: "payments", Residency: openai.ProjectResidencyEuStorageProcessing, ExternalKeyID: openai.String("extkey_1"),
	})
	noError(t, err)
	same(t, []any{p.Name, p.CreatedAt, p.Status, p.Residency, p.ExternalKeyID, p.Object, p.JSON.ArchivedAt.Raw()},
		[]any{"payments", start.Unix(), "active", "EU_STORAGE_PROCESSING", "extkey_1", "organization.project", "null"})
	p2, err := org.Projects.Update(ctx, p.ID, openai.AdminOrganizationProjectUpdateParams{Name: openai.String("billing")})
	noError(t, err)
	got, err := org.Projects.Get(ctx, p.ID)
	noError(t, err)
	same(t, []string{p2.ID, got.ID, got.Name}, []string{p.ID, p.ID, "billing"})

	clock.Advance(time.Minute)
	archived, err := org.Projects.Archive(ctx, p.ID)
	noError(t, err)
	same(t, []any{archived.Status, archived.ArchivedAt}, []any{"archived", start.Unix() + 60})
	_, err = org.Projects.Archive(ctx, p.ID)
	vendorError(t, err, 400, "", "already archived")
	_, err = org.Projects.Get(ctx, "proj_nope")
	vendorError(t, err, 404, "project_not_found", "The project proj_nope was not found")

	want := []string{c.sim.Projects()[0].ID, p.ID}
	for i := range 4 {
		want = append(want, c.sim.SeedProject(fmt.Sprint(i)))
	}
	var ids []string
	pages := org.Projects.ListAutoPaging(ctx, openai.AdminOrganizationProjectListParams{IncludeArchived: openai.Bool(true), Limit: openai.Int(100)})
	for pages.Next() {
		ids = append(ids, pages.Current().ID)
	}
	noError(t, pages.Err())
	same(t, ids, want)
	same(t, c.sim.Count(openaisim.OpProjectsList), 3)
}

func TestVendorClientServiceAccounts(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	accounts := org.Projects.ServiceAccounts
	full, err := accounts.New(ctx, w.project, openai.AdminOrganizationProjectServiceAccountNewParams{Name: "full", ExpiresInSeconds: openai.Int(60)})
	noError(t, err)
	same(t, []any{full.Name, full.Role, full.CreatedAt, full.APIKey.ExpiresAt, full.APIKey.Name, full.APIKey.Object, c.sim.Valid(full.APIKey.Value)},
		[]any{"full", "member", start.Unix(), start.Unix() + 60, "Secret Key", "organization.project.service_account.api_key", true})
	bare, err := accounts.New(ctx, w.project, openai.AdminOrganizationProjectServiceAccountNewParams{Name: "bare", CreateServiceAccountOnly: openai.Bool(true)})
	noError(t, err)
	same(t, []any{bare.Role, bare.JSON.APIKey.Raw()}, []any{"none", "null"})

	changed, err := accounts.Update(ctx, w.project, bare.ID, openai.AdminOrganizationProjectServiceAccountUpdateParams{
		Name: openai.String("renamed"), Role: openai.AdminOrganizationProjectServiceAccountUpdateParamsRoleOwner,
	})
	noError(t, err)
	got, err := accounts.Get(ctx, w.project, bare.ID)
	noError(t, err)
	same(t, []any{changed.Name, got.Name, got.Role, got.Object}, []any{"renamed", "renamed", "owner", "organization.project.service_account"})

	var ids []string
	pages := accounts.ListAutoPaging(ctx, w.project, openai.AdminOrganizationProjectServiceAccountListParams{})
	for pages.Next() {
		ids = append(ids, pages.Current().ID)
	}
	noError(t, pages.Err())
	same(t, ids, []string{w.account, full.ID, bare.ID})

	key, err := accounts.APIKeys.New(ctx, w.project, full.ID, openai.AdminOrganizationProjectServiceAccountAPIKeyNewParams{
		Name: openai.String("second"), Scopes: []string{"api.model.request"}, ExpiresInSeconds: openai.Int(5),
	})
	noError(t, err)
	same(t, []any{key.Name, key.CreatedAt, key.ExpiresAt, key.Object, c.sim.Valid(key.Value), findKey(t, c.sim, key.ID).Scopes},
		[]any{"second", start.Unix(), start.Unix() + 5, "organization.project.service_account.api_key", true, []string{"api.model.request"}})
	unnamed, err := accounts.APIKeys.New(ctx, w.project, full.ID, openai.AdminOrganizationProjectServiceAccountAPIKeyNewParams{})
	noError(t, err)
	same(t, unnamed.JSON.ExpiresAt.Raw(), "null")

	gone, err := accounts.Delete(ctx, w.project, full.ID)
	noError(t, err)
	same(t, []any{gone.ID, gone.Deleted, gone.Object}, []any{full.ID, true, "organization.project.service_account.deleted"})
	_, err = accounts.Delete(ctx, w.project, full.ID)
	vendorError(t, err, 404, "", "was not found")
	same(t, c.sim.Valid(key.Value), false)
}

func TestVendorClientKeys(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	user, _ := c.sim.SeedKey(openaisim.KeySpec{ProjectID: w.project, Name: "laptop", LastUsedAt: start})
	bare, _ := c.sim.SeedKey(openaisim.KeySpec{AccountID: c.sim.SeedServiceAccount(w.project, "bare", "none")})
	keys := org.Projects.APIKeys
	for access, want := range map[openai.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccess][]string{
		"": {w.key, user}, openai.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessAny: {w.key, user, bare},
		openai.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessActive:   {w.key, user},
		openai.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessInactive: {bare},
	} {
		var ids []string
		pages := keys.ListAutoPaging(ctx, w.project, openai.AdminOrganizationProjectAPIKeyListParams{OwnerProjectAccess: access})
		for pages.Next() {
			ids = append(ids, pages.Current().ID)
		}
		noError(t, pages.Err())
		same(t, ids, want)
	}
	k, err := keys.Get(ctx, w.project, w.key)
	noError(t, err)
	same(t, []any{k.Name, k.CreatedAt, k.JSON.LastUsedAt.Raw(), k.JSON.ExpiresAt.Raw(), k.OwnerProjectAccess, k.Owner.Type, k.Owner.ServiceAccount.ID, k.Owner.ServiceAccount.Role, k.Object},
		[]any{"first", start.Unix(), "null", "null", "active", "service_account", w.account, "member", "organization.project.api_key"})
	u, err := keys.Get(ctx, w.project, user)
	noError(t, err)
	same(t, []any{u.Owner.Type, u.Owner.User.Name, u.Owner.User.Role, u.LastUsedAt}, []any{"user", "Seeded Person", "member", start.Unix()})

	k, err = keys.Update(ctx, w.project, w.key, openai.AdminOrganizationProjectAPIKeyUpdateParams{ExpiresInSeconds: 90, Scopes: []string{"api.all.read"}})
	noError(t, err)
	same(t, []any{k.ExpiresAt, findKey(t, c.sim, w.key).Scopes}, []any{start.Unix() + 90, []string{"api.all.read"}})
	_, err = keys.Update(ctx, w.project, w.key, openai.AdminOrganizationProjectAPIKeyUpdateParams{})
	vendorError(t, err, 400, "", "At least one")
	_, err = keys.Update(ctx, w.project, w.key, openai.AdminOrganizationProjectAPIKeyUpdateParams{Scopes: []string{}})
	noError(t, err)
	same(t, findKey(t, c.sim, w.key).Scopes, nil)

	gone, err := keys.Delete(ctx, w.project, w.key)
	noError(t, err)
	same(t, []any{gone.ID, gone.Deleted, gone.Object}, []any{w.key, true, "organization.project.api_key.deleted"})
	_, err = keys.Get(ctx, w.project, w.key)
	vendorError(t, err, 404, "", "was not found")
}

func TestVendorClientAdminKeys(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx := t.Context()
	k, err := org.AdminAPIKeys.New(ctx, openai.AdminOrganizationAdminAPIKeyNewParams{Name: "tf", ExpiresInSeconds: openai.Int(60)})
	noError(t, err)
	same(t, []any{k.Name, k.ExpiresAt, k.Owner.Type, k.Owner.Role, k.Object, strings.HasPrefix(k.Value, "sk-admin-sim-")},
		[]any{"tf", start.Unix() + 60, "user", "owner", "organization.admin_api_key", true})
	got, err := org.AdminAPIKeys.Get(ctx, k.ID)
	noError(t, err)
	same(t, []any{got.ID, got.RedactedValue, got.JSON.LastUsedAt.Raw()}, []any{k.ID, k.RedactedValue, "null"})
	for order, want := range map[openai.AdminOrganizationAdminAPIKeyListParamsOrder][]string{
		"": {c.sim.AdminKeyID(), k.ID}, openai.AdminOrganizationAdminAPIKeyListParamsOrderDesc: {k.ID, c.sim.AdminKeyID()},
	} {
		var ids []string
		pages := org.AdminAPIKeys.ListAutoPaging(ctx, openai.AdminOrganizationAdminAPIKeyListParams{Order: order})
		for pages.Next() {
			ids = append(ids, pages.Current().ID)
		}
		noError(t, pages.Err())
		same(t, ids, want)
	}
	gone, err := org.AdminAPIKeys.Delete(ctx, k.ID)
	noError(t, err)
	same(t, []any{gone.ID, gone.Deleted, gone.Object}, []any{k.ID, true, "organization.admin_api_key.deleted"})
	_, err = org.AdminAPIKeys.Delete(ctx, k.ID)
	vendorError(t, err, 404, "", "was not found")
}

func TestVendorClientErrors(t *testing.T) {
	t.Parallel()
	_, c, _ := vendor(t, openaisim.Options{PerMinute: 1})
	ask := func(key string) error {
		admin := openai.NewAdminService(option.WithBaseURL(c.sim.URL()), option.WithAdminAPIKey(key), option.WithMaxRetries(0))
		_, err := admin.Organization.Projects.List(t.Context(), openai.AdminOrganizationProjectListParams{})
		return err
	}
	vendorError(t, ask("sk-wrong"), 401, "invalid_api_key", "Incorrect API key provided")
	vendorError(t, ask(c.sim.RestrictedAdminKey()), 403, "missing_scope", "api.management.read")
	noError(t, ask(c.key))
	var refusal *openai.Error
	if err := ask(c.key); !errors.As(err, &refusal) || refusal.StatusCode != 429 {
		t.Errorf("got %v, want 429", err)
	}
	client := openai.NewClient(option.WithBaseURL(c.sim.URL()), option.WithAPIKey(c.world().secret), option.WithMaxRetries(0))
	models, err := client.Models.List(t.Context())
	noError(t, err)
	same(t, models.Data[0].ID, "sim-model")
}

// Whatever the vendor's client can send, the simulator knows: a field that came with a newer
// client, or stayed from an older API, is no unknown one.
func TestVendorClientParameters(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	const admins, projects = "/organization/admin_api_keys", "/organization/projects"
	const identities = "/organization/workload_identity_providers"
	provider := identities + "/" + c.sim.SeedRecord(openaisim.Record{Kind: "workload_identity_providers"})
	rule := provider + "/federation_rules/" + c.sim.SeedRecord(openaisim.Record{Kind: "federation_rules", Parent: strings.TrimPrefix(provider, identities+"/")})
	for _, call := range []struct {
		path   string
		params any
	}{
		{projects, openai.AdminOrganizationProjectNewParams{}}, {projects, openai.AdminOrganizationProjectListParams{}},
		{w.path(), openai.AdminOrganizationProjectUpdateParams{}},
		{w.accounts(), openai.AdminOrganizationProjectServiceAccountNewParams{}}, {w.accounts(), openai.AdminOrganizationProjectServiceAccountListParams{}},
		{w.accountPath(), openai.AdminOrganizationProjectServiceAccountUpdateParams{}},
		{w.mint(), openai.AdminOrganizationProjectServiceAccountAPIKeyNewParams{}},
		{w.keys(), openai.AdminOrganizationProjectAPIKeyListParams{}}, {w.keyPath(), openai.AdminOrganizationProjectAPIKeyUpdateParams{}},
		{identities, openai.AdminOrganizationWorkloadIdentityProviderNewParams{}}, {identities, openai.AdminOrganizationWorkloadIdentityProviderListParams{}},
		{provider, openai.AdminOrganizationWorkloadIdentityProviderUpdateParams{}},
		{provider + "/federation_rules", openai.AdminOrganizationWorkloadIdentityProviderFederationRuleNewParams{}},
		{provider + "/federation_rules", openai.AdminOrganizationWorkloadIdentityProviderFederationRuleListParams{}},
		{rule, openai.AdminOrganizationWorkloadIdentityProviderFederationRuleUpdateParams{}},
		{admins, openai.AdminOrganizationAdminAPIKeyNewParams{}}, {admins, openai.AdminOrganizationAdminAPIKeyListParams{}},
	} {
		sent := 0
		for _, field := range reflect.VisibleFields(reflect.TypeOf(call.params)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			r := reply{}
			if query, _, _ := strings.Cut(field.Tag.Get("query"), ","); query != "" {
				name, r = query, c.get(call.path+"?"+query+"=x")
			} else if name != "" && name != "-" {
				r = c.post(call.path, `{"`+name+`":[null]}`)
			} else {
				continue
			}
			sent++
			if strings.Contains(r.raw, "Unknown request field") || strings.Contains(r.raw, "Unknown query") {
				t.Errorf("%T: %s is unknown to the simulator", call.params, name)
			}
		}
		if sent == 0 {
			t.Errorf("%T has no parameter", call.params)
		}
	}
}
