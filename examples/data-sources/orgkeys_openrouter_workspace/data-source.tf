terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openrouter_workspace" "payments" {
  slug = "payments"
}

output "workspace_id" {
  value = data.orgkeys_openrouter_workspace.payments.id
}
