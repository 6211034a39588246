terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_litellm_team" "payments" {
  name = "payments"
}

output "team_id" {
  value = data.orgkeys_litellm_team.payments.id
}
