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

resource "orgkeys_openai_project_user" "jo" {
  project_id = orgkeys_openai_project.payments.id
  email      = "jo@example.com"
  role       = "member"
}
