terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The secret is sealed to the provider's seal.recipients, or to the recipients in
# ORGKEYS_SEAL_RECIPIENTS.

data "orgkeys_litellm_team" "payments" {
  name = "payments"
}

# Applied at least once a week, this key is replaced every 60 to 67 days. Each
# replaced key expires three days later. If nobody applies, each key expires after 90 days.
resource "orgkeys_litellm_key" "search" {
  team_id = data.orgkeys_litellm_team.payments.id
  name    = "search-worker"

  models          = ["gpt-4o-mini"]
  max_budget      = 50
  budget_duration = "30d"
  metadata = {
    cost_center = "search"
  }

  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"

  # Rotate at once after an incident: change the text and apply.
  rotate_when_changed = {
    incident = "none so far"
  }
}
