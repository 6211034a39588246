#!/bin/sh
# Makes a plan and writes what it does to keys as Markdown, for a pull request.
#
#   sh review.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when no key is touched, with 2 when a person has to
# look at the table, and with another code when there is no plan to look at.
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
# the table to standard output. A review changes nothing, so it waits for no lock.
(
	unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE
	exec "$cli" plan -input=false -lock=false -out="$work/review.tfplan"
) >&2

# The JSON has secrets in the clear, so it goes through a pipe and into no file. A failing
# show leaves the filter without input, and that is an error.
"$cli" show -json "$work/review.tfplan" | jq -n -r -f "$here/key-changes.jq" >"$work/key-changes.md"
cat "$work/key-changes.md"

if grep -q '^| key | change |' "$work/key-changes.md"; then exit 2; fi
