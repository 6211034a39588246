terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_spend_alert" "all" {
  amount           = 2000
  email_recipients = ["finance@example.com"]
}
