# Reads the JSON of the plan and says whether the workload has moved to its own key: with
# --arg say verdict for the terminal, with --arg say message for the owner of the old key.

def clean: tostring | explode | map(if . < 32 or (. > 126 and . < 160) then 65533 else . end) | implode;

def days: if . == 1 then "1 day" else "\(.) days" end;

[try inputs catch ("move.jq: there is no plan to read\n" | halt_error(1))] as $all # the error itself could quote a secret
| if ($all | length) != 1 or ($all[0] | type) != "object" or ($all[0].planned_values.outputs.move.value | type) != "object" or $all[0].errored != false
  then "move.jq: there is nothing to compare: apply first\n" | halt_error(1) else $all[0].planned_values.outputs.move.value end
| .workload as $new | .personal as $old | .quiet_days as $quiet
| if $old == null then "move.jq: personal_key_id is not set\n" | halt_error(1)
  elif ($new.id == null) or ($quiet | type) != "number" or $quiet < 1 then "move.jq: there is nothing to compare: apply first, and quiet_days must be 1 or more\n" | halt_error(1)
  else . end
# The times are RFC 3339 in UTC, so they compare as strings.
| [ (if $new.last_used_at == null then "Nothing has used the new key \($new.id) yet." else empty end),
    (if $old.last_used_at != null and $new.last_used_at != null and $old.last_used_at >= $new.last_used_at
     then "The old key was used after the new one: at \($old.last_used_at), the new one at \($new.last_used_at)." else empty end),
    (if $old.unused_days == null then "The server does not show when the old key was last used."
     elif $old.unused_days < $quiet then "The old key was \(if $old.last_used_at == null then "created" else "used" end) \($old.unused_days | days) ago; wait until it has not been used for \($quiet | days)." else empty end)
  ] as $open
| if $open != [] then ($open + ["Not moved yet: key \($old.name | clean) (\($old.id)) of \($old.owner | clean)."] | join("\n")) + "\n" | halt_error(2)
  elif $say == "verdict" then
    "Moved: \($old.name | clean) (\($old.id)) has not been used for \($old.unused_days | days), and \($new.name | clean) (\($new.id)) was used at \($new.last_used_at)."
  elif $say == "message" then
    "To: \($old.owner | clean)",
    "Subject: Please revoke your API key \"\($old.name | clean)\"",
    "",
    "Your API key \"\($old.name | clean)\" (\($old.shown | clean), id \($old.id)) in the project \($new.project | clean) was used",
    "by \($new.name | clean). That now has a key of its own, owned by the service account \($new.account | clean) and",
    "created at \($new.created_at). Your key was last used \(if $old.last_used_at == null then "never" else "at \($old.last_used_at)" end).",
    "",
    "Only you can revoke it: open https://platform.openai.com/api-keys in that project, find the",
    "key by the name above, and delete it. If you know of anything else that uses it, say so first."
  else "move.jq: say is verdict or message\n" | halt_error(1) end
