# Reads the JSON of one plan and says whether a job may apply it unattended: only if it
# holds nothing but rotations, re-seals and what follows from them.
#
#   terraform show -json rotation.tfplan | jq -n -r -f only-rotations.jq
#
# Prints a line for each change and ends with 0 if all are of that kind, with 1 and a line
# for each that is not, and with another code if there is no plan. What it does not know
# it refuses. It looks at the types of resources, whatever the address of their provider is.
# It prints addresses, names of attributes and ids of keys: the JSON of a plan shows
# secrets in the clear.

def refuse($why): {ok: false, text: $why};
def accept($what): {ok: true, text: $what};
def text: tojson; # nothing in a name can forge a line of its own

def unknown: . == true or (type == "object" or type == "array") and any(.[]; unknown);

def done: map({create: "created", delete: "destroyed", forget: "forgotten", update: "updated"}[.] // .) | join(" and then ");

def key_type: test("^orgkeys_[a-z0-9]+_((api|admin)_)?key$");
def a_key: .mode == "managed" and (.type | key_type);

# The attributes that differ after the change, or may.
def changed_names:
  . as $c
  | [ ((.before | keys) + (.after | keys) + ((.after_unknown // {}) | keys) | unique)[] as $name
      | select($c.before[$name] != $c.after[$name] or ($c.after_unknown[$name]? | unknown)) | $name ];

# ---- keys

# What the provider fills in with a new generation.
def minted: ["id", "generation", "version", "created_at", "expires_at", "rotation_due_at", "ready_for_rotation",
  "sealed_value", "sealed_to", "value", "redacted_value", "previous", "created_by_user_id"];
# A key that works, and whose configuration leaves that alone, is followed by one that works.
def goes_on: if .before.disabled? == true or .after_unknown.disabled? != true then [] else ["disabled"] end;
# The schedule itself. It changes nothing at the vendor.
def schedule: ["rotate_after", "rotation_due_at", "ready_for_rotation"];

def ids($side): (.[$side].previous // []) | map(.id);
def leftovers($side): (.[$side].leftovers // []) | map(.id);
def keeps_storage: (.before.value == null) == (.after.value == null and (.after_unknown.value? | unknown | not));

def key_change:
  changed_names as $changed | .before.id as $old | goes_on as $goes_on
  | ($changed - minted - schedule - ["rotate_when_changed"] - $goes_on) as $more
  | if .after_unknown.leftovers? == true or (leftovers("before") - leftovers("after")) != [] then
      refuse("may revoke keys that no rotation of this state superseded: \(if .after_unknown.leftovers? == true then leftovers("before") else leftovers("before") - leftovers("after") end | map(text) | join(", "))")
    elif .before.id == null then refuse("is a key without an id: an earlier run was interrupted")
    elif .after_unknown.id? == true then
      if .after.generation != .before.generation + 1 then refuse("may rotate or not, which is known only at the apply")
      elif $more != [] then refuse("rotates, and \($more | join(", ")) changes too")
      elif keeps_storage | not then refuse("rotates, and its secret would be kept in another way")
      elif .after_unknown.previous? == true or (ids("after") - ids("before") - [.before.id]) != [] then refuse("rotates, and it is not known what becomes of the old key")
      else accept("rotates: key \(.before.id | text) is followed by generation \(.after.generation)"
        + if ids("after") | index([$old]) == null then ", and is revoked at once or has ended" else "" end) end
    elif .after_unknown.previous? == true or (ids("after") - ids("before")) != [] then refuse("changes its previous keys")
    elif ($changed - schedule - ["previous"]) == [] then
      accept(if $changed - ["previous"] == [] then "ends what is over of its previous keys" else "changes when it is due" end)
    elif ($changed - schedule - ["previous", "sealed_value", "sealed_to", "seal_recipients"]) == []
      and .before.sealed_value != null and .after_unknown.sealed_value? == true
    then accept("is sealed again")
    else refuse("changes \($changed | join(", "))") end;

# ---- what follows from them

# Values of the keys as they are now, by which a change elsewhere proves where it comes from.
def marks: [.id, .version, (.version | if . == null then null else tostring end), .sealed_value, .value] | map(select(. != null));
def times: [.created_at, .expires_at, .rotation_due_at] | map(select(. != null));

# Every part of a value that differs must have been a mark of a key that rotates now, and
# be unknown until the new key is there; or must become a mark of a key that rotated in an
# earlier run, whose delivery is late. What is a mark of another key now is not late.
def follows($before; $after; $hidden; $leaving; $current):
  def inner($name): if ($hidden | type) == "object" or ($hidden | type) == "array" then $hidden[$name] else $hidden end;
  ($before == $after and ($hidden | unknown | not))
  or ($hidden == true and any($leaving[]; . == $before))
  or (($hidden | unknown | not) and $before != null and any($current[]; . == $after) and (any($current[]; . == $before) | not))
  or (($before | type) == "object" and ($after | type) == "object" and ($hidden == true | not)
      and (($after | keys) - ($before | keys)) == []
      and all($before | keys[]; . as $name | (($after | has($name)) or inner($name) == true)
        and follows($before[$name]; $after[$name]; inner($name); $leaving; $current)))
  or (($before | type) == "array" and ($after | type) == "array" and ($hidden == true | not)
      and ($before | length) == ($after | length)
      and all(range($before | length); . as $at | follows($before[$at]; $after[$at]; inner($at); $leaving; $current)));

# The arguments that the configuration sets for resources of this type and name, in
# whichever module. The others are for the provider to fill in.
def arguments($plan; $type; $name):
  [ $plan.configuration.root_module | recurse(.module_calls | objects | .[] | .module | objects) | .resources | arrays | .[]
    | select(.mode == "managed" and .type == $type and .name == $name) ];

def set_by($found): [$found[] | (.expressions // {}) | keys] | add // [] | unique;

# A CLI destroys a delivery that is replaced before it rotates the key. If the rotation or the delivery then fails, or
# the job ends, the delivery is missing, and is created for the key that rotated meanwhile, or rotates now. A
# terraform_data has its trigger and nothing else. What a store gets has a version, hidden arguments that come from a
# key, and else only what refers to objects that are there and stay as they are.
def delivers_late($plan; $resource; $late; $rotating):
  . as $c
  | arguments($plan; $resource.type; $resource.name) as $found
  | set_by($found) as $set
  | def comes($name; $addresses): all($found[]; (.expressions[$name].references? // []) - ["each.key", "count.index"]
      | . != [] and all(.[]; . as $one | any($addresses[]; . as $from | $one == $from or ($one | startswith($from + ".") or startswith($from + "[")))));
    def later($name): $c.after_unknown[$name]? // false | unknown;
    def marked($name; parts):
      if later($name) then comes($name; $rotating)
      else any($c.after[$name] | parts; . as $v | any($late[]; . == $v)) end;
    .actions == ["create"] and .before == null and $found != []
    and (if $resource.type == "terraform_data" then
        ($resource.provider_name | type == "string" and test("(^|/)terraform$"))
        and $set == ["triggers_replace"] and marked("triggers_replace"; ..)
      else
        ($resource.type | startswith("orgkeys_") | not)
        and (any($plan.resource_drift | arrays | .[]; .address == $resource.address) | not) # else somebody took it away
        and ([$plan.resource_changes[] | select(.mode == "managed" and .change.actions == ["no-op"]) | .type + "." + .name] as $staying
          | [$set[] | select($c.after[.] == null and (later(.) | not))] as $secrets
          | [($set - $secrets)[] | select(marked(.; .))] as $versions
          | $secrets != [] and all($secrets[]; comes(.; ["ephemeral.orgkeys_unsealed"]))
            and $versions != [] and all(($set - $secrets - $versions)[]; comes(.; $staying)))
      end);

# Where a key only loses a previous key, OpenTofu plans an update of what takes the secret, too: it
# unseals the secret again in the apply. The same one comes out. That is so if all that the plan does
# not show (write-only arguments) comes from a key, and a key is updated.
def takes_the_secret_again($plan; $found; $set):
  . as $c
  | [ $set[] | select($c.before[.] == null and $c.after[.] == null) ] as $hidden
  | $hidden != [] and any($plan.resource_changes[]; a_key and .change.actions == ["update"])
    and all($found[].expressions; . as $expressions
      | all($hidden[]; ($expressions[.].references? // []) - ["each.key", "count.index"]
          | . != [] and all(.[]; test("^ephemeral\\.orgkeys_unsealed\\."))));

def other_change($plan; $resource; $leaving; $current):
  changed_names as $changed
  | arguments($plan; $resource.type; $resource.name) as $found
  | set_by($found) as $set
  | ($changed - ($changed - $set)) as $by_hand
  | . as $c
  | [ $by_hand[] | . as $n | select(follows($c.before[$n]; $c.after[$n]; $c.after_unknown[$n]?; $leaving; $current)) ] as $following
  | if $found == [] then refuse("is not in the configuration")
    elif $resource.type | startswith("orgkeys_") then refuse("changes \($changed | join(", "))")
    elif ($by_hand - $following) != [] then refuse("changes \($by_hand - $following | join(", ")), which does not follow from a rotation")
    elif any(($changed - $set)[]; . as $n | $c.after_unknown[$n]? != true and $c.before[$n] != $c.after[$n]) then refuse("changes by itself")
    elif .actions == ["update"] then
      if $following != [] then accept("follows: \($following | join(", "))")
      elif takes_the_secret_again($plan; $found; $set) then accept("takes the secret of a key again")
      else refuse("changes by itself") end
    elif $resource.action_reason == "replace_because_cannot_update" then
      if (.replace_paths // []) == [] or ([.replace_paths[][0]] | unique) - $following != [] then refuse("is replaced, which does not follow from a rotation")
      else accept("is replaced, which follows: \($following | join(", "))") end
    elif $resource.action_reason == "replace_because_tainted" and $resource.type == "terraform_data"
      and $changed - ["id"] - $following == [] and any(.before.triggers_replace | ..; . as $v | any($current[]; . == $v))
    then accept("delivers again what an earlier run could not deliver")
    else refuse("is replaced") end;

# An output is for users and other configurations. Its parts may also be what a key
# shows of itself.
def output_change($plan; $name; $pairs; $leaving; $current):
  def reads_keys: [ $plan.configuration.root_module.outputs[$name].expression.references[]? | select(startswith("var.") | not) ] != [];
  def follows_key($before; $after; $hidden):
    def inner($name): if ($hidden | type) == "object" or ($hidden | type) == "array" then $hidden[$name] else $hidden end;
    ($before == $after and ($hidden | unknown | not))
    or ($hidden == true and $before != null)
    or (($hidden | unknown | not) and any($pairs[]; . == [$before, $after]))
    or (($before | type) == "object" and ($after | type) == "object"
        and (($after | keys) - ($before | keys)) == []
        and all($before | keys[]; . as $name | (($after | has($name)) or inner($name) == true)
          and follows_key($before[$name]; $after[$name]; inner($name))))
    or (($before | type) == "array" and ($after | type) == "array" and ($before | length) == ($after | length)
        and all(range($before | length); . as $at | follows_key($before[$at]; $after[$at]; inner($at))));
  if .actions != ["update"] then refuse("output would be \(.actions | done)")
  elif .before_sensitive != .after_sensitive and (.before_sensitive | unknown) then refuse("output would no longer be sensitive")
  elif reads_keys and follows_key(.before; .after; .after_unknown) then accept("output follows")
  else refuse("output changes, which does not follow from a rotation") end;

# ---- the plan

def known_parts: ["action_invocations", "applyable", "checks", "complete", "configuration", "deferred_action_invocations",
  "deferred_changes", "errored", "format_version", "output_changes", "planned_values", "prior_state", "relevant_attributes",
  "resource_changes", "resource_drift", "terraform_version", "timestamp", "variables"];
def known_fields: ["action_reason", "address", "change", "index", "mode", "module_address", "name", "provider_name", "type"];
def known_change_fields: ["actions", "after", "after_identity", "after_sensitive", "after_unknown", "before", "before_identity",
  "before_sensitive", "replace_paths"];

def plan_verdicts:
  (if .format_version | type != "string" or (test("^1\\.[0-9]+$") | not) then refuse("the plan has a format that is not known here") else empty end),
  (if has("planned_values") and has("configuration") and (.prior_state | type == "object") | not then refuse("this is not the JSON of a plan with a state") else empty end),
  (if .resource_changes | type != "array" then refuse("the plan has no resource_changes") else empty end),
  (if .errored != false then refuse("the plan ended with an error") else empty end),
  (if .complete == false then refuse("the plan does not cover everything: a target, or something put off") else empty end),
  (if .applyable == false then refuse("the plan cannot be applied") else empty end),
  (("deferred_changes", "action_invocations", "deferred_action_invocations") as $part
    | if (.[$part] // []) != [] then refuse("the plan has \($part)") else empty end),
  ((keys - known_parts)[] | refuse("the plan has \(text), which is not known here"));

def resource_verdict($plan; $leaving; $current; $late; $rotating):
  . as $resource
  | if (.address | type) != "string" or (.type | type) != "string" or (.change | type) != "object" or (.change.actions | type) != "array"
    then refuse("is an entry without address, type or actions")
    elif (keys - known_fields) != [] then refuse("has \(keys - known_fields | join(", ")): moved, imported, or not known here")
    elif ((.change | keys) - known_change_fields) != [] then refuse("has \((.change | keys) - known_change_fields | join(", ")): imported, or not known here")
    elif .change.actions == ["no-op"] then empty
    elif .mode == "data" and .change.actions == ["read"] then empty
    elif .mode != "managed" then refuse("is not a resource: \(.change.actions | join(", "))")
    elif .change.actions == ["update"] and a_key and (.change.before | type) == "object" and (.change.after | type) == "object" then .change | key_change
    elif .change | delivers_late($plan; $resource; $late; $rotating) then accept("delivers what an earlier run could not deliver")
    elif .change.actions == ["update"] or ((.change.actions | sort) == ["create", "delete"]) then
      if (.change.before | type) == "object" and (.change.after | type) == "object"
      then .change | other_change($plan; $resource; $leaving; $current)
      else refuse("changes in a way that is not known here") end
    else refuse("would be \(.change.actions | done)") end;

def no_plan: "only-rotations.jq: there is no plan to read\n" | halt_error(2);

[try inputs catch no_plan] as $all # the error itself could quote a secret
| if ($all | length) != 1 or ($all[0] | type) != "object" then no_plan else $all[0] end
| . as $plan
| [ .resource_changes | arrays | .[] | objects | select((.type | type) == "string" and a_key and .deposed? == null and (.change.before? | type) == "object") ] as $keys
| [ $keys[] | select(.change.after_unknown.id? == true) | .change.before | marks[], times[] ] as $leaving
| [ $keys[] | .change.before | marks[] ] as $current
| [ $keys[] | select((.change.before.generation? | type) == "number" and .change.before.generation > 1) | .change.before | marks[] ] as $late
| [ $keys[] | select(.change.after_unknown.id? == true) | .type + "." + .name ] as $rotating
| [ ($keys[], (.resource_drift | arrays | .[] | select(a_key)))
    | .change | select((.before | type) == "object" and (.after | type) == "object") | . as $c | changed_names[] | [$c.before[.], $c.after[.]] ] as $pairs
| [ (plan_verdicts | {ok, text: .text}),
    (.resource_changes | arrays | .[] | . as $r | resource_verdict($plan; $leaving; $current; $late; $rotating) | .text = ($r.address | text) + " " + .text),
    ((.output_changes // {}) | to_entries[] | select(.value.actions != ["no-op"]) | .key as $name
      | .value | output_change($plan; $name; $pairs; $leaving; $current) | .text = ($name | text) + " " + .text) ]
| (.[] | select(.ok) | "  " + .text),
  ([.[] | select(.ok | not)] | if length == 0 then empty else "refused:\n" + (map("  " + .text + "\n") | join("")) | halt_error(1) end)
