#!/bin/sh
# Rotates what is due: makes a plan and applies that plan if it holds nothing but
# rotations, re-seals and what follows from them.
#
#   sh rotate.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when there was nothing to do or it is done, with 3
# when the plan holds something else, with 4 when the state is older than the server (a
# restored or copied one: bring back the newer state), and with another code when it
# failed. After all but 0 somebody has to look.
set -eu
umask 077 # the plan holds what the state holds

here=$(cd "$(dirname "$0")" && pwd)
cli=${CLI:-terraform}
if [ -n "${ORGKEYS_SEAL_IDENTITY_FILE:-}" ]; then # absolute, because the apply runs in the other folder
	folder=$(cd "$(dirname "$ORGKEYS_SEAL_IDENTITY_FILE")" && pwd)
	ORGKEYS_SEAL_IDENTITY_FILE=$folder/$(basename "$ORGKEYS_SEAL_IDENTITY_FILE")
	export ORGKEYS_SEAL_IDENTITY_FILE
fi
cd "${1:-.}"

# A message that cannot be written changes no exit code.
say() { echo "rotate.sh: $1" >&2 || :; }

# A scheduled job must not create a second set of everything because it lost the state.
state=$("$cli" state list) || {
	say "the state cannot be listed. Check the backend, its login, and that this folder is initialized."
	exit 1
}
if [ -z "$state" ]; then
	say "the state is empty. Apply once by hand, and check the backend."
	exit 1
fi

work=$(mktemp -d)
: >"$work/errors"
: >"$work/shown"
trap 'cat "$work/shown" || :; cat "$work/errors" >&2 || :; rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap '' PIPE # else a message to a closed pipe ends the script here, and leaves the plan behind
trap 'exit 143' TERM

# Runs a command, and keeps its errors until they are looked through.
run() {
	code=0
	"$@" 2>"$work/errors" || code=$?
	stale=no
	if grep -q 'Error:.*state is older than the server' "$work/errors"; then stale=yes; fi
	cat "$work/errors" >&2 || :
	: >"$work/errors"
}

# Ends the script after a command that failed.
failed() {
	say "the $1 failed."
	if [ "$stale" = yes ]; then
		say "the state is older than the server, so bring back the newer state."
		exit 4
	fi
	exit 1
}

# Without a time to trust, or a look at the server, no key becomes due: that must not look
# like "nothing to do".
finish() {
	if [ "$undecided" = yes ]; then
		say "it was not decided whether keys are due: see the warnings about the time, or about keys that were not refreshed."
		exit 1
	fi
	exit 0
}

# Planning needs no identity, so it gets none. Without a refresh nothing becomes due, whatever
# TF_CLI_ARGS_plan says. What the plan prints is looked through, too: with -compact-warnings a
# warning is a line that begins with a dash.
plan() (
	unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE
	exec "$cli" plan -input=false -lock-timeout=5m -refresh=true -detailed-exitcode -out="$work/rotation.tfplan" >"$work/shown"
)
run plan
undecided=no
if grep -Eq '(Warning:|^- ).*(was read while .* clock is wrong|was read without the server.s time|[Kk]ey .*was not refreshed)' "$work/shown"; then undecided=yes; fi
if ! cat "$work/shown" && [ "$code" -eq 2 ]; then
	say "nothing was applied, because the plan could not be printed."
	exit 1
fi
: >"$work/shown"
case $code in
0)
	if [ "$undecided" = no ]; then echo "rotate.sh: nothing to do."; fi
	finish
	;;
2) ;;
*) failed plan ;;
esac

# The JSON has secrets in the clear, so it goes through a pipe and into no file. A failing
# show adds a word that is no JSON, so that the filter has nothing to read.
code=0
{ "$cli" show -json "$work/rotation.tfplan" || echo "failed"; } | jq -n -r -f "$here/only-rotations.jq" || code=$?
case $code in
0) ;;
1)
	say "nothing was applied, because the plan does not hold rotations only."
	exit 3
	;;
*)
	say "nothing was applied, because the plan could not be read."
	exit 1
	;;
esac

run "$cli" apply -input=false -lock-timeout=5m "$work/rotation.tfplan"
if [ "$code" -ne 0 ]; then failed apply; fi
finish
