terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_user" "jo" {
  email = "jo@example.com"
}

output "user_id" {
  value = data.orgkeys_openai_user.jo.id
}
