terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_federation_rule.main
  identity = {
    workload_identity_provider_id = "wip_abc123"
    id                            = "wifr_abc123"
  }
}

resource "orgkeys_openai_federation_rule" "main" {
  workload_identity_provider_id = "wip_abc123"
  project_id                    = "proj_abc123"
  service_account_id            = "user-abc123"
  name                          = "main branch"
  attribute_matchers            = { sub = "repo:acme/payments:*" }
}
