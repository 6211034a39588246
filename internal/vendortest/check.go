// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
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
		if early := beforeEnd(key, text(prior["overlap"])); !key.ExpiresAt.IsZero() && early.Before(due) && early.Before(looked.Add(tolerance)) {
			may = "it ends before it is due by age"
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

// beforeEnd is from when on a key that ends before it is due by age is due: while its overlap is left, or half of its
// life.
func beforeEnd(key Key, overlap string) time.Time {
	return key.ExpiresAt.Add(-min(overlapOf(overlap), key.ExpiresAt.Sub(key.CreatedAt)/2))
}

// overlapOf is an overlap as it is configured, or the default.
func overlapOf(configured string) time.Duration {
	if d, err := span.Parse(configured); err == nil {
		return d
	}
	return 24 * time.Hour
}

// promises notes what the overlap of every rotation in state promises.
func (x *trial) promises(plan *protocol.Plan, before map[string]map[string]any) {
	for name, change := range plan.Changes {
		old, id := text(before[name]["id"]), x.id(name)
		if old == "" || id == "" || old == id || change.Action != protocol.Update {
			continue
		}
		if key, ok := x.key(id); ok {
			x.promised[old] = key.CreatedAt.Add(overlapOf(x.keys[name].overlap))
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

// unknown are the keys that have a wanted name and are in no state, expired ones too: those
// of a run that was killed.
func (x *trial) unknown() map[string]Key {
	known, out := map[string]bool{}, map[string]Key{}
	for name := range x.keys {
		for _, id := range append(x.previous(name), x.id(name)) {
			known[id] = true
		}
	}
	for _, key := range x.w.Sim.Keys() {
		wanted := slices.ContainsFunc(slices.Collect(maps.Values(x.keys)), func(k *keySettings) bool { return k.name == key.plain() })
		if _, ours := key.mark(); ours && wanted && !known[key.ID] && !x.strangers[key.ID] {
			out[key.ID] = key
		}
	}
	return out
}

// series are the tokens that state knows.
func (x *trial) series() map[string]bool { return seriesIn(x.ws.State, x.key) }

// seriesIn are the tokens that a state knows, by its private state or by its keys' names.
func seriesIn(state map[string]*protocol.Instance, find func(id string) (Key, bool)) map[string]bool {
	out := map[string]bool{}
	for _, instance := range state {
		for _, held := range append([]*protocol.Held{instance.Current}, instance.Deposed...) {
			if held == nil {
				continue
			}
			// Without private state the mark of a key that state names still tells.
			for _, id := range append(previousIDs(held.Attributes()), text(held.Attributes()["id"])) {
				if key, ok := find(id); ok {
					out[key.series()] = true
				}
			}
			var private map[string][]byte
			if err := json.Unmarshal(held.Private, &private); err == nil && len(private["series"]) > 0 {
				if m, err := keyseries.Decode(private["series"]); err == nil {
					out[m.Series] = true
				}
			}
		}
	}
	return out
}
