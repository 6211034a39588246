// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The one inference call there is shows whether a project key or an access token works. What
// does not is answered 401, whatever the reason, and 403 where the scopes of a token are too few.
var inferenceRoutes = []route{
	{http.MethodGet, "/models", OpInferenceModels, (*Server).listModels},
}

func (s *Server) listModels(c *call) (any, *simkit.Problem) {
	secret := simkit.Bearer(c.Request)
	var of *project
	if k, found := s.store.keyBySecret(secret); found && k.usable(c.Now) {
		k.lastUsedAt = simkit.ToSecond(c.Now)
		of = k.project
	}
	if a, found := s.store.accessBySecret(secret, c.Now); found {
		if !a.may("api.model.read", "api.all.read") {
			return nil, missingScope("api.model.read")
		}
		of = a.account.project
	}
	if of == nil {
		return nil, badKey(secret)
	}
	return map[string]any{"object": "list", "data": []any{
		map[string]any{"id": "sim-model", "object": "model", "created": of.At.Unix(), "owned_by": "openaisim"},
	}}, nil
}
