terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
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
}

# Plans, destroys, and the apply that creates or rotates the key need no identity. An
# apply that cannot open the value fails instead of delivering something else.
ephemeral "orgkeys_unsealed" "worker" {
  sealed_value   = orgkeys_openai_api_key.worker.sealed_value
  redacted_value = orgkeys_openai_api_key.worker.redacted_value
  when_locked    = terraform.applying ? "fail" : "placeholder"
}

# Hand it to your secret store: in a write-only argument, with the key's version
# as the number that says when to write. This stand-in runs a command instead.
resource "terraform_data" "delivery" {
  triggers_replace = orgkeys_openai_api_key.worker.version

  provisioner "local-exec" {
    command     = "test -n \"$OPENAI_API_KEY\" && echo delivered"
    environment = { OPENAI_API_KEY = ephemeral.orgkeys_unsealed.worker.value }
  }
}
