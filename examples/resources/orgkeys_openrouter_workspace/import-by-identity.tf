terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openrouter_workspace.payments
  identity = {
    id = "0f8d1b6e-0000-4000-8000-000000000000"
  }
}

resource "orgkeys_openrouter_workspace" "payments" {
  name = "Payments"
  slug = "payments"
}
