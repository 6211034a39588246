terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_data_retention" "all" {
  type = "zero_data_retention"
}
