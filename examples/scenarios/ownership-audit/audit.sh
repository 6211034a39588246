#!/bin/sh
# Looks at every key of the organization and writes what is wrong as Markdown.
#
#   sh audit.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when nothing is wrong, with 2 when there are
# findings, and with another code when it could not look at everything.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
cli=${CLI:-terraform}
cd "${1:-.}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What the plan prints goes to the log, and only the table to standard output. Failing
# checks are warnings there and change no exit code; findings.jq reads them from the plan.
"$cli" plan -input=false -out="$work/audit.tfplan" >&2
"$cli" show -json "$work/audit.tfplan" | jq -n -r -f "$here/findings.jq"
