# One workload's key of a LiteLLM proxy, rotated by age, in place of ../workload-key.

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

variable "team_id" {
  type        = string
  default     = null
  description = "The team that owns the key. Default: none."
}

variable "monthly_budget" {
  type        = number
  default     = 50
  description = "How much each key may spend in a month, in US dollars."
}

variable "overlap" {
  type        = string
  default     = "3d"
  description = "How long the old key works after a rotation: longer than the workload takes to see the new one."
}

variable "rotate" {
  type        = map(string)
  default     = {}
  description = "Any values; when one changes, the key rotates."
}

resource "orgkeys_litellm_key" "this" {
  team_id = var.team_id
  name    = var.name

  max_budget          = var.monthly_budget
  budget_duration     = "1mo"
  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = var.overlap
  rotate_when_changed = var.rotate
}

output "generation" {
  value       = orgkeys_litellm_key.this.generation
  description = "Counts the keys of this workload."
}

output "sealed_value" {
  value       = orgkeys_litellm_key.this.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext."
}

output "redacted_value" {
  value       = orgkeys_litellm_key.this.redacted_value
  description = "What the API shows of the secret: orgkeys_unsealed in the caller compares it with what it opens."
}

output "version" {
  value       = orgkeys_litellm_key.this.version
  description = "Changes with every new secret."
}
