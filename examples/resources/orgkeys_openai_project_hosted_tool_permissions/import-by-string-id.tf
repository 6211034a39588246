terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_hosted_tool_permissions.payments
  id = "proj_abc123"
}

resource "orgkeys_openai_project_hosted_tool_permissions" "payments" {
  project_id = "proj_abc123"
  mcp        = true
}
