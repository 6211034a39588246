// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"context"
	"net/http"
	"time"

	vendor "github.com/openai/openai-go/v3"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Where the limits of the organization and of its projects are.
const (
	organizationPath = "/organization"
	projectsPath     = organizationPath + "/projects"
)

// limits are the requests about what bounds the harm that a leaked key does. Where organization
// and project have the same, the organization's parent is "".
type limits struct {
	RateLimits       *Objects[RateLimit] // parent: the project
	limitTurns       turns               // of these, by project and model
	SpendLimits      *Setting[SpendLimit]
	SpendAlerts      *Objects[SpendAlert]
	alertWrites      signals // of these
	DataRetention    *Setting[string]
	ModelPermissions *Setting[ModelPermissions]
	HostedTools      *Setting[HostedTools]
	ServiceTiers     *Setting[ServiceTiers]
}

func (c *Client) addLimits() {
	c.RateLimits = newObjects(c, kind[vendor.ProjectRateLimit, RateLimit]{
		noun: "rate limit", path: below(projectsPath, "/rate_limits"), project: inProject, read: rateLimitOf,
		id: func(l RateLimit) string { return l.ID }, size: pageSize, unread: true,
	})
	c.SpendAlerts = newObjects(c, kind[vendor.ProjectSpendAlert, SpendAlert]{
		noun: "spend alert", path: eitherLevel("/spend_alerts"), project: inProject, read: spendAlertOf,
		id: func(a SpendAlert) string { return a.ID }, size: pageSize, byList: true,
	})
	c.SpendLimits = newSetting(c, "spend limit", eitherLevel("/spend_limit"), spendLimitOf)
	c.SpendLimits.around = c.afterAlerts
	c.DataRetention = newSetting(c, "data retention", eitherLevel("/data_retention"), dataRetentionOf)
	c.ModelPermissions = newSetting(c, "model permissions", below(projectsPath, "/model_permissions"), modelPermissionsOf)
	c.HostedTools = newSetting(c, "hosted tool permissions", below(projectsPath, "/hosted_tool_permissions"), hostedToolsOf)
	c.ServiceTiers = newSetting(c, "service tiers", below(projectsPath, "/service_tier_settings"), serviceTiersOf)
}

// eitherLevel is the path of what a project and the organization both have.
func eitherLevel(suffix string) func(parent string) string {
	inProject := below(projectsPath, suffix)
	return func(parent string) string {
		if parent == "" {
			return organizationPath + suffix
		}
		return inProject(parent)
	}
}

// LeftProject judges what a destroy wrote into a project: in an archived one nothing is left to be
// undone.
func (c *Client) LeftProject(ctx context.Context, project string, err error) error {
	if apierr.IsGone(err) {
		return nil
	}
	if status := apierr.Status(err); status == http.StatusBadRequest || status == http.StatusNotFound {
		if p, confirmErr := c.ConfirmProject(ctx, project, time.Time{}); confirmErr == nil && p.Archived {
			return nil
		}
	}
	return err
}
