terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_group.team
  id = "group_abc123"
}

resource "orgkeys_openai_group" "team" {
  name = "platform"
}
