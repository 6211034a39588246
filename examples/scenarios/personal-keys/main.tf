# A key of a service account in place of one that a user owns. README.md beside this file
# goes through it step by step; moved.sh tells whether the workload has moved over, and
# ask.sh writes to the owner.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "seal_recipients" {
  type        = list(string)
  description = "The public keys of those who may read the secret."
}

variable "project_id" {
  type        = string
  description = "The project that the user's key belongs to."
}

variable "personal_key_id" {
  type        = string
  default     = null
  description = "The user's key. Take it away once its owner has revoked it."
}

variable "workload" {
  type        = string
  description = "The name of what uses the key: of its service account and of its key."
}

variable "scopes" {
  type        = set(string)
  default     = ["api.model.request"]
  description = "What the workload needs. A user's key often may do more."
}

variable "quiet_days" {
  type        = number
  default     = 7
  description = "For how many days the user's key must not have been used: longer than the longest pause of the workload."
}

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_service_account" "workload" {
  project_id = var.project_id
  name       = var.workload
  role       = "member"
}

resource "orgkeys_openai_api_key" "workload" {
  project_id         = var.project_id
  service_account_id = orgkeys_openai_service_account.workload.id
  name               = var.workload

  scopes       = var.scopes
  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"
}

output "sealed_value" {
  description = "The new key's secret as age ciphertext."
  value       = orgkeys_openai_api_key.workload.sealed_value
  sensitive   = true
}

# What the API tells of both keys at each refresh.
data "orgkeys_openai_api_key" "personal" {
  count = var.personal_key_id == null ? 0 : 1

  project_id = var.project_id
  id         = var.personal_key_id
}

data "orgkeys_openai_api_key" "workload" {
  project_id = var.project_id
  id         = orgkeys_openai_api_key.workload.id
}

output "move" {
  description = "What moved.sh and ask.sh read."
  value = {
    quiet_days = var.quiet_days
    workload = {
      name         = var.workload
      id           = data.orgkeys_openai_api_key.workload.id
      account      = data.orgkeys_openai_api_key.workload.owner_name
      project      = data.orgkeys_openai_api_key.workload.project_name
      created_at   = data.orgkeys_openai_api_key.workload.created_at
      last_used_at = data.orgkeys_openai_api_key.workload.last_used_at
    }
    personal = one([for key in data.orgkeys_openai_api_key.personal : {
      name         = key.name
      id           = key.id
      shown        = key.redacted_value
      owner        = coalesce(join(", ", compact([key.owner_name, key.owner_email])), key.owner_id, "owner unknown")
      created_at   = key.created_at
      last_used_at = key.last_used_at
      unused_days  = key.unused_days
    }])
  }
}
