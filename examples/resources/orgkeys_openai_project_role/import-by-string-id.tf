terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_role.caller
  id = "proj_abc123/role_def456"
}

resource "orgkeys_openai_project_role" "caller" {
  project_id  = "proj_abc123"
  name        = "caller"
  permissions = ["api.model.request"]
}
