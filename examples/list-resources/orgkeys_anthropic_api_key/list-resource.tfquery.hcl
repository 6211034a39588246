# Every key that can be adopted, in the whole organization.
list "orgkeys_anthropic_api_key" "all" {
  provider = orgkeys
  limit    = 1000
}
