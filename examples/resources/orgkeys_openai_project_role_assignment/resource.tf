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
}

resource "orgkeys_openai_project_role" "caller" {
  project_id  = orgkeys_openai_project.payments.id
  name        = "caller"
  permissions = ["api.model.read", "api.model.request"]
}

# Exactly the rights that the workload needs, in place of role = "member".
resource "orgkeys_openai_project_role_assignment" "worker" {
  project_id = orgkeys_openai_project.payments.id
  role_id    = orgkeys_openai_project_role.caller.id
  user_id    = orgkeys_openai_service_account.worker.id
}
