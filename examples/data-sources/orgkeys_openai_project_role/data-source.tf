terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_project" "payments" {
  name = "payments"
}

# A predefined role, by its name.
data "orgkeys_openai_project_role" "member" {
  project_id = data.orgkeys_openai_project.payments.id
  name       = "member"
}

output "role_id" {
  value = data.orgkeys_openai_project_role.member.id
}
