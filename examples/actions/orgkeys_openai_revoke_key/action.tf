terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "project_id" {
  type    = string
  default = "proj_abc123"
}

variable "key_id" {
  type    = string
  default = "key_abc123"
}

# terraform apply -invoke=action.orgkeys_openai_revoke_key.leaked
action "orgkeys_openai_revoke_key" "leaked" {
  config {
    project_id = var.project_id
    key_id     = var.key_id
  }
}
