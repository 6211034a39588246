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

resource "orgkeys_openai_service_account" "worker" {
  project_id = orgkeys_openai_project.payments.id
  name       = "payments-worker"
}

resource "orgkeys_openai_group" "team" {
  name = "payments-team"
}

resource "orgkeys_openai_group_member" "worker" {
  group_id = orgkeys_openai_group.team.id
  user_id  = orgkeys_openai_service_account.worker.id
}
