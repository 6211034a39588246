# A service account and its key. The hand-over is the caller's: a module without ephemeral
# resources can be tested with mock providers.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "project_id" {
  type        = string
  description = "The project the workload belongs to."
}

variable "name" {
  type        = string
  description = "The name of the service account and of its key."
}

variable "role" {
  type        = string
  default     = "member"
  description = "The role of the account in its project. none: only what a group of the account may do."
}

variable "scopes" {
  type        = set(string)
  description = "What the key may do at most."

  validation {
    condition     = length(var.scopes) > 0
    error_message = "Name at least one scope."
  }
}

variable "rotate_after" {
  type        = string
  default     = "60d"
  description = "The age at which the next apply rotates the key; at most two months."

  validation {
    condition     = can(regex("^([1-9]|[1-5][0-9]|60)d$", var.rotate_after))
    error_message = "Write whole days, from 1d to 60d."
  }
}

variable "seal_recipients" {
  type        = list(string)
  default     = null
  description = "The public keys of those who may read the secret. Default: the provider's."
}

variable "rotate" {
  type        = map(string)
  default     = {}
  description = "Any values; when one changes, the key rotates."
}

resource "orgkeys_openai_service_account" "this" {
  project_id = var.project_id
  name       = var.name
  role       = var.role
}

resource "orgkeys_openai_api_key" "this" {
  project_id         = var.project_id
  service_account_id = orgkeys_openai_service_account.this.id
  name               = var.name

  scopes       = var.scopes
  lifetime     = "90d"
  rotate_after = var.rotate_after
  overlap      = "3d"

  seal_recipients     = var.seal_recipients
  rotate_when_changed = var.rotate
}

output "service_account_id" {
  description = "The id of the account, for groups and roles."
  value       = orgkeys_openai_service_account.this.id
}

output "role" {
  description = "The role of the account in its project."
  value       = orgkeys_openai_service_account.this.role
}

output "key" {
  description = "What is known of the key. version changes with every new secret."
  value = {
    name            = orgkeys_openai_api_key.this.name
    id              = orgkeys_openai_api_key.this.id
    version         = orgkeys_openai_api_key.this.version
    generation      = orgkeys_openai_api_key.this.generation
    rotation_due_at = orgkeys_openai_api_key.this.rotation_due_at
    expires_at      = orgkeys_openai_api_key.this.expires_at
    sealed_to       = orgkeys_openai_api_key.this.sealed_to
  }
}

output "sealed_value" {
  description = "The secret as age ciphertext."
  value       = orgkeys_openai_api_key.this.sealed_value
  sensitive   = true
}
