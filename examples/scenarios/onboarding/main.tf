# One entry in a map is a workload with a key of its own, at the vendor that it names.
# README.md beside this file goes through it step by step; workloads.auto.tfvars is what
# teams edit.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "team" {
  type        = string
  default     = "payments"
  description = "The team: the name of its project, and the first part of all names in it."
}

variable "vendors" {
  type        = set(string)
  default     = ["openai"]
  description = "Where the team may have keys: openai, openrouter, litellm, elevenlabs."

  validation {
    condition     = length(setsubtract(var.vendors, ["openai", "openrouter", "litellm", "elevenlabs"])) == 0
    error_message = "There is a module for each of these vendors: openai, openrouter, litellm, elevenlabs."
  }
}

variable "workloads" {
  type = map(object({
    vendor          = optional(string, "openai")
    scopes          = optional(set(string), ["api.model.request"]) # openai
    budget          = optional(number, 50)                         # openrouter, litellm
    permissions     = optional(set(string), ["text_to_speech"])    # elevenlabs
    rotate_after    = optional(string, "60d")
    seal_recipients = optional(list(string))
    rotate          = optional(string, "first")
  }))
  description = "What needs a key, by its name. vendor: whose key it is. scopes: what a key of OpenAI may do. budget: what one of OpenRouter or LiteLLM may spend in a month, in US dollars. permissions: what one of ElevenLabs may do. seal_recipients: the public keys of those who may read this one's secret; without it those of the provider."

  validation {
    condition     = alltrue([for name in keys(var.workloads) : can(regex("^[a-z][a-z0-9-]{1,30}$", name))])
    error_message = "Names of workloads are lower-case letters, digits and dashes, and begin with a letter."
  }

  validation {
    condition     = alltrue([for workload in var.workloads : contains(var.vendors, workload.vendor)])
    error_message = "The team has no keys at that vendor: see var.vendors."
  }

  validation {
    condition     = alltrue([for workload in var.workloads : !contains(workload.scopes, "all")])
    error_message = "Name the scopes that a workload needs. A key that may do everything is not for teams to order."
  }
}

variable "seal_recipients" {
  type        = list(string)
  description = "The public keys of those who hand the secrets over."
}

provider "orgkeys" { # credentials of the vendors in var.vendors come from the environment
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "team" {
  count = contains(var.vendors, "openai") ? 1 : 0

  name = var.team
}

module "openai" {
  source   = "./modules/workload"
  for_each = { for name, workload in var.workloads : name => workload if workload.vendor == "openai" }

  project_id      = orgkeys_openai_project.team[0].id
  name            = "${var.team}-${each.key}"
  scopes          = each.value.scopes
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

resource "orgkeys_openrouter_workspace" "team" {
  count = contains(var.vendors, "openrouter") ? 1 : 0

  name = var.team
  slug = var.team
}

module "openrouter" {
  source   = "./modules/workload-openrouter"
  for_each = { for name, workload in var.workloads : name => workload if workload.vendor == "openrouter" }

  workspace_id    = orgkeys_openrouter_workspace.team[0].id
  name            = "${var.team}-${each.key}"
  budget          = each.value.budget
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

# The proxy's operators create teams, so this one is only looked up.
data "orgkeys_litellm_team" "team" {
  count = contains(var.vendors, "litellm") ? 1 : 0

  name = var.team
}

module "litellm" {
  source   = "./modules/workload-litellm"
  for_each = { for name, workload in var.workloads : name => workload if workload.vendor == "litellm" }

  team_id         = data.orgkeys_litellm_team.team[0].id
  name            = "${var.team}-${each.key}"
  budget          = each.value.budget
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

module "elevenlabs" {
  source   = "./modules/workload-elevenlabs"
  for_each = { for name, workload in var.workloads : name => workload if workload.vendor == "elevenlabs" }

  name            = "${var.team}-${each.key}"
  permissions     = each.value.permissions
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

locals {
  ordered = merge(module.openai, module.openrouter, module.litellm, module.elevenlabs)
}

output "keys" {
  description = "What is known of each workload's key."
  value       = { for name, workload in local.ordered : name => workload.key }
}

# Read it with `output -json`: `output -raw` serves no maps.
output "sealed_values" {
  description = "Each workload's secret as age ciphertext."
  value       = { for name, workload in local.ordered : name => workload.sealed_value }
  sensitive   = true
}
