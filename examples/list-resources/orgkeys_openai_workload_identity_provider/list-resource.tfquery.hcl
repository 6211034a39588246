# All providers of the organization.
list "orgkeys_openai_workload_identity_provider" "all" {
  provider = orgkeys
}
