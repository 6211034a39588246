# A key of a workload at a LiteLLM proxy, which spends a budget of its own in each month. The
# hand-over is the caller's, as in ../workload.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "team_id" {
  type        = string
  description = "The team the workload belongs to."
}

variable "name" {
  type        = string
  description = "The name of the key."
}

variable "budget" {
  type        = number
  description = "How much each key may spend in a month, in US dollars."

  validation {
    condition     = var.budget > 0 && var.budget <= 500
    error_message = "A budget is more than 0 and at most 500 dollars a month."
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

resource "orgkeys_litellm_key" "this" {
  team_id = var.team_id
  name    = var.name

  max_budget      = var.budget
  budget_duration = "1mo"
  lifetime        = "90d"
  rotate_after    = var.rotate_after
  overlap         = "3d"

  seal_recipients     = var.seal_recipients
  rotate_when_changed = var.rotate
}

output "key" {
  description = "What is known of the key. version changes with every new secret."
  value = {
    name            = orgkeys_litellm_key.this.name
    id              = orgkeys_litellm_key.this.id
    version         = orgkeys_litellm_key.this.version
    generation      = orgkeys_litellm_key.this.generation
    rotation_due_at = orgkeys_litellm_key.this.rotation_due_at
    expires_at      = orgkeys_litellm_key.this.expires_at
    sealed_to       = orgkeys_litellm_key.this.sealed_to
  }
}

output "sealed_value" {
  description = "The secret as age ciphertext."
  value       = orgkeys_litellm_key.this.sealed_value
  sensitive   = true
}
