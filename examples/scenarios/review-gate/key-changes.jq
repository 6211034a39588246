# Reads the JSON of one plan and writes what it does to keys as Markdown.
#
#   terraform show -json change.tfplan | jq -n -r -f key-changes.jq
#
# Ends with 0 if it understood the whole plan, with 2 and a line for each part that it did
# not understand, and with another code if there is no plan to read. It looks at the types
# of resources, whatever the address of their provider is.
#
# With --rawfile printed FILE it also finds what the plan only printed: the JSON of a plan
# has no warnings.
#
# The JSON of a plan shows secrets in the clear. This prints only the attributes that it
# names, and of those nothing that the configuration marked as sensitive.

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
def codes: map(code) | join(", ");

def hidden($mark): $mark == true or ($mark | type == "object" or type == "array") and any($mark[]; hidden(.));

# An attribute before or after the change, as text for a cell.
def was($name):
  if hidden(.before_sensitive[$name]?) then "(sensitive)" else .before[$name]? end;
def pending($name): hidden(.after_unknown[$name]?);
def will($name):
  if hidden(.after_sensitive[$name]?) then "(sensitive)"
  elif pending($name) then "(known after apply)"
  else .after[$name]? end;
def cell: if . == null then "nothing" elif type == "array" then (if length == 0 then "nothing" else codes end) else code end;
def from_to($name): "`\($name)` from \(was($name) | cell) to \(will($name) | cell)";
def changed_names:
  . as $c
  | [.before, .after, (.after_unknown | objects) | keys[]] | unique
  | map(. as $name | select($c.before[$name]? != $c.after[$name]? or ($c | pending($name))));

# What a key may do: the set of its scopes or permissions, or null for everything its account may do.
def limits: if . == null or (type == "array" and index("all") != null) then null else . end;
def may: limits | if . == null then "everything its account may do" elif type == "array" then codes else code end;

# Other arguments that limit it, by what they are. Null is no limit.
def caps: ["limit", "max_budget", "tpm_limit", "rpm_limit", "max_parallel_requests", "character_limit"];
def periods: ["limit_reset", "budget_duration"];
def lists: ["models", "allowed_routes", "allowed_ips"];
def switches: ["guardrail_id", "include_byok_in_limit"];
def restrictions: caps + periods + lists + switches;
def restricted:
  . as $c | [ restrictions[] as $name | select($c | pending($name) or (.after[$name]? // false) != false) | "`\($name)` \($c | will($name) | cell)" ]
  | if . == [] then "" else ", within " + join(", ") end;
def may_do:
  (if pending("scopes") or pending("permissions") then "what is known only at the apply" else (will("scopes") // will("permissions") | may) end)
  + restricted + if .after.disabled? == true then ", once it is enabled" else "" end;

def unique_in_order: reduce .[] as $one ([]; if index([$one]) == null then . + [$one] else . end);
def row($tag; $text): {tag: $tag, text: $text};

# ---- types

def key_type: test("^orgkeys_[a-z0-9]+_((api|admin)_)?key$");
def parent_type: test("^orgkeys_[a-z0-9]+_(project|service_account|workspace|team)$");
def revoke_type: test("^orgkeys_[a-z0-9]+_revoke_key$");
def ours: .type | type == "string" and startswith("orgkeys_");

# ---- keys

# What the provider fills in, and what has a row of its own.
def filled_in: ["id", "generation", "version", "created_at", "expires_at", "rotation_due_at", "ready_for_rotation",
  "sealed_value", "sealed_to", "value", "redacted_value", "previous", "leftovers", "created_by_user_id"];
def ids($name): [.[$name]? | arrays | .[] | .id];

def lasts:
  if will("lifetime") == null then "never expires" else "lives for " + (will("lifetime") | cell) end
  + if will("rotate_after") == null then ", is never due by age" else ", is due after " + (will("rotate_after") | cell) end;
def plaintext: will("secret_storage") == "state" or .after.value? != null or pending("value") and (pending("sealed_value") | not);
def readers:
  if plaintext then "its secret will be stored in state **in plaintext**"
  elif will("sealed_to") == null then "its secret is not known here"
  else "its secret is readable by " + (will("sealed_to") | cell) end;

# What a vendor can do with a key that exists. Only some can rename one, and only some can make
# one expire: elsewhere the first apply after an overlap revokes the old key.
def renames: .type | startswith("orgkeys_openai_") | not;
def expires_later: .type == "orgkeys_openai_api_key" or .type == "orgkeys_litellm_key";
def imported: .before.version? == null; # until its first rotation a new name or lifetime is only recorded

# A new generation in place of the current key: certainly, or perhaps, where what decides
# it is known only at the apply.
def rotates: (pending("generation") | not) and .after.generation? != .before.generation?;
def may_rotate: (rotates | not) and (pending("generation") or pending("id") or (pending("name") and (renames | not))
  or (pending("rotate_when_changed") and .before.rotate_when_changed? != null));
def named_anew: (renames or imported | not) and was("name") != will("name");
def lives_anew: (imported | not) and .before.lifetime? != .after.lifetime?;
def lifetime_text: "its lifetime changes from \(was("lifetime") | cell) to \(will("lifetime") | cell)";
def because($now):
  [ if named_anew then "its name changes from \(was("name") | cell) to \(will("name") | cell)" else empty end,
    if .before.rotate_when_changed? != .after.rotate_when_changed? and .before.rotate_when_changed? != null then
      "a value in `rotate_when_changed` changed" else empty end,
    if lives_anew and (expires_later and will("lifetime") != null | not) then lifetime_text else empty end,
    if .before.ready_for_rotation? == true and .before.expires_at? != null and .before.expires_at <= $now then "it expired at \(.before.expires_at | code)"
    elif .before.ready_for_rotation? == true then "it has been due by age since \(.before.rotation_due_at? | cell)"
    else empty end ] as $sure
  # What may only change the current key is a reason where there is no other.
  | if $sure != [] then $sure else
      [ if lives_anew then lifetime_text else empty end,
        if .before.rotate_after? != .after.rotate_after? then "`rotate_after` changes from \(was("rotate_after") | cell) to \(will("rotate_after") | cell)" else empty end ]
    end
  | if length == 0 then "the plan's own warning says why" else join(", and ") end;

# What becomes of the current key of a rotation: null where it is revoked.
def overlaps($now):
  . as $c | .before.id? as $old
  | if $old == null then ""
    elif (pending("overlap") | not) and (.after.overlap? | type == "string" and (test("[1-9]") | not)) then null
    elif pending("overlap") or .after_unknown.previous? == true then " The old key keeps working for an overlap that is not known yet."
    elif .after | ids("previous") | index([$old]) != null then
      " The old key keeps working for " + if expires_later then "\(will("overlap") | cell) after the new one is created"
        else "at least \(will("overlap") | cell) after the new one is created, until the first apply after that revokes it" end
      + if $c.before.expires_at? == null then "." else ", at the longest until \($c.before.expires_at | code)." end
    elif .before.expires_at? != null and .before.expires_at <= $now then " The old key does not work any more."
    else null end;

def rotation_rows($now):
  if rotates then
    overlaps($now) as $overlap
    | row("rotated"; "From \(was("id") | cell), generation \(was("generation") | cell), to generation \(will("generation") | cell), because \(because($now)).\($overlap // "")"),
      if $overlap == null then row("revoked"; "The old key is **revoked at once**.") else empty end
  elif may_rotate then
    row("may rotate"; "Rotates or not: that depends on a value which is known only at the apply. The current key is \(was("id") | cell). "
      + "A value that is unknown in every plan, such as `timestamp()`, rotates it in every apply.")
  else empty end;

# Keys of the series besides the current one that leave it, or may.
def series_rows($now):
  (.before | ids("previous")) as $previous | [.before.previous? | arrays | .[]] as $known | (.before | ids("leftovers")) as $leftovers
  | (if .after_unknown.previous? == true then $previous else $previous - (.after | ids("previous")) end | .[]
    | if . as $id | any($known[]; .id == $id and .expires_at != null and .expires_at <= $now) then row("revoked"; "Previous key \(code) is **revoked**: its overlap is over.")
      else row("revoked"; "Previous key \(code) of this series may be **revoked**.") end),
    (if .after_unknown.leftovers? == true then $leftovers else $leftovers - (.after | ids("leftovers")) end | .[]
    | row("revoked"; "Leftover key \(code), which no rotation of this state superseded, may be **revoked**."));

def right_rows($name):
  (.before[$name]? | limits) as $old | (.after[$name]? | limits) as $new
  | if (.before | has($name) | not) and (.after | has($name) | not) and (pending($name) | not) then empty
    elif hidden(.before_sensitive[$name]?) or hidden(.after_sensitive[$name]?) then
      if .before[$name]? != .after[$name]? then row($name; "Its \($name) change; they are marked as sensitive.") else empty end
    elif pending($name) then row("widened"; "Its \($name) are known only at the apply: they may widen.")
    elif .before.version? == null and .before[$name]? == null and .after[$name]? != null then
      row(if $new == null then "widened" else $name end;
        "Imported: what it may do today is not known. From now on: \($new | may).")
    elif $old == $new then if .before[$name]? != .after[$name]? then row("settings"; "`\($name)` is spelled in another way.") else empty end
    elif $new == null then row("widened"; "It may do **everything its account may do**, instead of \($old | may).")
    elif $old == null then row("narrowed"; "It may do only \($new | may), instead of everything its account may do.")
    else
      (if ($new - $old) != [] then row("widened"; "It may also do \($new - $old | codes).") else empty end),
      (if ($old - $new) != [] then row("narrowed"; "It may no longer do \($old - $new | codes).") else empty end)
    end;

# The length of a period in seconds, null where it is not understood.
def seconds:
  {daily: 86400, weekly: 604800, monthly: 2592000}[tostring]
  // ([tostring | capture("^(?<count>[0-9]+)(?<unit>mo|[smhdw])$")] | .[0]
    | if . == null then null else (.count | tonumber) * {s: 1, m: 60, h: 3600, d: 86400, w: 604800, mo: 2592000}[.unit] end);

# One argument that limits what a key may do, and with it whoever found it.
def restriction_rows($name):
  .before[$name]? as $old | .after[$name]? as $new | from_to($name) as $change
  | if pending($name) then row("widened"; "`\($name)` is known only at the apply: it may widen.")
    elif $old == $new then empty
    elif hidden(.before_sensitive[$name]?) or hidden(.after_sensitive[$name]?) then row("widened"; "`\($name)` changes and is marked as sensitive: it may widen.")
    elif lists | index([$name]) != null then
      if $new == null then row("widened"; "`\($name)` is taken away: it no longer limits the key to \($old | cell).")
      elif $old == null then row("narrowed"; "`\($name)` limits it to \($new | cell).")
      else
        (if ($new - $old) != [] then row("widened"; "`\($name)` also allows \($new - $old | codes).") else empty end),
        (if ($old - $new) != [] then row("narrowed"; "`\($name)` no longer allows \($old - $new | codes).") else empty end)
      end
    elif switches | index([$name]) != null then
      if ($new // false) == false then row("widened"; "\($change): it no longer limits the key.")
      elif ($old // false) == false then row("narrowed"; "\($change).")
      else row("widened"; "\($change): the other may allow more.") end
    elif periods | index([$name]) != null then # what was used is forgotten after a period
      row(if $new == null or ($old != null and ($new | seconds) != null and ($old | seconds) != null and ($new | seconds) > ($old | seconds)) then "narrowed" else "widened" end; "\($change).")
    elif $new == null then row("widened"; "\($change): it has no such limit any more.")
    else row(if $old != null and $new > $old then "widened" else "narrowed" end; "\($change).") end;

def enabling_rows:
  if pending("disabled") then # in a rotation: the new key works
    if .before.disabled? == true then row("widened"; "It is disabled, and may work after this.")
    elif rotates or may_rotate or .before.disabled? == null then empty
    else row("disabled"; "It may be **disabled**.") end
  elif .after.disabled? == true and .before.disabled? != true then row("disabled"; "It is **disabled**: it refuses every call.")
  elif .before.disabled? == true and .after.disabled? == false then row("widened"; "It is **enabled** again.")
  else empty end;

# What a leaked key could do.
def scope_rows: right_rows("scopes"), right_rows("permissions"), restriction_rows(restrictions[]), enabling_rows;

# Who can read the secret.
def keeping_rows:
  (if will("sealed_to") == null or pending("sealed_to") then
     if .after.seal_recipients? != null or pending("seal_recipients") then (will("seal_recipients") | cell) else "the recipients of the provider at that time" end
   else (will("sealed_to") | cell) end) as $readers
  | (rotates or may_rotate) as $new
  | if plaintext and (was("value") == null or $new) then
      row("plaintext"; "Its secret will be stored in state **in plaintext**.")
    elif $new and .before.sealed_to? != .after.sealed_to? and (pending("sealed_to") | not) then
      row("re-sealed"; "Its new secret is readable by \($readers), the old one by \(was("sealed_to") | cell).")
    elif $new then empty
    elif pending("sealed_value") or pending("sealed_to") or .before.sealed_to? != .after.sealed_to? then
      row("re-sealed"; "Readable by \(if .before.sealed_to? == null then "everybody who can read the state" else (was("sealed_to") | cell) end) now, and after the apply by "
        + $readers + ". Who could read it before can still open older versions of the state.")
    else empty end;

# Arguments that have no row of their own. Of those that are not known here it prints the
# names only.
def setting_rows:
  ["name", "lifetime", "rotate_after", "overlap", "secret_storage", "seal_recipients",
    "project_id", "service_account_id", "workspace_id", "team_id", "soft_budget", "metadata"] as $shown
  | (rotates or may_rotate) as $new | . as $c
  | changed_names - filled_in - restrictions - ["scopes", "permissions", "disabled"] | .[] | . as $name
  | if $new and (. == "rotate_when_changed" or (. == "name" and ($c | named_anew))) then empty
    elif . == "rotate_when_changed" then row("settings"; "`rotate_when_changed` is recorded, which rotates nothing.")
    elif $shown | index([$name]) != null then row("settings"; $c | from_to($name) + ".")
    else row("unknown"; "\(code) changes: this summary does not know what that means.") end;

def adoption_rows($change):
  if $change.change.importing? != null then row("adopted"; "Exists already, and is imported\(if .before.id? then ": " + (.before.id | code) else "" end); it goes on working.") else empty end,
  if $change.previous_address? != null then row("moved"; "Moved from \($change.previous_address | code).") else empty end;

def both: [.before.id?] + (.before | ids("previous")) | map(select(. != null)) | cell;
def left_alone: .before | ids("leftovers") | if . == [] then "" else " Leftover keys \(codes) go on working: revoke them by hand." end;
def strange($kind): row("unknown"; "A change of a kind that this summary does not know: \(if .actions | type == "array" then (.actions | codes) else (.actions | code) end)\($kind). Read the plan.");

def update_rows($now):
  [rotation_rows($now), series_rows($now), scope_rows, keeping_rows, setting_rows]
  | if . == [] then row("settings"; "Only what the provider itself fills in changes.") else .[] end;

# Keys that a vendor's API cannot create are adopted, and a destroy does what on_destroy says.
def adopts: .before + .after | has("on_destroy");
def status_rows:
  if pending("status") or .before.status? == .after.status? then empty
  elif .after.status? == "inactive" then row("disabled"; "It is made **inactive**: it refuses every call.")
  elif .after.status? == "active" then row("widened"; "It is made **active**\(if .before.status? then ": it works again" else ", whatever it is today" end).")
  else row("unknown"; from_to("status") + ".") end;
def release_rows:
  if .before.status? == "archived" or .before.status? == "expired" then row("forgotten"; "No longer managed here. Key \(was("id") | cell) does not work any more.")
  elif .before.on_destroy? == "archive" then row("revoked"; "Key \(was("id") | cell) is **archived**, for good.")
  elif .before.on_destroy? == "deactivate" then row("disabled"; "Key \(was("id") | cell) is made **inactive**: it refuses every call.")
  else row("forgotten"; "No longer managed here. Key \(was("id") | cell) goes on working.") end;
def adopting_rows: row("adopted"; "Key \(will("id") | cell) exists already, and is managed here from now on."), (.before = {} | status_rows);
def adopted_key_rows:
  if .actions == ["create"] then adopting_rows
  elif .actions == ["delete"] then release_rows
  elif .actions == ["delete", "create"] or .actions == ["create", "delete"] then release_rows, adopting_rows
  elif .actions == ["update"] and .before != {} and .after != {} then
    . as $c | status_rows, (changed_names - ["status"] | .[] | . as $name
      | if ["name", "review_after", "on_destroy"] | index([$name]) != null then row("settings"; $c | from_to($name) + ".")
        elif ["workspace_id", "owner_type", "owner_id", "created_at", "expires_at", "partial_key_hint"] | index([$name]) != null then empty
        else row("unknown"; "\(code) changes: this summary does not know what that means.") end)
  elif .actions == ["forget"] or .actions == ["create", "forget"] then
    row("forgotten"; "No longer managed here. Key \(was("id") | cell) goes on as it is."), if .actions[0] == "create" then adopting_rows else empty end
  elif .actions == ["no-op"] then empty
  else strange("") end;

def key_rows($now):
  if adopts then adopted_key_rows
  elif .actions == ["create"] then row("created"; "A new key: it may do \(may_do), \(lasts), and \(readers).")
  elif .actions == ["delete"] then row("revoked"; "Key \(both) is **revoked** as soon as this is applied.\(left_alone)")
  elif .actions == ["delete", "create"] or .actions == ["create", "delete"] then
    row("revoked"; "The whole series is **revoked**: \(both)\(if .actions[0] == "create" then ", after the new key is created" else ", before the new key is created" end).\(left_alone)"),
    row("created"; "A new series begins: it may do \(may_do), \(lasts), and \(readers)."),
    scope_rows
  elif .actions == ["update"] and .before != {} and .after != {} then update_rows($now)
  elif .actions == ["forget"] or .actions == ["create", "forget"] then
    row("forgotten"; "No longer managed here. Key \(both) goes on working, and no run rotates it."),
    if .actions[0] == "create" then row("created"; "A new series begins: it may do \(may_do), \(lasts), and \(readers).") else empty end
  elif .actions == ["no-op"] then empty
  else strange("") end;

# Accounts, projects and workspaces take their keys along, except where an API cannot delete them.
def no_deletion: . == "orgkeys_elevenlabs_service_account";
def parent_rows($type):
  if .actions == ["delete"] or .actions == ["delete", "create"] or .actions == ["create", "delete"] then
    if $type | no_deletion then row("forgotten"; "No longer managed here. The API cannot delete it: it stays, with those of its keys that are not managed here.")
    else
      row("revoked"; (if $type | endswith("_project") then "The project is archived, for good"
        elif $type | endswith("_account") then "The account is deleted" else "It is deleted or archived" end)
        + ": **every key of it stops working**, those that are not managed here too.")
    end
  elif .actions == ["forget"] or .actions == ["create", "forget"] then row("forgotten"; "No longer managed here. It and its keys go on working.")
  elif .actions == ["update"] and .before != {} and .after != {} then
    . as $c | changed_names - ["name", "external_key_id", "residency", "slug", "description", "tags", "display_color"] | .[] | . as $name
    | if . == "role" then row("role"; "The role changes from \($c | was("role") | cell) to \($c | will("role") | cell): that limits what every key of the account may do.")
      elif . == "data_residency" then row("settings"; $c | from_to($name) + ".")
      else row("unknown"; "\(code) changes: this summary does not know what that means.") end
  elif .actions == ["create"] or .actions == ["no-op"] then empty
  else strange("") end;

# What somebody changed outside since the last apply, except what changes by itself:
# previous keys whose time is over, and what the vendor told late.
def drift_rows($now):
  . as $c | (.after | ids("previous")) as $left
  | ([.before.previous? | arrays | .[] | select(.id as $id | $left | index([$id]) != null)] == (.after.previous? // [])
     and all(.before.previous? | arrays | .[]; (.id as $id | $left | index([$id]) != null) or (.expires_at? != null and .expires_at <= $now))) as $over
  | if .actions == ["delete"] then row("changed outside"; "Is gone: it was deleted or archived outside Terraform.")
    elif .actions == ["update"] then
      changed_names - ["redacted_value", "ready_for_rotation"] | .[] | . as $name
      | if . == "previous" and $over then empty
        elif (. == "created_at" or . == "expires_at" or . == "rotation_due_at") and $c.before[$name] == null then empty
        elif . == "disabled" and $c.before.disabled? == null and $c.after.disabled? == false then empty
        elif . == "leftovers" then ($c.after | ids("leftovers")) - ($c.before | ids("leftovers")) | .[]
          | row("changed outside"; "Leftover key \(code) works: it is of this series, but is neither the current nor a previous key of this state.")
        elif ["name", "status", "role", "id", "expires_at", "created_at", "generation", "rotation_due_at", "permissions", "disabled"] + restrictions | index([$name]) != null then
          row("changed outside"; "Outside Terraform " + ($c | from_to($name)) + ".")
        else row("changed outside"; "Outside Terraform \(code) changed.") end
    elif .actions == ["no-op"] then empty
    else strange(", outside Terraform") end;

# ---- the plan

def known_parts: ["action_invocations", "applyable", "checks", "complete", "configuration", "deferred_action_invocations",
  "deferred_changes", "errored", "format_version", "output_changes", "planned_values", "prior_state", "relevant_attributes",
  "resource_changes", "resource_drift", "terraform_version", "timestamp", "variables"];
def known_fields: ["action_reason", "address", "change", "deposed", "index", "mode", "module_address", "name",
  "previous_address", "provider_name", "type"];
def known_change_fields: ["actions", "after", "after_identity", "after_sensitive", "after_unknown", "before", "before_identity",
  "before_sensitive", "generated_config", "importing", "replace_paths"];

def at: "\(.address | cell)" + (if .deposed? then " (deposed \(.deposed | code))" else "" end);
def inner: .type as $type | .change | .type = $type | .before = (.before // {} | objects) | .after = (.after // {} | objects) | .after_unknown = (.after_unknown // {});

# The rows of one entry of resource_changes or resource_drift.
def entry_rows($now; $drift):
  . as $entry | .type as $type
  | if (keys - known_fields) != [] then row("unknown"; "Has \(keys - known_fields | codes), which this summary does not know.") else empty end,
    if (.change | keys) - known_change_fields != [] then row("unknown"; "Has \((.change | keys) - known_change_fields | codes), which this summary does not know.") else empty end,
    (inner
    | if $drift then (if $type | key_type or parent_type then drift_rows($now) else row("changed outside"; "Changed outside Terraform.") end)
      else
        adoption_rows($entry),
        (if $type | key_type then key_rows($now)
         elif $type | parent_type then parent_rows($type)
         elif .actions == ["no-op"] then empty
         else row("unknown"; "This summary does not know objects of this type: \(.actions | codes).") end)
      end);

def entry($now; $drift):
  inner as $change
  | [entry_rows($now; $drift)] as $rows
  | select($rows != [])
  | {address: at, name: ($change | if .after == {} then was("name") else will("name") end | cell), rows: $rows};

def well_formed: type == "object" and (.type | type == "string") and (.mode | type == "string") and (.change | type == "object")
  and (.change.before | type == "object" or type == "null") and (.change.after | type == "object" or type == "null")
  and (.change.actions | type == "array" and length > 0 and all(type == "string"));
def known_actions: ["no-op", "create", "read", "update", "delete", "forget"];

# Warnings of which the JSON shows nothing. The first means that others can read the next
# secret of the key, the rest that changes may be missing from the plan.
def warnings: ["stays sealed to the old recipients", "was not refreshed",
  "was read while this machine's clock is wrong", "was read without the server's time"];
def warned:
  [($ARGS.named.printed // "") | split("\n")[] | . as $line
    | select(any(warnings[]; . as $one | $line | contains($one)))
    | gsub("\u001b\\[[0-9;]*m"; "") | capture("^([^A-Za-z]*Warning: |- )(?<title>.*)$").title]
  | unique_in_order;

# Keys for one run, which the JSON shows only where the configuration refers to them, and what was printed
# where it is opened or put off.
def run_scoped:
  [ (($ARGS.named.printed // "") | split("\n")[] | gsub("\u001b\\[[0-9;]*m"; "")
      | capture("^(?<address>(module\\.[^:]*)?ephemeral\\.orgkeys_[a-z0-9]+_((api|admin)_)?key\\.[^:]*): (Opening|Configuration unknown)").address),
    (.configuration | .. | strings | capture("^(?<address>ephemeral\\.orgkeys_[a-z0-9]+_((api|admin)_)?key\\.[^.\\[]+)").address),
    (.configuration | .. | objects | select(.mode? == "ephemeral" and (.type? | type == "string" and key_type)) | "ephemeral.\(.type).\(.name)") ]
  | unique_in_order;

# What a reader of the plan cannot judge by the rows of its keys.
def doubts:
  (warned[] | "The plan warns: \(code)"),
  (run_scoped[] | "\(code) is a key for one run: every plan and apply creates one, with the rights that its configuration gives it."),
  (if .resource_changes == null then "The plan has no resource_changes: it invokes actions only." else empty end),
  (if .errored == true then "The plan ended with an error: this is not all of it." else empty end),
  (if .complete == false then "The plan does not cover everything: it has a target, or a part is put off." else empty end),
  ((keys - known_parts)[] | "The plan has \(code), which this summary does not know."),
  (("resource_drift", "deferred_changes", "action_invocations", "deferred_action_invocations") as $part
    | .[$part] | select(. != null and type != "array") | "`\($part)` of the plan is not a list."),
  ((.resource_changes, .resource_drift) | arrays | .[]
    | if well_formed | not then "An entry of the plan cannot be read: \((.address? // "without an address") | code)."
      elif (.change.actions - known_actions) != [] and (ours and .mode == "managed" | not) then "\(at): this summary does not know the change \(.change.actions | codes)."
      elif .mode != "managed" and (.mode != "data" or (.change.actions != ["read"] and .change.actions != ["no-op"])) then
        "\(at): this summary does not know the change \(.change.actions | codes) of a thing of the kind \(.mode | code)."
      else empty end),
  (.deferred_changes | arrays | .[] | "\(.resource_change.address? | cell) is put off to a later plan, so it is not judged here."),
  (.deferred_action_invocations | arrays | .[] | "\(.action_invocation.address? | cell), an action, is put off to a later plan, so it is not judged here.");

def argument($name): if hidden(.config_sensitive[$name]?) then "(sensitive)" else .config_values[$name]? // "known only at the apply" end | code;
def place: . as $a | [.config_values | objects | keys[] | select(. != "key_id") | . as $name | "`\(.)` \($a | argument($name))"] | if . == [] then "" else " (" + join(", ") + ")" end;
def action:
  {address: at, name: argument("key_id"), rows: [
    if .type | revoke_type then row("revoked"; "The action **revokes** this key\(place), with no overlap.")
    else row("unknown"; "This summary does not know actions of this type.") end]};

def summary:
  [.[].rows[].tag] as $tags
  | def count($tag; $one; $many): [$tags[] | select(. == $tag)] | length | if . == 0 then empty elif . == 1 then "1 " + $one else "\(.) " + $many end;
    def times($tag; $what): count($tag; "× " + $what; "× " + $what);
    [ count("created"; "key **created**"; "keys **created**"), count("rotated"; "**rotated**"; "**rotated**"), count("may rotate"; "**may rotate**"; "**may rotate**"),
      times("revoked"; "**revoked**"), times("disabled"; "**disabled**"), times("widened"; "**widened**"), times("role"; "**role changed**"),
      times("unknown"; "**unknown**"), times("plaintext"; "**plaintext in state**"), times("changed outside"; "**changed outside Terraform**"),
      count("re-sealed"; "re-sealed"; "re-sealed"), count("adopted"; "adopted"; "adopted"), count("moved"; "moved"; "moved"),
      count("forgotten"; "forgotten"; "forgotten"), times("narrowed"; "narrowed"), times("scopes"; "scopes"), times("permissions"; "permissions"), times("settings"; "settings") ]
  | join(", ") + ".";

def no_plan($why): "key-changes.jq: \($why)\n" | halt_error(1);

[try inputs catch no_plan("this is not JSON")] as $all # the error itself could quote a secret
| if ($all | length) == 0 then no_plan("there is no plan to read") elif ($all | length) > 1 then no_plan("there is more than one plan to read")
  elif ($all[0] | type) != "object" then no_plan("this is not the JSON of a plan") else $all[0] end
| . as $plan
| if .format_version | type != "string" or (test("^1\\.[0-9]+$") | not) then no_plan("the format of the plan is not known here: \(.format_version | tojson)")
  elif has("planned_values") | not then no_plan("this is not the JSON of a plan: it has no planned_values")
  elif (.resource_changes | type != "array") and (.resource_changes != null or (.action_invocations // []) == []) then no_plan("the plan has no resource_changes, so there is nothing to judge") else . end
| (.timestamp // "9999") as $now
| [ (.resource_changes | arrays | .[] | select(well_formed and ours and .mode == "managed") | entry($now; false)),
    (.resource_drift | arrays | .[] | select(well_formed and ours and .mode == "managed") | entry($now; true)),
    (.action_invocations | arrays | .[] | select(.type | type != "string" or startswith("orgkeys_")) | .type = (.type | tostring) | action) ] as $rows
| [ doubts ] as $doubts
| [ ( .resource_changes | arrays | .[] | select(well_formed and .mode == "managed" and (ours and (.type | key_type) | not))
      | select(.change.actions != ["no-op"] or .change.importing? != null or .previous_address? != null)
      | "\(at): " + ([ (if .change.importing? != null then "import" else empty end), (if .previous_address? != null then "move" else empty end),
          (.change.actions | select(. != ["no-op"]) | map(. as $action | if known_actions | index([$action]) != null then . else code end) | join(", then ")) ] | join(", "))),
    ( .action_invocations | arrays | .[] | select(.type | type == "string" and (startswith("orgkeys_") | not)) | "\(at): an action" ) ] as $others
| "## Key changes\n",
  (if $rows == [] and $doubts == [] then "No key is created, rotated or revoked, and none may do more than before."
   elif $rows == [] then empty
   else
    ($rows | summary), "",
    "| key | change | what it means |",
    "|---|---|---|",
    ($rows[] | "| \(.name)<br>\(.address) | \([.rows[].tag] | unique_in_order | join("<br>")) | \([.rows[].text] | join("<br>")) |")
   end),
  (if $doubts == [] then empty else "\nNot understood, so somebody has to read the plan:\n", ($doubts[] | "- **" + . + "**") end),
  (if $others == [] then empty else "\nOther changes:\n", ($others[] | "- " + .) end),
  (if $doubts != [] or any($rows[].rows[]; .tag == "unknown") then "key-changes.jq: not all of the plan is understood\n" | halt_error(2) else empty end)
