# Everything in the organization that can be taken over, as one output. It manages nothing,
# and it is only planned, never applied: adopt.sh reads the plan.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "managed" {
  type        = bool
  default     = false
  description = "Whether keys that this provider created are taken over, too: only where their state is lost."
}

provider "orgkeys" {} # the admin key comes from OPENAI_ADMIN_KEY; one that may only read will do

data "orgkeys_openai_projects" "all" {}

data "orgkeys_openai_service_accounts" "all" {}

# Keys of people cannot be taken over: see ../../personal-keys.
data "orgkeys_openai_api_keys" "all" {
  owner_type = "service_account"
}

# Which keys this provider created: some state has them, unless it was lost. The same lists,
# so no further request.
data "orgkeys_api_keys" "all" {
  vendors = ["openai"]
}

locals {
  ours = { for key in data.orgkeys_api_keys.all.api_keys : key.id => key.series if key.managed }
}

output "found" {
  value = {
    projects = data.orgkeys_openai_projects.all.projects
    accounts = data.orgkeys_openai_service_accounts.all.service_accounts
    keys = [
      for key in data.orgkeys_openai_api_keys.all.api_keys : merge(key, { series = lookup(local.ours, key.id, null) })
      if var.managed || !contains(keys(local.ours), key.id)
    ]
  }
}
