# Reads the JSON of the audit's plan and writes its findings as Markdown.
#
#   terraform show -json audit.tfplan | jq -n -r -f findings.jq
#
# Ends with 0 if every check passed, with 2 if one failed, and with 1 if one could not be
# judged or keys may be missing: a check that fails is only a warning to Terraform.

# Names come from others: nothing in them may become Markdown, HTML, a mention or
# one more cell of the table.
def code:
  tostring | explode
  | map(if . < 32 or (. > 126 and . < 160) or (. > 8202 and . < 8208) or (. > 8231 and . < 8239)
        or (. > 8287 and . < 8304) or . == 65279 then 65533 else . end)
  | if length > 200 then .[:200] + [8230] else . end
  | if length == 0 then "(empty)"
    elif all(. != 92 and . != 96 and . != 124) and .[0] != 32 and .[-1] != 32 then "`" + implode + "`"
    else "<code>" + (map(
      if (. > 47 and . < 58) or (. > 64 and . < 91) or (. > 96 and . < 123) or . == 32 or . > 127
      then [.] | implode else "&#\(.);" end) | join("")) + "</code>"
    end;

def wanted: ["every_key_expires", "every_key_is_used", "no_keys_of_users"];

def no_audit($why): "findings.jq: \($why)\n" | halt_error(1);

[try inputs catch no_audit("there is no plan to read")] as $all # the error itself could quote a secret
| if ($all | length) != 1 or ($all[0] | type) != "object" then no_audit("there is no plan to read") else $all[0] end
| if .format_version | type != "string" or (test("^1\\.[0-9]+$") | not) then no_audit("the format of the plan is not known here") else . end
| [ .checks[]? | select(.address.kind == "check") | {name: .address.name, status} ] as $checks
| ([.planned_values.outputs.findings.value[]?]) as $findings
| ([.planned_values.outputs.incomplete.value[]?]) as $incomplete
| (.planned_values.outputs.accepted.value // {}) as $accepted
| if ($checks | map(.name) | sort) != wanted or any($checks[]; .status != "pass" and .status != "fail")
    or (.planned_values.outputs.findings.value | type != "array") or .errored != false or .complete == false
    or (.planned_values.outputs.looked_at.value | type != "number") or (.planned_values.outputs.incomplete.value | type != "array")
    or (any($checks[]; .status == "fail") != ($findings != []))
  then no_audit("not every check was judged, so this is no audit") else . end
| "## Audit of API keys\n",
  "\(.planned_values.outputs.looked_at.value) keys, looked at \(.timestamp // "" | code).\n",
  ([.planned_values.outputs.vendors.value[]? | code] | if . == [] then empty else "Vendors: \(join(", ")).\n" end),
  (if $findings == [] and $incomplete == [] then "No findings: every key belongs to the organization, expires where its vendor's keys can, and is used as far as its vendor shows it."
   elif $findings == [] then "No findings in what could be read."
   else
    "| vendor | owner | key | place | findings | created | last used | expires | by Terraform |",
    "|---|---|---|---|---|---|---|---|---|",
    ($findings[] | "| \(.vendor | code) | \(.owner | code) | \(.key | code)<br>\(.id | code) | \(.place | code) | \(.findings | join("<br>")) | \(.created) | \(.last_used) | \(.expires) | \(.managed) |")
   end),
  (if $incomplete == [] then empty else "\nIncomplete, so keys may be missing above:\n", ($incomplete[] | "- \(code)") end),
  (if $accepted == {} then empty else "\nAccepted:\n", ($accepted | to_entries[] | "- \(.key | code): \(.value | code)") end),
  (if $incomplete != [] then "findings.jq: not every key could be looked at\n" | halt_error(1)
   elif $findings != [] then "findings.jq: \($findings | length) keys with findings\n" | halt_error(2) else empty end)
