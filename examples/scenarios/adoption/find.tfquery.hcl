# What `terraform query` looks for. Older CLIs and OpenTofu do not read this file.

list "orgkeys_openai_project" "all" {
  provider = orgkeys
  limit    = 1000
}

list "orgkeys_openai_service_account" "all" {
  provider = orgkeys
  limit    = 1000
}

list "orgkeys_openai_api_key" "all" {
  provider = orgkeys
  limit    = 1000
}
