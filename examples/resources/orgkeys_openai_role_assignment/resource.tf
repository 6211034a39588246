terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_group" "team" {
  name = "payments-team"
}

resource "orgkeys_openai_role" "auditor" {
  name        = "auditor"
  permissions = ["api.usage.read"]
}

resource "orgkeys_openai_role_assignment" "auditors" {
  role_id  = orgkeys_openai_role.auditor.id
  group_id = orgkeys_openai_group.team.id
}
