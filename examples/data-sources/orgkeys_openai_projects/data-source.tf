terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_projects" "all" {}

output "project_ids" {
  value = { for project in data.orgkeys_openai_projects.all.projects : project.id => project.name }
}
