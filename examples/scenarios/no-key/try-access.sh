#!/bin/sh
# Exchanges a workload's token, read from standard input, for access and asks with it which
# models there are, as the workload will: run it before the workload is moved.
#
#   kubectl create token payments-api -n payments --audience https://api.openai.com/v1 |
#     sh try-access.sh api
#
# Token and access are in pipes only, never on a command line or in a file. CLI=tofu takes
# OpenTofu; $OPENAI_TOKEN_URL and $OPENAI_BASE_URL are other addresses than OpenAI's. With
# $ORGKEYS_OPENAI_BASE_URL at a loopback address, as that of the simulator, nothing reaches OpenAI.
set -eu
set +x              # no trace of what passes through here
unset answer access # if the caller exports such names, every command would get them

workload=${1:?must name the workload, as the output identities does}
cli=${CLI:-terraform}
case ${ORGKEYS_OPENAI_BASE_URL:-} in
http://127.0.0.1[:/]* | http://localhost[:/]* | 'http://[::1]'*) elsewhere=$ORGKEYS_OPENAI_BASE_URL ;;
*) elsewhere= ;; # a gateway for the admin API is no place for a workload's token
esac
token_url=${OPENAI_TOKEN_URL:-${elsewhere:-https://auth.openai.com}/oauth/token}
base_url=${OPENAI_BASE_URL:-${elsewhere:-https://api.openai.com/v1}}

identity=$("$cli" output -json identities | jq -ce --arg workload "$workload" '.[$workload]') || {
	echo "try-access.sh: the output identities has no $workload: is access set to both or identity, and applied?" >&2
	exit 1
}

# Into a variable, which no other process sees.
answer=$(jq -Rs --argjson identity "$identity" '{
	grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
	subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
	subject_token: rtrimstr("\n"),
	identity_provider_id: $identity.OPENAI_IDENTITY_PROVIDER_ID,
	service_account_id: $identity.OPENAI_SERVICE_ACCOUNT_ID
}' | curl -sS -H "Content-Type: application/json" --data-binary @- "$token_url")

if ! access=$(printf '%s' "$answer" | jq -er '.access_token'); then
	printf '%s' "$answer" | jq -r '"try-access.sh: the exchange is refused: \(.error): \(.error_description)"' >&2
	echo "Compare iss, aud and the claims of the token with the provider and the rule." >&2
	exit 1
fi

# The header goes through a pipe: on curl's command line every process could read it.
status=$(printf 'header = "Authorization: Bearer %s"' "$access" | curl -sS -K - -o /dev/null -w '%{http_code}' "$base_url/models")
seconds=$(printf '%s' "$answer" | jq -r '.expires_in')
echo "try-access.sh: $workload gets access for $seconds seconds, and a call with it answers $status"
test "$status" = 200
