terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# In the whole organization, the keys that act for a user.
data "orgkeys_anthropic_api_keys" "personal" {
  owner_type = "user"
}

check "no_personal_keys" {
  assert {
    condition = length(data.orgkeys_anthropic_api_keys.personal.api_keys) == 0
    error_message = join("\n", [
      for key in data.orgkeys_anthropic_api_keys.personal.api_keys :
      "The key ${key.name} (${key.id}) depends on user ${key.owner_id}."
    ])
  }
}

# Keys that are older than half a year.
data "orgkeys_anthropic_api_keys" "old" {
  older_than = "180d"
}

output "keys_to_replace" {
  value = [for key in data.orgkeys_anthropic_api_keys.old.api_keys : "${key.name}: ${key.age_days} days"]
}
