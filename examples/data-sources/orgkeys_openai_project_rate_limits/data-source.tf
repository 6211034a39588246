terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

data "orgkeys_openai_project_rate_limits" "payments" {
  project_id = "proj_abc123"
}

output "requests_per_minute" {
  value = { for limit in data.orgkeys_openai_project_rate_limits.payments.rate_limits : limit.model => limit.max_requests_per_1_minute }
}
