terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_project" "shared" {
  name = "shared-platform"
}

data "orgkeys_openai_service_account" "deploy" {
  project_id = data.orgkeys_openai_project.shared.id
  name       = "deploy-bot"
}

output "service_account_id" {
  value = data.orgkeys_openai_service_account.deploy.id
}
