# The rules: what is wrong with a key. It takes the inventory as values, so it can be tested
# without a provider (tests/judge.tftest.hcl).

variable "api_keys" {
  type = list(object({
    vendor         = string
    place          = string
    id             = string
    name           = string
    managed        = bool
    owner_type     = string
    owner_id       = string
    owner_name     = string
    created_at     = string
    last_used_at   = string
    last_use_known = bool
    expires_at     = string
  }))
  description = "The api_keys of the inventory over all vendors."
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
  description = "The admin_keys of OpenAI's inventory."
}

variable "now" {
  type        = string
  description = "When the keys are judged, RFC 3339."
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
  # Vendors whose keys cannot expire, so that it is no finding that they do not.
  without_expiry = ["elevenlabs"]

  keys = concat(
    [for key in var.api_keys : merge(key, {
      where    = key.place
      owner    = join(", ", compact([key.owner_name, key.owner_type == "user" ? key.owner_id : null]))
      nameless = key.owner_type == "organization" ? "the organization" : "owner unknown"
      personal = !contains(["service_account", "organization"], key.owner_type)
      managed  = key.managed ? "yes" : "no"
    })],
    # The API says of every admin key that a user owns it, so that says nothing.
    [for key in var.admin_keys : merge(key, {
      vendor         = "openai"
      where          = null
      owner          = join(", ", compact([key.owner_name, key.owner_email]))
      nameless       = "owner unknown"
      personal       = false
      last_use_known = key.unused_days != null # null only where the server left the last use out
      managed        = "unknown"
    })],
  )

  # Names come from others: no control characters into a terminal.
  rows = [
    for key in local.keys : {
      id        = key.id
      vendor    = key.vendor
      key       = replace(coalesce(key.name, "(no name)"), "/[[:cntrl:]]/", "?")
      place     = replace(coalesce(key.where, "(the whole organization)"), "/[[:cntrl:]]/", "?")
      owner     = replace(coalesce(key.owner, key.owner_id, key.nameless), "/[[:cntrl:]]/", "?")
      created   = key.created_at == null ? "unknown" : substr(key.created_at, 0, 10)
      last_used = key.last_used_at != null ? substr(key.last_used_at, 0, 10) : key.last_use_known ? "never" : "unknown"
      expires   = key.expires_at == null ? "never" : substr(key.expires_at, 0, 10)
      managed   = key.managed

      personal = key.personal
      endless  = key.expires_at == null && !contains(local.without_expiry, key.vendor)
      # One that was never used counts from its creation; what is not known is no finding.
      idle = try(timecmp(timeadd(key.last_used_at != null ? key.last_used_at : key.last_use_known ? key.created_at : null, "${var.unused_days * 24}h"), var.now) <= 0, false)
    } if !contains(keys(var.accepted), key.id)
  ]

  who_and_what = { for row in local.rows : row.id => "- ${row.owner}: key \"${row.key}\" (${row.id}) in ${row.place} at ${row.vendor}, created ${row.created}, last used ${row.last_used}, expires ${row.expires}" }
}

check "no_keys_of_users" {
  assert {
    condition = length([for row in local.rows : row if row.personal]) == 0
    error_message = join("\n", concat(["These keys belong to users. Replace them by keys of service accounts:"],
    [for row in local.rows : local.who_and_what[row.id] if row.personal]))
  }
}

check "every_key_expires" {
  assert {
    condition = length([for row in local.rows : row if row.endless]) == 0
    error_message = join("\n", concat(["These keys never expire. Give them a lifetime, or at Anthropic replace them in the Console:"],
    [for row in local.rows : local.who_and_what[row.id] if row.endless]))
  }
}

check "every_key_is_used" {
  assert {
    condition = length([for row in local.rows : row if row.idle]) == 0
    error_message = join("\n", concat(["These keys have not been used for ${var.unused_days} days. Revoke them:"],
    [for row in local.rows : local.who_and_what[row.id] if row.idle]))
  }
}

output "findings" {
  description = "The keys that fail a check, and why."
  value = [
    for row in local.rows : merge({ for name, value in row : name => value if !contains(["personal", "endless", "idle"], name) }, {
      findings = concat(
        row.personal ? ["belongs to a user"] : [],
        row.endless ? ["never expires"] : [],
        row.idle ? ["not used for ${var.unused_days} days"] : [],
      )
    }) if row.personal || row.endless || row.idle
  ]
}
