# Every key that a service account owns, in any active project.
list "orgkeys_openai_api_key" "all" {
  provider = orgkeys
  limit    = 1000
}

# The keys of one account.
list "orgkeys_openai_api_key" "of_worker" {
  provider = orgkeys

  config {
    project_id         = "proj_abc123"
    service_account_id = "user-abc123"
  }
}
