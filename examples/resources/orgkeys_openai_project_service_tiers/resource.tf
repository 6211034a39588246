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

resource "orgkeys_openai_project_service_tiers" "payments" {
  project_id    = orgkeys_openai_project.payments.id
  default       = "standard"
  enabled_tiers = ["flex"]
}
