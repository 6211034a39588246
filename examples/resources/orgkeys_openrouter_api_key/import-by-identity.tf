terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openrouter_api_key.worker
  identity = {
    id = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
  }
}

resource "orgkeys_openrouter_api_key" "worker" {
  workspace_id = "0f8d1b6e-0000-4000-8000-000000000000"
  name         = "payments-worker"
}
