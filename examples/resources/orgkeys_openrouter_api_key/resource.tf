terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The secret is sealed to the provider's seal.recipients, or to the recipients in
# ORGKEYS_SEAL_RECIPIENTS.

resource "orgkeys_openrouter_workspace" "search" {
  name = "Search"
  slug = "search"
}

# Applied at least once a week, this key is replaced every 60 to 67 days. The first apply
# after the overlap deletes the replaced key. If nobody applies, each key expires after 90 days.
resource "orgkeys_openrouter_api_key" "worker" {
  workspace_id = orgkeys_openrouter_workspace.search.id
  name         = "search-worker"

  limit       = 50
  limit_reset = "monthly"

  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"

  # Rotate at once after an incident: change the text and apply.
  rotate_when_changed = {
    incident = "none so far"
  }
}
