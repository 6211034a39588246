# The rules: what is wrong with a key. It takes the inventory as values, so it can be tested
# without a provider (tests/judge.tftest.hcl).

variable "api_keys" {
  type = list(object({
    id           = string
    name         = string
    project_name = string
    owner_type   = string
    owner_id     = string
    owner_name   = string
    owner_email  = string
    created_at   = string
    last_used_at = string
    unused_days  = number
    expires_at   = string
  }))
  description = "The api_keys of the inventory."
}

variable "admin_keys" {
  type = list(object({
    id           = string
    name         = string
    owner_id     = string
    owner_name   = string
    owner_email  = string
    created_at   = string
    last_used_at = string
    unused_days  = number
    expires_at   = string
  }))
  description = "The admin_keys of the inventory."
}

variable "unused_days" {
  type        = number
  description = "A key that was not used for so many days is a finding."
}

variable "accepted" {
  type        = map(string)
  description = "Keys that may stay as they are: the reason, by the key's id."
}

locals {
  # Names are other people's text: no control characters into a terminal.
  rows = [
    for key in concat(
      [for key in var.api_keys : merge(key, { where = key.project_name, personal = key.owner_type != "service_account" })],
      # The API says of every admin key that a person owns it, so that says nothing.
      [for key in var.admin_keys : merge(key, { where = "(the whole organization)", personal = false })],
      ) : {
      id        = key.id
      key       = replace(coalesce(key.name, "(no name)"), "/[[:cntrl:]]/", "?")
      project   = replace(key.where, "/[[:cntrl:]]/", "?")
      owner     = replace(coalesce(join(", ", compact([key.owner_name, key.owner_email])), key.owner_id, "owner unknown"), "/[[:cntrl:]]/", "?")
      created   = substr(key.created_at, 0, 10)
      last_used = key.last_used_at == null ? "never" : substr(key.last_used_at, 0, 10)
      expires   = key.expires_at == null ? "never" : substr(key.expires_at, 0, 10)

      personal = key.personal
      endless  = key.expires_at == null
      idle     = key.unused_days >= var.unused_days
    } if !contains(keys(var.accepted), key.id)
  ]

  who_and_what = { for row in local.rows : row.id => "- ${row.owner}: key \"${row.key}\" (${row.id}) in ${row.project}, created ${row.created}, last used ${row.last_used}, expires ${row.expires}" }
}

check "no_keys_of_people" {
  assert {
    condition = length([for row in local.rows : row if row.personal]) == 0
    error_message = join("\n", concat(["These keys belong to people. Replace them by keys of service accounts:"],
    [for row in local.rows : local.who_and_what[row.id] if row.personal]))
  }
}

check "every_key_expires" {
  assert {
    condition = length([for row in local.rows : row if row.endless]) == 0
    error_message = join("\n", concat(["These keys never expire. Give them a lifetime:"],
    [for row in local.rows : local.who_and_what[row.id] if row.endless]))
  }
}

check "every_key_is_used" {
  assert {
    condition = length([for row in local.rows : row if row.idle]) == 0
    error_message = join("\n", concat(["Nobody has used these keys for ${var.unused_days} days. Revoke them:"],
    [for row in local.rows : local.who_and_what[row.id] if row.idle]))
  }
}

output "findings" {
  description = "The keys that fail a check, and why."
  value = [
    for row in local.rows : merge({ for name, value in row : name => value if !contains(["personal", "endless", "idle"], name) }, {
      findings = concat(
        row.personal ? ["belongs to a person"] : [],
        row.endless ? ["never expires"] : [],
        row.idle ? ["not used for ${var.unused_days} days"] : [],
      )
    }) if row.personal || row.endless || row.idle
  ]
}
