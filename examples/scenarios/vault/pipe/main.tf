# A key that a pipeline brings to its store after the apply: pipe.sh beside this file opens
# sealed_value with age. This configuration knows neither the store nor the identity.

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

output "generation" {
  value = module.worker_key.generation
}

output "sealed_value" {
  value       = module.worker_key.sealed_value
  sensitive   = true
  description = "The secret as age ciphertext, for pipe.sh."
}
