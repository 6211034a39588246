# Who is what in the organization.
list "orgkeys_openai_user_role" "all" {
  provider = orgkeys
}
