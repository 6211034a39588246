terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_role.auditor
  identity = {
    id = "role_abc123"
  }
}

resource "orgkeys_openai_role" "auditor" {
  name        = "auditor"
  permissions = ["api.usage.read"]
}
