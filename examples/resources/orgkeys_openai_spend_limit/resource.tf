terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# US dollars a month, over all projects.
resource "orgkeys_openai_spend_limit" "all" {
  amount = "2499.50"
}
