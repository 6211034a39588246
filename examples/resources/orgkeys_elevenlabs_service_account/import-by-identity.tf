terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_elevenlabs_service_account.narrator
  identity = {
    id = "user_abc123"
  }
}

resource "orgkeys_elevenlabs_service_account" "narrator" {
  name = "narrator"
}
