# The roles of one project; predefined ones are left out.
list "orgkeys_openai_project_role" "payments" {
  provider = orgkeys

  config {
    project_id = "proj_abc123"
  }
}
