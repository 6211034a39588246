# terraform query
# terraform query -generate-config-out=found.tf
list "orgkeys_openai_project" "all" {
  provider = orgkeys
}
