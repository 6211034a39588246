// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	vendor "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// RateLimit is what a project may use of one model. It is always there, and only changed.
type RateLimit struct {
	ID, Model string
	Limits    map[string]int64 // by field; without those that the model does not have
}

const rateLimitPrefix = "rl-"

// rateLimitOf reads one. The id is that of the model with a prefix: either tells the other.
func rateLimitOf(string) reader[vendor.ProjectRateLimit, RateLimit] {
	return func(w *vendor.ProjectRateLimit) (RateLimit, error) {
		if w == nil || w.ID == "" && w.Model == "" {
			return RateLimit{}, errors.New("it has neither an id nor a model")
		}
		limit := RateLimit{
			ID: cmp.Or(w.ID, rateLimitPrefix+w.Model), Model: cmp.Or(w.Model, strings.TrimPrefix(w.ID, rateLimitPrefix)),
			Limits: map[string]int64{},
		}
		for name, one := range map[string]struct {
			shown respjson.Field
			value int64
		}{
			"max_requests_per_1_minute":        {w.JSON.MaxRequestsPer1Minute, w.MaxRequestsPer1Minute},
			"max_tokens_per_1_minute":          {w.JSON.MaxTokensPer1Minute, w.MaxTokensPer1Minute},
			"max_images_per_1_minute":          {w.JSON.MaxImagesPer1Minute, w.MaxImagesPer1Minute},
			"max_audio_megabytes_per_1_minute": {w.JSON.MaxAudioMegabytesPer1Minute, w.MaxAudioMegabytesPer1Minute},
			"max_requests_per_1_day":           {w.JSON.MaxRequestsPer1Day, w.MaxRequestsPer1Day},
			"batch_1_day_max_input_tokens":     {w.JSON.Batch1DayMaxInputTokens, w.Batch1DayMaxInputTokens},
		} {
			if one.shown.Valid() {
				limit.Limits[name] = one.value
			}
		}
		return limit, nil
	}
}

// RateLimit finds the limit of a model in the list of its project. [apierr.Gone] when the
// project has none for it.
func (c *Client) RateLimit(ctx context.Context, project, model string) (RateLimit, error) {
	list, err := c.RateLimits.All(ctx, project)
	if err != nil {
		return RateLimit{}, err
	}
	id := rateLimitPrefix + model
	for _, one := range list.ByID {
		if one.Model == model {
			id = one.ID
		}
	}
	return c.RateLimits.Get(ctx, project, id, time.Time{})
}

// RateLimitTurn waits for the writes to a model's limit that began before; the caller calls end.
func (c *Client) RateLimitTurn(project, model string) (end func()) {
	return c.limitTurns.begin(project + "/" + model).Unlock
}

// UpdateRateLimit changes those fields of a model's limit, in its [Client.RateLimitTurn]. After an unknown outcome it
// looks: an apply that fails forgets what the limits were before.
func (c *Client) UpdateRateLimit(ctx context.Context, project, model string, fields map[string]any) (RateLimit, error) {
	changed, err := c.updateRateLimit(ctx, project, model, fields)
	if err == nil {
		c.limitTurns.at(project + "/" + model).note(fields)
	}
	return changed, err
}

// RestoreRateLimit writes former limits back, and gives what the server has then. Those that this process has written
// are left as they are, and given: to write them back as well would take away what another resource has just been given.
func (c *Client) RestoreRateLimit(ctx context.Context, project, model string, former map[string]any) (now RateLimit, left map[string]any, err error) {
	turn := c.limitTurns.begin(project + "/" + model)
	defer turn.Unlock()
	left, back := map[string]any{}, map[string]any{}
	for name, value := range former {
		if turn.wrote[name] {
			left[name] = value
		} else {
			back[name] = value
		}
	}
	if len(back) > 0 {
		now, err = c.updateRateLimit(ctx, project, model, back)
	}
	return now, left, err
}

func (c *Client) updateRateLimit(ctx context.Context, project, model string, fields map[string]any) (RateLimit, error) {
	has, err := c.RateLimit(ctx, project, model)
	if err != nil || len(fields) == 0 {
		return has, err
	}
	changed, err := c.RateLimits.Update(ctx, project, has.ID, time.Time{}, fields)
	if apierr.MayBeDone(err) {
		list, lookErr := c.RateLimits.Fresh(context.WithoutCancel(ctx), project)
		if lookErr != nil {
			return changed, err
		}
		if now, listed := list.ByID[has.ID]; listed && now.shows(fields) {
			return *now, nil
		}
	}
	return changed, err
}

// shows reports whether the limits are as fields have them, in whatever type of a number.
func (r RateLimit) shows(fields map[string]any) bool {
	for name, value := range fields {
		if limit, has := r.Limits[name]; !has || fmt.Sprint(value) != strconv.FormatInt(limit, 10) {
			return false
		}
	}
	return true
}
