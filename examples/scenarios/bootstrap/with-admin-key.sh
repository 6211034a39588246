#!/bin/sh
# Runs a command with the admin key from a store in its environment.
#
#   FETCH='vault kv get -mount=secret -field=key openai/admin' sh with-admin-key.sh terraform plan
#
# $FETCH is a shell command that prints the admin key. Only the command that it runs gets the
# key, with all that this starts. It is in no argument and no file.
set -eu
set +x                 # no trace of what passes through here
unset OPENAI_ADMIN_KEY # if the caller exports it, $FETCH would get it

: "${FETCH:?must be a shell command that prints the admin key}"
OPENAI_ADMIN_KEY=$(sh -c "$FETCH")
if [ -z "$OPENAI_ADMIN_KEY" ]; then
	echo "with-admin-key.sh: the store has no admin key" >&2
	exit 1
fi
export OPENAI_ADMIN_KEY
exec "$@"
