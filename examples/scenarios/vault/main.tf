# A key whose secret goes to HashiCorp Vault in the same apply that makes it, through a
# write-only argument. README.md beside this file goes through it step by step.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0.0"
    }
  }
}

variable "seal_recipients" {
  type        = list(string)
  description = "The public keys of those who may read the secret."
}

variable "mount" {
  type        = string
  default     = "secret"
  description = "Where the KV version 2 engine is mounted."
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

provider "vault" {} # VAULT_ADDR and VAULT_TOKEN

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

module "worker_key" {
  source = "./workload-key"

  project_id = orgkeys_openai_project.payments.id
  name       = "payments-worker"
  overlap    = var.overlap
  rotate     = { by_hand = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = module.worker_key.sealed_value
  redacted_value = module.worker_key.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

resource "vault_kv_secret_v2" "worker" {
  mount = var.mount
  name  = "openai/payments-worker"

  data_json_wo         = jsonencode({ key = ephemeral.orgkeys_unsealed.worker.value })
  data_json_wo_version = module.worker_key.version
}

output "generation" {
  value = module.worker_key.generation
}

output "sealed_value" {
  value       = module.worker_key.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext, for pipe/pipe.sh."
}
