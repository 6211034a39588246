terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_elevenlabs_api_key.audiobooks
  id = "user_abc123/key_abc123"
}

# The key keeps working and nothing is changed at the API. Its first rotation creates a key
# whose secret is known.
resource "orgkeys_elevenlabs_api_key" "audiobooks" {
  service_account_id = "user_abc123"
  name               = "audiobooks"
  permissions        = ["text_to_speech", "voices_read"]
}
