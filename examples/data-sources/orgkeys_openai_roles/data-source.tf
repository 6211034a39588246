terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_roles" "all" {}

output "own_roles" {
  value = { for role in data.orgkeys_openai_roles.all.roles : role.name => role.permissions if !role.predefined_role }
}
