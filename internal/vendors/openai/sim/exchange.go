// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The exchange of a workload's token for access is another host's at the vendor,
// https://auth.openai.com/oauth/token; here it is below the base path.
var exchangeRoutes = []route{
	{http.MethodPost, "/oauth/token", OpTokenExchange, (*Server).exchange},
}

const (
	exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
	tokenTypes    = "urn:ietf:params:oauth:token-type:" //nolint:gosec // begins the names of kinds of tokens
	// longestAccess bounds the life of an access token.
	longestAccess = time.Hour
)

// access is what a workload got for its token.
type access struct {
	hash      [sha256.Size]byte
	provider  *record
	rule      *record
	account   *account
	scopes    []string // empty = the account's own rights
	expiresAt time.Time
}

// oauthRefusal is the type of a [simkit.Problem] that is answered in the form of OAuth.
const oauthRefusal = "oauth"

// oauth refuses an exchange.
func oauth(status int, code, format string, args ...any) *simkit.Problem {
	p := simkit.Refused(status, format, args...)
	p.Type, p.Code = oauthRefusal, code
	return p
}

func noMapping(format string, args ...any) *simkit.Problem {
	return oauth(http.StatusBadRequest, "invalid_grant", format, args...)
}

func badToken(format string, args ...any) *simkit.Problem {
	return oauth(http.StatusUnauthorized, "invalid_subject_token", format, args...)
}

func (s *Server) exchange(c *call) (any, *simkit.Problem) {
	var in struct {
		GrantType          string `json:"grant_type"`
		SubjectToken       string `json:"subject_token"`
		SubjectTokenType   string `json:"subject_token_type"`
		IdentityProviderID string `json:"identity_provider_id"`
		ServiceAccountID   string `json:"service_account_id"`
	}
	if err := json.Unmarshal(c.Body, &in); err != nil {
		return nil, oauth(http.StatusBadRequest, "invalid_request", "The body of the request is not a JSON object")
	}
	for name, value := range map[string]string{
		"subject_token": in.SubjectToken, "subject_token_type": in.SubjectTokenType,
		"identity_provider_id": in.IdentityProviderID, "service_account_id": in.ServiceAccountID,
	} {
		if value == "" {
			return nil, oauth(http.StatusBadRequest, "invalid_request", "%s is required", name)
		}
	}
	if in.GrantType != exchangeGrant {
		return nil, oauth(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be %s", exchangeGrant)
	}
	if !slices.Contains([]string{tokenTypes + "jwt", tokenTypes + "id_token"}, in.SubjectTokenType) {
		return nil, oauth(http.StatusBadRequest, "invalid_request", "subject_token_type is not supported")
	}
	provider, ok := s.store.record("workload_identity_providers", in.IdentityProviderID)
	if !ok || provider.fields["enabled"] == false {
		return nil, noMapping("The workload identity provider %s is unknown or disabled", in.IdentityProviderID)
	}
	claims, expires, bad := s.verify(c, provider, in.SubjectToken)
	if bad != nil {
		return nil, bad
	}
	rule, bad := s.matching(provider, in.ServiceAccountID, claims)
	if bad != nil {
		return nil, bad
	}
	return s.grant(provider, rule, expires, c.Now)
}

// record finds one by kind and id in any organization.
func (st *store) record(kind, id string) (*record, bool) {
	i := slices.IndexFunc(st.records, func(r *record) bool { return r.kind.name == kind && r.ID == id })
	if i < 0 {
		return nil, false
	}
	return st.records[i], true
}

// signatures are those that a token may have.
var signatures = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA}

// verify gives the claims of a token that the provider trusts, and when it ends.
func (s *Server) verify(c *call, provider *record, token string) (map[string]any, time.Time, *simkit.Problem) {
	parsed, err := jwt.ParseSigned(token, signatures)
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].KeyID == "" {
		return nil, time.Time{}, badToken("The token is no JWT with a kid and a supported alg")
	}
	keys, err := s.keysOf(c.Request.Context(), provider)
	if err != nil {
		return nil, time.Time{}, badToken("The keys of the issuer could not be read: %v", err)
	}
	found := keys.Key(parsed.Headers[0].KeyID)
	if len(found) != 1 {
		return nil, time.Time{}, badToken("No key of the issuer has the token's kid")
	}
	var all map[string]any
	var usual jwt.Claims
	if err := parsed.Claims(found[0].Key, &all, &usual); err != nil {
		return nil, time.Time{}, badToken("The signature of the token is wrong")
	}
	if usual.Expiry == nil || usual.IssuedAt == nil || usual.Subject == "" {
		return nil, time.Time{}, badToken("The token lacks one of the claims sub, exp and iat")
	}
	if !c.Now.Before(usual.Expiry.Time()) {
		return nil, time.Time{}, badToken("The token has expired")
	}
	if strings.TrimSuffix(usual.Issuer, "/") != strings.TrimSuffix(textOf(provider.fields["issuer"]), "/") || !usual.Audience.Contains(textOf(provider.fields["audience"])) {
		return nil, time.Time{}, badToken("The issuer or the audience of the token is not that of the provider")
	}
	return all, usual.Expiry.Time(), nil
}

func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// matching is the one rule for an account that a token fulfils.
func (s *Server) matching(provider *record, accountID string, claims map[string]any) (*record, *simkit.Problem) {
	var found []*record
	why := "it has none that is enabled"
	for _, rule := range s.store.of("federation_rules", provider.org, provider.ID) {
		if rule.fields["service_account_id"] != accountID || rule.fields["enabled"] == false {
			continue
		}
		fault := fulfils(provider, rule, claims)
		if fault == "" {
			found = append(found, rule)
			continue
		}
		why = fault
	}
	if len(found) != 1 {
		return nil, noMapping("No single federation rule for the service account %s matches: %s", accountID, why)
	}
	return found[0], nil
}

// fulfils says in what a token does not fulfil a rule, "" for nothing.
func fulfils(provider, rule *record, claims map[string]any) string {
	matchers, _ := rule.fields["attribute_matchers"].(map[string]any)
	for name, want := range matchers {
		has, there := claims[name]
		if strings.HasPrefix(name, attributePrefix) {
			has, there = derived(provider, name, claims)
			want = fmt.Sprint(want)
		}
		if !there || !fits(want, has) {
			return "the attribute " + name + " is another one"
		}
	}
	return ""
}

// fits compares an attribute with what a rule wants: a text may end in a wildcard.
func fits(want, has any) bool {
	text, isText := want.(string)
	prefix, open := strings.CutSuffix(text, "*")
	if isText && open {
		value, ok := has.(string)
		return ok && strings.HasPrefix(value, prefix)
	}
	switch has.(type) {
	case string, bool, float64:
		return want == has
	}
	return false
}

// derived is an attribute that a transformation gives, as text. Of the expression language
// nothing is modelled but the way to a claim: assertion.a.b.
func derived(provider *record, name string, claims map[string]any) (any, bool) {
	all, _ := provider.fields["attribute_transformations"].([]any)
	for _, one := range all {
		rule, _ := one.(map[string]any)
		way, ok := strings.CutPrefix(textOf(rule["expression"]), "assertion.")
		if rule["attribute"] != name || !ok {
			continue
		}
		var value any = claims
		for step := range strings.SplitSeq(way, ".") {
			inner, _ := value.(map[string]any)
			value = inner[step]
		}
		switch value.(type) {
		case string, bool, float64:
			return fmt.Sprint(value), true
		}
	}
	return nil, false
}

// grant gives access as the rule's account.
func (s *Server) grant(provider, rule *record, expires, now time.Time) (any, *simkit.Problem) {
	account, ok := simkit.Find(s.store.accounts, textOf(rule.fields["service_account_id"]))
	if !ok || account.project.archived() {
		return nil, noMapping("The service account of the federation rule %s is gone", rule.ID)
	}
	a := &access{provider: provider, rule: rule, account: account, expiresAt: now.Add(longestAccess)}
	if expires.Before(a.expiresAt) {
		a.expiresAt = expires
	}
	answer := map[string]any{
		"issued_token_type": tokenTypes + "access_token", "token_type": "Bearer",
		"expires_in": int64(a.expiresAt.Sub(now) / time.Second),
	}
	permissions, _ := rule.fields["permissions"].(map[string]any)
	for _, scope := range asList(permissions["scopes"]) {
		a.scopes = append(a.scopes, textOf(scope))
	}
	if len(a.scopes) > 0 {
		answer["scope"] = strings.Join(a.scopes, " ")
	}
	token := s.Issuer.Secret("sk-access")
	a.hash = sha256.Sum256([]byte(token))
	s.store.accesses = append(s.store.accesses, a)
	answer["access_token"] = token
	return answer, nil
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// accessBySecret finds what an access token stands for, as long as it does.
func (st *store) accessBySecret(secret string, now time.Time) (*access, bool) {
	hash := sha256.Sum256([]byte(secret))
	i := slices.IndexFunc(st.accesses, func(a *access) bool { return a.hash == hash })
	if i < 0 {
		return nil, false
	}
	a := st.accesses[i]
	trusted := func(r *record) bool { return slices.Contains(st.records, r) && r.fields["enabled"] != false }
	return a, !expired(a.expiresAt, now) && trusted(a.provider) && trusted(a.rule) &&
		slices.Contains(st.accounts, a.account) && !a.account.project.archived() && a.account.hasAccess()
}

// may says whether an access token's scopes hold one of those.
func (a *access) may(scopes ...string) bool {
	return len(a.scopes) == 0 || slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(a.scopes, scope) })
}
