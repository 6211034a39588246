// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
)

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
	if latest := end.Add(tolerance); !x.applyEnds() && (key.ExpiresAt.IsZero() || key.ExpiresAt.After(latest)) {
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
// previous ones where it is said so. What a state that was lost did to a hidden argument or to a
// previous key nobody can see.
func (x *trial) owned(id string, previous []string, want *keySettings) error {
	for _, own := range x.row.Own {
		value := want.own[own.Name]
		if value == nil || x.older() || own.Hidden && x.rolledBack {
			continue
		}
		if own.Stored != nil {
			value = own.Stored(value)
		}
		ids := []string{id}
		if own.Whole && !x.rolledBack {
			ids = append(ids, previous...)
		}
		for _, id := range ids {
			if x.said("", id, "keeps old settings") {
				continue // the next apply tries again
			}
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
