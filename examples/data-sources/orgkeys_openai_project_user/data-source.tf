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

data "orgkeys_openai_project_user" "jo" {
  project_id = data.orgkeys_openai_project.payments.id
  email      = "jo@example.com"
}

output "role" {
  value = data.orgkeys_openai_project_user.jo.role
}
