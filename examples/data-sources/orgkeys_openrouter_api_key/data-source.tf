terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openrouter_workspace" "payments" {
  slug = "payments"
}

data "orgkeys_openrouter_api_key" "worker" {
  workspace_id = data.orgkeys_openrouter_workspace.payments.id
  name         = "payments-worker"
}

output "age_of_the_key" {
  value = data.orgkeys_openrouter_api_key.worker.created_at
}
