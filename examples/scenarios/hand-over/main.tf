# A key that reaches its store in the same apply that creates it, and again after
# every rotation. The key is created in a module; the hand-over is done here, by the
# module's caller: Terraform's mock providers have no ephemeral resources, and this
# way the module can be tested with them (modules/workload-key/tests).
#
# Plans, destroys, and the apply that creates or rotates the key need no identity. Give
# later applies one: ORGKEYS_SEAL_IDENTITY_FILE=identity.txt

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

variable "target" {
  type        = string
  default     = "payments-worker.age"
  description = "Where the secret goes: for deliver.sh the name of a file."
}

variable "workload_recipients" {
  type        = list(string)
  default     = null
  description = "The public keys that deliver.sh encrypts the file to. Default: those of seal_recipients."
}

variable "deliver_command" {
  type        = string
  default     = null
  description = "What delivers the secret: a shell command that finds it in $SECRET and the target in $TARGET. Default: deliver.sh of this folder."
}

variable "rotate" {
  type        = string
  default     = "first"
  description = "Change this value to rotate the key."
}

provider "orgkeys" {
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

module "worker_key" {
  source = "./modules/workload-key"

  project_id = orgkeys_openai_project.payments.id
  name       = "payments-worker"
  rotate     = { by_hand = var.rotate }
}

ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = module.worker_key.sealed_value
  redacted_value = module.worker_key.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

# In place of a secret store. With a store's own provider this is one resource with
# a write-only argument and module.worker_key.version as its version.
resource "terraform_data" "delivery" {
  triggers_replace = [module.worker_key.version, var.target]

  provisioner "local-exec" {
    command = coalesce(var.deliver_command, "sh '${path.module}/deliver.sh'")
    environment = {
      SECRET     = ephemeral.orgkeys_unsealed.worker.value
      TARGET     = var.target
      RECIPIENTS = join("\n", coalesce(var.workload_recipients, var.seal_recipients))
    }
  }
}

output "key_id" {
  value = module.worker_key.id
}

output "generation" {
  value = module.worker_key.generation
}
