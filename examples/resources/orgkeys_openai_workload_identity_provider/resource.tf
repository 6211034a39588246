terraform {
  required_providers {
    orgkeys = {
      source = "orgkeys/orgkeys"
    }
  }
}

# Found by discovery: nothing but the issuer is needed.
resource "orgkeys_openai_workload_identity_provider" "github" {
  name        = "GitHub Actions"
  description = "Workflows of the repositories in acme"
  issuer      = "https://token.actions.githubusercontent.com"
  audience    = "https://api.openai.com/v1"

  # Derived from a token's claims, for the matchers of rules.
  attribute_transformations = [
    { attribute = "openai.repository", expression = "assertion.repository" },
  ]
}

# A cluster that cannot be reached from outside: its public keys are given, as printed by
# kubectl get --raw /openid/v1/jwks
resource "orgkeys_openai_workload_identity_provider" "cluster" {
  name     = "Production cluster"
  issuer   = "https://kubernetes.default.svc.cluster.local"
  audience = "https://api.openai.com/v1"

  verification = {
    jwks = jsonencode({
      keys = [{
        kid = "cluster-2026"
        kty = "EC"
        use = "sig"
        alg = "ES256"
        crv = "P-256"
        x   = "BjHpSZFgjBwNKohZ1RnkPJyyEE6n3nJ9NAHXLqzwQHM"
        y   = "uXpnbFbSCCbpHLOb-yp6t1ZgLbsv94oj4CBvuM08GJI"
      }]
    })
  }
}
