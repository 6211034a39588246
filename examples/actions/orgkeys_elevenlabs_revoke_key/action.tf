terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "service_account_id" {
  type    = string
  default = "user_abc123"
}

variable "key_id" {
  type    = string
  default = "key_abc123"
}

# terraform apply -invoke=action.orgkeys_elevenlabs_revoke_key.leaked
action "orgkeys_elevenlabs_revoke_key" "leaked" {
  config {
    service_account_id = var.service_account_id
    key_id             = var.key_id
  }
}
