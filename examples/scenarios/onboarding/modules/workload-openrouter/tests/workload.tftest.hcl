# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  workspace_id = "0f8d1b6e-0000-4000-8000-000000000000"
  name         = "payments-worker"
  budget       = 50
}

run "limited_and_rotated" {
  assert {
    condition     = orgkeys_openrouter_api_key.this.limit == 50 && orgkeys_openrouter_api_key.this.limit_reset == "monthly"
    error_message = "The key may spend what the caller says, in each month."
  }

  assert {
    condition     = orgkeys_openrouter_api_key.this.lifetime == "90d" && orgkeys_openrouter_api_key.this.rotate_after == "60d"
    error_message = "The key must be due a month before it expires."
  }
}

run "too_expensive" {
  command = plan

  variables {
    budget = 501
  }

  expect_failures = [var.budget]
}

run "due_too_late" {
  command = plan

  variables {
    rotate_after = "61d"
  }

  expect_failures = [var.rotate_after]
}
