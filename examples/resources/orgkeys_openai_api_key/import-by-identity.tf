terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_api_key.worker
  identity = {
    project_id = "proj_abc123"
    id         = "key_abc123"
  }
}

resource "orgkeys_openai_api_key" "worker" {
  project_id         = "proj_abc123"
  service_account_id = "user-abc123"
  name               = "payments-worker"
}
