terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_spend_limit.payments
  identity = {
    project_id = "proj_abc123"
  }
}

resource "orgkeys_openai_project_spend_limit" "payments" {
  project_id = "proj_abc123"
  amount     = 500
}
