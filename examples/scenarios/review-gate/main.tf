# Two workloads with a key each, to have something to review. README.md beside this file
# goes through it step by step; review.sh is what a pull request runs.

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
  description = "The public keys of those who may read the secrets."
}

variable "workloads" {
  type = map(object({
    scopes = set(string)
    rotate = optional(string, "first")
  }))
  default = {
    api    = { scopes = ["api.model.request"] }
    worker = { scopes = ["api.model.request"] }
  }
  description = "What has a key, what that key may do at most, and a value to change when it shall rotate."
}

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "this" {
  for_each = var.workloads

  project_id = orgkeys_openai_project.payments.id
  name       = "payments-${each.key}"
  role       = "member"
}

resource "orgkeys_openai_api_key" "this" {
  for_each = var.workloads

  project_id         = orgkeys_openai_project.payments.id
  service_account_id = orgkeys_openai_service_account.this[each.key].id
  name               = "payments-${each.key}"

  scopes              = each.value.scopes
  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = "3d"
  rotate_when_changed = { by_hand = each.value.rotate }
}

output "key_ids" {
  value = { for name, key in orgkeys_openai_api_key.this : name => key.id }
}
