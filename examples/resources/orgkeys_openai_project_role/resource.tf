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

# What a workload may do that only calls models.
resource "orgkeys_openai_project_role" "caller" {
  project_id  = orgkeys_openai_project.payments.id
  name        = "caller"
  description = "Calls models and nothing else"
  permissions = ["api.model.read", "api.model.request"]
}
