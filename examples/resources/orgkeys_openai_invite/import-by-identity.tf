terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_invite.kim
  identity = {
    id = "invite-abc123"
  }
}

resource "orgkeys_openai_invite" "kim" {
  email = "kim@example.com"
  role  = "reader"
}
