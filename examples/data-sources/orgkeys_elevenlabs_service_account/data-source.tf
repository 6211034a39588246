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

output "service_account_id" {
  value = data.orgkeys_elevenlabs_service_account.narrator.id
}
