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

output "project_id" {
  value = data.orgkeys_openai_project.shared.id
}
