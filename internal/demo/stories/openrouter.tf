terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
    store   = { source = "orgkeys/store" }
  }
}

# The management key, the API's address and the recipient come from the environment.
provider "orgkeys" {}

# A stand-in for a secret store: it keeps what it gets in a file.
provider "store" {
  directory = var.store
}

variable "store" {
  type = string
}

variable "rotate" {
  type    = string
  default = "first key"
}

resource "orgkeys_openrouter_workspace" "payments" {
  name = "Payments"
  slug = "payments"
}

resource "orgkeys_openrouter_api_key" "worker" {
  workspace_id = orgkeys_openrouter_workspace.payments.id
  name         = "payments-worker"

  limit       = 50
  limit_reset = "monthly"

  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = "15s"
  rotate_when_changed = { reason = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = orgkeys_openrouter_api_key.worker.sealed_value
  redacted_value = orgkeys_openrouter_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

resource "store_secret" "worker" {
  name            = "payments-worker"
  data_wo         = ephemeral.orgkeys_unsealed.worker.value
  data_wo_version = orgkeys_openrouter_api_key.worker.version
}

output "sealed_value" {
  value     = orgkeys_openrouter_api_key.worker.sealed_value
  sensitive = true
}
