terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_anthropic_workspace" "search" {
  name = "Search"
  tags = {
    environment = "production"
  }

  data_residency = {
    default_inference_geo  = "us"
    allowed_inference_geos = ["us"]
  }
}
