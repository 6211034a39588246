terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# By its id, whatever its status.
data "orgkeys_anthropic_api_key" "by_id" {
  id = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
}

# By its exact name.
data "orgkeys_anthropic_api_key" "by_name" {
  name = "payments-worker"
}

output "status" {
  value = data.orgkeys_anthropic_api_key.by_id.status
}
