# terraform test, without an organization and without a key: what a line in the map means.

mock_provider "orgkeys" {}

variables {
  team            = "payments"
  vendors         = ["openai"]
  seal_recipients = []
  workloads = {
    api    = {}
    worker = { scopes = ["api.files.read"], rotate_after = "30d" }
  }
}

run "one_key_for_each_workload" {
  assert {
    condition     = join(" ", [for key in output.keys : key.name]) == "payments-api payments-worker"
    error_message = "Each workload must have a key of its own."
  }

  assert {
    condition     = orgkeys_openai_project.team[0].name == "payments" && length(orgkeys_openrouter_workspace.team) == 0
    error_message = "The project must have the team's name, and there must be nothing at other vendors."
  }

  assert {
    condition     = nonsensitive(join(" ", keys(output.sealed_values))) == "api worker"
    error_message = "The secrets must be handed over by the names of the workloads."
  }
}

run "keys_of_every_vendor" {
  variables {
    vendors = ["openai", "openrouter", "litellm", "elevenlabs"]
    workloads = {
      api    = {}
      proxy  = { vendor = "litellm", budget = 20 }
      router = { vendor = "openrouter", budget = 20 }
      voice  = { vendor = "elevenlabs", permissions = ["text_to_speech", "voices_read"] }
    }
  }

  assert {
    condition     = join(" ", [for key in output.keys : key.name]) == "payments-api payments-proxy payments-router payments-voice"
    error_message = "Each workload must have a key, whatever its vendor is."
  }

  assert {
    condition     = join(" ", concat(keys(module.openai), keys(module.openrouter), keys(module.litellm), keys(module.elevenlabs))) == "api router proxy voice"
    error_message = "A key must come from the vendor that the workload names."
  }
}

run "not_at_that_vendor" {
  command = plan

  variables {
    workloads = { router = { vendor = "openrouter" } }
  }

  expect_failures = [var.workloads]
}

run "a_name_that_is_none" {
  command = plan

  variables {
    workloads = { "Worker 1" = {} }
  }

  expect_failures = [var.workloads]
}

run "everything" {
  command = plan

  variables {
    workloads = { worker = { scopes = ["all"] } }
  }

  expect_failures = [var.workloads]
}
