terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_elevenlabs_service_account" "narrator" {
  name = "narrator"
}

data "orgkeys_elevenlabs_api_key" "audiobooks" {
  service_account_id = data.orgkeys_elevenlabs_service_account.narrator.id
  name               = "audiobooks"
}

output "permissions" {
  value = data.orgkeys_elevenlabs_api_key.audiobooks.permissions
}
