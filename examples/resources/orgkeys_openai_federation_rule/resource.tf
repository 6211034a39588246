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

resource "orgkeys_openai_workload_identity_provider" "github" {
  name     = "GitHub Actions"
  issuer   = "https://token.actions.githubusercontent.com"
  audience = "https://api.openai.com/v1"
}

# Workflows of one branch of one repository act as the service account, and may do no more
# than ask models.
resource "orgkeys_openai_federation_rule" "main" {
  workload_identity_provider_id = orgkeys_openai_workload_identity_provider.github.id
  project_id                    = orgkeys_openai_project.payments.id
  service_account_id            = orgkeys_openai_service_account.worker.id

  name = "payments, main branch"
  attribute_matchers = {
    repository = "acme/payments"
    ref        = "refs/heads/main"
  }
  scopes = ["api.model.read", "api.model.request"]
}
