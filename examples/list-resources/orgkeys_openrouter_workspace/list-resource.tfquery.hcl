list "orgkeys_openrouter_workspace" "all" {
  provider = orgkeys
}
