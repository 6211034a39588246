terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_api_key.worker
  id = "proj_abc123/key_abc123"
}

# The key goes on working and nothing is changed at the API. Before its first
# rotation, add scopes: no read shows what the key may do today.
resource "orgkeys_openai_api_key" "worker" {
  project_id         = "proj_abc123"
  service_account_id = "user-abc123"
  name               = "payments-worker"
}
