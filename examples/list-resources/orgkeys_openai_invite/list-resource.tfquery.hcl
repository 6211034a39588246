# Accepted and expired ones too.
list "orgkeys_openai_invite" "all" {
  provider = orgkeys
}
