terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_anthropic_workspace" "payments" {
  name = "Payments"
}

output "workspace_id" {
  value = data.orgkeys_anthropic_workspace.payments.id
}
