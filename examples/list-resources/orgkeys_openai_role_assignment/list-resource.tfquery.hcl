# What one group was given; of a user or service account with user_id.
list "orgkeys_openai_role_assignment" "team" {
  provider = orgkeys

  config {
    group_id = "group_abc123"
  }
}
