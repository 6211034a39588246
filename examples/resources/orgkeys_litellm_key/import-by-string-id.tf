terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# By its alias; its hash does as well.
import {
  to = orgkeys_litellm_key.worker
  id = "payments-worker"
}

# The key goes on working and nothing is changed at the proxy.
resource "orgkeys_litellm_key" "worker" {
  team_id = "team-abc123"
  name    = "payments-worker"
}
