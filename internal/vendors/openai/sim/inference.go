// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"net/http"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// The one inference call there is shows whether a project key works. Every key
// that does not is answered 401, whatever the reason.
var inferenceRoutes = []route{
	{http.MethodGet, "/models", OpInferenceModels, (*Server).listModels},
}

func (s *Server) listModels(c *call) (any, *simkit.Problem) {
	secret := simkit.Bearer(c.Request)
	k, ok := s.store.keyBySecret(secret)
	if !ok || !k.usable(c.Now) {
		return nil, badKey(secret)
	}
	k.lastUsedAt = simkit.ToSecond(c.Now)
	return map[string]any{"object": "list", "data": []any{
		map[string]any{"id": "sim-model", "object": "model", "created": k.project.At.Unix(), "owned_by": "openaisim"},
	}}, nil
}
