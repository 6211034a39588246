# A key of a workload at OpenRouter, which spends a budget of its own in each month. The
# hand-over is the caller's, as in ../workload.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "workspace_id" {
  type        = string
  description = "The workspace the workload belongs to."
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

resource "orgkeys_openrouter_api_key" "this" {
  workspace_id = var.workspace_id
  name         = var.name

  limit        = var.budget
  limit_reset  = "monthly"
  lifetime     = "90d"
  rotate_after = var.rotate_after
  overlap      = "3d" # the first apply after it revokes the old key

  seal_recipients     = var.seal_recipients
  rotate_when_changed = var.rotate
}

output "key" {
  description = "What is known of the key. version changes with every new secret."
  value = {
    name            = orgkeys_openrouter_api_key.this.name
    id              = orgkeys_openrouter_api_key.this.id
    version         = orgkeys_openrouter_api_key.this.version
    generation      = orgkeys_openrouter_api_key.this.generation
    rotation_due_at = orgkeys_openrouter_api_key.this.rotation_due_at
    expires_at      = orgkeys_openrouter_api_key.this.expires_at
    sealed_to       = orgkeys_openrouter_api_key.this.sealed_to
  }
}

output "sealed_value" {
  description = "The secret as age ciphertext."
  value       = orgkeys_openrouter_api_key.this.sealed_value
  sensitive   = true
}
