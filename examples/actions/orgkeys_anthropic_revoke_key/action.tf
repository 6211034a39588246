terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "key_id" {
  type    = string
  default = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
}

# Archives the key for good.
# terraform apply -invoke=action.orgkeys_anthropic_revoke_key.leaked
action "orgkeys_anthropic_revoke_key" "leaked" {
  config {
    key_id = var.key_id
  }
}
