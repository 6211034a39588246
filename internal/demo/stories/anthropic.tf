terraform {
  required_providers {
    orgkeys = { source = "orgkeys/orgkeys" }
  }
}

# The admin key and the API's address come from the environment.
provider "orgkeys" {}

variable "status" {
  type    = string
  default = null
}

# The API creates no keys: what there is was created in the Console.
data "orgkeys_anthropic_api_keys" "all" {}

resource "orgkeys_anthropic_api_key" "billing" {
  id     = one([for key in data.orgkeys_anthropic_api_keys.all.api_keys : key.id if key.name == "billing"])
  status = var.status

  review_after = "1s"
  on_destroy   = "archive"
}

output "owners" {
  value = { for key in data.orgkeys_anthropic_api_keys.all.api_keys : key.name => key.owner_type }
}
