# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  team_id = "team-abc123"
  name    = "payments-worker"
  budget  = 50
}

run "limited_and_rotated" {
  assert {
    condition     = orgkeys_litellm_key.this.max_budget == 50 && orgkeys_litellm_key.this.budget_duration == "1mo"
    error_message = "The key may spend what the caller says, in each month."
  }

  assert {
    condition     = orgkeys_litellm_key.this.lifetime == "90d" && orgkeys_litellm_key.this.rotate_after == "60d"
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
