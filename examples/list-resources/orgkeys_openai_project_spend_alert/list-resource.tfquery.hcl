# The spend alerts of one project.
list "orgkeys_openai_project_spend_alert" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
