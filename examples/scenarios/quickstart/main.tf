# A project, a service account and a key of it. The secret is stored in state as age
# ciphertext: no plaintext in the state, the plan or the log.
#
#   age-keygen -o identity.txt                    # prints the public key
#   export OPENAI_ADMIN_KEY=sk-admin-…
#   export TF_VAR_seal_recipients='["age1…"]'     # that public key
#   terraform init && terraform apply
#   terraform output -raw sealed_value | age -d -i identity.txt

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

provider "orgkeys" {
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
  lifetime           = "90d"
  rotate_after       = "60d"

  rotate_when_changed = { round = "first" } # change a value to rotate now
}

output "sealed_value" {
  description = "The key's secret as age ciphertext."
  value       = orgkeys_openai_api_key.worker.sealed_value
  sensitive   = true
}

output "key" {
  description = "What a reviewer wants to know about the key."
  value = {
    id              = orgkeys_openai_api_key.worker.id
    generation      = orgkeys_openai_api_key.worker.generation
    expires_at      = orgkeys_openai_api_key.worker.expires_at
    rotation_due_at = orgkeys_openai_api_key.worker.rotation_due_at
    sealed_to       = orgkeys_openai_api_key.worker.sealed_to
  }
}
