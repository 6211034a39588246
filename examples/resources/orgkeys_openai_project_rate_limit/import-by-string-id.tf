terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_rate_limit.payments
  id = "proj_abc123/gpt-4.1"
}

resource "orgkeys_openai_project_rate_limit" "payments" {
  project_id                = "proj_abc123"
  model                     = "gpt-4.1"
  max_requests_per_1_minute = 500
}
