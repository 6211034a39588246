# One entry in a map is a team: its project with a budget and limits, and its workloads, each
# with a key of its own at the vendor that it names. README.md beside this file goes through
# it step by step; teams.auto.tfvars is what teams edit.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

variable "teams" {
  type = map(object({
    vendors = optional(set(string), ["openai"])

    # openai
    budget      = optional(number)
    alerts      = optional(set(number), [50, 90])
    mail        = optional(set(string), [])
    models      = optional(set(string))
    rate_limits = optional(map(object({ requests = optional(number), tokens = optional(number) })), {})
    permissions = optional(set(string), ["api.model.request"])

    workloads = optional(map(object({
      vendor          = optional(string, "openai")
      scopes          = optional(set(string), ["api.model.request"]) # openai
      budget          = optional(number, 50)                         # openrouter, litellm
      permissions     = optional(set(string), ["text_to_speech"])    # elevenlabs
      rotate_after    = optional(string, "60d")
      seal_recipients = optional(list(string))
      rotate          = optional(string, "first")
    })), {})
  }))
  description = <<-END
    The teams, by their names.

    vendors: where the team may have keys. For its project at OpenAI, see modules/team: budget is what all its keys may
    spend in a month, in US dollars, and alerts are the percentages of it at which mail is sent; models are those it may
    use; rate_limits are requests and tokens per minute, by model; permissions are what its workloads may do.

    workloads: what needs a key, by its name. vendor: whose key it is. scopes: what a key of OpenAI may do. budget: what
    one of OpenRouter or LiteLLM may spend in a month, in US dollars. permissions: what one of ElevenLabs may do.
    seal_recipients: the public keys of those who may read this one's secret; without it those of the provider.
  END

  validation {
    condition     = alltrue([for name in keys(var.teams) : can(regex("^[a-z][a-z0-9]{1,30}$", name))])
    error_message = "Names of teams are lower-case letters and digits, and begin with a letter: what follows the first dash is the workload."
  }

  validation {
    condition     = alltrue([for team in var.teams : length(setsubtract(team.vendors, ["openai", "openrouter", "litellm", "elevenlabs"])) == 0])
    error_message = "There is a module for each of these vendors: openai, openrouter, litellm, elevenlabs."
  }

  validation {
    condition     = alltrue([for team in var.teams : alltrue([for name in keys(team.workloads) : can(regex("^[a-z][a-z0-9-]{1,30}$", name))])])
    error_message = "Names of workloads are lower-case letters, digits and dashes, and begin with a letter."
  }

  validation {
    condition     = alltrue([for team in var.teams : alltrue([for workload in team.workloads : contains(team.vendors, workload.vendor)])])
    error_message = "The team has no keys at that vendor: see its vendors."
  }

  validation {
    condition     = alltrue([for team in var.teams : alltrue([for workload in team.workloads : !contains(workload.scopes, "all")])])
    error_message = "Name the scopes that a workload needs. A key that may do everything is not for teams to order."
  }
}

variable "seal_recipients" {
  type        = list(string)
  description = "The public keys of those who hand the secrets over."
}

provider "orgkeys" { # credentials of the vendors of all teams come from the environment
  seal = {
    recipients = var.seal_recipients
  }
}

locals {
  elsewhere = merge([for name, team in var.teams : {
    for workload, wants in team.workloads : "${name}-${workload}" => merge(wants, { team = name }) if wants.vendor != "openai"
  }]...)
}

module "openai" {
  source   = "./modules/team"
  for_each = { for name, team in var.teams : name => team if contains(team.vendors, "openai") }

  name        = each.key
  budget      = each.value.budget
  alerts      = each.value.alerts
  mail        = each.value.mail
  models      = each.value.models
  rate_limits = each.value.rate_limits
  permissions = each.value.permissions
  workloads   = { for name, workload in each.value.workloads : name => workload if workload.vendor == "openai" }
}

resource "orgkeys_openrouter_workspace" "team" {
  for_each = toset([for name, team in var.teams : name if contains(team.vendors, "openrouter")])

  name = each.key
  slug = each.key
}

module "openrouter" {
  source   = "./modules/workload-openrouter"
  for_each = { for name, workload in local.elsewhere : name => workload if workload.vendor == "openrouter" }

  workspace_id    = orgkeys_openrouter_workspace.team[each.value.team].id
  name            = each.key
  budget          = each.value.budget
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

# The proxy's operators create teams, so each is only looked up.
data "orgkeys_litellm_team" "team" {
  for_each = toset([for name, team in var.teams : name if contains(team.vendors, "litellm")])

  name = each.key
}

module "litellm" {
  source   = "./modules/workload-litellm"
  for_each = { for name, workload in local.elsewhere : name => workload if workload.vendor == "litellm" }

  team_id         = data.orgkeys_litellm_team.team[each.value.team].id
  name            = each.key
  budget          = each.value.budget
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

module "elevenlabs" {
  source   = "./modules/workload-elevenlabs"
  for_each = { for name, workload in local.elsewhere : name => workload if workload.vendor == "elevenlabs" }

  name            = each.key
  permissions     = each.value.permissions
  rotate_after    = each.value.rotate_after
  seal_recipients = each.value.seal_recipients
  rotate          = { by_hand = each.value.rotate }
}

locals {
  others = merge(module.openrouter, module.litellm, module.elevenlabs)
}

# A key is named <team>-<workload>.
output "keys" {
  description = "What is known of each workload's key."
  value = merge(
    { for name, workload in local.others : name => workload.key },
    [for team, its in module.openai : { for name, key in its.keys : "${team}-${name}" => key }]...
  )
}

# Read it with `output -json`: `output -raw` serves no maps.
output "sealed_values" {
  description = "Each workload's secret as age ciphertext."
  value = merge(
    { for name, workload in local.others : name => workload.sealed_value },
    [for team, its in module.openai : { for name, value in its.sealed_values : "${team}-${name}" => value }]...
  )
  sensitive = true
}
