# Every key of every service account.
list "orgkeys_elevenlabs_api_key" "all" {
  provider = orgkeys
  limit    = 1000
}

# The keys of one account.
list "orgkeys_elevenlabs_api_key" "of_narrator" {
  provider = orgkeys

  config {
    service_account_id = "user_abc123"
  }
}
