# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  name        = "payments"
  budget      = 500
  mail        = ["payments@example.com"]
  models      = ["gpt-4.1"]
  rate_limits = { "gpt-4.1" = { requests = 60 } }
  workloads = {
    api    = { scopes = ["api.model.request"], rotate_after = "60d", rotate = "first" }
    worker = { scopes = ["api.files.read"], rotate_after = "30d", rotate = "first" }
  }
}

run "bounded" {
  assert {
    condition     = output.project.budget == "500.00" && join(" ", [for alert in orgkeys_openai_project_spend_alert.this : alert.amount]) == "250.00 450.00"
    error_message = "The budget must be the spend limit, and mails must be sent before it is reached."
  }

  assert {
    condition     = orgkeys_openai_project_model_permissions.this[0].mode == "allow_list" && orgkeys_openai_project_model_permissions.this[0].model_ids == toset(["gpt-4.1"])
    error_message = "Only the named models may be used."
  }

  assert {
    condition     = orgkeys_openai_project_rate_limit.this["gpt-4.1"].max_requests_per_1_minute == 60
    error_message = "The named model must have its limit."
  }
}

run "no_rights_but_those_of_the_group" {
  assert {
    condition     = alltrue([for name in ["api", "worker"] : module.workload[name].role == "none" && orgkeys_openai_group_member.workload[name].user_id == module.workload[name].service_account_id])
    error_message = "The accounts must have no role of their own, and be in the team's group."
  }

  assert {
    condition     = orgkeys_openai_project_group.workloads.role_id == orgkeys_openai_project_role.workload.id && orgkeys_openai_project_role.workload.permissions == toset(["api.model.request"])
    error_message = "The group must have the team's role."
  }
}

run "warned_without_a_budget" {
  command = plan

  variables {
    budget = null
  }

  expect_failures = [check.spend_limit]
}

run "no_warning_without_a_workload" {
  variables {
    budget    = null
    workloads = {}
  }

  assert {
    condition     = length(orgkeys_openai_project_spend_alert.this) == 0
    error_message = "Without a budget there is nothing to send mails about."
  }
}

run "alert_above_the_limit" {
  command = plan

  variables {
    alerts = [120]
  }

  expect_failures = [var.alerts]
}
