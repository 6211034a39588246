terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_role_assignment.auditors
  identity = {
    role_id  = "role_abc123"
    group_id = "group_abc123"
  }
}

resource "orgkeys_openai_role_assignment" "auditors" {
  role_id  = "role_abc123"
  group_id = "group_abc123"
}
