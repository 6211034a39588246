terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
    store   = { source = "orgkeys/store" }
  }
}

# The API key, the proxy's address and the recipient come from the environment.
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

resource "orgkeys_litellm_key" "worker" {
  name = "payments-worker"

  max_budget      = 50
  budget_duration = "30d"

  lifetime            = "90d"
  rotate_after        = "60d"
  overlap             = "15s"
  rotate_when_changed = { reason = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = orgkeys_litellm_key.worker.sealed_value
  redacted_value = orgkeys_litellm_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

resource "store_secret" "worker" {
  name            = "payments-worker"
  data_wo         = ephemeral.orgkeys_unsealed.worker.value
  data_wo_version = orgkeys_litellm_key.worker.version
}

output "sealed_value" {
  value     = orgkeys_litellm_key.worker.sealed_value
  sensitive = true
}
