terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_model_permissions" "payments" {
  project_id = "proj_abc123"
}

# A warning in every plan while the project can use every model.
check "models" {
  assert {
    condition     = data.orgkeys_openai_model_permissions.payments.mode == "allow_list"
    error_message = "The project payments can use every model."
  }
}
