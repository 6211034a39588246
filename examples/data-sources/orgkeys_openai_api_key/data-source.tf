terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_project" "payments" {
  name = "payments"
}

data "orgkeys_openai_api_key" "worker" {
  project_id = data.orgkeys_openai_project.payments.id
  name       = "payments-worker"
}

output "last_used_at" {
  value = data.orgkeys_openai_api_key.worker.last_used_at
}
