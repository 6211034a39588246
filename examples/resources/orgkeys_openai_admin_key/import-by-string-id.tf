terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_admin_key.automation
  id = "key_abc123"
}

resource "orgkeys_openai_admin_key" "automation" {
  name = "terraform"
}
