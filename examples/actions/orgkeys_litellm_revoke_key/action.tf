terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "key_id" {
  type    = string
  default = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
}

# terraform apply -invoke=action.orgkeys_litellm_revoke_key.leaked
action "orgkeys_litellm_revoke_key" "leaked" {
  config {
    key_id = var.key_id
  }
}
