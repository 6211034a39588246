# The first things in an organization: the admin key that this configuration itself works
# with, and the first project. README.md beside this file goes through it step by step.

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
  description = "The public keys of those who may read the secrets: the pipeline's, and one whose identity lies in a safe."
}

variable "rotate" {
  type        = string
  default     = "first"
  description = "Change this value to rotate the admin key before it is due."
}

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY: with-admin-key.sh puts it there
  seal = {
    recipients = var.seal_recipients
  }
}

# In place of the one that a person made by hand for the first run. The overlap is the time
# to put a rotated one into the store: the key in use is never revoked.
resource "orgkeys_openai_admin_key" "automation" {
  name = "terraform"

  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = "7d"
  rotate_when_changed = { by_hand = var.rotate }
}

resource "orgkeys_openai_project" "first" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "first" {
  project_id = orgkeys_openai_project.first.id
  name       = "payments-api"
  role       = "member"
}

resource "orgkeys_openai_api_key" "first" {
  project_id         = orgkeys_openai_project.first.id
  service_account_id = orgkeys_openai_service_account.first.id
  name               = "payments-api"

  scopes       = ["api.model.request"]
  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"
}

output "admin_key_sealed" {
  description = "The admin key as age ciphertext: hand-back.sh puts it into the store."
  value       = orgkeys_openai_admin_key.automation.sealed_value
  sensitive   = true
}

output "api_key_sealed" {
  description = "The first project's key as age ciphertext."
  value       = orgkeys_openai_api_key.first.sealed_value
  sensitive   = true
}

output "admin_key" {
  description = "What a person on call wants to know about the admin key."
  value = {
    id              = orgkeys_openai_admin_key.automation.id
    generation      = orgkeys_openai_admin_key.automation.generation
    rotation_due_at = orgkeys_openai_admin_key.automation.rotation_due_at
    expires_at      = orgkeys_openai_admin_key.automation.expires_at
  }
}
