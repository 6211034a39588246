# The accounts of one project; without config those of every active project.
list "orgkeys_openai_service_account" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
