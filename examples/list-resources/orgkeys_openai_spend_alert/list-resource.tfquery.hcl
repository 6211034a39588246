# The spend alerts of the organization.
list "orgkeys_openai_spend_alert" "all" {
  provider = orgkeys
}
