// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"strings"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

// Some providers have the organization's settings under a name of its own, and amounts in cents: a
// move takes over ids alone.

// rateLimitMoves lead from limits that are named by the vendor's id: the model with a prefix.
var rateLimitMoves = []crud.Move{{
	Type: "openai_project_rate_limit", Providers: otherProviders,
	IDs: func(_ context.Context, source crud.Attributes) []string {
		model := source.Text("model")
		if model == "" {
			model = strings.TrimPrefix(last(source.Text("rate_limit_id", "id")), "rl-")
		}
		return []string{source.Text("project_id"), model}
	},
}}

// projectSettingMoves lead from a project's only one of a kind.
func projectSettingMoves(name string) []crud.Move {
	return []crud.Move{{
		Type: "openai_project_" + name, Providers: otherProviders,
		IDs: func(_ context.Context, source crud.Attributes) []string { return []string{source.Text("project_id")} },
	}}
}

// settingMoves lead from a setting of this level.
func (l level) settingMoves(name string) []crud.Move {
	if l.prefix != "" {
		return projectSettingMoves(name)
	}
	ids := func(context.Context, crud.Attributes) []string { return []string{organizationID} }
	return []crud.Move{
		{Type: "openai_" + name, Providers: otherProviders, IDs: ids},
		{Type: "openai_organization_" + name, Providers: otherProviders, IDs: ids},
	}
}

func (l level) spendLimitMoves() []crud.Move    { return l.settingMoves("spend_limit") }
func (l level) dataRetentionMoves() []crud.Move { return l.settingMoves("data_retention") }

func (l level) spendAlertMoves() []crud.Move {
	if l.prefix != "" {
		return []crud.Move{{
			Type: "openai_project_spend_alert", Providers: otherProviders,
			IDs: func(_ context.Context, source crud.Attributes) []string {
				return []string{source.Text("project_id"), movedAlert(source)}
			},
		}}
	}
	ids := func(_ context.Context, source crud.Attributes) []string { return []string{movedAlert(source)} }
	return []crud.Move{
		{Type: "openai_spend_alert", Providers: otherProviders, IDs: ids},
		{Type: "openai_organization_spend_alert", Providers: otherProviders, IDs: ids},
	}
}

func movedAlert(source crud.Attributes) string { return last(source.Text("alert_id", "id")) }
