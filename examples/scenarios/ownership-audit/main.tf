# Who owns a key of the organization, does it end by itself, and does anybody use it? This
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

provider "orgkeys" {} # the admin key comes from OPENAI_ADMIN_KEY; one that may only read will do

# Not inside check blocks: there a failing read would be a warning, and an audit that could
# not look would look like a clean one.
data "orgkeys_openai_api_keys" "all" {}

data "orgkeys_openai_admin_keys" "all" {}

module "judge" {
  source = "./modules/judge"

  api_keys    = data.orgkeys_openai_api_keys.all.api_keys
  admin_keys  = data.orgkeys_openai_admin_keys.all.admin_keys
  unused_days = var.unused_days
  accepted    = var.accepted
}

output "findings" {
  description = "The keys that fail a check, and why."
  value       = module.judge.findings
}

output "looked_at" {
  description = "How many keys there are, accepted ones included."
  value       = length(data.orgkeys_openai_api_keys.all.api_keys) + length(data.orgkeys_openai_admin_keys.all.admin_keys)
}

output "accepted" {
  description = "The exceptions, with their reasons."
  value       = var.accepted
}
