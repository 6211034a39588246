terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_group" "platform" {
  name = "platform"
}

output "group_id" {
  value = data.orgkeys_openai_group.platform.id
}
