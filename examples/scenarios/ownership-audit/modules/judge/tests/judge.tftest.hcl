# terraform test, without an organization: the checks find what they are there to find.

variables {
  admin_keys  = []
  now         = "2026-02-02T00:00:00Z"
  unused_days = 90
  accepted    = {}
  api_keys = [{
    vendor         = "openai"
    place          = "payments"
    id             = "key_abc123"
    name           = "payments-api"
    managed        = true
    owner_type     = "service_account"
    owner_id       = "user-abc123"
    owner_name     = "payments-api"
    created_at     = "2026-01-01T00:00:00Z"
    last_used_at   = "2026-02-01T00:00:00Z"
    last_use_known = true
    expires_at     = "2026-03-01T00:00:00Z"
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
    now = "2026-04-01T00:00:00Z" # 90 days after its creation
    api_keys = [{
      vendor         = "openai"
      place          = "research"
      id             = "key_bad"
      name           = "laptop"
      managed        = false
      owner_type     = "user"
      owner_id       = "user-ada"
      owner_name     = "Ada Example"
      created_at     = "2026-01-01T00:00:00Z"
      last_used_at   = null
      last_use_known = true
      expires_at     = null
    }]
  }

  expect_failures = [
    check.no_keys_of_users,
    check.every_key_expires,
    check.every_key_is_used,
  ]
}

run "nobody_knows_the_owner" {
  variables {
    api_keys = [{
      vendor         = "openai"
      place          = "research"
      id             = "key_lost"
      name           = ""
      managed        = false
      owner_type     = "unknown"
      owner_id       = null
      owner_name     = null
      created_at     = "2026-01-01T00:00:00Z"
      last_used_at   = null
      last_use_known = true
      expires_at     = "2026-03-01T00:00:00Z"
    }]
  }

  expect_failures = [check.no_keys_of_users]
}

run "what_is_not_shown_is_no_finding" {
  variables {
    now = "2027-02-02T00:00:00Z"
    api_keys = [{
      vendor         = "openrouter"
      place          = null
      id             = "0a1b2c3d"
      name           = "gateway"
      managed        = false
      owner_type     = "organization"
      owner_id       = null
      owner_name     = null
      created_at     = null
      last_used_at   = null
      last_use_known = false
      expires_at     = "2027-03-01T00:00:00Z"
    }]
  }

  assert {
    condition     = length(output.findings) == 0
    error_message = "It is not known whether this key is used."
  }
}

run "a_vendor_without_expiry" {
  variables {
    api_keys = [{
      vendor         = "elevenlabs"
      place          = "narrator"
      id             = "key_voice"
      name           = "audiobooks"
      managed        = true
      owner_type     = "service_account"
      owner_id       = "user_narrator"
      owner_name     = "narrator"
      created_at     = "2026-01-01T00:00:00Z"
      last_used_at   = null
      last_use_known = false
      expires_at     = null
    }]
  }

  assert {
    condition     = length(output.findings) == 0
    error_message = "No key of this vendor can expire."
  }
}

run "an_accepted_key" {
  variables {
    now      = "2027-02-02T00:00:00Z"
    accepted = { key_old = "Until the migration in March." }
    api_keys = [{
      vendor         = "openai"
      place          = "research"
      id             = "key_old"
      name           = "laptop"
      managed        = false
      owner_type     = "user"
      owner_id       = "user-ada"
      owner_name     = "Ada Example"
      created_at     = "2026-01-01T00:00:00Z"
      last_used_at   = null
      last_use_known = true
      expires_at     = null
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

run "an_admin_key_whose_last_use_is_left_out" {
  variables {
    now      = "2027-02-02T00:00:00Z"
    api_keys = []
    admin_keys = [{
      id           = "key_admin"
      name         = "terraform"
      owner_id     = "user-ada"
      owner_name   = "Ada Example"
      owner_email  = null
      created_at   = "2026-01-01T00:00:00Z"
      last_used_at = null
      unused_days  = null
      expires_at   = "2027-03-01T00:00:00Z"
    }]
  }

  assert {
    condition     = length(output.findings) == 0
    error_message = "It is not known whether this key is used."
  }
}
