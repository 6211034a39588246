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

data "orgkeys_openai_service_accounts" "payments" {
  project_id = data.orgkeys_openai_project.payments.id
}

output "accounts_without_rights" {
  value = [for account in data.orgkeys_openai_service_accounts.payments.service_accounts : account.name if account.role == "none"]
}
