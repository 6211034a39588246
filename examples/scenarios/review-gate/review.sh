#!/bin/sh
# Makes a plan and writes what it does to keys as Markdown, for a pull request.
#
#   sh review.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when no key is touched, with 2 when somebody has to
# look at the table, also because a part of the plan is not understood, and with another
# code when there is no plan to look at.
set -eu
umask 077 # a plan holds what the state holds

here=$(cd "$(dirname "$0")" && pwd)
cli=${CLI:-terraform}
cd "${1:-.}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Planning needs no identity, so it gets none. What it prints goes to the log, and only
# the table to standard output. A review changes nothing, so it waits for no lock. The last
# two options hold whatever TF_CLI_ARGS_plan says.
code=0
(
	unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE
	exec "$cli" plan -input=false -lock=false -out="$work/review.tfplan" -refresh=true -detailed-exitcode=false
) >"$work/printed" 2>&1 || code=$?
cat "$work/printed" >&2
if [ "$code" -ne 0 ]; then exit 1; fi # never 2, whatever the CLI ends with

# The JSON has secrets in the clear, so it goes through a pipe and into no file. A failing
# show adds a word that is no JSON, so that the filter has nothing to read. The JSON has no
# warnings, so the filter gets what was printed as well.
{ "$cli" show -json "$work/review.tfplan" || echo "failed"; } |
	jq -n -r --rawfile printed "$work/printed" -f "$here/key-changes.jq" >"$work/key-changes.md" || code=$?
cat "$work/key-changes.md"

# Only this sentence is an all-clear; the filter writes it when it understood everything.
quiet='No key is created, rotated or revoked, and none may do more than before.'
if [ "$code" -eq 0 ] && grep -qxF "$quiet" "$work/key-changes.md"; then exit 0; fi
if grep -qxF '## Key changes' "$work/key-changes.md"; then exit 2; fi
echo "review.sh: the plan could not be read, so nothing is known about it." >&2
exit 1
