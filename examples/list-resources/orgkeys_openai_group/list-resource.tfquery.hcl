# Also those that an identity provider keeps.
list "orgkeys_openai_group" "all" {
  provider = orgkeys
}
