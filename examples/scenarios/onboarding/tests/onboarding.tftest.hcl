# terraform test, without an organization and without a key: what a line in the map means.

mock_provider "orgkeys" {}

variables {
  team            = "payments"
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
    condition     = orgkeys_openai_project.team.name == "payments"
    error_message = "The project must have the team's name."
  }

  assert {
    condition     = nonsensitive(join(" ", keys(output.sealed_values))) == "api worker"
    error_message = "The secrets must be handed over by the names of the workloads."
  }
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
