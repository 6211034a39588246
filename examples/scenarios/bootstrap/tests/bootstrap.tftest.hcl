# terraform test, without an organization and without a key.

mock_provider "orgkeys" {}

variables {
  seal_recipients = []
}

run "nobody_is_locked_out" {
  assert {
    condition     = orgkeys_openai_admin_key.automation.overlap == "7d"
    error_message = "The old admin key must work for a week, in which the new one reaches the store."
  }

  assert {
    condition = (tonumber(trimsuffix(orgkeys_openai_admin_key.automation.lifetime, "d"))
    >= tonumber(trimsuffix(orgkeys_openai_admin_key.automation.rotate_after, "d")) + 21)
    error_message = "A broken pipeline must have three weeks before the admin key ends."
  }
}
