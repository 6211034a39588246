terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_anthropic_workspace.payments
  id = "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ"
}

resource "orgkeys_anthropic_workspace" "payments" {
  name = "Payments"
}
