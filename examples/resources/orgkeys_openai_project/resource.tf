terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Destroying it archives the project with everything in it, for good. For a project
# in use, add lifecycle { prevent_destroy = true }.
resource "orgkeys_openai_project" "payments" {
  name = "payments"
}
