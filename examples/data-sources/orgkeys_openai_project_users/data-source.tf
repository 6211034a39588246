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

data "orgkeys_openai_project_users" "payments" {
  project_id = data.orgkeys_openai_project.payments.id
}

output "owners" {
  value = [for user in data.orgkeys_openai_project_users.payments.project_users : user.email if user.role == "owner"]
}
