terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_group.team
  id = "proj_abc123/group_abc123"
}

resource "orgkeys_openai_project_group" "team" {
  project_id = "proj_abc123"
  group_id   = "group_abc123"
  role_id    = "role-api-project-member"
}
