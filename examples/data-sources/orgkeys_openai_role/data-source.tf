terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_role" "auditor" {
  name = "auditor"
}

output "role_id" {
  value = data.orgkeys_openai_role.auditor.id
}
