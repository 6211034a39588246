terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_model_permissions.payments
  identity = {
    project_id = "proj_abc123"
  }
}

resource "orgkeys_openai_project_model_permissions" "payments" {
  project_id = "proj_abc123"
  mode       = "allow_list"
  model_ids  = ["gpt-4.1"]
}
