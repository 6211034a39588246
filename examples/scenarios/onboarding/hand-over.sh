#!/bin/sh
# Opens the secret of each workload and gives it to a command of yours.
#
#   DELIVER='…' sh hand-over.sh [FOLDER]    the folder of the configuration, after an apply
#
# $DELIVER is a shell command that finds the secret on its standard input, the workload's
# name in $WORKLOAD and the number of the secret in $VERSION, which rises with every
# rotation. The identity comes from the file named by $ORGKEYS_SEAL_IDENTITY_FILE.
# CLI=tofu takes OpenTofu.
set -eu
set +x             # no trace of what passes through here
unset secret value # if the caller exports such names, every command would get them

: "${DELIVER:?must be a shell command that reads the secret from its standard input}"
: "${ORGKEYS_SEAL_IDENTITY_FILE:?must name the file of the identity}"
cli=${CLI:-terraform}
# Absolute, because everything else runs in the other folder.
folder=$(cd "$(dirname "$ORGKEYS_SEAL_IDENTITY_FILE")" && pwd)
ORGKEYS_SEAL_IDENTITY_FILE=$folder/$(basename "$ORGKEYS_SEAL_IDENTITY_FILE")
export ORGKEYS_SEAL_IDENTITY_FILE
cd "${1:-.}"

keys=$("$cli" output -json keys)
sealed=$("$cli" output -json sealed_values)

# Read before the loop: a failure in front of a pipe would end it as if there were none.
names=$(printf '%s' "$sealed" | jq -e -r 'keys[]') || {
	echo "hand-over.sh: there are no secrets in the output sealed_values" >&2
	exit 1
}

printf '%s\n' "$names" | while IFS= read -r WORKLOAD; do
	VERSION=$(printf '%s' "$keys" | jq -e -r --arg name "$WORKLOAD" '.[$name].version') || {
		echo "hand-over.sh: the output keys has no version for $WORKLOAD" >&2
		exit 1
	}
	export WORKLOAD VERSION
	# First into a variable, which no other process sees: if the value cannot be opened,
	# nothing is delivered, instead of an empty secret.
	value=$(printf '%s' "$sealed" | jq -e -r --arg name "$WORKLOAD" '.[$name]') || {
		echo "hand-over.sh: $WORKLOAD has no sealed secret; an imported key gets one with its first rotation" >&2
		exit 1
	}
	secret=$(printf '%s' "$value" | age -d -i "$ORGKEYS_SEAL_IDENTITY_FILE")
	printf '%s' "$secret" | sh -c "$DELIVER"
	echo "hand-over.sh: $WORKLOAD has secret $VERSION"
done
