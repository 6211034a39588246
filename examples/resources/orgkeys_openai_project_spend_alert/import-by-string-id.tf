terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_spend_alert.payments
  id = "proj_abc123/alert_abc123"
}

resource "orgkeys_openai_project_spend_alert" "payments" {
  project_id       = "proj_abc123"
  amount           = 400
  email_recipients = ["payments@example.com"]
}
