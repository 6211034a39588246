#!/bin/sh
# Writes the message to the owner of the user's key, for a mail, a chat or a ticket. It
# writes one only if moved.sh would say that the workload has moved.
#
#   sh ask.sh    in this folder
#
# CLI=tofu takes OpenTofu.
set -eu
umask 077

cd "$(dirname "$0")"
unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE # planning opens nothing; a relative path would end it
cli=${CLI:-terraform}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

"$cli" plan -input=false -lock=false -out="$work/move.tfplan" -detailed-exitcode=false >"$work/log" || {
	cat "$work/log" >&2
	exit 1
}
# jq itself ends with 2 when it has no filter.
[ -r move.jq ] || { echo "ask.sh: move.jq is missing" >&2; exit 1; }
{ "$cli" show -json "$work/move.tfplan" || echo "failed"; } | jq -n -r --arg say message -f move.jq
