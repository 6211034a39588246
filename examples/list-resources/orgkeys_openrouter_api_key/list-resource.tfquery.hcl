# Every key without a user as creator, in any workspace.
list "orgkeys_openrouter_api_key" "all" {
  provider = orgkeys
  limit    = 1000
}
