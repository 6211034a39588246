#!/bin/sh
# Writes $SECRET to the file named by $TARGET, readable by its owner only. Whoever
# reads the file meanwhile sees the old secret or the new one, never half of one.
set -eu

: "${SECRET:?must hold the secret}"
: "${TARGET:?must name a file}"

umask 077
new=$(mktemp "$TARGET.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
printf '%s' "$SECRET" >"$new"
mv "$new" "$TARGET"
trap - EXIT
