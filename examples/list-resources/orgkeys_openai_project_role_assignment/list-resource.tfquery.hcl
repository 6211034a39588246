# What one service account was given in a project.
list "orgkeys_openai_project_role_assignment" "worker" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
    user_id    = "user-abc123"
  }
}
