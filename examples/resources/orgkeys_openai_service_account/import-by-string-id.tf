terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_service_account.worker
  id = "proj_abc123/user-abc123"
}

resource "orgkeys_openai_service_account" "worker" {
  project_id = "proj_abc123"
  name       = "payments-worker"
}
