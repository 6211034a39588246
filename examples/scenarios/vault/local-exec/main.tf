# The same as ../main.tf without a second provider: a provisioner gives the secret to the
# vault program, in its environment and then through a pipe.

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

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

module "worker_key" {
  source = "../workload-key"

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

resource "terraform_data" "delivery" {
  triggers_replace = [module.worker_key.version, var.mount]

  provisioner "local-exec" {
    command = "test -n \"$SECRET\" && printf %s \"$SECRET\" | vault kv put -mount=\"$MOUNT\" openai/payments-worker key=-"
    environment = {
      SECRET = ephemeral.orgkeys_unsealed.worker.value
      MOUNT  = var.mount
    }
  }
}

output "generation" {
  value = module.worker_key.generation
}

output "sealed_value" {
  value       = module.worker_key.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext, for ../pipe/pipe.sh."
}
