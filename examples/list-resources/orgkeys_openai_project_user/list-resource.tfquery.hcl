# The users in one project.
list "orgkeys_openai_project_user" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
