# A team adds a line here and opens a pull request.
workloads = {
  api    = {}
  worker = { scopes = ["api.model.request", "api.files.read"], rotate_after = "30d" }
}
