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

# Destroying it leaves the user as they are.
resource "orgkeys_openai_user_role" "jo" {
  user_id = data.orgkeys_openai_user.jo.id
  role    = "reader"
}
