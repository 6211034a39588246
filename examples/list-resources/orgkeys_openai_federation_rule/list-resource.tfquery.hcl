# The rules of one provider.
list "orgkeys_openai_federation_rule" "github" {
  provider = orgkeys

  config {
    workload_identity_provider_id = "wip_abc123"
  }
}
