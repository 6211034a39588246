// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

var auditRoutes = []route{
	{http.MethodGet, "/organization/audit_logs", OpAuditLogsList, (*Server).listAudit},
}

// event is one entry of the audit log. What is done in the dashboard leaves none here.
type event struct {
	simkit.Object
	org         *organization
	typ         string
	project     *project // nil = none
	key         string   // id of the admin key that did it
	object      string   // id of what it was done to
	requested   map[string]any
	tenantEvent bool
}

func createdID(result any, otherwise string) string {
	switch v := result.(type) {
	case wireProject:
		return v.ID
	case wireNewAccount:
		return v.ID
	case wireNewKey:
		return v.ID
	case wireNewAdminKey:
		return v.ID
	}
	return otherwise
}

// record writes what an accepted request did into the audit log.
func (s *Server) record(c *call, result any) {
	var sent map[string]any
	_ = json.Unmarshal(c.Body, &sent) // no body, nothing sent
	id, typ, details := c.ObjectID(), "", map[string]any{}
	switch c.Operation {
	case OpProjectsCreate:
		typ, details["data"] = "project.created", map[string]any{"name": sent["name"], "title": sent["name"]}
	case OpProjectsUpdate:
		typ, details["changes_requested"] = "project.updated", map[string]any{}
		if name, ok := sent["name"].(string); ok {
			details["changes_requested"] = map[string]any{"title": name}
		}
	case OpProjectsArchive:
		typ = "project.archived"
	case OpServiceAccountsCreate:
		account, _ := result.(wireNewAccount)
		typ, details["data"] = "service_account.created", map[string]any{"role": account.Role}
		if account.APIKey != nil {
			defer s.log(c, account.APIKey.ID, "api_key.created", map[string]any{"data": map[string]any{"scopes": []any{}}})
		}
	case OpServiceAccountsUpdate:
		typ, details["changes_requested"] = "service_account.updated", map[string]any{}
		if role, ok := sent["role"]; ok {
			details["changes_requested"] = map[string]any{"role": role}
		}
	case OpServiceAccountsDelete:
		typ = "service_account.deleted"
	case OpServiceAccountKeysCreate:
		typ, details["data"] = "api_key.created", map[string]any{"scopes": orEmpty(sent["scopes"])}
	case OpAPIKeysUpdate:
		typ, details["changes_requested"] = "api_key.updated", map[string]any{}
		if scopes, ok := sent["scopes"]; ok {
			details["changes_requested"] = map[string]any{"scopes": scopes}
		}
	case OpAPIKeysDelete:
		typ = "api_key.deleted"
	case OpAdminAPIKeysCreate:
		typ = "tenant.admin_api_key.created"
	case OpAdminAPIKeysDelete:
		typ = "tenant.admin_api_key.deleted"
	default:
		return
	}
	s.log(c, createdID(result, id), typ, details)
}

func orEmpty(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}

func (s *Server) log(c *call, object, typ string, details map[string]any) {
	number := s.Issuer.Next()
	e := &event{
		// Not a random id: the log must not change which ids a seed gives.
		Object: simkit.Object{ID: fmt.Sprintf("audit_log-%08d", number), At: simkit.ToSecond(c.Now), Exact: c.Now, Sequence: number},
		org:    c.org, typ: typ, key: c.CredentialID, object: object,
		requested: details, tenantEvent: strings.HasPrefix(typ, "tenant."),
	}
	projectID := c.Path("project_id")
	if strings.HasPrefix(typ, "project.") {
		projectID = object
	}
	if p, ok := simkit.Find(s.store.projects, projectID); ok {
		e.project = p
	}
	s.store.events = append(s.store.events, e)
}

// auditLists are the filters that take several values, in both ways to write an array.
var auditLists = []string{"project_ids", "event_types", "actor_ids", "actor_emails", "resource_ids"}

func (s *Server) listAudit(c *call) (any, *simkit.Problem) {
	query := c.Request.URL.Query()
	known := []string{"limit", "after", "before", "tenant_only", "effective_at[gt]", "effective_at[gte]", "effective_at[lt]", "effective_at[lte]"}
	for _, name := range auditLists {
		known = append(known, name, name+"[]")
	}
	if bad := s.checkQuery(c, known...); bad != nil {
		return nil, bad
	}
	tenant := query.Get("tenant_only")
	if tenant != "" && tenant != "true" && tenant != "false" {
		return nil, simkit.BadRequest("tenant_only", "tenant_only must be true or false, not %q", tenant)
	}
	own := slices.DeleteFunc(slices.Clone(s.store.events), func(e *event) bool {
		return e.org != c.org || e.tenantEvent != (tenant == "true")
	})
	slices.Reverse(own)
	if id := query.Get("before"); id != "" {
		i := slices.IndexFunc(own, func(e *event) bool { return e.ID == id })
		if i < 0 {
			return nil, notFound("audit log", id)
		}
		own = own[:i]
	}
	during, bad := effective(query)
	if bad != nil {
		return nil, bad
	}
	return list(c, "audit log", own,
		func(e *event) bool { return during(e.At.Unix()) && e.matches(query) },
		func(e *event) any { return e.wire() })
}

// effective reads the bounds of the time.
func effective(query url.Values) (func(int64) bool, *simkit.Problem) {
	compare := map[string]func(at, bound int64) bool{
		"gt": func(at, b int64) bool { return at > b }, "gte": func(at, b int64) bool { return at >= b },
		"lt": func(at, b int64) bool { return at < b }, "lte": func(at, b int64) bool { return at <= b },
	}
	bounds := map[string]int64{}
	for how := range compare {
		name := "effective_at[" + how + "]"
		if !query.Has(name) {
			continue
		}
		bound, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil {
			return nil, simkit.BadRequest(name, "%s must be an integer, not %q", name, query.Get(name))
		}
		bounds[how] = bound
	}
	return func(at int64) bool {
		for how, bound := range bounds {
			if !compare[how](at, bound) {
				return false
			}
		}
		return true
	}, nil
}

func (e *event) matches(query url.Values) bool {
	project := ""
	if e.project != nil {
		project = e.project.ID
	}
	has := map[string][]string{
		"project_ids": {project}, "event_types": {e.typ}, "actor_ids": {e.key, e.org.owner.ID},
		"actor_emails": {e.org.owner.email}, "resource_ids": {e.object, project},
	}
	for _, name := range auditLists {
		wanted := slices.Concat(query[name], query[name+"[]"])
		if len(wanted) > 0 && !slices.ContainsFunc(has[name], func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	return true
}

func (e *event) wire() map[string]any {
	out := map[string]any{
		"id": e.ID, "type": e.typ, "effective_at": e.At.Unix(),
		"actor": map[string]any{"type": "api_key", "api_key": map[string]any{
			"id": e.key, "type": "user", "user": map[string]any{"id": e.org.owner.ID, "email": e.org.owner.email},
		}},
	}
	if e.project != nil {
		out["project"] = map[string]any{"id": e.project.ID, "name": e.project.name}
	}
	if !e.tenantEvent {
		e.requested["id"] = e.object
		out[e.typ] = e.requested
	}
	return out
}
