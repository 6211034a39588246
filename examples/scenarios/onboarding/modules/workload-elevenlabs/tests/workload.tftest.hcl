# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  name        = "payments-worker"
  permissions = ["text_to_speech"]
}

run "restricted_and_rotated" {
  assert {
    condition     = orgkeys_elevenlabs_api_key.this.permissions == toset(["text_to_speech"])
    error_message = "The key may do what the caller says, and nothing more."
  }

  assert {
    condition     = orgkeys_elevenlabs_api_key.this.rotate_after == "60d"
    error_message = "The key must be due after two months."
  }
}

run "everything" {
  command = plan

  variables {
    permissions = ["all"]
  }

  expect_failures = [var.permissions]
}

run "due_too_late" {
  command = plan

  variables {
    rotate_after = "61d"
  }

  expect_failures = [var.rotate_after]
}
