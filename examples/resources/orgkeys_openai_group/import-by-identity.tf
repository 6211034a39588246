terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_group.team
  identity = {
    id = "group_abc123"
  }
}

resource "orgkeys_openai_group" "team" {
  name = "platform"
}
