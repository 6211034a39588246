terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_role" "auditor" {
  name        = "auditor"
  description = "Reads usage and costs"
  permissions = ["api.usage.read"]
}
