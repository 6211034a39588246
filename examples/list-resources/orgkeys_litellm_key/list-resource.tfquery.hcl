# Every key that no user owns, of any team and of none.
list "orgkeys_litellm_key" "all" {
  provider = orgkeys
  limit    = 1000
}

# The keys of one team.
list "orgkeys_litellm_key" "payments" {
  provider = orgkeys

  config {
    team_id = "team-abc123"
  }
}
