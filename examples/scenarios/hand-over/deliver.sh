#!/bin/sh
# Writes $SECRET to the file named by $TARGET, encrypted to the public keys in $RECIPIENTS, one a
# line. Whoever reads the file meanwhile sees the old secret or the new one, never half of one.
set -eu

: "${SECRET:?must hold the secret}"
: "${TARGET:?must name a file}"
: "${RECIPIENTS:?must hold the public keys of those who may read it}"

umask 077
new=$(mktemp "$TARGET.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
while read -r recipient; do
	# As in a recipients file of age; the provider, too, accepts such lines.
	case $recipient in '' | '#'*) continue ;; esac
	set -- "$@" -r "$recipient"
done <<END
$RECIPIENTS
END
printf '%s' "$SECRET" | age --encrypt --armor "$@" >"$new"
mv "$new" "$TARGET"
trap - EXIT
