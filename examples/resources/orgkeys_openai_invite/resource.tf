terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

resource "orgkeys_openai_invite" "sam" {
  email = "sam@example.com"
  role  = "reader"

  # Without projects the user is in none.
  projects = [{
    id   = orgkeys_openai_project.payments.id
    role = "member"
  }]
}
