terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# In every active project, the keys that belong to users.
data "orgkeys_openai_api_keys" "personal" {
  owner_type = "user"
}

check "no_personal_keys" {
  assert {
    condition = length(data.orgkeys_openai_api_keys.personal.api_keys) == 0
    error_message = join("\n", [
      for key in data.orgkeys_openai_api_keys.personal.api_keys :
      "${coalesce(key.owner_email, key.owner_name, key.owner_id)} owns the key ${coalesce(key.name, "without a name")} (${key.id}) in ${coalesce(key.project_name, key.project_id)}."
    ])
  }
}

# Whatever has not been used for three months.
data "orgkeys_openai_api_keys" "idle" {
  unused_for = "90d"
}

output "idle_keys" {
  value = [for key in data.orgkeys_openai_api_keys.idle.api_keys : "${coalesce(key.project_name, key.project_id)}/${coalesce(key.name, key.id)}"]
}
