# One entry in a map is a workload with a service account and a key of its own. README.md
# beside this file goes through it step by step; workloads.auto.tfvars is what teams edit.

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

variable "workloads" {
  type = map(object({
    scopes          = optional(set(string), ["api.model.request"])
    rotate_after    = optional(string, "60d")
    seal_recipients = optional(list(string))
    rotate          = optional(string, "first")
  }))
  description = "What needs a key, by its name. seal_recipients: the public keys of those who may read this one's secret; without it those of the provider."

  validation {
    condition     = alltrue([for name in keys(var.workloads) : can(regex("^[a-z][a-z0-9-]{1,30}$", name))])
    error_message = "Names of workloads are lower-case letters, digits and dashes, and begin with a letter."
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

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "team" {
  name = var.team
}

module "workload" {
  source   = "./modules/workload"
  for_each = var.workloads

  project_id      = orgkeys_openai_project.team.id
  name            = "${var.team}-${each.key}"
  scopes          = each.value.scopes
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

output "keys" {
  description = "What is known of each workload's key."
  value       = { for name, workload in module.workload : name => workload.key }
}

# Read it with `output -json`: `output -raw` serves no maps.
output "sealed_values" {
  description = "Each workload's secret as age ciphertext."
  value       = { for name, workload in module.workload : name => workload.sealed_value }
  sensitive   = true
}
