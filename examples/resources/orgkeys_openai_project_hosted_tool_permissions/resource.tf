terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

# A tool without a line is left alone.
resource "orgkeys_openai_project_hosted_tool_permissions" "payments" {
  project_id       = orgkeys_openai_project.payments.id
  code_interpreter = false
  mcp              = false
}
