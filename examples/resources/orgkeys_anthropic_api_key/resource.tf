terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# A key that somebody created in the Console. Creating this resource adopts it.
resource "orgkeys_anthropic_api_key" "payments" {
  id   = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
  name = "payments-worker"

  # From this age on every plan warns that a person has to replace the key.
  review_after = "90d"

  # A destroy, or another id, makes the key inactive.
  on_destroy = "deactivate"
}

# Whether the key depends on a person.
check "payments_key_has_no_user" {
  assert {
    condition     = orgkeys_anthropic_api_key.payments.owner_type != "user"
    error_message = "The key belongs to user ${coalesce(orgkeys_anthropic_api_key.payments.owner_id, "(unknown)")}."
  }
}
