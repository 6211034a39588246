terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The key that this automation itself works with. After a rotation, hand the new
# secret to the runner before the overlap ends: the key in use is never revoked.
resource "orgkeys_openai_admin_key" "automation" {
  name = "terraform"

  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "7d"
}

output "admin_key_sealed" {
  value     = orgkeys_openai_admin_key.automation.sealed_value
  sensitive = true
}
