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

resource "orgkeys_openai_project_model_permissions" "payments" {
  project_id = orgkeys_openai_project.payments.id
  mode       = "allow_list"
  model_ids  = ["gpt-4.1", "gpt-4.1-mini"]
}
