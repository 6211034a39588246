# The groups in one project.
list "orgkeys_openai_project_group" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
