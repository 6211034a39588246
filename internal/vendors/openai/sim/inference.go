// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import "net/http"

// The one inference call there is shows whether a project key works. Every key
// that does not is answered 401, whatever the reason.
var inferenceRoutes = []route{
	{http.MethodGet, "/models", OpInferenceModels, (*Server).listModels},
}

func (s *Server) listModels(c *call) (any, *problem) {
	secret := bearer(c.r)
	k, ok := s.store.keyBySecret(secret)
	if !ok || !k.usable(c.now) {
		return nil, badKey(secret)
	}
	k.lastUsedAt = toSecond(c.now)
	return map[string]any{"object": "list", "data": []any{
		map[string]any{"id": "sim-model", "object": "model", "created": k.project.at.Unix(), "owned_by": "openaisim"},
	}}, nil
}
