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

data "orgkeys_openai_project_roles" "payments" {
  project_id = data.orgkeys_openai_project.payments.id
}

output "roles" {
  value = { for role in data.orgkeys_openai_project_roles.payments.roles : role.name => role.id }
}
