terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Its members and roles are resources of their own.
resource "orgkeys_openai_group" "team" {
  name = "payments-team"
}
