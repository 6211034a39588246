// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/auth"
	"github.com/openai/openai-go/v3/option"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/issuer"
	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

const audience = "https://api.openai.com/v1"

func TestVendorClientIdentityProviders(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	providers, rules := org.WorkloadIdentityProviders, org.WorkloadIdentityProviders.FederationRules
	p, err := providers.New(ctx, openai.AdminOrganizationWorkloadIdentityProviderNewParams{
		Name: "github", Issuer: "https://token.actions.githubusercontent.com", Audience: audience, Description: openai.String("CI"),
		AttributeTransformations: []openai.AdminOrganizationWorkloadIdentityProviderNewParamsAttributeTransformation{{Attribute: "subject", Expression: "assertion.sub"}},
	})
	noError(t, err)
	same(t, []any{p.Name, p.Issuer, p.Audience, p.Description, p.Enabled, p.CreatedAt, p.UpdatedAt, p.Type, p.Object, p.Verification.RawJSON(), p.AttributeTransformations[0].Attribute},
		[]any{"github", "https://token.actions.githubusercontent.com", audience, "CI", true, start.Unix(), start.Unix(), "oidc", "organization.workload_identity_provider", `{"discovery_url":null,"type":"discovery"}`, "openai.subject"})
	changed, err := providers.Update(ctx, p.ID, openai.AdminOrganizationWorkloadIdentityProviderUpdateParams{Enabled: openai.Bool(false), Description: openai.String("")})
	noError(t, err)
	got, err := providers.Get(ctx, p.ID)
	noError(t, err)
	same(t, []any{changed.Enabled, got.Enabled, got.Description, got.Name}, []any{false, false, "", "github"})

	rule, err := rules.New(ctx, p.ID, openai.AdminOrganizationWorkloadIdentityProviderFederationRuleNewParams{
		ProjectID: w.project, ServiceAccountID: w.account, Name: openai.String("main"),
		AttributeMatchers: map[string]openai.AdminOrganizationWorkloadIdentityProviderFederationRuleNewParamsAttributeMatcherUnion{
			"sub": {OfString: openai.String("repo:acme/app:*")}, "run_attempt": {OfInt: openai.Int(1)}, "protected": {OfBool: openai.Bool(true)},
		},
		Permissions: openai.AdminOrganizationWorkloadIdentityProviderFederationRuleNewParamsPermissionsUnion{
			OfRestricted: &openai.AdminOrganizationWorkloadIdentityProviderFederationRuleNewParamsPermissionsRestricted{Scopes: []string{"api.model.read"}},
		},
	})
	noError(t, err)
	same(t, []any{rule.WorkloadIdentityProviderID, rule.ProjectID, rule.ServiceAccountID, rule.Name, rule.JSON.Description.Raw(), rule.Enabled, rule.Object, rule.Permissions.RawJSON(), rule.JSON.AttributeMatchers.Raw()},
		[]any{p.ID, w.project, w.account, "main", "null", true, "organization.workload_identity_federation_rule", `{"scopes":["api.model.read"],"type":"restricted"}`, `{"protected":true,"run_attempt":1,"sub":"repo:acme/app:*"}`})
	_, err = providers.Delete(ctx, p.ID)
	vendorError(t, err, 400, "", "delete them first")
	for query, want := range map[string]int{w.account: 1, "user-nobody": 0} {
		page, err := rules.List(ctx, p.ID, openai.AdminOrganizationWorkloadIdentityProviderFederationRuleListParams{ServiceAccountID: openai.String(query)})
		noError(t, err)
		same(t, len(page.Data), want)
	}
	loose, err := rules.Update(ctx, p.ID, rule.ID, openai.AdminOrganizationWorkloadIdentityProviderFederationRuleUpdateParams{
		Permissions: openai.AdminOrganizationWorkloadIdentityProviderFederationRuleUpdateParamsPermissionsUnion{OfServiceAccountDefault: &openai.AdminOrganizationWorkloadIdentityProviderFederationRuleUpdateParamsPermissionsDefaultPermissionsParam{Type: "service_account_default"}},
	})
	noError(t, err)
	same(t, []any{loose.Permissions.Type, loose.Name}, []any{"service_account_default", "main"})
	gone, err := rules.Delete(ctx, p.ID, rule.ID)
	noError(t, err)
	same(t, []any{gone.ID, gone.Deleted, gone.Object}, []any{rule.ID, true, "organization.workload_identity_federation_rule.deleted"})

	c.sim.SeedRecord(openaisim.Record{Kind: "workload_identity_providers", Fields: object{"name": "other"}})
	var names []string
	pages := providers.ListAutoPaging(ctx, openai.AdminOrganizationWorkloadIdentityProviderListParams{Order: "desc"})
	for pages.Next() {
		names = append(names, pages.Current().Name)
	}
	noError(t, pages.Err())
	same(t, names, []string{"other", "github"})
	deleted, err := providers.Delete(ctx, p.ID)
	noError(t, err)
	same(t, []any{deleted.ID, deleted.Object}, []any{p.ID, "organization.workload_identity_provider.deleted"})
}

// What is wrong in a provider or a rule is refused.
func TestIdentityRefusals(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	const path = "/organization/workload_identity_providers"
	private := `{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}`
	provider := func(more string) string {
		return `{"type":"oidc","name":"p","issuer":"https://i","audience":"a"` + more + `}`
	}
	for more, want := range map[string]string{
		`,"type":"saml"`:      "must be oidc",
		`,"audience":""`:      "must not be empty",
		`,"enabled":null`:     "enabled must be",
		`,"description":7`:    "description must be",
		`,"verification":{}`:  "verification.type",
		`,"verification":"x"`: "must be an object",
		`,"verification":{"type":"uploaded_jwks","jwks":{"keys":[]}}`:      "public keys",
		`,"verification":{"type":"uploaded_jwks","jwks":` + private + `}`:  "public keys",
		`,"attribute_transformations":[{"attribute":"a"}]`:                 "1 to 4096",
		`,"attribute_transformations":null`:                                "at most 20",
		`,"attribute_transformations":[{"attribute":"","expression":"x"}]`: "1 to 256",
	} {
		c.bad(c.post(path, provider(more)), want)
	}
	id := c.ok(c.post(path, provider("")))["id"].(string)
	c.bad(c.post(path, provider("")), "must be unique")
	rules := path + "/" + id + "/federation_rules"
	rule := func(more string) string {
		return `{"project_id":"` + w.project + `","service_account_id":"` + w.account + `"` + more + `}`
	}
	for more, want := range map[string]string{
		``:                                     "attribute_matchers is required",
		`,"attribute_matchers":null`:           "must be an object",
		`,"attribute_matchers":{"a":[1]}`:      "a string, a number or a boolean",
		`,"attribute_matchers":{"a":"*"}`:      "one * at its end",
		`,"attribute_matchers":{"a":"a*b"}`:    "one * at its end",
		`,"attribute_matchers":{},"name":true`: "name must be",
		`,"attribute_matchers":{},"permissions":{"type":"restricted","scopes":[]}`:                       "permissions.type",
		`,"attribute_matchers":{},"permissions":{"type":"restricted","scopes":["api.management.write"]}`: "cannot be given",
	} {
		c.bad(c.post(rules, rule(more)), want)
	}
	c.refused(c.post(rules, `{"project_id":"`+w.project+`","service_account_id":"user-x","attribute_matchers":{}}`), 404, nil, "service account")
	c.refused(c.post(path+"/wip_x/federation_rules", rule(`,"attribute_matchers":{}`)), 404, nil, "workload identity provider")
	made := c.ok(c.post(rules, rule(`,"attribute_matchers":{}`)))["id"].(string)
	c.bad(c.post(rules, rule(`,"attribute_matchers":{}`)), made)
	c.bad(c.post(rules+"/"+made, rule("")), "Unknown request field")
	c.sim.ArchiveProject(w.project)
	c.bad(c.post(rules, rule(`,"attribute_matchers":{}`)), "is archived")
	c.ok(c.get(rules + "/" + made)) // the API is silent on what becomes of it
}

// here sends the vendor's token exchange, whose address is fixed, to a simulator.
func here(sim *openaisim.Server) *http.Client {
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.String() == auth.TokenExchangeURL {
			to, err := url.Parse(sim.URL() + "/oauth/token")
			if err != nil {
				return nil, err
			}
			r = r.Clone(r.Context())
			r.URL, r.Host = to, to.Host
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// subject is a workload's own token.
type subject string

func (subject) TokenType() auth.SubjectTokenType { return auth.SubjectTokenTypeJWT }
func (s subject) GetToken(context.Context, auth.HTTPDoer) (string, error) {
	return string(s), nil
}

func exchangeError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var refusal *auth.OAuthError
	if !errors.As(err, &refusal) || refusal.StatusCode != status || string(refusal.ErrorCode) != code {
		t.Errorf("got %v, want %d %s", err, status, code)
	}
}

// The whole way of the vendor's own client, from a workload's token to a call, and whatever
// stops it.
func TestVendorClientTokenExchange(t *testing.T) {
	t.Parallel()
	org, c, clock := vendor(t, openaisim.Options{})
	ctx, w := t.Context(), c.world()
	github := issuer.Serve(t, "key-1")
	p, err := org.WorkloadIdentityProviders.New(ctx, openai.AdminOrganizationWorkloadIdentityProviderNewParams{
		Name: "github", Issuer: github.URL + "/", Audience: audience,
		AttributeTransformations: []openai.AdminOrganizationWorkloadIdentityProviderNewParamsAttributeTransformation{
			{Attribute: "openai.team", Expression: "assertion.labels.team"}, {Attribute: "openai.first", Expression: "assertion.first"},
		},
	})
	noError(t, err)
	rule := c.ok(c.post("/organization/workload_identity_providers/"+p.ID+"/federation_rules", `{"project_id":"`+w.project+`","service_account_id":"`+w.account+`",
		"attribute_matchers":{"sub":"repo:acme/app:*","attempt":1,"protected":true,"openai.team":"payments","openai.first":true}}`))["id"].(string)
	claims := object{"aud": audience, "sub": "repo:acme/app:ref:refs/heads/main", "attempt": 1, "protected": true, "first": true, "labels": object{"team": "payments"}}
	but := func(name string, value any) object {
		out := object{name: value}
		for n, v := range claims {
			if n != name {
				out[n] = v
			}
		}
		return out
	}
	get := func(token string) (string, error) {
		w, err := auth.NewWorkloadIdentityAuth(auth.WorkloadIdentity{IdentityProviderID: p.ID, ServiceAccountID: w.account, Provider: subject(token)})
		noError(t, err)
		return w.GetToken(ctx, here(c.sim))
	}
	token := github.Token(start, 10*time.Minute, claims)
	client := openai.NewClient(option.WithBaseURL(c.sim.URL()), option.WithMaxRetries(0), option.WithHTTPClient(here(c.sim)),
		option.WithWorkloadIdentity(auth.WorkloadIdentity{IdentityProviderID: p.ID, ServiceAccountID: w.account, Provider: subject(token)}))
	models, err := client.Models.List(ctx)
	noError(t, err)
	same(t, models.Data[0].ID, "sim-model")

	for name, bad := range map[string]string{
		"expired":         github.Token(start.Add(-time.Hour), time.Minute, claims),
		"another key":     issuer.New(t, github.URL, "key-1").Token(start, time.Minute, claims),
		"an unknown kid":  issuer.New(t, github.URL, "key-2").Token(start, time.Minute, claims),
		"another issuer":  github.Token(start, time.Minute, but("iss", "https://elsewhere.example")),
		"another aud":     github.Token(start, time.Minute, but("aud", "https://elsewhere.example")),
		"no sub":          github.Token(start, time.Minute, but("sub", nil)),
		"no exp":          github.Token(start, time.Minute, but("exp", nil)),
		"no token at all": "no token",
	} {
		t.Log(name)
		_, err := get(bad)
		exchangeError(t, err, 401, "invalid_subject_token")
	}
	for name, value := range map[string]any{"sub": "repo:acme/other:ref", "attempt": "1", "protected": false, "first": false, "labels": object{"team": 7}} {
		_, err := get(github.Token(start, time.Minute, but(name, value)))
		exchangeError(t, err, 400, "invalid_grant")
	}

	// Access lives at most an hour, never longer than the token, and while everything is enabled.
	raw := func(life time.Duration) object {
		return c.as("").ok(c.as("").post("/oauth/token", `{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:id_token",
			"subject_token":"`+github.Token(start, life, claims)+`","identity_provider_id":"`+p.ID+`","service_account_id":"`+w.account+`"}`))
	}
	short, long := raw(time.Minute), raw(48*time.Hour)
	same(t, []any{short["expires_in"], long["expires_in"], long["token_type"], long["scope"]}, []any{59, 3600, "Bearer", nil})
	access := long["access_token"].(string)
	same(t, []int{c.as(access).get("/models").status, c.as(access).get("/organization/projects").status}, []int{200, 401})
	for kind, parent := range map[string]string{"workload_identity_providers": "", "federation_rules": p.ID} {
		id := map[string]string{"": p.ID, p.ID: rule}[parent]
		c.sim.ChangeRecord(kind, parent, id, object{"enabled": false})
		same(t, c.sim.Valid(access), false)
		_, err := get(token)
		exchangeError(t, err, 400, "invalid_grant")
		c.sim.ChangeRecord(kind, parent, id, object{"enabled": true})
		same(t, c.sim.Valid(access), true)
	}
	c.sim.ChangeRecord("federation_rules", p.ID, rule, object{"permissions": object{"type": "restricted", "scopes": []string{"api.model.request"}}})
	restricted := raw(time.Hour)
	same(t, restricted["scope"], "api.model.request")
	c.refused(c.as(restricted["access_token"].(string)).get("/models"), 403, "missing_scope", "api.model.read")
	clock.Advance(time.Minute)
	same(t, []bool{c.sim.Valid(short["access_token"].(string)), c.sim.Valid(access)}, []bool{false, true})
	clock.Advance(time.Hour)
	same(t, c.sim.Valid(access), false)
	again := github.Token(clock.Now(), time.Hour, claims)
	_, err = get(again)
	noError(t, err)
	c.sim.DeleteServiceAccount(w.account)
	_, err = get(again)
	exchangeError(t, err, 400, "invalid_grant")
	for _, body := range []string{`{"grant_type":"x"}`, `no JSON`, `{"grant_type":"x","subject_token":"x","subject_token_type":"x","identity_provider_id":"x","service_account_id":"x"}`} {
		same(t, c.as("").post("/oauth/token", body).status, 400)
	}
}

// Keys of an issuer that is not asked are uploaded, or given to the simulator; no address but
// those of this machine is asked.
func TestKeySets(t *testing.T) {
	t.Parallel()
	c, _ := begin(t, openaisim.Options{})
	w := c.world()
	cluster := issuer.New(t, "https://cluster.example", "key-1")
	add := func(name, verification string) string {
		return c.ok(c.post("/organization/workload_identity_providers", `{"type":"oidc","name":"`+name+`","issuer":"https://cluster.example","audience":"a"`+verification+`}`))["id"].(string)
	}
	exchange := func(provider string) reply {
		return c.as("").post("/oauth/token", `{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token_type":"urn:ietf:params:oauth:token-type:jwt",
			"subject_token":"`+cluster.Token(start, time.Hour, object{"aud": []string{"x", "a"}, "sub": "s"})+`","identity_provider_id":"`+provider+`","service_account_id":"`+w.account+`"}`)
	}
	rule := `{"project_id":"` + w.project + `","service_account_id":"` + w.account + `","attribute_matchers":{"sub":"s"}}`
	uploaded := add("uploaded", `,"verification":{"type":"uploaded_jwks","jwks":`+string(cluster.KeySet())+`}`)
	found := add("found", `,"verification":{"type":"discovery","discovery_url":"https://cluster.example/openid"}`)
	for _, provider := range []string{uploaded, found} {
		c.ok(c.post("/organization/workload_identity_providers/"+provider+"/federation_rules", rule))
	}
	c.ok(exchange(uploaded))
	answer := exchange(found)
	same(t, answer.status, 401)
	contains(t, answer.raw, "loopback addresses only")
	c.sim.PublishKeys("https://cluster.example/", cluster.KeySet())
	c.ok(exchange(found))
	for _, entry := range c.sim.Journal() {
		if entry.Operation == openaisim.OpTokenExchange {
			contains(t, fmt.Sprint(entry.Fields), "grant_type")
			if strings.Contains(fmt.Sprint(entry.Fields), "eyJ") {
				t.Errorf("the journal has the token: %v", entry.Fields)
			}
		}
	}
}
