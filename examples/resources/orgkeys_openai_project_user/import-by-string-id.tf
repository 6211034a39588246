terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_project_user.jo
  id = "proj_abc123/user-def456"
}

resource "orgkeys_openai_project_user" "jo" {
  project_id = "proj_abc123"
  user_id    = "user-def456"
  role       = "member"
}
