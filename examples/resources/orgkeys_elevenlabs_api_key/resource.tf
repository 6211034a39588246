terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The secret is sealed to the provider's seal.recipients, or to the recipients in
# ORGKEYS_SEAL_RECIPIENTS.

resource "orgkeys_elevenlabs_service_account" "studio" {
  name = "studio"
}

# Keys never expire at the vendor: only a rotation or a destroy stops them. Applied at
# least once a week, this key is replaced every 60 to 67 days, and each replaced key is
# disabled and deleted by the first apply after three more days.
resource "orgkeys_elevenlabs_api_key" "audiobooks" {
  service_account_id = orgkeys_elevenlabs_service_account.studio.id
  name               = "audiobooks"

  permissions     = ["text_to_speech", "voices_read"] # or ["all"]
  character_limit = 500000

  rotate_after = "60d"
  overlap      = "3d"

  # Rotate at once after an incident: change the text and apply.
  rotate_when_changed = {
    incident = "none so far"
  }
}
