terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_elevenlabs_api_key.audiobooks
  identity = {
    service_account_id = "user_abc123"
    id                 = "key_abc123"
  }
}

resource "orgkeys_elevenlabs_api_key" "audiobooks" {
  service_account_id = "user_abc123"
  name               = "audiobooks"
  permissions        = ["text_to_speech", "voices_read"]
}
