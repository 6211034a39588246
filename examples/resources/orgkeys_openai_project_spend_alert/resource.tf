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

resource "orgkeys_openai_project_spend_limit" "payments" {
  project_id = orgkeys_openai_project.payments.id
  amount     = 500
}

# The mail is sent before the limit stops anything.
resource "orgkeys_openai_project_spend_alert" "payments" {
  project_id       = orgkeys_openai_project.payments.id
  amount           = 400
  email_recipients = ["payments@example.com", "finance@example.com"]
  subject_prefix   = "[payments]"
}
