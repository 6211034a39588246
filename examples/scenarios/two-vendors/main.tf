# One workload with a key at OpenAI and a key at OpenRouter, each with its own rotation and
# hand-over. README.md beside this file goes through it step by step.

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
  description = "The public keys of those who may read the secrets."
}

variable "deliver_command" {
  type        = string
  description = "A shell command that finds a secret in $SECRET and its vendor in $VENDOR, and puts it where the workload reads it."
}

variable "overlap" {
  type        = string
  default     = "3d"
  description = "How long the old key works after a rotation: longer than the workload takes to see the new one."
}

variable "rotate" {
  type = object({
    openai     = optional(string, "first")
    openrouter = optional(string, "first")
  })
  default     = {}
  description = "Change a value to rotate that vendor's key before it is due."
}

provider "orgkeys" { # credentials come from OPENAI_ADMIN_KEY and OPENROUTER_MANAGEMENT_KEY
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

  scopes              = ["api.model.request"]
  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = var.overlap # then the server ends the old key
  rotate_when_changed = { by_hand = var.rotate.openai }
}

resource "orgkeys_openrouter_workspace" "payments" {
  name = "payments"
  slug = "payments"
}

resource "orgkeys_openrouter_api_key" "worker" {
  workspace_id = orgkeys_openrouter_workspace.payments.id
  name         = "payments-worker"

  limit               = 50
  limit_reset         = "monthly"
  lifetime            = "45d"
  rotate_after        = "30d"
  overlap             = var.overlap # the first apply after it revokes the old key
  rotate_when_changed = { by_hand = var.rotate.openrouter }
}

# Each delivery refers to the key of one vendor only: if the other vendor refuses a new key, this
# one is delivered all the same. With for_each over both keys it would depend on both.
ephemeral "orgkeys_unsealed" "openai" {
  sealed_value   = orgkeys_openai_api_key.worker.sealed_value
  redacted_value = orgkeys_openai_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

ephemeral "orgkeys_unsealed" "openrouter" {
  sealed_value   = orgkeys_openrouter_api_key.worker.sealed_value
  redacted_value = orgkeys_openrouter_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

# In place of a secret store. With a store's own provider each is one resource with a
# write-only argument and the key's version as its version.
resource "terraform_data" "openai" {
  triggers_replace = orgkeys_openai_api_key.worker.version

  provisioner "local-exec" {
    command = var.deliver_command
    environment = {
      SECRET = ephemeral.orgkeys_unsealed.openai.value
      VENDOR = "openai"
    }
  }
}

resource "terraform_data" "openrouter" {
  triggers_replace = orgkeys_openrouter_api_key.worker.version

  provisioner "local-exec" {
    command = var.deliver_command
    environment = {
      SECRET = ephemeral.orgkeys_unsealed.openrouter.value
      VENDOR = "openrouter"
    }
  }
}

output "generations" {
  description = "Counts the keys of each vendor."
  value = {
    openai     = orgkeys_openai_api_key.worker.generation
    openrouter = orgkeys_openrouter_api_key.worker.generation
  }
}
