terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
    store   = { source = "orgkeys/store" }
  }
}

# The API key, the API's address and the recipient come from the environment.
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

resource "orgkeys_elevenlabs_service_account" "narrator" {
  name = "narrator"
}

resource "orgkeys_elevenlabs_api_key" "worker" {
  service_account_id = orgkeys_elevenlabs_service_account.narrator.id
  name               = "payments-worker"

  permissions     = ["text_to_speech", "voices_read"]
  character_limit = 500000

  rotate_after        = "60d"
  overlap             = "15s"
  rotate_when_changed = { reason = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = orgkeys_elevenlabs_api_key.worker.sealed_value
  redacted_value = orgkeys_elevenlabs_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

resource "store_secret" "worker" {
  name            = "payments-worker"
  data_wo         = ephemeral.orgkeys_unsealed.worker.value
  data_wo_version = orgkeys_elevenlabs_api_key.worker.version
}

output "sealed_value" {
  value     = orgkeys_elevenlabs_api_key.worker.sealed_value
  sensitive = true
}
