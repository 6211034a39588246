list "orgkeys_anthropic_workspace" "all" {
  provider = orgkeys
}
