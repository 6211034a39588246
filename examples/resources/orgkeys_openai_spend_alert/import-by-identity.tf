terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_spend_alert.all
  identity = {
    id = "alert_def456"
  }
}

resource "orgkeys_openai_spend_alert" "all" {
  amount           = 2000
  email_recipients = ["finance@example.com"]
}
