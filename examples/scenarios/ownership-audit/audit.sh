#!/bin/sh
# Looks at every key of the organization, at all its vendors, and writes what is wrong as Markdown.
#
#   sh audit.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when nothing is wrong, with 2 when there are
# findings, and with another code when it could not look at everything.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
cli=${CLI:-terraform}
unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE # an audit opens nothing; a relative path would end it
cd "${1:-.}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What the plan prints goes to the log, and only the table to standard output. Failing
# checks are warnings there and change no exit code; findings.jq reads them from the plan.
code=0
"$cli" plan -input=false -no-color -out="$work/audit.tfplan" -detailed-exitcode=false >"$work/log" 2>&1 || code=$?
cat "$work/log" >&2
if [ "$code" -ne 0 ]; then exit 1; fi

# A failing show adds a word that is no JSON, so that the filter has nothing to read.
{ "$cli" show -json "$work/audit.tfplan" || echo "failed"; } | jq -n -r -f "$here/findings.jq" >"$work/audit.md" || code=$?
cat "$work/audit.md"
if ! grep -qxF '## Audit of API keys' "$work/audit.md"; then
	echo "audit.sh: this is no audit, because the plan could not be read" >&2
	exit 1
fi
# With -compact-warnings in TF_CLI_ARGS_plan a warning is a line that begins with a dash.
if grep -Eq '(Warning:|^- ).*may be incomplete' "$work/log"; then
	echo "audit.sh: a list may be incomplete, so keys may be missing above: see the warnings" >&2
	exit 1
fi
exit "$code"
