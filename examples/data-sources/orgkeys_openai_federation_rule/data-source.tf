terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_workload_identity_provider" "github" {
  name = "github"
}

data "orgkeys_openai_federation_rule" "main" {
  workload_identity_provider_id = data.orgkeys_openai_workload_identity_provider.github.id
  name                          = "main branch"
}

output "what_tokens_must_have" {
  value = data.orgkeys_openai_federation_rule.main.attribute_matchers
}
