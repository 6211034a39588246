terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_litellm_key.worker
  identity = {
    id = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
  }
}

resource "orgkeys_litellm_key" "worker" {
  team_id = "team-abc123"
  name    = "payments-worker"
}
