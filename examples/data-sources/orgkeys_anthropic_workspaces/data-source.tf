terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_anthropic_workspaces" "all" {}

output "workspaces" {
  value = { for w in data.orgkeys_anthropic_workspaces.all.workspaces : w.id => w.name }
}
