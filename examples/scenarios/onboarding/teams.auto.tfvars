# A team adds its entry, or a workload to it, and opens a pull request.
teams = {
  payments = {
    budget      = 500
    mail        = ["payments@example.com"]
    models      = ["gpt-4.1", "gpt-4.1-mini"]
    rate_limits = { "gpt-4.1" = { requests = 60, tokens = 20000 } }
    workloads = {
      api    = {}
      worker = { scopes = ["api.model.request", "api.files.read"], rotate_after = "30d" }
    }
  }
}
