#!/bin/sh
# Says whether the workload has moved from the user's key to its own.
#
#   sh moved.sh    in this folder
#
# CLI=tofu takes OpenTofu. Ends with 0 when it has, with 2 when it has not yet, and with
# another code when that could not be found out.
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
[ -r move.jq ] || { echo "moved.sh: move.jq is missing" >&2; exit 1; }
{ "$cli" show -json "$work/move.tfplan" || echo "failed"; } | jq -n -r --arg say verdict -f move.jq
