# Who owns a key, does it end by itself, and does anybody use it, at whatever vendor? This
# configuration manages nothing: its plan reads the inventory and checks it. README.md
# beside this file goes through it step by step; audit.sh is what a job runs.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "vendors" {
  type        = set(string)
  default     = null
  description = "The vendors to look at; one that cannot be read is an error. Unset: every one that has its credential in the environment."
}

variable "openai_admin_keys" {
  type        = bool
  default     = true
  description = "Whether OpenAI's admin keys are looked at, too. false where there is no OpenAI organization."
}

variable "unused_days" {
  type        = number
  default     = 90
  description = "A key that was not used for so many days is a finding."
}

variable "accepted" {
  type        = map(string)
  default     = {}
  description = "Keys that may stay as they are: the reason, by the key's id."
}

provider "orgkeys" {} # credentials come from the environment: OPENAI_ADMIN_KEY, OPENROUTER_MANAGEMENT_KEY and so on

# Not inside check blocks: there a failing read would be a warning, and an audit that could
# not look would look like a clean one.
data "orgkeys_api_keys" "all" {
  vendors = var.vendors
}

data "orgkeys_openai_admin_keys" "all" {
  count = var.openai_admin_keys ? 1 : 0
}

locals {
  api_keys   = data.orgkeys_api_keys.all.api_keys
  admin_keys = flatten(data.orgkeys_openai_admin_keys.all[*].admin_keys)
}

module "judge" {
  source = "./modules/judge"

  api_keys    = local.api_keys
  admin_keys  = local.admin_keys
  now         = plantimestamp()
  unused_days = var.unused_days
  accepted    = var.accepted
}

output "findings" {
  description = "The keys that fail a check, and why."
  value       = module.judge.findings
}

output "looked_at" {
  description = "How many keys there are, accepted ones included."
  value       = length(local.api_keys) + length(local.admin_keys)
}

output "vendors" {
  description = "The vendors that were looked at. Where none is named: those that have keys."
  value       = sort(distinct(concat(tolist(coalesce(var.vendors, toset(local.api_keys[*].vendor))), var.openai_admin_keys ? ["openai"] : [])))
}

output "incomplete" {
  description = "Why keys may be missing."
  value       = data.orgkeys_api_keys.all.incomplete
}

output "accepted" {
  description = "The exceptions, with their reasons."
  value       = var.accepted
}
