terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_users" "all" {}

output "owners" {
  value = [for user in data.orgkeys_openai_users.all.users : user.email if user.role == "owner"]
}
