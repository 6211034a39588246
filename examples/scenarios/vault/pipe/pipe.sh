#!/usr/bin/env bash
# Brings the secret of a key from Terraform's state to Vault:
#
#   bash pipe.sh [FOLDER]    the folder of the configuration, default: the present one
#
# It is `terraform output | age -d | vault kv put` in two steps. In one pipe vault would start
# with the others, and store what little it got when one of them fails.
set -euo pipefail
set +x       # no trace of what passes through here
unset secret # if the caller exports one of this name, every command would get it

: "${IDENTITY_FILE:?must name the file with the age identity}"
cli=${CLI:-terraform}
mount=${VAULT_MOUNT:-secret}
name=${SECRET_NAME:-openai/payments-worker}

# In the memory of this shell only: not in a file, an argument or the environment.
secret=$("$cli" -chdir="${1:-.}" output -raw sealed_value | age -d -i "$IDENTITY_FILE")
if [[ -z $secret ]]; then
	echo "pipe.sh: the secret is empty; Vault was not touched." >&2
	exit 1
fi

# printf is part of the shell, so the secret is no argument of a process here either.
printf %s "$secret" | vault kv put -mount="$mount" "$name" key=- >/dev/null
echo "pipe.sh: delivered to $mount/$name."
