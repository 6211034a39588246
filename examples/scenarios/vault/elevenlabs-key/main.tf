# One workload's service account and its key at ElevenLabs, rotated by age, in place of ../workload-key.

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
  default     = ["text_to_speech", "voices_read"]
  description = "What the key may do at most."
}

variable "monthly_characters" {
  type        = number
  default     = 500000
  description = "How many characters each key may use in a month."
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

# The API cannot delete accounts: a destroy leaves it at the vendor, without this key.
resource "orgkeys_elevenlabs_service_account" "this" {
  name = var.name
}

# Keys never expire there, so the key works until an apply rotates or revokes it.
resource "orgkeys_elevenlabs_api_key" "this" {
  service_account_id = orgkeys_elevenlabs_service_account.this.id
  name               = var.name

  permissions         = var.permissions
  character_limit     = var.monthly_characters
  rotate_after        = "60d"
  overlap             = var.overlap
  rotate_when_changed = var.rotate
}

output "generation" {
  value       = orgkeys_elevenlabs_api_key.this.generation
  description = "Counts the keys of this workload."
}

output "sealed_value" {
  value       = orgkeys_elevenlabs_api_key.this.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext."
}

output "redacted_value" {
  value       = orgkeys_elevenlabs_api_key.this.redacted_value
  description = "What the API shows of the secret: orgkeys_unsealed in the caller compares it with what it opens."
}

output "version" {
  value       = orgkeys_elevenlabs_api_key.this.version
  description = "Changes with every new secret."
}
