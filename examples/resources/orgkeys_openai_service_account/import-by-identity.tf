terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_service_account.worker
  identity = {
    project_id = "proj_abc123"
    id         = "user-abc123"
  }
}

resource "orgkeys_openai_service_account" "worker" {
  project_id = "proj_abc123"
  name       = "payments-worker"
}
