terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_role_assignment.worker
  id = "proj_abc123/role_def456/user/user-abc123"
}

resource "orgkeys_openai_project_role_assignment" "worker" {
  project_id = "proj_abc123"
  role_id    = "role_def456"
  user_id    = "user-abc123"
}
