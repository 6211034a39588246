# terraform test, without an organization: the checks find what they are there to find.

variables {
  admin_keys  = []
  unused_days = 90
  accepted    = {}
  api_keys = [{
    id           = "key_abc123"
    name         = "payments-api"
    project_name = "payments"
    owner_type   = "service_account"
    owner_id     = "user-abc123"
    owner_name   = "payments-api"
    owner_email  = null
    created_at   = "2026-01-01T00:00:00Z"
    last_used_at = "2026-02-01T00:00:00Z"
    unused_days  = 1
    expires_at   = "2026-03-01T00:00:00Z"
  }]
}

run "a_good_key" {
  assert {
    condition     = length(output.findings) == 0
    error_message = "Nothing is wrong with this key."
  }
}

run "a_bad_key" {
  variables {
    api_keys = [{
      id           = "key_bad"
      name         = "laptop"
      project_name = "research"
      owner_type   = "user"
      owner_id     = "user-ada"
      owner_name   = "Ada Example"
      owner_email  = "ada@example.com"
      created_at   = "2026-01-01T00:00:00Z"
      last_used_at = null
      unused_days  = 90
      expires_at   = null
    }]
  }

  expect_failures = [
    check.no_keys_of_people,
    check.every_key_expires,
    check.every_key_is_used,
  ]
}

run "nobody_knows_the_owner" {
  variables {
    api_keys = [{
      id           = "key_lost"
      name         = ""
      project_name = "research"
      owner_type   = null
      owner_id     = null
      owner_name   = null
      owner_email  = null
      created_at   = "2026-01-01T00:00:00Z"
      last_used_at = null
      unused_days  = 1
      expires_at   = "2026-03-01T00:00:00Z"
    }]
  }

  expect_failures = [check.no_keys_of_people]
}

run "an_accepted_key" {
  variables {
    accepted = { key_old = "Until the migration in March." }
    api_keys = [{
      id           = "key_old"
      name         = "laptop"
      project_name = "research"
      owner_type   = "user"
      owner_id     = "user-ada"
      owner_name   = "Ada Example"
      owner_email  = "ada@example.com"
      created_at   = "2026-01-01T00:00:00Z"
      last_used_at = null
      unused_days  = 400
      expires_at   = null
    }]
  }

  assert {
    condition     = length(output.findings) == 0
    error_message = "An accepted key is no finding."
  }
}

run "an_admin_key_without_end" {
  variables {
    admin_keys = [{
      id           = "key_admin"
      name         = "terraform"
      owner_id     = "user-ada"
      owner_name   = "Ada Example"
      owner_email  = null
      created_at   = "2026-01-01T00:00:00Z"
      last_used_at = "2026-02-01T00:00:00Z"
      unused_days  = 1
      expires_at   = null
    }]
  }

  expect_failures = [check.every_key_expires]
}
