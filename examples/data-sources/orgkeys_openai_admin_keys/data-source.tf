terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_admin_keys" "old" {
  older_than = "90d"
}

output "old_admin_keys" {
  value = [for key in data.orgkeys_openai_admin_keys.old.admin_keys : key.name]
}
