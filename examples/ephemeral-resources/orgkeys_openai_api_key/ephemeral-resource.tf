terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

resource "orgkeys_openai_project" "checks" {
  name = "checks"
}

resource "orgkeys_openai_service_account" "smoke_test" {
  project_id = orgkeys_openai_project.checks.id
  name       = "smoke-test"
  role       = "member"
}

# Made when the run opens it, revoked when the run is over, in no state.
ephemeral "orgkeys_openai_api_key" "smoke_test" {
  project_id         = orgkeys_openai_project.checks.id
  service_account_id = orgkeys_openai_service_account.smoke_test.id
  name               = "smoke-test"
  lifetime           = "30m"
}

resource "terraform_data" "smoke_test" {
  provisioner "local-exec" {
    command = "test -n \"$OPENAI_API_KEY\" # call the API with it here"
    environment = {
      OPENAI_API_KEY = ephemeral.orgkeys_openai_api_key.smoke_test.value
    }
  }
}
