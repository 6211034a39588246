terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_user_role.jo
  id = "user-def456"
}

resource "orgkeys_openai_user_role" "jo" {
  user_id = "user-def456"
  role    = "reader"
}
