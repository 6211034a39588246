# A key that a scheduled job rotates, and the hand-over of its secret. README.md beside
# this file goes through it step by step; rotate.sh is what the job runs.

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
  description = "The public keys of those who may read the secret."
}

variable "deliver_command" {
  type        = string
  description = "A shell command that finds the secret in $SECRET and puts it where the workload reads it."
}

variable "scopes" {
  type        = set(string)
  default     = ["api.model.request"]
  description = "What the key may do at most."
}

variable "rotate_after" {
  type        = string
  default     = "60d"
  description = "The age at which the next run rotates the key."
}

variable "overlap" {
  type        = string
  default     = "3d"
  description = "How long the old key works after a rotation."
}

variable "rotate" {
  type        = string
  default     = "first"
  description = "Change this value to rotate the key before it is due."
}

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "worker" {
  project_id = orgkeys_openai_project.payments.id
  name       = "payments-worker"
  role       = "member"
}

resource "orgkeys_openai_api_key" "worker" {
  project_id         = orgkeys_openai_project.payments.id
  service_account_id = orgkeys_openai_service_account.worker.id
  name               = "payments-worker"

  scopes              = var.scopes
  lifetime            = "90d"
  rotate_after        = var.rotate_after
  overlap             = var.overlap
  rotate_when_changed = { by_hand = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = orgkeys_openai_api_key.worker.sealed_value
  redacted_value = orgkeys_openai_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

# In place of a secret store. With a store's own provider this is one resource with a
# write-only argument and orgkeys_openai_api_key.worker.version as its version.
resource "terraform_data" "delivery" {
  triggers_replace = orgkeys_openai_api_key.worker.version

  provisioner "local-exec" {
    command     = var.deliver_command
    environment = { SECRET = ephemeral.orgkeys_unsealed.worker.value }
  }
}

# Only what stays as it is between two rotations: a changed output is a change, and the
# job would apply every time redacted_value or previous moves on.
output "key" {
  description = "What whoever is on call wants to know about the key."
  value = {
    project_id      = orgkeys_openai_api_key.worker.project_id
    id              = orgkeys_openai_api_key.worker.id
    generation      = orgkeys_openai_api_key.worker.generation
    rotation_due_at = orgkeys_openai_api_key.worker.rotation_due_at
    expires_at      = orgkeys_openai_api_key.worker.expires_at
    sealed_to       = orgkeys_openai_api_key.worker.sealed_to
  }
}
