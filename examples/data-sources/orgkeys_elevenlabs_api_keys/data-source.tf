terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Keys never expire, so an old one is worth a look.
data "orgkeys_elevenlabs_api_keys" "old" {
  older_than = "180d"
}

check "no_old_keys" {
  assert {
    condition = length(data.orgkeys_elevenlabs_api_keys.old.api_keys) == 0
    error_message = join("\n", [
      for key in data.orgkeys_elevenlabs_api_keys.old.api_keys :
      "The key ${key.name} (${key.id}) of ${key.owner_name} is ${key.age_days} days old."
    ])
  }
}

data "orgkeys_elevenlabs_api_keys" "all" {}

output "unrestricted_keys" {
  value = [for key in data.orgkeys_elevenlabs_api_keys.all.api_keys : "${key.owner_name}/${key.name}" if contains(key.permissions, "all")]
}
