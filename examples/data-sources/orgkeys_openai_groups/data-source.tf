terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_groups" "all" {}

output "kept_by_the_identity_provider" {
  value = [for group in data.orgkeys_openai_groups.all.groups : group.name if group.scim_managed]
}
