terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_elevenlabs_service_accounts" "all" {}

output "names" {
  value = data.orgkeys_elevenlabs_service_accounts.all.service_accounts[*].name
}
