terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# In every workspace, the keys that a user created.
data "orgkeys_openrouter_api_keys" "personal" {
  owner_type = "user"
}

check "no_personal_keys" {
  assert {
    condition = length(data.orgkeys_openrouter_api_keys.personal.api_keys) == 0
    error_message = join("\n", [
      for key in data.orgkeys_openrouter_api_keys.personal.api_keys :
      "User ${key.owner_id} created the key ${coalesce(key.name, key.id)} in ${coalesce(key.workspace_name, key.workspace_id, "an unknown workspace")}."
    ])
  }
}

# Keys without a limit.
data "orgkeys_openrouter_api_keys" "all" {}

output "keys_without_limit" {
  value = [for key in data.orgkeys_openrouter_api_keys.all.api_keys : "${coalesce(key.workspace_name, key.workspace_id, "unknown workspace")}/${coalesce(key.name, key.id)}" if key.limit == null]
}
