// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// mostIdentities bounds the providers of an organization and the rules of a provider.
const mostIdentities = 50

var identityProviderKind = &recordKind{
	name: "workload_identity_providers", noun: "workload identity provider", path: "/organization/workload_identity_providers",
	wildcard: "workload_identity_provider_id", prefix: "wip_", created: true,
	object: "organization.workload_identity_provider", deleted: "organization.workload_identity_provider.deleted",
	takes:   []string{"name", "issuer", "audience", "type", "description", "enabled", "attribute_transformations", "verification"},
	changes: []string{"name", "issuer", "audience", "description", "enabled", "attribute_transformations", "verification"},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		if kind, bad := f.RequiredText("type"); bad != nil || kind != "oidc" {
			return nil, "", simkit.BadRequest("type", "type must be oidc")
		}
		for _, name := range []string{"name", "issuer", "audience"} {
			if _, bad := f.RequiredText(name); bad != nil {
				return nil, "", bad
			}
		}
		if len(s.store.of("workload_identity_providers", c.org, "")) >= mostIdentities {
			return nil, "", simkit.BadRequest("", "An organization has at most %d workload identity providers", mostIdentities)
		}
		fields := map[string]any{
			"type": "oidc", "description": nil, "enabled": true, "attribute_transformations": []any{},
			"verification": map[string]any{"type": "discovery", "discovery_url": nil},
		}
		return fields, "", s.identityFields(c, nil, f, fields)
	},
	update: func(s *Server, c *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		fields := map[string]any{}
		return fields, s.identityFields(c, r, f, fields)
	},
	mayDelete: func(s *Server, c *call, r *record) *simkit.Problem {
		if rules := s.store.of("federation_rules", c.org, r.ID); len(rules) > 0 {
			return simkit.BadRequest("", "The workload identity provider %s still has federation rules: delete them first", r.ID)
		}
		return nil
	},
}

// identityFields reads what is common to creates and updates of providers into fields.
func (s *Server) identityFields(c *call, r *record, f simkit.Fields, fields map[string]any) *simkit.Problem {
	fields["updated_at"] = c.Now.Unix()
	for _, name := range []string{"name", "issuer", "audience"} {
		text, bad := f.Text(name)
		if bad != nil {
			return bad
		}
		if text != "" {
			fields[name] = text
		}
	}
	if bad := s.nameTaken(c, "workload_identity_providers", "", r, fields["name"]); bad != nil {
		return bad
	}
	if bad := metadata(f, fields, "description"); bad != nil {
		return bad
	}
	if f.Has("attribute_transformations") {
		all, bad := transformationsOf(f["attribute_transformations"])
		if bad != nil {
			return bad
		}
		fields["attribute_transformations"] = all
	}
	if f.Has("verification") {
		how, bad := verificationOf(f["verification"])
		if bad != nil {
			return bad
		}
		fields["verification"] = how
	}
	return nil
}

// metadata reads the named texts, which may be null, and the field enabled.
func metadata(f simkit.Fields, fields map[string]any, texts ...string) *simkit.Problem {
	for _, name := range texts {
		if !f.Has(name) {
			continue
		}
		var text *string
		if json.Unmarshal(f[name], &text) != nil {
			return simkit.BadRequest(name, "%s must be a string or null", name)
		}
		fields[name] = nil
		if text != nil {
			fields[name] = *text
		}
	}
	if f.Has("enabled") {
		var enabled *bool
		if json.Unmarshal(f["enabled"], &enabled) != nil || enabled == nil {
			return simkit.BadRequest("enabled", "enabled must be a boolean")
		}
		fields["enabled"] = *enabled
	}
	return nil
}

// nameTaken refuses a name that another record of the kind below the parent has.
func (s *Server) nameTaken(c *call, kind, parent string, own *record, name any) *simkit.Problem {
	for _, other := range s.store.of(kind, c.org, parent) {
		if other != own && name != nil && other.fields["name"] == name {
			return simkit.BadRequest("name", "The name %q is in use: names must be unique", name)
		}
	}
	return nil
}

// attributePrefix is before the name of every derived attribute.
const attributePrefix = "openai."

func transformationsOf(raw json.RawMessage) ([]any, *simkit.Problem) {
	const name = "attribute_transformations"
	var all []struct{ Attribute, Expression *string }
	if json.Unmarshal(raw, &all) != nil || all == nil || len(all) > 20 {
		return nil, simkit.BadRequest(name, "%s must be an array of at most 20 objects", name)
	}
	out := []any{}
	for _, one := range all {
		if !between(one.Attribute, 256) || !between(one.Expression, 4096) {
			return nil, simkit.BadRequest(name, "%s need an attribute of 1 to 256 and an expression of 1 to 4096 characters", name)
		}
		out = append(out, map[string]any{"attribute": attributePrefix + strings.TrimPrefix(*one.Attribute, attributePrefix), "expression": *one.Expression})
	}
	return out, nil
}

func between(text *string, most int) bool {
	return text != nil && *text != "" && utf8.RuneCountInString(*text) <= most
}

func verificationOf(raw json.RawMessage) (map[string]any, *simkit.Problem) {
	const name = "verification"
	var in struct {
		Type         string          `json:"type"`
		DiscoveryURL *string         `json:"discovery_url"`
		JWKS         json.RawMessage `json:"jwks"`
	}
	if json.Unmarshal(raw, &in) != nil {
		return nil, simkit.BadRequest(name, "%s must be an object", name)
	}
	switch in.Type {
	case "discovery":
		out := map[string]any{"type": in.Type, "discovery_url": nil}
		if in.DiscoveryURL != nil {
			out["discovery_url"] = *in.DiscoveryURL
		}
		return out, nil
	case "uploaded_jwks":
		var set map[string]any
		if json.Unmarshal(in.JWKS, &set) != nil || !publicKeys(in.JWKS) {
			return nil, simkit.BadRequest(name, "jwks must be a set of public keys with a kid each")
		}
		return map[string]any{"type": in.Type, "jwks": set}, nil
	}
	return nil, simkit.BadRequest(name, "%s.type must be discovery or uploaded_jwks", name)
}

// publicKeys says whether a key set has keys, all public, each with a kid of its own.
func publicKeys(raw json.RawMessage) bool {
	var set jose.JSONWebKeySet
	if json.Unmarshal(raw, &set) != nil || len(set.Keys) == 0 {
		return false
	}
	seen := map[string]bool{}
	for _, key := range set.Keys {
		if !key.IsPublic() || key.KeyID == "" || seen[key.KeyID] {
			return false
		}
		seen[key.KeyID] = true
	}
	return true
}

var federationRuleKind = &recordKind{
	name: "federation_rules", noun: "federation rule", path: "/organization/workload_identity_providers/{workload_identity_provider_id}/federation_rules",
	wildcard: "workload_identity_federation_rule_id", prefix: "wifr_", created: true, filters: []string{"service_account_id"},
	object: "organization.workload_identity_federation_rule", deleted: "organization.workload_identity_federation_rule.deleted",
	takes:   []string{"project_id", "service_account_id", "attribute_matchers", "name", "description", "enabled", "permissions"},
	changes: []string{"attribute_matchers", "name", "description", "enabled", "permissions"},
	within: func(s *Server, c *call) *simkit.Problem {
		if _, ok := simkit.Find(s.store.of("workload_identity_providers", c.org, ""), c.Path("workload_identity_provider_id")); !ok {
			return notFound("workload identity provider", c.Path("workload_identity_provider_id"))
		}
		return nil
	},
	create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
		provider := c.Path("workload_identity_provider_id")
		account, bad := s.ruledAccount(c, f)
		if bad != nil {
			return nil, "", bad
		}
		for _, other := range s.store.of("federation_rules", c.org, provider) {
			if other.fields["service_account_id"] == account.ID {
				return nil, "", simkit.BadRequest("service_account_id", "The service account %s has a federation rule of this provider already: %s", account.ID, other.ID)
			}
		}
		if len(s.store.of("federation_rules", c.org, provider)) >= mostIdentities {
			return nil, "", simkit.BadRequest("", "A workload identity provider has at most %d federation rules", mostIdentities)
		}
		fields := map[string]any{
			"workload_identity_provider_id": provider, "project_id": account.project.ID, "service_account_id": account.ID,
			"name": nil, "description": nil, "enabled": true, "permissions": map[string]any{"type": "service_account_default"},
		}
		if !f.Has("attribute_matchers") {
			return nil, "", simkit.BadRequest("attribute_matchers", "attribute_matchers is required")
		}
		return fields, "", s.ruleFields(c, nil, f, fields)
	},
	update: func(s *Server, c *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		fields := map[string]any{}
		return fields, s.ruleFields(c, r, f, fields)
	},
}

// ruledAccount is the service account that a new rule is for.
func (s *Server) ruledAccount(c *call, f simkit.Fields) (*account, *simkit.Problem) {
	projectID, bad := f.RequiredText("project_id")
	if bad != nil {
		return nil, bad
	}
	accountID, bad := f.RequiredText("service_account_id")
	if bad != nil {
		return nil, bad
	}
	p, ok := simkit.Find(s.store.projects, projectID)
	switch {
	case !ok || p.org != c.org:
		return nil, projectNotFound(projectID)
	case p.archived():
		return nil, projectArchived(projectID)
	}
	a, ok := simkit.Find(s.store.accounts, accountID)
	if !ok || a.project != p {
		return nil, notFound("service account", accountID)
	}
	return a, nil
}

// ruleFields reads what is common to creates and updates of rules into fields.
func (s *Server) ruleFields(c *call, r *record, f simkit.Fields, fields map[string]any) *simkit.Problem {
	fields["updated_at"] = c.Now.Unix()
	if bad := metadata(f, fields, "name", "description"); bad != nil {
		return bad
	}
	if bad := s.nameTaken(c, "federation_rules", c.Path("workload_identity_provider_id"), r, fields["name"]); bad != nil {
		return bad
	}
	if f.Has("attribute_matchers") {
		matchers, bad := matchersOf(f["attribute_matchers"])
		if bad != nil {
			return bad
		}
		fields["attribute_matchers"] = matchers
	}
	if f.Has("permissions") {
		permissions, bad := permissionsOf(f["permissions"])
		if bad != nil {
			return bad
		}
		fields["permissions"] = permissions
	}
	return nil
}

func matchersOf(raw json.RawMessage) (map[string]any, *simkit.Problem) {
	const name = "attribute_matchers"
	var matchers map[string]any
	if json.Unmarshal(raw, &matchers) != nil || matchers == nil {
		return nil, simkit.BadRequest(name, "%s must be an object", name)
	}
	for key, value := range matchers {
		switch v := value.(type) {
		case bool, float64:
		case string:
			if star := strings.Index(v, "*"); star >= 0 && (star == 0 || star != len(v)-1) {
				return nil, simkit.BadRequest(name, "%s.%s may have one * at its end, after something else", name, key)
			}
		default:
			return nil, simkit.BadRequest(name, "%s.%s must be a string, a number or a boolean", name, key)
		}
	}
	return matchers, nil
}

func permissionsOf(raw json.RawMessage) (map[string]any, *simkit.Problem) {
	const name = "permissions"
	var in struct {
		Type   string
		Scopes []string
	}
	if json.Unmarshal(raw, &in) != nil {
		return nil, simkit.BadRequest(name, "%s must be an object", name)
	}
	switch {
	case in.Type == "service_account_default" && in.Scopes == nil:
		return map[string]any{"type": in.Type}, nil
	case in.Type != "restricted" || len(in.Scopes) == 0:
		return nil, simkit.BadRequest(name, "%s.type must be service_account_default, or restricted with scopes", name)
	}
	scopes := []any{}
	for _, scope := range in.Scopes {
		if strings.HasPrefix(scope, "api.management.") || scope == "" {
			return nil, &simkit.Problem{Status: http.StatusBadRequest, Param: name, Message: "The scope cannot be given to a rule: " + scope}
		}
		scopes = append(scopes, scope)
	}
	return map[string]any{"type": in.Type, "scopes": scopes}, nil
}
