list "orgkeys_elevenlabs_service_account" "all" {
  provider = orgkeys
}
