# Workloads without a key: a GitHub Actions workflow and a Kubernetes deployment exchange the
# identity that they have anyway for access of at most an hour. A key beside it is the way there
# and the way back. README.md walks both.

terraform {
  required_version = ">= 1.11"

  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# In no-key.auto.tfvars, and without a default: an apply that did not say it would take the
# identities away.
variable "access" {
  type        = string
  description = "What workloads get access by: key, identity, or both while they are moved."

  validation {
    condition     = contains(["key", "both", "identity"], var.access)
    error_message = "access must be key, both or identity."
  }
}

variable "quiet_days" {
  type        = number
  default     = 7
  description = "For how many days a key must not have been used: longer than the longest pause of the workloads."
}

variable "seal_recipients" {
  type        = list(string)
  description = "The public keys of those who may read the keys."
}

# Both in cluster.auto.tfvars.json. An apply without them would cut off every pod, so that needs an issuer.
variable "cluster_issuer" {
  type        = string
  default     = null
  description = "The cluster's issuer, as kubectl get --raw /.well-known/openid-configuration shows it."

  validation {
    condition     = var.access == "key" || var.cluster_issuer != null
    error_message = "cluster_issuer is missing: write cluster.auto.tfvars.json, as section 2 of README.md says."
  }
}

variable "cluster_jwks" {
  type        = string
  default     = null
  description = "The cluster's public keys, as kubectl get --raw /openid/v1/jwks prints them. Null for a cluster whose issuer can be reached from outside."
}

locals {
  # What tokens are made for. Workloads ask their issuer for this audience.
  audience = "https://api.openai.com/v1"

  issuers = {
    github  = { address = "https://token.actions.githubusercontent.com", jwks = null }
    cluster = { address = var.cluster_issuer, jwks = var.cluster_jwks }
  }

  # One service account for each workload, and what the workload's tokens must have.
  workloads = {
    deploy = {
      issuer = "github"
      claims = { repository = "acme/payments", ref = "refs/heads/main" }
    }
    api = {
      issuer = "cluster"
      claims = { sub = "system:serviceaccount:payments:payments-api" }
    }
  }

  by_key      = var.access == "identity" ? {} : local.workloads
  by_identity = var.access == "key" ? {} : local.workloads
}

provider "orgkeys" {
  seal = {
    recipients = var.seal_recipients
  }
}

resource "orgkeys_openai_project" "payments" {
  name = "payments"
}

resource "orgkeys_openai_service_account" "workload" {
  for_each = local.workloads

  project_id = orgkeys_openai_project.payments.id
  name       = "payments-${each.key}"
  role       = "member"
}

resource "orgkeys_openai_api_key" "workload" {
  for_each = local.by_key

  project_id         = orgkeys_openai_project.payments.id
  service_account_id = orgkeys_openai_service_account.workload[each.key].id
  name               = "payments-${each.key}"
  lifetime           = "90d"
  rotate_after       = "60d"
}

resource "orgkeys_openai_workload_identity_provider" "issuer" {
  for_each = var.access == "key" ? {} : local.issuers

  name         = each.key
  issuer       = each.value.address
  audience     = local.audience
  verification = each.value.jwks == null ? null : { jwks = each.value.jwks }
}

resource "orgkeys_openai_federation_rule" "workload" {
  for_each = local.by_identity

  workload_identity_provider_id = orgkeys_openai_workload_identity_provider.issuer[each.value.issuer].id
  project_id                    = orgkeys_openai_project.payments.id
  service_account_id            = orgkeys_openai_service_account.workload[each.key].id
  name                          = "payments-${each.key}"
  attribute_matchers            = each.value.claims
  scopes                        = ["api.model.read", "api.model.request"]
}

# While there are both: which workloads still use their key?
data "orgkeys_openai_api_keys" "payments" {
  project_id = orgkeys_openai_project.payments.id
}

locals {
  in_use = [
    # Without unused_days the server does not show the last use, which then counts as one.
    for key in data.orgkeys_openai_api_keys.payments.api_keys : key.unused_days == null ? "${key.name} (its last use is not shown)" : key.name
    if key.unused_days == null ? true : key.last_used_at != null && key.unused_days < var.quiet_days
  ]
}

check "keys_are_idle" {
  assert {
    condition     = var.access != "both" || length(local.in_use) == 0
    error_message = "Used within the last ${var.quiet_days} days, so do not take them away yet: ${join(", ", local.in_use)}."
  }
}

output "sealed_values" {
  description = "The keys' secrets as age ciphertext, by workload."
  value       = { for name, key in orgkeys_openai_api_key.workload : name => key.sealed_value }
  sensitive   = true
}

output "identities" {
  description = "What a workload names when it exchanges its token. Nothing of it is secret."
  value = {
    for name, rule in orgkeys_openai_federation_rule.workload : name => {
      OPENAI_IDENTITY_PROVIDER_ID = rule.workload_identity_provider_id
      OPENAI_SERVICE_ACCOUNT_ID   = rule.service_account_id
    }
  }
}
