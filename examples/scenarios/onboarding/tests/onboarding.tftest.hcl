# terraform test, without an organization and without a key: what a line in the map means.

mock_provider "orgkeys" {}

variables {
  seal_recipients = []
  teams = {
    payments = {
      budget    = 500
      workloads = { api = {}, worker = { scopes = ["api.files.read"], rotate_after = "30d" } }
    }
    search = {
      budget    = 50
      workloads = { api = {} }
    }
  }
}

run "one_key_for_each_workload" {
  assert {
    condition     = join(" ", [for key in output.keys : key.name]) == "payments-api payments-worker search-api"
    error_message = "Each workload must have a key of its own."
  }

  assert {
    condition     = join(" ", [for team in module.openai : "${team.project.name} ${team.project.budget}"]) == "payments 500.00 search 50.00"
    error_message = "Each team must have a project of its name, with a spend limit."
  }

  assert {
    condition     = length(orgkeys_openrouter_workspace.team) == 0
    error_message = "There must be nothing at other vendors."
  }

  assert {
    condition     = nonsensitive(join(" ", keys(output.sealed_values))) == "payments-api payments-worker search-api"
    error_message = "The secrets must be handed over by the names of the workloads."
  }
}

run "keys_of_every_vendor" {
  variables {
    teams = {
      payments = {
        vendors = ["openai", "openrouter", "litellm", "elevenlabs"]
        budget  = 500
        workloads = {
          api    = {}
          proxy  = { vendor = "litellm", budget = 20 }
          router = { vendor = "openrouter", budget = 20 }
          voice  = { vendor = "elevenlabs", permissions = ["text_to_speech", "voices_read"] }
        }
      }
      search = {
        vendors   = ["elevenlabs"]
        workloads = { voice = { vendor = "elevenlabs" } }
      }
    }
  }

  assert {
    condition     = join(" ", [for key in output.keys : key.name]) == "payments-api payments-proxy payments-router payments-voice search-voice"
    error_message = "Each workload must have a key, whatever its vendor is."
  }

  assert {
    condition     = join(" ", concat(keys(module.openai["payments"].keys), keys(module.openrouter), keys(module.litellm), keys(module.elevenlabs))) == "api payments-router payments-proxy payments-voice search-voice"
    error_message = "A key must come from the vendor that the workload names."
  }

  assert {
    condition     = join(" ", keys(module.openai)) == "payments"
    error_message = "A team without a key at OpenAI must have no project there."
  }
}

run "not_at_that_vendor" {
  command = plan

  variables {
    teams = { payments = { workloads = { router = { vendor = "openrouter" } } } }
  }

  expect_failures = [var.teams]
}

run "a_vendor_that_is_none" {
  command = plan

  variables {
    teams = { payments = { vendors = ["openia"] } }
  }

  expect_failures = [var.teams]
}

run "a_name_that_is_none" {
  command = plan

  variables {
    teams = { payments = { workloads = { "Worker 1" = {} } } }
  }

  expect_failures = [var.teams]
}

run "a_team_with_a_dash" {
  command = plan

  variables {
    teams = { "pay-ments" = {} }
  }

  expect_failures = [var.teams]
}

run "everything" {
  command = plan

  variables {
    teams = { payments = { workloads = { worker = { scopes = ["all"] } } } }
  }

  expect_failures = [var.teams]
}
