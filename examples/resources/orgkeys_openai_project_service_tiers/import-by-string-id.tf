terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_service_tiers.payments
  id = "proj_abc123"
}

resource "orgkeys_openai_project_service_tiers" "payments" {
  project_id = "proj_abc123"
  default    = "standard"
}
