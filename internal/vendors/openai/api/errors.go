// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// Operations that errors and hints speak of by name.
const (
	opMint           = "create API key"
	opCreateAdminKey = "create admin key"
)

// dialect is what this vendor's API says in its own way.
var dialect = apiclient.Dialect{
	Name:       vendorName,
	Credential: "the admin key",
	RequestID:  "X-Request-Id",
	Path:       "/v1",
	Authorize:  func(h http.Header, credential string) { h.Set("Authorization", "Bearer "+credential) },
	Fields:     errorFields,
	Quota:      func(code string) bool { return quotaCodes[code] },
	// Documented as "the created key could not be found".
	MayBeDone: func(operation string, status int) bool {
		return status == http.StatusNotFound && operation == opCreateAdminKey
	},
	Hint: hint,
}

// errorFields reads every form of error body that was seen: the usual envelope, the
// bare object, a plain string, numbers for codes, and bodies that are not JSON.
func errorFields(body []byte) (kind, code, param, message string) {
	var outer map[string]json.RawMessage
	if json.Unmarshal(body, &outer) != nil {
		return "", "", "", ""
	}
	inner := outer
	raw, enveloped := outer["error"]
	switch {
	case enveloped && json.Unmarshal(raw, &inner) != nil:
		return "", "", "", text(raw)
	case !enveloped && text(inner["message"]) == "":
		return "", "", "", "" // some other service's object
	}
	return text(inner["type"]), text(inner["code"]), text(inner["param"]), text(inner["message"])
}

// text reads a JSON string, number or null as text.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// quotaCodes are the 429s that waiting does not cure.
var quotaCodes = map[string]bool{
	"insufficient_quota":                true,
	"credit_balance_exhausted":          true,
	"organization_spend_limit_exceeded": true,
	"project_spend_limit_exceeded":      true,
}

var missingScopes = pattern.Lazy(`(?i)missing scopes?: *([\w:-]+(?:\.[\w:-]+)*(?:, *[\w:-]+(?:\.[\w:-]+)*)*)`)

// hint is what the user should do about an error, "" when the message says enough.
func hint(e *apierr.Error) string {
	scopes := missingScopes().FindStringSubmatch(e.Message)
	lower := strings.ToLower(e.Message)
	switch {
	case e.Code == "ip_not_authorized":
		return "The organization has an IP allowlist and this machine's address is not on it. Run from an allowed address or add it in the dashboard."
	case scopes != nil && (e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized):
		return "The admin key lacks " + scopes[1] + ". Create an admin key with all permissions, or with \"Organization Administration\" set to write, and use that one."
	case e.Status == http.StatusUnauthorized:
		return "The admin key is unknown to this server, revoked or expired, or it is not an admin key. Admin keys begin with sk-admin- and are created by organization owners; give one as openai.admin_key or in OPENAI_ADMIN_KEY."
	case e.Status == http.StatusForbidden:
		return "The admin key may not do this. It must belong to the organization and have \"Organization Administration\" rights."
	case e.Status == http.StatusTooManyRequests && quotaCodes[e.Code]:
		return "This is a spending limit or a quota: waiting does not help. An organization owner must raise it."
	case e.Status == http.StatusTooManyRequests:
		return "The server stayed busy for the whole of openai.busy_timeout. Another client may be using up the organization's limit: try again later, raise busy_timeout, or set openai.requests_per_minute."
	case e.Status == http.StatusConflict && e.Operation == opMint:
		return "This organization allows one key per service account, and this one has a key: revoke that, or use another service account."
	case e.Status == http.StatusBadRequest && (aboutKeys[e.Operation] && isPolicy(lower) || e.Operation == opMint && strings.Contains(lower, "not allow")):
		return "A key policy of the organization or the project refuses this. If it demands an expiry, set lifetime within the limit it names; if it forbids this kind of key, an owner must allow it under API key governance in the dashboard."
	default:
		return ""
	}
}

// aboutKeys are the operations that a key policy can refuse.
var aboutKeys = map[string]bool{opMint: true, opEndKey: true, opCreateAdminKey: true, "create service account": true}

func isPolicy(lower string) bool {
	return strings.Contains(lower, "policy") || strings.Contains(lower, "lifetime") ||
		strings.Contains(lower, "expires_in_seconds") || strings.Contains(lower, "must expire")
}
