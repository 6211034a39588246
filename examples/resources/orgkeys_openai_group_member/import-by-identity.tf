terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_group_member.worker
  identity = {
    group_id = "group_abc123"
    user_id  = "user-abc123"
  }
}

resource "orgkeys_openai_group_member" "worker" {
  group_id = "group_abc123"
  user_id  = "user-abc123"
}
