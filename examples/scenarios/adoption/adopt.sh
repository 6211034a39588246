#!/bin/sh
# Writes imports.tf and found.tf for the projects, service accounts and API keys that there
# are, without keys that this provider created, with any Terraform or OpenTofu. It changes
# nothing anywhere else. With TF_VAR_managed=true it takes one key of each series that this
# provider created, too, and names the other keys of these series.
#
#   sh adopt.sh    in this folder, after `terraform -chdir=inventory init`
#
# CLI=tofu takes OpenTofu.
set -eu
umask 077

cd "$(dirname "$0")"
unset ORGKEYS_SEAL_IDENTITY ORGKEYS_SEAL_IDENTITY_FILE # planning opens nothing; a relative path would end it
cli=${CLI:-terraform}

for file in imports.tf found.tf; do
	if [ -e "$file" ]; then
		echo "adopt.sh: $file is there already" >&2
		exit 1
	fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

"$cli" -chdir=inventory plan -input=false -out="$work/inventory.tfplan" -detailed-exitcode=false >"$work/log" || {
	cat "$work/log" >&2
	exit 1
}
if grep -Eq 'Warnings?:' "$work/log"; then cat "$work/log" >&2; fi # a list may be incomplete
for part in imports resources left; do
	{ "$cli" -chdir=inventory show -json "$work/inventory.tfplan" || echo "failed"; } | jq -n -r --arg part "$part" -f adopt.jq >"$work/$part"
done
count=$(grep -c '^import' "$work/imports") || {
	echo "adopt.sh: there is nothing to take over. Is this the right organization's admin key?" >&2
	exit 1
}
mv "$work/imports" imports.tf
mv "$work/resources" found.tf
echo "adopt.sh: $count objects in imports.tf and found.tf"
while read -r key; do echo "adopt.sh: left out key $key"; done <"$work/left"
