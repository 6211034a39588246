#!/bin/sh
# Puts the admin key that Terraform made into the store that with-admin-key.sh reads, after
# a plan has shown that it works. Run it after every apply; it does no harm to repeat it.
#
#   STORE='vault kv put -mount=secret openai/admin key=-' sh hand-back.sh [FOLDER]
#
# $STORE is a shell command that finds the admin key on its standard input. The identity
# comes from the file named by $ORGKEYS_SEAL_IDENTITY_FILE. CLI=tofu takes OpenTofu.
set -eu
set +x    # no trace of what passes through here
unset key # if the caller exports one of this name, every command would get it

: "${STORE:?must be a shell command that reads the admin key from its standard input}"
: "${ORGKEYS_SEAL_IDENTITY_FILE:?must name the file of the identity}"
cli=${CLI:-terraform}
# Absolute, because everything else runs in the other folder.
folder=$(cd "$(dirname "$ORGKEYS_SEAL_IDENTITY_FILE")" && pwd)
ORGKEYS_SEAL_IDENTITY_FILE=$folder/$(basename "$ORGKEYS_SEAL_IDENTITY_FILE")
export ORGKEYS_SEAL_IDENTITY_FILE
cd "${1:-.}"

# Into a variable, which no other process sees. A value that cannot be opened ends the
# script here, and the store keeps what it has.
key=$("$cli" output -raw admin_key_sealed | age -d -i "$ORGKEYS_SEAL_IDENTITY_FILE")
if [ -z "$key" ]; then
	echo "hand-back.sh: the value is empty, so the store keeps the old one" >&2
	exit 1
fi

# Without a refresh nothing would be sent, whatever TF_CLI_ARGS_plan says.
if ! OPENAI_ADMIN_KEY=$key "$cli" plan -input=false -lock=false -refresh=true -detailed-exitcode=false >/dev/null; then
	echo "hand-back.sh: a plan with the new admin key fails, so the store keeps the old one" >&2
	exit 1
fi
printf '%s' "$key" | sh -c "$STORE"
echo "hand-back.sh: the store has the new admin key"
