#!/bin/sh
# Rotates what is due: makes a plan and, if it changes something, applies that plan.
#
#   sh rotate.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when there was nothing to do or it is done, and
# with another code when a person has to look.
set -eu
umask 077 # the plan holds what the state holds

cli=${CLI:-terraform}
cd "${1:-.}"

# A scheduled job must not make a second set of everything because it lost the state.
if [ -z "$("$cli" state list)" ]; then
	echo "rotate.sh: the state is empty. Apply once by hand, and check the backend." >&2
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Planning needs no identity, so it gets none.
code=0
(
	unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE
	exec "$cli" plan -input=false -lock-timeout=5m -detailed-exitcode -out="$work/rotation.tfplan"
) || code=$?

case $code in
0) echo "rotate.sh: nothing to do." ;;
2) "$cli" apply -input=false -lock-timeout=5m "$work/rotation.tfplan" ;;
*)
	echo "rotate.sh: the plan failed." >&2
	exit "$code"
	;;
esac
