terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_data_retention.payments
  identity = {
    project_id = "proj_abc123"
  }
}

resource "orgkeys_openai_project_data_retention" "payments" {
  project_id = "proj_abc123"
  type       = "zero_data_retention"
}
