# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  project_id = "proj_abc123"
  name       = "payments-worker"
  scopes     = ["api.model.request"]
}

run "restricted_and_rotated" {
  assert {
    condition     = orgkeys_openai_api_key.this.scopes == toset(["api.model.request"])
    error_message = "The key may do what the caller says, and nothing more."
  }

  assert {
    condition     = orgkeys_openai_api_key.this.lifetime == "90d" && orgkeys_openai_api_key.this.rotate_after == "60d"
    error_message = "The key must be due a month before it ends."
  }

  assert {
    condition     = orgkeys_openai_api_key.this.service_account_id == orgkeys_openai_service_account.this.id
    error_message = "The key must belong to the workload's own account."
  }
}

run "no_scopes" {
  command = plan

  variables {
    scopes = []
  }

  expect_failures = [var.scopes]
}

run "due_too_late" {
  command = plan

  variables {
    rotate_after = "61d"
  }

  expect_failures = [var.rotate_after]
}
