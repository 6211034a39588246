# What the job that applies may do in Vault. Adjust the mount and the names to yours.

# "read" is for the refresh of vault_kv_secret_v2, "delete" for its destroy: pipe.sh and the
# provisioner need neither.
path "secret/data/openai/*" {
  capabilities = ["create", "update", "read", "delete"]
}

# HashiCorp's provider works with a child of the token it is given, unless skip_child_token is set.
path "auth/token/create" {
  capabilities = ["update"]
}
