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

# US dollars a month.
resource "orgkeys_openai_project_spend_limit" "payments" {
  project_id = orgkeys_openai_project.payments.id
  amount     = 500
}
