terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_admin_key" "automation" {
  name = "terraform"
}

output "expires_at" {
  value = data.orgkeys_openai_admin_key.automation.expires_at
}
