// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"errors"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"
)

const identityProvidersPath = "/organization/workload_identity_providers"

// IdentityProvider is a trusted issuer of tokens that workloads exchange for access.
type IdentityProvider struct {
	ID, Name, Issuer, Audience string
	Description                *string                   // "" = none, nil = not shown
	Enabled                    *bool                     // nil = not shown
	Transformations            []AttributeTransformation // nil = not shown
	Verification               *Verification             // nil = not shown
	CreatedAt                  time.Time
}

// AttributeTransformation derives an attribute from a token.
type AttributeTransformation struct{ Attribute, Expression string }

// Verification says where the issuer's keys come from: discovery at an address, "" for the
// issuer's own, or a key set as JSON text, "" for none.
type Verification struct{ DiscoveryURL, KeySet string }

var errNoIdentityProviderID = errors.New("it has no workload identity provider id")

func (c *Client) identityProviderOf(string) reader[vendor.WorkloadIdentityProvider, IdentityProvider] {
	return func(w *vendor.WorkloadIdentityProvider) (IdentityProvider, error) {
		if w == nil || w.ID == "" {
			return IdentityProvider{}, errNoIdentityProviderID
		}
		m := moments{http: c.http}
		out := IdentityProvider{
			ID: w.ID, Name: w.Name, Issuer: w.Issuer, Audience: w.Audience, Description: optional(w.JSON.Description, w.Description), Enabled: truth(w.JSON.Enabled, w.Enabled),
			CreatedAt: m.at("created_at", w.JSON.CreatedAt, w.CreatedAt),
		}
		if w.JSON.AttributeTransformations.Valid() {
			out.Transformations = []AttributeTransformation{}
			for _, one := range w.AttributeTransformations {
				out.Transformations = append(out.Transformations, AttributeTransformation{one.Attribute, one.Expression})
			}
		}
		if w.JSON.Verification.Valid() {
			out.Verification = &Verification{DiscoveryURL: w.Verification.DiscoveryURL}
			if w.Verification.JSON.Jwks.Valid() {
				out.Verification.KeySet = w.Verification.JSON.Jwks.Raw()
			}
		}
		return out, m.err
	}
}

// truth is a truth value as far as an answer shows it.
func truth(field respjson.Field, value bool) *bool {
	if !field.Valid() {
		return nil
	}
	return &value
}

// optional is a text that may be null, as far as an answer shows it.
func optional(field respjson.Field, value string) *string {
	if field.Raw() == "" {
		return nil
	}
	return &value
}

// Facts are those by which a lost create is found again.
func (p IdentityProvider) Facts() (id, name string, created time.Time) {
	return p.ID, p.Name, p.CreatedAt
}

// FederationRule lets a provider's tokens act as a service account of a project.
type FederationRule struct {
	ID, ProviderID, ProjectID, ServiceAccountID string
	Name, Description                           *string                    // "" = none, nil = not shown
	Enabled                                     *bool                      // nil = not shown
	Matchers                                    map[string]json.RawMessage // a text, number or truth value each; nil = not shown
	Scopes                                      []string                   // empty = the account's own rights; nil = not shown
	CreatedAt                                   time.Time
}

var errNoRuleID = errors.New("it has no federation rule id")

func (c *Client) federationRuleOf(provider string) reader[vendor.FederationRule, FederationRule] {
	return func(w *vendor.FederationRule) (FederationRule, error) {
		switch {
		case w == nil || w.ID == "":
			return FederationRule{}, errNoRuleID
		case w.WorkloadIdentityProviderID != "" && w.WorkloadIdentityProviderID != provider:
			return FederationRule{}, errors.New("it is a rule of another provider: " + w.WorkloadIdentityProviderID)
		}
		m := moments{http: c.http}
		out := FederationRule{
			ID: w.ID, ProviderID: provider, ProjectID: w.ProjectID, ServiceAccountID: w.ServiceAccountID,
			Name: optional(w.JSON.Name, w.Name), Description: optional(w.JSON.Description, w.Description), Enabled: truth(w.JSON.Enabled, w.Enabled),
			CreatedAt: m.at("created_at", w.JSON.CreatedAt, w.CreatedAt),
		}
		if w.JSON.AttributeMatchers.Valid() {
			if err := json.Unmarshal([]byte(w.JSON.AttributeMatchers.Raw()), &out.Matchers); err != nil {
				return FederationRule{}, errors.New("its attribute_matchers are not a JSON object")
			}
		}
		if w.JSON.Permissions.Valid() {
			out.Scopes = append([]string{}, w.Permissions.Scopes...)
		}
		return out, m.err
	}
}

func (c *Client) addIdentityProviders() {
	c.IdentityProviders = newObjects(c, kind[vendor.WorkloadIdentityProvider, IdentityProvider]{
		noun: "workload identity provider", path: at(identityProvidersPath),
		read: c.identityProviderOf, id: func(p IdentityProvider) string { return p.ID }, size: pageSize,
	})
	c.FederationRules = newObjects(c, kind[vendor.FederationRule, FederationRule]{
		noun: "federation rule", path: below(identityProvidersPath, "/federation_rules"), root: func(provider, _ string) string { return provider },
		read: c.federationRuleOf, id: func(r FederationRule) string { return r.ID }, size: pageSize,
	})
}
