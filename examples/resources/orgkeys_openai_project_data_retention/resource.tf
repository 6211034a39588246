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

resource "orgkeys_openai_project_data_retention" "payments" {
  project_id = orgkeys_openai_project.payments.id
  type       = "zero_data_retention"
}
