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

# A limit without a line is left alone. A destroy writes back what was there before.
resource "orgkeys_openai_project_rate_limit" "payments" {
  project_id                = orgkeys_openai_project.payments.id
  model                     = "gpt-4.1"
  max_requests_per_1_minute = 60
  max_tokens_per_1_minute   = 20000
}
