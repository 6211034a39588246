# Where an existing organization is taken over. There is nothing in it yet: README.md beside
# this file goes through how found.tf and imports.tf are made.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "seal_recipients" {
  type        = list(string)
  default     = null
  description = "The public keys of those who may read the secrets. An import needs none; the first rotation does."
}

provider "orgkeys" { # the admin key comes from OPENAI_ADMIN_KEY
  seal = {
    recipients = var.seal_recipients
  }
}
