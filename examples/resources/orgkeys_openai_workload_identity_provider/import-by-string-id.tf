terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_workload_identity_provider.github
  id = "wip_abc123"
}

resource "orgkeys_openai_workload_identity_provider" "github" {
  name     = "github"
  issuer   = "https://token.actions.githubusercontent.com"
  audience = "https://api.openai.com/v1"
}
