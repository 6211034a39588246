terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_spend_limit.all
  identity = {
    id = "organization"
  }
}

resource "orgkeys_openai_spend_limit" "all" {
  amount = 2500
}
