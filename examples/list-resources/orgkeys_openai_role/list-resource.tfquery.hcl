# Predefined roles are left out.
list "orgkeys_openai_role" "all" {
  provider = orgkeys
}
