# One workload's key at OpenRouter, rotated by age, in place of ../workload-key.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "name" {
  type        = string
  description = "The name of the key."
}

variable "workspace_id" {
  type        = string
  default     = null
  description = "The workspace that owns the key. Default: the organization's default workspace."
}

variable "monthly_limit" {
  type        = number
  default     = 50
  description = "How much each key may spend in a month, in US dollars."
}

variable "overlap" {
  type        = string
  default     = "3d"
  description = "How long the old key works at least after a rotation: longer than the workload takes to see the new one. The first apply after it ends the old key."
}

variable "rotate" {
  type        = map(string)
  default     = {}
  description = "Any values; when one changes, the key rotates."
}

resource "orgkeys_openrouter_api_key" "this" {
  workspace_id = var.workspace_id
  name         = var.name

  limit               = var.monthly_limit
  limit_reset         = "monthly"
  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = var.overlap
  rotate_when_changed = var.rotate
}

output "generation" {
  value       = orgkeys_openrouter_api_key.this.generation
  description = "Counts the keys of this workload."
}

output "sealed_value" {
  value       = orgkeys_openrouter_api_key.this.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext."
}

output "redacted_value" {
  value       = orgkeys_openrouter_api_key.this.redacted_value
  description = "What the API shows of the secret: orgkeys_unsealed in the caller compares it with what it opens."
}

output "version" {
  value       = orgkeys_openrouter_api_key.this.version
  description = "Changes with every new secret."
}
