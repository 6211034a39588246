list "orgkeys_openai_admin_key" "all" {
  provider = orgkeys
}
