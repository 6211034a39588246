terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

import {
  to = orgkeys_openai_data_retention.all
  identity = {
    id = "organization"
  }
}

resource "orgkeys_openai_data_retention" "all" {
  type = "modified_abuse_monitoring"
}
