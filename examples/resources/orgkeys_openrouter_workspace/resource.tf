terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openrouter_workspace" "search" {
  name        = "Search"
  slug        = "search"
  description = "Keys of the search team."
}
