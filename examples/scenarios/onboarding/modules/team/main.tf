# All of a team at OpenAI: its project, what the keys in it can cost and use, what its
# workloads may do, and the workloads with their keys.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "name" {
  type        = string
  description = "The team: the name of its project, and the first part of all names in it."
}

variable "budget" {
  type        = number
  default     = null
  description = "What the team may spend in a month, in US dollars. Without it nothing stops a leaked key: a check warns."
}

variable "alerts" {
  type        = set(number)
  default     = [50, 90]
  description = "At how many percent of the budget a mail is sent."

  validation {
    condition     = alltrue([for percent in var.alerts : percent > 0 && percent <= 100])
    error_message = "Alerts are percentages of the budget: above 0, at most 100."
  }
}

variable "mail" {
  type        = set(string)
  default     = []
  description = "Who gets the mail of the alerts. Without an address there are no alerts."
}

variable "models" {
  type        = set(string)
  default     = null
  description = "The models that the team may use. Default: all that the organization may."
}

variable "rate_limits" {
  type = map(object({
    requests = optional(number)
    tokens   = optional(number)
  }))
  default     = {}
  description = "Requests and tokens per minute, by model. What is not named is left alone."
}

variable "permissions" {
  type        = set(string)
  default     = ["api.model.request"]
  description = "What the workloads may do in the project, through the role of their group."
}

variable "workloads" {
  type = map(object({
    scopes          = set(string)
    rotate_after    = string
    seal_recipients = optional(list(string))
    rotate          = string
  }))
  description = "The workloads, by their names; see modules/workload."
}

resource "orgkeys_openai_project" "this" {
  name = var.name
}

# How much a leaked key can do.

resource "orgkeys_openai_project_spend_limit" "this" {
  count = var.budget == null ? 0 : 1

  project_id = orgkeys_openai_project.this.id
  amount     = format("%.2f", var.budget)
}

resource "orgkeys_openai_project_spend_alert" "this" {
  for_each = var.budget == null || length(var.mail) == 0 ? toset([]) : toset([for percent in var.alerts : tostring(percent)])

  project_id       = orgkeys_openai_project.this.id
  amount           = format("%.2f", var.budget * tonumber(each.key) / 100)
  email_recipients = var.mail
  subject_prefix   = "[${var.name}]"
}

resource "orgkeys_openai_project_model_permissions" "this" {
  count = var.models == null ? 0 : 1

  project_id = orgkeys_openai_project.this.id
  mode       = "allow_list"
  model_ids  = var.models
}

resource "orgkeys_openai_project_rate_limit" "this" {
  for_each = var.rate_limits

  project_id                = orgkeys_openai_project.this.id
  model                     = each.key
  max_requests_per_1_minute = each.value.requests
  max_tokens_per_1_minute   = each.value.tokens
}

check "spend_limit" {
  assert {
    condition     = length(var.workloads) == 0 || length(orgkeys_openai_project_spend_limit.this) > 0
    error_message = "Project ${var.name} has no spend limit, so nothing bounds what a leaked key of its workloads can cost: ${join(", ", keys(var.workloads))}. Give the team a budget."
  }
}

# Who may do what: the accounts have no role of their own, only that of their group.

resource "orgkeys_openai_project_role" "workload" {
  project_id  = orgkeys_openai_project.this.id
  name        = "${var.name}-workload"
  description = "What the workloads of ${var.name} need."
  permissions = var.permissions
}

resource "orgkeys_openai_group" "workloads" {
  name = "${var.name}-workloads"
}

resource "orgkeys_openai_project_group" "workloads" {
  project_id = orgkeys_openai_project.this.id
  group_id   = orgkeys_openai_group.workloads.id
  role_id    = orgkeys_openai_project_role.workload.id
}

resource "orgkeys_openai_group_member" "workload" {
  for_each = var.workloads

  group_id = orgkeys_openai_group.workloads.id
  user_id  = module.workload[each.key].service_account_id
}

module "workload" {
  source   = "../workload"
  for_each = var.workloads

  project_id      = orgkeys_openai_project.this.id
  name            = "${var.name}-${each.key}"
  role            = "none"
  scopes          = each.value.scopes
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

output "project" {
  description = "The team's project and what it may spend in a month, in US dollars; null is no limit."
  value = {
    id     = orgkeys_openai_project.this.id
    name   = orgkeys_openai_project.this.name
    budget = one(orgkeys_openai_project_spend_limit.this[*].amount)
  }
}

output "keys" {
  description = "What is known of each workload's key."
  value       = { for name, workload in module.workload : name => workload.key }
}

output "sealed_values" {
  description = "Each workload's secret as age ciphertext."
  value       = { for name, workload in module.workload : name => workload.sealed_value }
  sensitive   = true
}
