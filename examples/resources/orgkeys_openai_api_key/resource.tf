terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The secret is sealed to the provider's seal.recipients, or to the recipients in
# ORGKEYS_SEAL_RECIPIENTS.

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "worker" {
  project_id = orgkeys_openai_project.payments.id
  name       = "payments-worker"
  role       = "member"
}

# Applied at least once a week, this key is replaced every 60 to 67 days. Each
# replaced key works for three more days. If nobody applies, the key ends after 90.
resource "orgkeys_openai_api_key" "worker" {
  project_id         = orgkeys_openai_project.payments.id
  service_account_id = orgkeys_openai_service_account.worker.id
  name               = "payments-worker"

  scopes       = ["api.model.request"]
  lifetime     = "90d"
  rotate_after = "60d"
  overlap      = "3d"

  # Rotate at once after an incident: change the text and apply.
  rotate_when_changed = {
    incident = "none so far"
  }
}
