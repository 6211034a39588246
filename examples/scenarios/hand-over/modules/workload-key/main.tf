# One workload's service account and its key, rotated by age.

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

variable "scopes" {
  type        = set(string)
  default     = ["api.model.request"]
  description = "What the key may do at most."
}

variable "rotate" {
  type        = map(string)
  default     = {}
  description = "Any values; when one changes, the key rotates."
}

resource "orgkeys_openai_service_account" "this" {
  project_id = var.project_id
  name       = var.name
  role       = "member"
}

resource "orgkeys_openai_api_key" "this" {
  project_id         = var.project_id
  service_account_id = orgkeys_openai_service_account.this.id
  name               = var.name

  scopes       = var.scopes
  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"

  rotate_when_changed = var.rotate
}

output "id" {
  value       = orgkeys_openai_api_key.this.id
  description = "The id of the current key."
}

output "generation" {
  value       = orgkeys_openai_api_key.this.generation
  description = "Counts the keys of this workload."
}

output "sealed_value" {
  value       = orgkeys_openai_api_key.this.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext, for the ephemeral resource orgkeys_unsealed in the caller."
}

output "redacted_value" {
  value       = orgkeys_openai_api_key.this.redacted_value
  description = "What the API shows of the secret: orgkeys_unsealed in the caller compares it with what it opens."
}

output "version" {
  value       = orgkeys_openai_api_key.this.version
  description = "Changes with every new secret: the version of the store's write-only argument."
}
