# The rate limits of one project, one for each model.
list "orgkeys_openai_project_rate_limit" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
