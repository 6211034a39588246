terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_anthropic_api_key.payments
  id = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
}

resource "orgkeys_anthropic_api_key" "payments" {
  id = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
}
