terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project.payments
  id = "proj_abc123"
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}
