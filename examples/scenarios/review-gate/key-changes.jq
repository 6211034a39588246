# Reads the JSON of one plan and writes what it does to keys as Markdown.
#
#   terraform show -json change.tfplan | jq -n -r -f key-changes.jq
#
# The JSON of a plan shows secrets in the clear. This prints only the attributes that it
# names, and of those nothing that the configuration marked as sensitive.

# Names are other people's text: nothing in them may become Markdown, HTML, a mention or
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
def codes: map(code) | join(", ");

def hidden($mark): $mark == true or ($mark | type == "object" or type == "array") and any($mark[]; hidden(.));

# An attribute before or after the change, as text for a cell.
def was($name):
  if hidden(.before_sensitive[$name]?) then "(sensitive)"
  elif .before[$name]? == null then null
  else .before[$name] end;
def will($name):
  if hidden(.after_sensitive[$name]?) then "(sensitive)"
  elif hidden(.after_unknown[$name]?) then "(known after apply)"
  elif .after[$name]? == null then null
  else .after[$name] end;
def cell: if . == null then "nothing" elif type == "array" then (if length == 0 then "nobody" else codes end) else code end;
def changed($name): was($name) != will($name) or hidden(.after_unknown[$name]?)
  or .before[$name]? != .after[$name]?;

# What a key may do: the set of its scopes, or null for everything its account may do.
def limits: if . == null or (type == "array" and index("all") != null) then null else . end;
def may: limits | if . == null then "everything its account may do" elif type == "array" then codes else code end;

def plural($count; $one; $many): "\($count) \(if $count == 1 then $one else $many end)";
def unique_in_order: reduce .[] as $one ([]; if index([$one]) == null then . + [$one] else . end);
def row($tag; $text): {tag: $tag, text: $text};

def lasts:
  if will("lifetime") == null then "never expires" else "lives for " + (will("lifetime") | cell) end
  + if will("rotate_after") == null then ", is never due by age" else ", is due after " + (will("rotate_after") | cell) end;

def readers:
  if will("secret_storage") == "state" or (.after | has("value")) and .after.value != null or hidden(.after_unknown.value?)
  then "its secret lies in the state **in plaintext**"
  elif will("sealed_to") == null then "its secret is not known here"
  else "its secret is readable by " + (will("sealed_to") | cell) end;

# A new generation in place of the current key. A restriction that is not known before
# the apply makes every computed attribute unknown, the generation too.
def rotates: (.actions == ["update"]) and .after_unknown.id? == true;
def because($now):
  [ if was("name") != will("name") then "its name changes from \(was("name") | cell) to \(will("name") | cell)" else empty end,
    if .before.rotate_when_changed != .after.rotate_when_changed and .before.rotate_when_changed != null then
      "a text in `rotate_when_changed` changed" else empty end,
    if .before.lifetime != .after.lifetime then "its lifetime changes from \(was("lifetime") | cell) to \(will("lifetime") | cell)" else empty end,
    if .before.ready_for_rotation == true and .before.expires_at != null and .before.expires_at <= $now then "it expired at \(.before.expires_at | code)"
    elif .before.ready_for_rotation == true then "it has been due by age since \(.before.rotation_due_at | code)"
    elif .before.rotate_after != .after.rotate_after then "`rotate_after` changes from \(was("rotate_after") | cell) to \(will("rotate_after") | cell)"
    else empty end ]
  | if length == 0 then "the plan's own warning says why" else join(", and ") end;
def until:
  . as $c | (.before.id) as $old
  | if hidden(.after_unknown.overlap?) then "The old key keeps working for an overlap that is not known yet."
    elif ((.after.previous // []) | any(.id == $old)) then
      "The old key keeps working for \(will("overlap") | cell) after the new one is made"
      + if .before.expires_at == null then "." else ", at the longest until \(.before.expires_at | code)." end
    elif (.after.overlap | tostring | test("^0[a-z]+$")) then "The old key is **revoked at once**."
    else "The old key does not work any more." end;

def scope_rows:
  (.before.scopes | limits) as $old | (.after.scopes | limits) as $new
  | if (.before | has("scopes") | not) and (.after | has("scopes") | not) then empty
    elif hidden(.before_sensitive.scopes?) or hidden(.after_sensitive.scopes?) then
      if .before.scopes != .after.scopes then row("scopes"; "Its scopes change; they are marked as sensitive.") else empty end
    elif hidden(.after_unknown.scopes?) then row("widened"; "Its scopes are known only at the apply: they may widen.")
    elif .before.version == null and .before.scopes == null and .after.scopes != null then
      row(if $new == null then "widened" else "scopes" end;
        "Imported: what it may do today is not known. From now on: \($new | may).")
    elif $old == $new then empty
    elif $new == null then row("widened"; "It may do **everything its account may do**, instead of \($old | may).")
    elif $old == null then row("narrowed"; "It may do only \($new | may), instead of everything its account may do.")
    else
      (if ($new - $old) != [] then row("widened"; "It may also do \($new - $old | codes).") else empty end),
      (if ($old - $new) != [] then row("narrowed"; "It may no longer do \($old - $new | codes).") else empty end)
    end;

def setting_rows:
  ("lifetime", "rotate_after", "overlap") as $name
  | if .before[$name] != .after[$name] or hidden(.after_unknown[$name]?)
    then row("settings"; "`\($name)` changes from \(was($name) | cell) to \(will($name) | cell).") else empty end;

def keeping_rows:
  if rotates and .before.sealed_to != .after.sealed_to and hidden(.after_unknown.sealed_to?) == false then
    row("re-sealed"; "Its new secret is readable by \(will("sealed_to") | cell), the old one by \(was("sealed_to") | cell).")
  elif rotates then empty
  elif .before.value == null and (.after.value != null or hidden(.after_unknown.value?)) then
    row("plaintext"; "Its secret will lie in the state **in plaintext**.")
  elif hidden(.after_unknown.sealed_value?) then
    row("re-sealed"; "Readable by \(if .before.sealed_to == null then "everybody who can read the state" else was("sealed_to") | cell end) now, and after the apply by "
      + (if .after.seal_recipients != null then (will("seal_recipients") | cell) else "the provider's `seal.recipients` of that time" end)
      + ". Who could read it before can still open older versions of the state.")
  else empty end;

def previous_rows:
  ((.before.previous // []) | map(.id)) - ((.after.previous // []) | map(.id))
  | if length > 0 then row("revoked"; "Previous key \(codes) of this series ends.") else empty end;

def both: [.before.id] + ((.before.previous // []) | map(.id)) | map(select(. != null));

def key_rows($now; $change):
  if .importing? != null then row("adopted"; "An existing key is imported\(if .before.id? then ": " + (.before.id | code) else "" end); it goes on working.") else empty end,
  if $change.previous_address? != null then row("moved"; "Moved from \($change.previous_address | code).") else empty end,
  if .actions == ["create"] then
    row("minted"; "A new key: it may do \(if hidden(.after_unknown.scopes?) then "what is known only at the apply" else (will("scopes") | may) end), \(lasts), and \(readers).")
  elif .actions == ["delete"] then row("revoked"; "Key \(both | codes) is **revoked** as soon as this is applied.")
  elif .actions == ["delete", "create"] or .actions == ["create", "delete"] then
    row("revoked"; "The whole series is **revoked**: \(both | codes)\(if .actions[0] == "create" then ", after the new key is made" else ", before the new key is made" end)."),
    row("minted"; "A new series begins: it may do \(if hidden(.after_unknown.scopes?) then "what is known only at the apply" else (will("scopes") | may) end), \(lasts), and \(readers)."),
    scope_rows
  elif .actions == ["update"] then
    (if rotates and (.after_unknown.generation? == true) then
      row("rotated"; "Rotates or not: that depends on a value which is known only at the apply. The current key is \(.before.id | code).")
    elif rotates then
      row("rotated"; "From \(.before.id | code), generation \(.before.generation), to generation \(.after.generation), because \(because($now)). \(until)")
    else previous_rows end),
    scope_rows, keeping_rows, setting_rows
  elif .actions == ["forget"] then row("forgotten"; "No longer managed here. Key \(both | codes) goes on working, and nobody rotates it.")
  elif .actions == ["no-op"] then empty
  else row("unknown"; "A change of a kind that this summary does not know: \(.actions | codes). Read the plan.")
  end;

# Accounts and projects take their keys along.
def parent_rows($type):
  if (.actions | index("delete")) != null then
    row("revoked"; (if $type | endswith("_project") then "The project is archived, for good" else "The account is deleted" end)
      + ": **every key of it stops working**, those that are not managed here too.")
  elif .actions == ["update"] and was("role") != will("role") then
    row("role"; "The role changes from \(was("role") | cell) to \(will("role") | cell): that limits what every key of the account may do.")
  else empty end;

def at($change): $change | "\(.address | code)" + (if .deposed? then " (deposed \(.deposed | code))" else "" end);

input as $plan
| if ($plan | type) != "object" or (($plan.format_version // "") | tostring | test("^1\\.") | not) or ($plan | has("planned_values") | not)
  then "key-changes.jq: this is not the JSON of a plan, or of a kind that is not known here\n" | halt_error(1) else . end
| ($plan.timestamp // "9999") as $now
| [ $plan.resource_changes[]? | select(.mode == "managed" and (.provider_name | endswith("/orgkeys/orgkeys")))
    | . as $change | .type as $type | .change
    | (.before // {}) as $before | (.after // {}) as $after
    | (if ($type | test("_(api|admin)_key$")) then
        .before = $before | .after = $after | .after_unknown = (.after_unknown // {}) | [key_rows($now; $change)]
      else [parent_rows($type)] end) as $rows
    | select($rows != [])
    | {address: at($change), name: (if .actions == ["delete"] or .actions == ["forget"] then was("name") else will("name") end | cell), rows: $rows} ] as $keys
| [ $plan.action_invocations[]?, $plan.deferred_action_invocations[]?.action_invocation?
    | select(.type // "" | endswith("_revoke_key"))
    | {address: (.address | code), name: (.config_values.key_id // "known only at the apply" | code),
       rows: [row("revoked"; "The action **revokes** this key, of project \(.config_values.project_id // "known only at the apply" | code), with no overlap.")]} ] as $acts
| ($keys + $acts) as $all
| [ $plan.deferred_changes[]? | .resource_change.address // "?" | code ] as $deferred
| [ $plan.resource_changes[]?
    | select(.mode == "managed" and (.change.actions != ["no-op"] or .change.importing? != null or .previous_address? != null))
    | select((.provider_name | endswith("/orgkeys/orgkeys")) and (.type | test("_(api|admin)_key$")) | not)
    | "\(at(.)): " + ([ (if .change.importing? != null then "import" else empty end), (if .previous_address? != null then "move" else empty end),
        (.change.actions | select(. != ["no-op"]) | join(", then ")) ] | join(", ")) ] as $others
| ([$all[].rows[].tag]) as $tags
| def count($tag): [$tags[] | select(. == $tag)] | length;
  "## Key changes\n",
  (if $all == [] then "No key is minted, rotated or revoked, and none may do more than before."
   else
    ([ (if count("minted") > 0 then plural(count("minted"); "key"; "keys") + " **minted**" else empty end),
       (if count("rotated") > 0 then "\(count("rotated")) **rotated**" else empty end),
       (if count("revoked") > 0 then "\(count("revoked")) × **revoked**" else empty end),
       (if count("widened") > 0 then "\(count("widened")) × **scopes widened**" else empty end),
       (if count("role") > 0 then "\(count("role")) × **role changed**" else empty end),
       (if count("unknown") > 0 then "\(count("unknown")) × **unknown**" else empty end),
       (if count("plaintext") > 0 then "\(count("plaintext")) × **plaintext in the state**" else empty end),
       (if count("re-sealed") > 0 then "\(count("re-sealed")) re-sealed" else empty end) ]
     | if length == 0 then "No key is minted, rotated or revoked, and none may do more than before." else join(", ") + "." end),
    "",
    "| key | change | what it means |",
    "|---|---|---|",
    ($all[] | "| \(.name)<br>\(.address) | \([.rows[].tag] | unique_in_order | join("<br>")) | \([.rows[].text] | join("<br>")) |")
   end),
  (if $deferred != [] then "\n**Put off to a later plan, so not judged here:** \($deferred | join(", "))" else empty end),
  (if $plan.errored == true then "\n**The plan ended with an error: this is not all of it.**" else empty end),
  (if $others != [] then "\nOther changes:\n", ($others[] | "- " + .) else empty end)
