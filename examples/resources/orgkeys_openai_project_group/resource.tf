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

resource "orgkeys_openai_group" "team" {
  name = "payments-team"
}

resource "orgkeys_openai_project_group" "team" {
  project_id = orgkeys_openai_project.payments.id
  group_id   = orgkeys_openai_group.team.id
  role_id    = "role-api-project-member"
}
