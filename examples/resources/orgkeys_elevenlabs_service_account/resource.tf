terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The API can neither rename nor delete a service account: a destroy leaves it in the
# workspace. A new one has access to nothing until it is added to a group.
resource "orgkeys_elevenlabs_service_account" "narrator" {
  name = "narrator"
}
