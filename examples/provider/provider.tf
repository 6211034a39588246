terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Ephemeral variables are in no state and in no plan file. Set this one in the
# environment (TF_VAR_openai_admin_key), or leave it out and set OPENAI_ADMIN_KEY.
variable "openai_admin_key" {
  type      = string
  ephemeral = true
  sensitive = true
  default   = null
}

provider "orgkeys" {
  openai = {
    admin_key = var.openai_admin_key
  }

  # Who may read the secrets in state. This one is an example: nothing can open
  # what is sealed to it: put your own here (age-keygen prints it).
  seal = {
    recipients = ["age1exampleexampleexampleexampleexampleexampleexampleexqanc7cw"]
  }
}
