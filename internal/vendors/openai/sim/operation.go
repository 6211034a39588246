// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"slices"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The operations, as faults and the journal name them.
const (
	OpProjectsList    = "projects.list"
	OpProjectsCreate  = "projects.create"
	OpProjectsGet     = "projects.get"
	OpProjectsUpdate  = "projects.update"
	OpProjectsArchive = "projects.archive"

	OpServiceAccountsList   = "service_accounts.list"
	OpServiceAccountsCreate = "service_accounts.create"
	OpServiceAccountsGet    = "service_accounts.get"
	OpServiceAccountsUpdate = "service_accounts.update"
	OpServiceAccountsDelete = "service_accounts.delete"

	// OpServiceAccountKeysCreate is the mint: a further key of a service account.
	OpServiceAccountKeysCreate = "service_account_keys.create"

	OpAPIKeysList   = "api_keys.list"
	OpAPIKeysGet    = "api_keys.get"
	OpAPIKeysUpdate = "api_keys.update"
	OpAPIKeysDelete = "api_keys.delete"

	OpAdminAPIKeysList   = "admin_api_keys.list"
	OpAdminAPIKeysCreate = "admin_api_keys.create"
	OpAdminAPIKeysGet    = "admin_api_keys.get"
	OpAdminAPIKeysDelete = "admin_api_keys.delete"

	OpAuditLogsList = "audit_logs.list"

	OpInferenceModels = "inference.models"

	// OpTokenExchange gives access for a workload's own token.
	OpTokenExchange = "oauth_tokens.exchange"
)

// route binds one endpoint to its handler.
type route struct {
	method    string
	pattern   string // below the base path
	operation string
	serve     func(*Server, *call) (any, *simkit.Problem)
}

func (rt route) creates() bool { return strings.HasSuffix(rt.operation, ".create") }

// mints says that the answer shows a new secret.
func (rt route) mints() bool {
	return rt.operation == OpServiceAccountsCreate || rt.operation == OpServiceAccountKeysCreate || rt.operation == OpAdminAPIKeysCreate || rt.operation == OpTokenExchange
}

// routes is the table of everything modelled: a new area adds its file and one line here.
func (s *Server) routes() []simkit.Route {
	var out []simkit.Route
	for _, rt := range slices.Concat(projectRoutes, serviceAccountRoutes, apiKeyRoutes, adminKeyRoutes, auditRoutes, inferenceRoutes, exchangeRoutes, recordRoutes(), settingRoutes()) {
		out = append(out, simkit.Route{
			Method: rt.method, Pattern: rt.pattern, Operation: rt.operation,
			ShowsSecret: rt.mints(),
			Open:        rt.operation == OpInferenceModels || rt.operation == OpTokenExchange,
			Serve:       s.serve(rt),
		})
	}
	return out
}
