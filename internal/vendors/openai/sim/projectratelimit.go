// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"math"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// rateLimitFields are all there are; a model has some of them.
var rateLimitFields = []string{
	"max_requests_per_1_minute", "max_tokens_per_1_minute", "max_images_per_1_minute",
	"max_audio_megabytes_per_1_minute", "max_requests_per_1_day", "batch_1_day_max_input_tokens",
}

// usualRateLimits are those of a project that nothing was seeded in.
var usualRateLimits = []map[string]any{
	{"id": "rl-gpt-4.1", "model": "gpt-4.1", "max_requests_per_1_minute": 500, "max_tokens_per_1_minute": 30000, "batch_1_day_max_input_tokens": 900000},
	{"id": "rl-gpt-4.1-mini", "model": "gpt-4.1-mini", "max_requests_per_1_minute": 1000, "max_tokens_per_1_minute": 200000, "max_requests_per_1_day": 10000},
	{"id": "rl-gpt-image-1", "model": "gpt-image-1", "max_requests_per_1_minute": 20, "max_tokens_per_1_minute": 100000, "max_images_per_1_minute": 5},
}

// Rate limits are always there: a project's come with it, and are only changed.
var rateLimitKind = &recordKind{
	name: "rate_limits", noun: "rate limit", path: ofProject + "/rate_limits", wildcard: "rate_limit_id", prefix: "rl-",
	object: "project.rate_limit", usual: 100, listOnly: true, changes: rateLimitFields,
	always: usualRateLimits,
	update: func(_ *Server, _ *call, r *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
		changed := map[string]any{}
		for _, name := range rateLimitFields {
			n, there, bad := number(f, name, 0, math.MaxInt64)
			if bad != nil {
				return nil, bad
			}
			if _, has := r.fields[name]; there && !has {
				return nil, simkit.BadRequest(name, "%s does not apply to the model %v", name, r.fields["model"])
			}
			if there {
				changed[name] = n
			}
		}
		return changed, nil
	},
}
