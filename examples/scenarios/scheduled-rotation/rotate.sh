#!/bin/sh
# Rotates what is due: makes a plan and applies that plan if it holds nothing but
# rotations, re-seals and what follows from them.
#
#   sh rotate.sh [FOLDER]    the folder of the configuration, after `terraform init`
#
# CLI=tofu takes OpenTofu. Ends with 0 when there was nothing to do or it is done, with 3
# when the plan holds something else, and with another code when it failed. After all but
# 0 a person has to look.
set -eu
umask 077 # the plan holds what the state holds

here=$(cd "$(dirname "$0")" && pwd)
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
0)
	echo "rotate.sh: nothing to do."
	exit
	;;
2) ;;
*)
	echo "rotate.sh: the plan failed." >&2
	exit "$code"
	;;
esac

# The JSON has secrets in the clear, so it goes through a pipe and into no file. A failing
# show leaves the filter without input, which it refuses.
if ! "$cli" show -json "$work/rotation.tfplan" | jq -n -r -f "$here/only-rotations.jq"; then
	echo "rotate.sh: nothing was applied, because the plan does not hold rotations only." >&2
	exit 3
fi
"$cli" apply -input=false -lock-timeout=5m "$work/rotation.tfplan"
