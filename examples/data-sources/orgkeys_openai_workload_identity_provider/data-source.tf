terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# The provider is managed where the platform is; each team has rules of its own.
data "orgkeys_openai_workload_identity_provider" "github" {
  name = "github"
}

output "identity_provider_id" {
  value = data.orgkeys_openai_workload_identity_provider.github.id
}
