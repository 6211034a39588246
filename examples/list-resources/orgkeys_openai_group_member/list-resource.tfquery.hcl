# The members of one group.
list "orgkeys_openai_group_member" "team" {
  provider = orgkeys

  config {
    group_id = "group_abc123"
  }
}
