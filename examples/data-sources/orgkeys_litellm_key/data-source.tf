terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_litellm_key" "worker" {
  name = "payments-worker"
}

output "age_of_the_key" {
  value = data.orgkeys_litellm_key.worker.created_at
}
