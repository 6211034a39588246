terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Every vendor that has its credential in the environment, and every key of theirs.
data "orgkeys_api_keys" "all" {}

check "no_personal_keys" {
  assert {
    condition = alltrue([for key in data.orgkeys_api_keys.all.api_keys : key.owner_type != "user"])
    error_message = join("\n", [
      for key in data.orgkeys_api_keys.all.api_keys :
      "${coalesce(key.owner_name, key.owner_id, "A user")} owns the key ${coalesce(key.name, "without a name")} (${key.id}) at ${key.vendor}." if key.owner_type == "user"
    ])
  }
}

# An inventory that is not complete proves nothing.
check "nothing_is_missing" {
  assert {
    condition     = length(data.orgkeys_api_keys.all.incomplete) == 0
    error_message = join("\n", data.orgkeys_api_keys.all.incomplete)
  }
}

# Keys that this provider did not create, and that never expire.
data "orgkeys_api_keys" "endless" {
  never_expires = true
}

output "unmanaged_endless_keys" {
  value = [for key in data.orgkeys_api_keys.endless.api_keys : "${join("/", compact([key.vendor, key.place]))}: ${coalesce(key.name, key.id)}" if !key.managed]
}
