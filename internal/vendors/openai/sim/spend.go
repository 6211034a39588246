// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim

import (
	"encoding/json"
	"math"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/simkit"
)

// moneyFields are what a limit and an alert have in common.
var moneyFields = []string{"threshold_amount", "currency", "interval"}

// money reads them.
func money(f simkit.Fields, least int64) (map[string]any, *simkit.Problem) {
	cents, there, bad := number(f, "threshold_amount", least, math.MaxInt64)
	if bad != nil {
		return nil, bad
	}
	if !there {
		return nil, simkit.BadRequest("threshold_amount", "threshold_amount is required")
	}
	currency, bad := oneOf(f, "currency", "USD")
	if bad != nil {
		return nil, bad
	}
	interval, bad := oneOf(f, "interval", "month")
	return map[string]any{"threshold_amount": cents, "currency": currency, "interval": interval}, bad
}

var spendLimitKinds = []*settingKind{
	spendLimit("spend_limit", "/organization", "organization", "spend_alerts"),
	spendLimit("project_spend_limit", ofProject, "project", "project_spend_alerts"),
}

func spendLimit(name, path, level, alerts string) *settingKind {
	return &settingKind{
		name: name, noun: "spend limit", path: path + "/spend_limit",
		object: level + ".spend_limit", deleted: level + ".spend_limit.deleted", takes: moneyFields,
		set: func(f simkit.Fields) (map[string]any, *simkit.Problem) {
			fields, bad := money(f, 1)
			if bad == nil {
				fields["enforcement"] = map[string]any{"status": "inactive"}
			}
			return fields, bad
		},
		allows: func(s *Server, c *call, set map[string]any) *simkit.Problem {
			for _, alert := range s.store.of(alerts, c.org, c.Path("project_id")) {
				at, _ := alert.fields["threshold_amount"].(float64)
				if most, _ := set["threshold_amount"].(float64); s.InForce().LimitAboveAlerts && at > most {
					return simkit.BadRequest("threshold_amount", "threshold_amount must not be below the spend alert %s", alert.ID)
				}
			}
			return nil
		},
	}
}

var (
	spendAlertKind        = spendAlert("spend_alerts", "/organization", "organization", spendLimitKinds[0])
	projectSpendAlertKind = spendAlert("project_spend_alerts", ofProject, "project", spendLimitKinds[1])
)

// spendAlert is the kind at one level, where an alert cannot be above the limit.
func spendAlert(name, path, level string, limit *settingKind) *recordKind {
	fields := append([]string{"notification_channel"}, moneyFields...)
	read := func(s *Server, c *call, f simkit.Fields) (map[string]any, *simkit.Problem) {
		alert, bad := money(f, 0)
		if bad != nil {
			return nil, bad
		}
		channel, bad := channelOf(f)
		if bad != nil {
			return nil, bad
		}
		alert["notification_channel"] = channel
		alert = normal(alert)
		has := limit.has(s, settingPlace{limit.name, c.org, c.Path("project_id")})
		if most, set := has["threshold_amount"].(float64); set && alert["threshold_amount"].(float64) > most { //nolint:forcetypeassert // checked
			return nil, simkit.BadRequest("threshold_amount", "threshold_amount must not exceed the hard spend limit")
		}
		return alert, nil
	}
	return &recordKind{
		name: name, noun: "spend alert", path: path + "/spend_alerts", wildcard: "alert_id", prefix: "alert_",
		object: level + ".spend_alert", deleted: level + ".spend_alert.deleted", least: new(int), takes: fields, changes: fields,
		create: func(s *Server, c *call, f simkit.Fields) (map[string]any, string, *simkit.Problem) {
			alert, bad := read(s, c, f)
			return alert, "", bad
		},
		update: func(s *Server, c *call, _ *record, f simkit.Fields) (map[string]any, *simkit.Problem) {
			return read(s, c, f)
		},
	}
}

func channelOf(f simkit.Fields) (map[string]any, *simkit.Problem) {
	const name = "notification_channel"
	var channel simkit.Fields
	if !f.Has(name) || json.Unmarshal(f[name], &channel) != nil || channel == nil {
		return nil, simkit.BadRequest(name, "%s is required", name)
	}
	for field := range channel {
		if field != "type" && field != "recipients" && field != "subject_prefix" {
			return nil, simkit.BadRequest(name, "Unknown request field: %s.%s", name, field)
		}
	}
	kind, bad := oneOf(channel, "type", "email")
	if bad != nil {
		return nil, bad
	}
	recipients, bad := textsOf(channel, "recipients")
	if bad != nil {
		return nil, bad
	}
	if len(recipients) == 0 {
		return nil, simkit.BadRequest(name, "recipients must not be empty")
	}
	out := map[string]any{"type": kind, "recipients": recipients, "subject_prefix": nil}
	if channel.Has("subject_prefix") && !channel.IsNull("subject_prefix") {
		prefix, bad := channel.Text("subject_prefix")
		if bad != nil {
			return nil, bad
		}
		out["subject_prefix"] = prefix
	}
	return out, nil
}
