# Which keys belong to users. It manages nothing: the apply only writes down what it found.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

provider "orgkeys" {} # the admin key comes from OPENAI_ADMIN_KEY; one that may only read will do

data "orgkeys_openai_api_keys" "personal" {
  owner_type = "user"
}

output "personal_keys" {
  value = {
    for key in data.orgkeys_openai_api_keys.personal.api_keys : key.id => {
      name         = key.name
      owner        = coalesce(join(", ", compact([key.owner_name, key.owner_email])), key.owner_id, "owner unknown")
      project_id   = key.project_id
      project      = key.project_name
      created_at   = key.created_at
      last_used_at = key.last_used_at
      expires_at   = key.expires_at
    }
  }
}
