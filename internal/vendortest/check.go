// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
)

// unsettled are the tokens of creates whose outcome is not known yet. When such a
// tainted object is replaced without a refresh, core withholds its private state, and
// what it left can only be reported.
func (x *trial) unsettled() map[string]bool {
	all := x.ws.State
	defer func() { x.ws.State = all }()
	x.ws.State = map[string]*protocol.Instance{}
	for name, instance := range all {
		if instance.Current != nil && instance.Current.Tainted && text(instance.Current.Attributes()["id"]) == "" {
			x.ws.State[name] = &protocol.Instance{Current: instance.Current}
		}
	}
	return x.series()
}

// nothingUnknown: whatever happened, a later apply can find every key, or it was named.
func (x *trial) nothingUnknown() error {
	known := x.series()
	for id, key := range x.ours() {
		x.told[id] = x.told[id] || x.said("", id)
		if !known[key.series()] && !x.orphans[id] && !x.told[id] {
			return fmt.Errorf("%s (%s) is alive, and no later apply can know it", id, key.Name)
		}
	}
	return nil
}

// excuse tells errors that had to come from those that had not.
func (x *trial) excuse(o run, plan *protocol.Plan) error {
	for _, said := range x.ws.Said {
		switch {
		case !said.Error, x.fired() && x.lasting, x.parentsGone:
		case !o.refresh && x.moved, !o.refresh || o.wait > 0:
		case strings.Contains(said.Text, "The sealed secret of ") && strings.Contains(said.Text, " cannot be opened") && x.locked(plan):
		case strings.Contains(said.Text, "refuses to change the") && x.older():
		case strings.Contains(said.Text, "already exists") && x.row.Can.Name.Unique && len(x.unknown()) > 0:
			x.taken = true
		case strings.Contains(said.Text, "is older than the server") && x.rolledBack:
			x.stuck = x.stuck || x.row.stops()
		default:
			return fmt.Errorf("unexpected error while walking %s: %s", said.Walk, said.Text)
		}
	}
	return nil
}

// locked says that a plaintext is asked for which no identity at hand gives.
func (x *trial) locked(plan *protocol.Plan) bool {
	for name, key := range x.keys {
		if instance := plan.Prior[name]; instance != nil && key.storage == "state" {
			if sealed := text(instance.Current.Attributes()["sealed_value"]); sealed != "" && x.open(sealed) == "" {
				return true
			}
		}
	}
	return false
}

// expected holds a plan against reasons counted here anew: a key with no reason to
// rotate stays, one with a reason rotates.
func (x *trial) expected(o run, plan *protocol.Plan, alive map[string]Key, began, looked time.Time) error {
	if !o.refresh {
		return nil
	}
	for name, change := range plan.Changes {
		instance := plan.Prior[name]
		if change.Action != protocol.Update && change.Action != protocol.NoOp || instance == nil {
			continue
		}
		prior, will, want := instance.Current.Attributes(), change.Attributes(), x.keys[name]
		must, may := x.reasons(alive, prior, want, began, looked)
		stays := text(will["id"]) == text(prior["id"])
		if stays && must != "" {
			return fmt.Errorf("%s is not planned to rotate, though %s", name, must)
		}
		if !stays && must == "" && may == "" {
			return fmt.Errorf("%s is planned to rotate without any reason", name)
		}
		if !stays && text(will["id"]) == "(unknown)" && will["generation"] != "(unknown)" {
			x.seen.add("rotation planned")
			if !x.said(name, text(prior["id"]), "will be rotated", "because") {
				return fmt.Errorf("the rotation of %s is planned without a word about key %s", name, text(prior["id"]))
			}
		}
	}
	return nil
}

func (x *trial) said(_ string, words ...string) bool {
	return slices.ContainsFunc(x.ws.Said, func(said protocol.Said) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(said.Text, word) })
	})
}

// reasons are why a key must, or may, rotate.
func (x *trial) reasons(living map[string]Key, prior map[string]any, want *keySettings, began, looked time.Time) (must, may string) {
	key, there := x.key(text(prior["id"]))
	_, alive := living[key.ID]
	switch {
	case !alive && there && began.Sub(key.ExpiresAt) < tolerance:
		return "", "it has just ended"
	case !alive:
		return "the key is dead", ""
	case text(prior["name"]) != want.name && !x.row.Can.Name.Renames:
		return "the name changed", ""
	}
	for _, own := range x.row.Own {
		if own.Effect == keyresource.Rotates && plainly(prior[own.Name]) != plainly(want.own[own.Name]) {
			return own.Name + " changed", ""
		}
	}
	if text(prior["lifetime"]) != want.lifetime {
		may = "the lifetime changed"
		if want.lifetime == "" || x.row.Can.End != keyseries.Later {
			return "the lifetime was changed or taken away", ""
		}
	}
	if before, ok := prior["rotate_when_changed"].(map[string]any); ok {
		switch same := len(before) == len(want.triggers) && want.triggers != nil; {
		case want.unknown && want.triggers != nil:
			may = "a trigger is not yet known"
		default:
			for name, value := range want.triggers {
				same = same && before[name] == value
			}
			if !same {
				return "a trigger changed", ""
			}
		}
	}
	if after, err := span.Parse(want.rotateAfter); err == nil {
		due := key.CreatedAt.Add(after)
		if due.Before(began.Add(-tolerance)) {
			return "it is due", ""
		}
		if due.Before(looked.Add(tolerance)) {
			may = "it may be due"
		}
	}
	if !key.ExpiresAt.IsZero() && key.ExpiresAt.Before(looked.Add(tolerance)) {
		may = "it is about to end"
	}
	if x.older() {
		may = "keys cannot be changed here"
	}
	return "", may
}

// promises notes what the overlap of every rotation in state promises.
func (x *trial) promises(plan *protocol.Plan, before map[string]map[string]any) {
	for name, change := range plan.Changes {
		old, id := text(before[name]["id"]), x.id(name)
		if old == "" || id == "" || old == id || change.Action != protocol.Update {
			continue
		}
		overlap := 24 * time.Hour
		if d := x.keys[name].overlap; d != "" {
			overlap, _ = span.Parse(d)
		}
		if key, ok := x.key(id); ok {
			x.promised[old] = key.CreatedAt.Add(overlap)
		}
	}
}

// leftoverOf is the key that a warning names as what an earlier run may have left; the use
// that it tells of depends on what the vendor shows.
func leftoverOf(said protocol.Said) string {
	before, _, ok := strings.Cut(said.Text, ") has the same name and ")
	if !ok {
		return ""
	}
	return before[strings.LastIndex(before, "(")+1:]
}

// reported: a create tells what an earlier one may have left, with the command that
// ends it; a replacement does not take for a leftover what it has just revoked.
func (x *trial) reported(plan *protocol.Plan, before map[string]map[string]any, withheld map[string]bool, said []protocol.Said, ok bool) error {
	alive := x.ours()
	named, own := map[string]bool{}, map[string]bool{}
	for name, change := range plan.Changes {
		if change.Action == protocol.DeleteThenCreate {
			for _, id := range append(previousIDs(before[name]), text(before[name]["id"])) {
				own[id] = true
			}
		}
	}
	for _, one := range said {
		if id := leftoverOf(one); id != "" {
			named[id] = true
			if _, command, _ := strings.Cut(one.Text, "Revoke it if it is not needed: "); !strings.Contains(command, id) {
				return fmt.Errorf("the warning about %s gives no command to revoke it: %s", id, one.Text)
			}
			if key, there := x.key(id); there && key.Ended && !x.justEnded(id) {
				return fmt.Errorf("a create warns of %s, which has expired", id)
			}
			if _, lives := alive[id]; !lives && own[id] {
				return fmt.Errorf("a replacement warns of %s, the key it replaces and has revoked", id)
			}
			x.seen.add("leftover reported")
			// Once the keys that state names are gone, nothing tells the series any more.
			if key, _ := x.key(id); withheld[key.series()] || x.thin[key.series()] {
				x.orphans[id] = true
			}
		}
	}
	if !ok || x.fired() {
		return nil
	}
	for name, change := range plan.Changes {
		if change.Action != protocol.Create {
			continue
		}
		for id := range x.orphans {
			key, lives := alive[id]
			if lives && key.plain() == x.keys[name].name && key.Owner == x.w.Sim.Owner() && !named[id] {
				return fmt.Errorf("%s was left by a lost create, and the create of %s does not say so", id, name)
			}
		}
	}
	return nil
}

// plainly is one text for a configured value and for the same one as JSON has it; "" for none.
func plainly(value any) string {
	data, err := json.Marshal(value)
	if err != nil || value == nil {
		return ""
	}
	return string(data)
}

// clean is what holds after an apply without an error.
func (x *trial) clean(ctx context.Context, o run, plan *protocol.Plan, before map[string]map[string]any) error {
	x.seen.add("clean apply")
	now, alive, known := x.now(), x.ours(), map[string]bool{}
	secrets := map[string]bool{}
	for name, want := range x.keys {
		attributes := x.held(name)
		if !want.there {
			if attributes != nil {
				return fmt.Errorf("%s was destroyed, but is in state", name)
			}
			continue
		}
		id := text(attributes["id"])
		known[id] = true
		for _, previous := range previousIDs(attributes) {
			known[previous] = true
		}
		for _, leftover := range idsIn(attributes, "leftovers") {
			known[leftover] = true
		}
		if _, ok := alive[id]; !ok && o.refresh && o.wait == 0 && !x.justEnded(id) {
			return fmt.Errorf("%s: the current key %q is dead", name, id)
		}
		plaintext, err := x.kept(name, want, attributes, before[name], o)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if secrets[plaintext] {
			return fmt.Errorf("%s has the secret of another resource", name)
		}
		secrets[plaintext] = true
		if err := x.owned(id, x.previous(name), want); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := counted(attributes, before[name], plan.Changes[name].Action); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for id, key := range alive {
		if !known[id] && !x.orphans[id] && !x.told[id] && !x.said("", id) && o.refresh {
			return fmt.Errorf("%s (%s) is alive, but neither in state nor named nor left by a lost create", id, key.Name)
		}
		if end, ok := x.promised[id]; ok && o.refresh && o.wait == 0 && now.After(end.Add(tolerance)) {
			return fmt.Errorf("%s is alive at %s, but its overlap ended at %s", id, now.Format(time.RFC3339), end.Format(time.RFC3339))
		}
	}
	for id, end := range x.promised {
		if err := x.overlaps(id, end, now, known[id]); err != nil {
			return err
		}
	}
	if err := x.nothingUnknown(); err != nil {
		return err
	}
	if !x.fired() {
		made := x.w.minted(x.row)
		for name := range x.keys {
			if id := x.id(name); id != "" && id != text(before[name]["id"]) {
				made--
			}
		}
		if made != 0 {
			return fmt.Errorf("%d keys made too many", made)
		}
	}
	return x.quiet(ctx, o)
}

// justEnded says that a key ended by itself while the CLI was running.
func (x *trial) justEnded(id string) bool {
	key, there := x.key(id)
	return there && key.ExpiresAt.After(x.began.Add(-tolerance))
}

// overlaps: a previous key lives until its overlap ends, and where the vendor can be told
// so, no longer.
func (x *trial) overlaps(id string, end, now time.Time, known bool) error {
	key, there := x.key(id)
	if x.touched[id] || !now.Before(end.Add(-tolerance)) || !known {
		return nil
	}
	x.seen.add("overlap running")
	if !there {
		return fmt.Errorf("%s was revoked, but its overlap lasts until %s", id, end.Format(time.RFC3339))
	}
	if latest := end.Add(x.row.Can.Grain + tolerance); !x.applyEnds() && (key.ExpiresAt.IsZero() || key.ExpiresAt.After(latest)) {
		return fmt.Errorf("%s ends at %s, though its overlap lasts until %s only", id, key.ExpiresAt.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	return nil
}

// kept checks how the secret lies in state and gives it.
func (x *trial) kept(name string, want *keySettings, attributes, before map[string]any, o run) (string, error) {
	value, sealed := text(attributes["value"]), text(attributes["sealed_value"])
	plaintext := value
	if want.storage == "state" {
		if value == "" || sealed != "" {
			return "", errors.New("the secret is not in plaintext, though asked for")
		}
		x.seen.add("plaintext found")
	} else {
		if value != "" || sealed == "" {
			return "", errors.New("the secret is not sealed")
		}
		wanted := want.recipients
		if wanted == nil {
			wanted = []string{x.w.Recipient}
		}
		var to []string
		list, _ := attributes["sealed_to"].([]any)
		for _, one := range list {
			to = append(to, text(one))
		}
		fresh := text(before["id"]) != text(attributes["id"]) || text(before["value"]) != ""
		if opens := x.open(text(before["sealed_value"])) != ""; (fresh || opens && o.refresh) && !seal.Same(to, wanted) {
			return "", fmt.Errorf("sealed to %v, not to %v", to, wanted)
		}
		for recipient, identity := range map[string]string{x.w.Recipient: x.w.Identity, x.otherRecipient: x.other} {
			text := openWith(sealed, identity)
			if may := slices.Contains(to, recipient); may != (text != "") {
				return "", fmt.Errorf("sealed_to is %v, but %s opens it: %v", to, recipient, text != "")
			}
			if text != "" {
				plaintext = text
			}
		}
	}
	key, ok := x.key(text(attributes["id"]))
	if ok && key.Works && !x.w.Sim.Valid(plaintext) {
		return "", errors.New("the secret in state does not work, though its key does")
	}
	return name + plaintext, nil
}

// owned: the current key has the vendor's arguments as they are configured, and so have the
// previous ones where it is said so. What a state that was lost, or a fault, did to a hidden
// argument or to a previous key nobody can see.
func (x *trial) owned(id string, previous []string, want *keySettings) error {
	unseen := x.doubtful || x.rolledBack
	for _, own := range x.row.Own {
		value := want.own[own.Name]
		if value == nil || x.older() || own.Hidden && unseen {
			continue
		}
		if own.Stored != nil {
			value = own.Stored(value)
		}
		ids := []string{id}
		if own.Whole && !unseen {
			ids = append(ids, previous...)
		}
		for _, id := range ids {
			if key, there := x.key(id); there && !key.Ended && plainly(key.Own[own.Name]) != plainly(value) {
				return fmt.Errorf("%s of %s is %v at the server, want %v", own.Name, id, key.Own[own.Name], value)
			}
		}
	}
	return nil
}

// counted checks generation and version.
func counted(attributes, before map[string]any, action protocol.Action) error {
	number := func(values map[string]any, name string) int64 {
		n, _ := values[name].(json.Number)
		i, _ := n.Int64()
		return i
	}
	generation, version := number(attributes, "generation"), number(attributes, "version")
	switch changed := text(attributes["id"]) != text(before["id"]); {
	case changed && action != protocol.Update && generation != 1:
		return fmt.Errorf("a new series has the generation %d", generation)
	case changed && action == protocol.Update && (generation != number(before, "generation")+1 || version <= number(before, "version")):
		return fmt.Errorf("after a rotation generation and version are %d and %d, before %v and %v", generation, version, before["generation"], before["version"])
	case !changed && (generation != number(before, "generation") || version != number(before, "version")):
		return fmt.Errorf("without a new key generation or version changed to %d and %d", generation, version)
	}
	return nil
}

// quiet: right after a clean apply there is nothing to do.
func (x *trial) quiet(ctx context.Context, o run) error {
	if !o.refresh || o.wait > 0 {
		return nil
	}
	x.w.Engine.ClearFaults()
	again, err := x.ws.Plan(ctx, x.settings(true, ""), true)
	if err != nil {
		return fmt.Errorf("plan after a clean apply: %w: %v", err, x.ws.Said)
	}
	if again.Quiet() {
		return nil
	}
	for name, change := range again.Changes {
		if change.Action != protocol.NoOp && !x.ending(name) && (!x.older() || len(x.previous(name)) == 0) { // which every apply tries to end
			return fmt.Errorf("after a clean apply the plan for %s is to %s: %v, %v", name, change.Action, again.Prior[name].Current.Attributes(), change.Attributes())
		}
	}
	return nil
}

// ending says that the moments since the apply ended a key or an overlap by themselves.
func (x *trial) ending(name string) bool {
	for _, id := range append(x.previous(name), x.id(name)) {
		key, _ := x.key(id)
		for _, end := range []time.Time{key.ExpiresAt, x.promised[id]} {
			if !end.IsZero() && end.Sub(x.now()).Abs() < tolerance {
				return true
			}
		}
	}
	return false
}
