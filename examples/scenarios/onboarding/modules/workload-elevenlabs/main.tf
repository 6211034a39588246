# A service account of a workload at ElevenLabs and a key of it, which never expires: only
# an apply rotates or revokes it. The hand-over is the caller's, as in ../workload.

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
  description = "The name of the service account and of its key."
}

variable "permissions" {
  type        = set(string)
  description = "What the key may do at most."

  validation {
    condition     = length(var.permissions) > 0 && !contains(var.permissions, "all")
    error_message = "Name the permissions that the workload needs."
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

resource "orgkeys_elevenlabs_service_account" "this" {
  name = var.name
}

resource "orgkeys_elevenlabs_api_key" "this" {
  service_account_id = orgkeys_elevenlabs_service_account.this.id
  name               = var.name

  permissions  = var.permissions
  rotate_after = var.rotate_after
  overlap      = "3d" # the first apply after it revokes the old key

  seal_recipients     = var.seal_recipients
  rotate_when_changed = var.rotate
}

output "key" {
  description = "What is known of the key. version changes with every new secret."
  value = {
    name            = orgkeys_elevenlabs_api_key.this.name
    id              = orgkeys_elevenlabs_api_key.this.id
    version         = orgkeys_elevenlabs_api_key.this.version
    generation      = orgkeys_elevenlabs_api_key.this.generation
    rotation_due_at = orgkeys_elevenlabs_api_key.this.rotation_due_at
    expires_at      = null
    sealed_to       = orgkeys_elevenlabs_api_key.this.sealed_to
  }
}

output "sealed_value" {
  description = "The secret as age ciphertext."
  value       = orgkeys_elevenlabs_api_key.this.sealed_value
  sensitive   = true
}
