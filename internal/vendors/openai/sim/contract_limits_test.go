// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package sim_test

import (
	"net/http"
	"testing"

	"github.com/openai/openai-go/v3"

	openaisim "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/sim"
)

// knownOfLimits are differences from the document as in known.
func knownOfLimits() map[string]string {
	known := map[string]string{}
	const later = "the document lists refusals for a few endpoints only; later ones list them throughout"
	for _, difference := range []string{
		"POST " + aProject + "/rate_limits/{rate_limit_id} 404", "GET " + aProject + "/model_permissions 404", "POST " + aProject + "/model_permissions 400",
	} {
		known["undocumented status: "+difference] = later
	}
	for _, level := range []string{"/organization", aProject} {
		for _, difference := range []string{
			"GET " + level + "/spend_limit 404", "POST " + level + "/spend_limit 400", "DELETE " + level + "/spend_limit 404",
			"POST " + level + "/spend_alerts 400", "GET " + level + "/spend_alerts/{alert_id} 404", "POST " + level + "/data_retention 400",
		} {
			known["undocumented status: "+difference] = later
		}
	}
	for _, method := range []string{"GET", "POST"} {
		known["no route: "+method+" /v1/organization/projects/{}/{}"] = "service tiers came in November"
	}
	return known
}

// whatBoundsHarm asks for limits, alerts, permissions and retention. project is a project's path.
func (k *checked) whatBoundsHarm(project string) {
	k.t.Helper()
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	k.send(get, project+"/rate_limits?limit=100", "", false)
	k.send(post, project+"/rate_limits/rl-gpt-4.1", `{"max_requests_per_1_minute":5,"batch_1_day_max_input_tokens":6}`, false)
	k.send(post, project+"/rate_limits/rl-gpt-4.1", `{"max_requests_per_1_minute":"5"}`, true)
	k.send(post, project+"/rate_limits/rl-nope", `{}`, false)

	k.send(get, project+"/model_permissions", "", false)
	k.send(post, project+"/model_permissions", `{"mode":"deny_list","model_ids":[]}`, false)
	k.send(post, project+"/model_permissions", `{"mode":"deny_list"}`, true)
	k.send(get, project+"/model_permissions", "", false)
	k.send(del, project+"/model_permissions", "", false)
	k.send(get, project+"/hosted_tool_permissions", "", false)
	k.send(post, project+"/hosted_tool_permissions", `{"mcp":{"enabled":false},"web_search":null}`, false)
	k.send(get, project+"/service_tier_settings", "", false)
	k.send(post, project+"/service_tier_settings", `{"default":"fast","enabled_tiers":"all"}`, false)

	for _, level := range []string{"/organization", project} {
		k.send(get, level+"/data_retention", "", false)
		k.send(post, level+"/data_retention", `{"retention_type":"zero_data_retention"}`, false)
		k.send(post, level+"/data_retention", `{"retention_type":7}`, true)

		k.send(get, level+"/spend_limit", "", false)
		k.send(post, level+"/spend_limit", `{"threshold_amount":1000,"currency":"USD","interval":"month"}`, false)
		k.send(post, level+"/spend_limit", `{"threshold_amount":0,"currency":"USD","interval":"month"}`, true)
		k.send(get, level+"/spend_limit", "", false)

		const alert = `{"threshold_amount":0,"currency":"USD","interval":"month","notification_channel":{"type":"email","recipients":["a@example.com"],"subject_prefix":null}}`
		made := k.send(post, level+"/spend_alerts", alert, false)
		id, _ := made["id"].(string)
		k.send(post, level+"/spend_alerts", `{"threshold_amount":0}`, true)
		k.send(post, level+"/spend_alerts", `{"threshold_amount":1001,"currency":"USD","interval":"month","notification_channel":{"type":"email","recipients":["a@example.com"]}}`, false)
		k.send(get, level+"/spend_alerts?limit=100&order=desc", "", false)
		k.send(get, level+"/spend_alerts/"+id, "", false)
		k.send(post, level+"/spend_alerts/"+id, alert, false)
		k.send(del, level+"/spend_alerts/"+id, "", false)
		k.send(get, level+"/spend_alerts/"+id, "", false)
		k.send(del, level+"/spend_limit", "", false)
		k.send(del, level+"/spend_limit", "", false)
	}
}

func TestVendorClientRateLimits(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	limits := org.Projects.RateLimits
	var models []string
	pages := limits.ListRateLimitsAutoPaging(ctx, w.project, openai.AdminOrganizationProjectRateLimitListRateLimitsParams{})
	for pages.Next() {
		models = append(models, pages.Current().Model)
	}
	noError(t, pages.Err())
	same(t, models, []string{"gpt-4.1", "gpt-4.1-mini", "gpt-image-1"})
	got, err := limits.UpdateRateLimit(ctx, w.project, "rl-gpt-image-1", openai.AdminOrganizationProjectRateLimitUpdateRateLimitParams{MaxImagesPer1Minute: openai.Int(2)})
	noError(t, err)
	same(t, []any{got.ID, got.Model, got.MaxImagesPer1Minute, got.MaxRequestsPer1Minute, got.JSON.MaxRequestsPer1Day.Valid(), got.Object}, []any{"rl-gpt-image-1", "gpt-image-1", 2, 20, false, "project.rate_limit"})
	_, err = limits.UpdateRateLimit(ctx, w.project, "rl-gpt-4.1", openai.AdminOrganizationProjectRateLimitUpdateRateLimitParams{MaxImagesPer1Minute: openai.Int(2)})
	vendorError(t, err, 400, "", "does not apply")
	_, err = limits.UpdateRateLimit(ctx, w.project, "rl-nope", openai.AdminOrganizationProjectRateLimitUpdateRateLimitParams{})
	vendorError(t, err, 404, "", "was not found")
}

func TestVendorClientProjectSettings(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{})
	ctx, w := t.Context(), c.world()
	_, err := org.Projects.ModelPermissions.Get(ctx, w.project)
	vendorError(t, err, 404, "", "No model permissions policy is set")
	models, err := org.Projects.ModelPermissions.Update(ctx, w.project, openai.AdminOrganizationProjectModelPermissionUpdateParams{Mode: "allow_list", ModelIDs: []string{"m"}})
	noError(t, err)
	same(t, []any{models.Mode, models.ModelIDs, models.Object}, []any{"allow_list", []string{"m"}, "project.model_permissions"})
	removed, err := org.Projects.ModelPermissions.Delete(ctx, w.project)
	noError(t, err)
	same(t, []any{removed.Deleted, removed.Object}, []any{true, "project.model_permissions.deleted"})

	c.sim.ChangeSetting(openaisim.Setting{Kind: "hosted_tool_permissions", Project: w.project, Fields: object{"mcp": object{"enabled": false}, "web_search": object{"enabled": false}}})
	tools, err := org.Projects.HostedToolPermissions.Update(ctx, w.project, openai.AdminOrganizationProjectHostedToolPermissionUpdateParams{
		Mcp: openai.AdminOrganizationProjectHostedToolPermissionUpdateParamsMcp{Enabled: true},
	})
	noError(t, err)
	same(t, []any{tools.Mcp.Enabled, tools.WebSearch.Enabled}, []any{true, false})

	tiers, err := org.Projects.ServiceTierSettings.Get(ctx, w.project)
	noError(t, err)
	same(t, []any{tiers.Default, tiers.EnabledTiers.RawJSON(), tiers.Object}, []any{"standard", "[]", "project.service_tier_settings"})
	tiers, err = org.Projects.ServiceTierSettings.Update(ctx, w.project, openai.AdminOrganizationProjectServiceTierSettingUpdateParams{Default: "fast"})
	noError(t, err)
	same(t, tiers.Default, "fast")

	kept, err := org.Projects.DataRetention.Update(ctx, w.project, openai.AdminOrganizationProjectDataRetentionUpdateParams{RetentionType: "none"})
	noError(t, err)
	same(t, []any{kept.Type, kept.Object}, []any{"none", "project.data_retention"})
	all, err := org.DataRetention.Get(ctx)
	noError(t, err)
	same(t, []any{all.Type, all.Object}, []any{"modified_abuse_monitoring", "organization.data_retention"})
}

func TestVendorClientSpending(t *testing.T) {
	t.Parallel()
	org, c, _ := vendor(t, openaisim.Options{MaxPage: 1})
	ctx, w := t.Context(), c.world()
	_, err := org.SpendLimit.Get(ctx)
	vendorError(t, err, 404, "", "No spend limit is set")
	limit, err := org.SpendLimit.Update(ctx, openai.AdminOrganizationSpendLimitUpdateParams{ThresholdAmount: 1000, Currency: "USD", Interval: "month"})
	noError(t, err)
	same(t, []any{limit.ThresholdAmount, limit.Enforcement.Status, limit.Object}, []any{1000, "inactive", "organization.spend_limit"})
	gone, err := org.SpendLimit.Delete(ctx)
	noError(t, err)
	same(t, []any{gone.Deleted, gone.Object}, []any{true, "organization.spend_limit.deleted"})

	inProject, err := org.Projects.SpendLimit.Update(ctx, w.project, openai.AdminOrganizationProjectSpendLimitUpdateParams{ThresholdAmount: 1000, Currency: "USD", Interval: "month"})
	noError(t, err)
	same(t, []any{inProject.ThresholdAmount, inProject.Object}, []any{1000, "project.spend_limit"})
	ask := openai.AdminOrganizationProjectSpendAlertNewParams{
		ThresholdAmount: 1001, Currency: "USD", Interval: "month",
		NotificationChannel: openai.AdminOrganizationProjectSpendAlertNewParamsNotificationChannel{Recipients: []string{"a@example.com"}, Type: "email"},
	}
	_, err = org.Projects.SpendAlerts.New(ctx, w.project, ask)
	vendorError(t, err, 400, "", "must not exceed the hard spend limit")
	ask.ThresholdAmount = 1000
	var want, ids []string
	for range 2 {
		alert, err := org.Projects.SpendAlerts.New(ctx, w.project, ask)
		noError(t, err)
		same(t, []any{alert.ThresholdAmount, alert.NotificationChannel.Recipients, alert.NotificationChannel.JSON.SubjectPrefix.Raw(), alert.Object}, []any{1000, []string{"a@example.com"}, "null", "project.spend_alert"})
		want = append(want, alert.ID)
	}
	pages := org.Projects.SpendAlerts.ListAutoPaging(ctx, w.project, openai.AdminOrganizationProjectSpendAlertListParams{})
	for pages.Next() {
		ids = append(ids, pages.Current().ID)
	}
	noError(t, pages.Err())
	same(t, ids, want)
	removed, err := org.Projects.SpendAlerts.Delete(ctx, w.project, want[0])
	noError(t, err)
	same(t, []any{removed.ID, removed.Deleted, removed.Object}, []any{want[0], true, "project.spend_alert.deleted"})
	_, err = org.Projects.SpendAlerts.Get(ctx, w.project, want[0])
	vendorError(t, err, 404, "", "was not found")
}
