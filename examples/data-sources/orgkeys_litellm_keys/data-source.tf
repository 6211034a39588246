terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# On the whole proxy, the keys that belong to users.
data "orgkeys_litellm_keys" "personal" {
  owner_type = "user"
}

check "no_personal_keys" {
  assert {
    condition = length(data.orgkeys_litellm_keys.personal.keys) == 0
    error_message = join("\n", [
      for key in data.orgkeys_litellm_keys.personal.keys :
      "User ${key.owner_id} owns the key ${coalesce(key.name, key.id)}."
    ])
  }
}

# Keys that never expire.
data "orgkeys_litellm_keys" "all" {}

output "keys_that_never_expire" {
  value = [for key in data.orgkeys_litellm_keys.all.keys : coalesce(key.name, key.id) if key.expires_at == null]
}
