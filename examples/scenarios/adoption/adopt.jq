# Reads the JSON of the inventory's plan and writes Terraform for what it found: with
# --arg part imports the import blocks, with --arg part resources the resources, and with
# --arg part left a line for each key that is left out.

# A string of HCL. Names come from others: no template in them may be evaluated.
def text:
  tojson
  # HCL does not know two of JSON's escapes; a backslash of the name is no escape.
  | gsub("\\\\(?<c>.)"; if .c == "b" then "\\u0008" elif .c == "f" then "\\u000c" else "\\" + .c end) | gsub("\\$\\{"; "$${") | gsub("%\\{"; "%%{");

# Names for the resources, made from the objects' names: each of its own.
def slug: ascii_downcase | gsub("[^a-z0-9]+"; "_") | gsub("^_+|_+$"; "") | if . == "" then "unnamed" elif test("^[0-9]") then "n" + . else . end;
def slugged: reduce .[] as $one ({seen: {}, all: []};
    ($one.slug | slug) as $slug
    | (.seen[$slug] // 0) as $before
    | .seen[$slug] = $before + 1
    | (if $before == 0 then $slug else "\($slug)__\($before + 1)" end) as $own
    | .all += [$one + {slug: $own}])
  | .all;

# What decides whether a key that is left out may be revoked.
def facts:
  "It "
  + (if .last_used_at != null then "was last used at \(.last_used_at)"
     elif .unused_days == null then "may be in use, which the server does not show" # an answer left it out
     else "was never used as far as the server shows" end)
  + (if .expires_at == null then ", and does not expire" else ", and expires at \(.expires_at)" end);

# How many seconds a key works.
def life: if .expires_at == null then infinite else (.expires_at | fromdateiso8601) - (.created_at | fromdateiso8601) end;

def block($type): "import {\n  to = \($type).\(.slug)\n  id = \(.path | text)\n}\n";

[try inputs catch ("adopt.jq: there is no inventory to read\n" | halt_error(1))] as $all # the error itself could quote a secret
| if ($all | length) != 1 or ($all[0] | type) != "object" or ($all[0].planned_values.outputs.found.value | type) != "object" or $all[0].errored != false
  then "adopt.jq: there is no inventory to read\n" | halt_error(1) else $all[0].planned_values.outputs.found.value end
| ([.projects[] | . + {slug: .name, path: .id}] | slugged) as $projects
| ($projects | map({(.id): .slug}) | add // {}) as $project
| ([.accounts[] | select($project[.project_id] != null) | . + {slug: .name, path: "\(.project_id)/\(.id)"}] | slugged) as $accounts
| ($accounts | map({(.path): .slug}) | add // {}) as $account
# Of a series only one key is taken over: the newest that is in use and was not shortened, else the newest. A rotation
# gives the key that it replaces an earlier end, so a newer key beside one that keeps its own may be from a run that
# never delivered it.
| [.keys[] | select($account["\(.project_id)/\(.owner_id)"] != null) | . + {slug: .name, path: "\(.project_id)/\(.id)"}] as $found
| ($found | group_by([.project_id, .owner_id, .series // .id])
    | map((max_by([.created_at, .expires_at // "never"]) | life) as $life
      | max_by([.last_used_at != null and life >= $life - 60, .created_at, .expires_at // "never"]).id as $id
      | map({(.id): $id}) | add) | add // {}) as $taken
| ([$found[] | select($taken[.id] == .id)] | slugged) as $keys
| if $part == "imports" then
    ($projects[] | block("orgkeys_openai_project")),
    ($accounts[] | block("orgkeys_openai_service_account")),
    ($keys[] | block("orgkeys_openai_api_key"))
  elif $part == "resources" then
    ($projects[] | "resource \"orgkeys_openai_project\" \"\(.slug)\" {\n  name = \(.name | text)\n}\n"),
    ($accounts[] | "resource \"orgkeys_openai_service_account\" \"\(.slug)\" {\n  project_id = orgkeys_openai_project.\($project[.project_id]).id\n  name       = \(.name | text)\n}\n"),
    ($keys[] | "resource \"orgkeys_openai_api_key\" \"\(.slug)\" {\n  project_id         = orgkeys_openai_project.\($project[.project_id]).id\n  service_account_id = orgkeys_openai_service_account.\($account["\(.project_id)/\(.owner_id)"]).id\n  name               = \(.name | text)\n}\n")
  elif $part == "left" then
    ($found[] | select($taken[.id] != .id)
      | "\(.id) of \(.name | tojson): key \($taken[.id]) of its series is taken over. \(facts)")
  else "adopt.jq: part is imports, resources or left\n" | halt_error(1) end
