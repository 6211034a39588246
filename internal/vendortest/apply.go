// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package vendortest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
)

// apply runs the CLI once and checks everything afterwards.
func (x *trial) apply(ctx context.Context, o run) error {
	if x.stuck {
		x.takeOut()
	}
	if x.taken {
		x.giveName()
	}
	x.w.Engine.ResetJournal()
	x.ws.Said = nil
	defer func() {
		x.w.Engine.ClearFaults()
		x.transient, x.lasting, x.hidden = false, false, false
		*x.w.AttemptTimeout = 0
	}()
	stored := x.ws.State
	began, alive := x.now(), x.ours()
	x.began = began
	plan, err := x.ws.Plan(ctx, x.settings(false, o.replace), o.refresh)
	looked := x.now()
	if err != nil && !errors.Is(err, protocol.ErrFailed) {
		return err
	}
	if leaked := x.leaks(plan); leaked != nil {
		return leaked
	}
	if err != nil {
		x.note("the plan fails")
		return x.excuse(o, plan)
	}
	if err := x.expected(o, plan, alive, began, looked); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Changes)) {
		x.note("planned for %s: %s of %s", name, plan.Changes[name].Action, describe(plan.Prior[name]))
	}
	if o.planOnly {
		return nil
	}
	x.w.Advance(o.wait)
	if o.refresh {
		x.moved = false
	}
	withheld := map[string]bool{}
	if !o.refresh {
		withheld = x.unsettled()
	}
	before, crashed := map[string]map[string]any{}, map[string]*protocol.Instance{}
	for name, instance := range plan.Prior {
		before[name] = instance.Current.Attributes()
		copied := *instance
		if change := plan.Changes[name]; change != nil && change.Action == protocol.Update {
			// Core saves the prior values, but private state and identity as it got them.
			copied.Current = &protocol.Held{Value: instance.Current.Value}
		}
		copied.Deposed = slices.Clone(instance.Deposed)
		crashed[name] = &copied
	}
	for name, key := range x.keys {
		if key.there && key.storage == "state" {
			x.seen.add("plaintext asked for")
			x.legit[name]["*"] = true
		}
	}
	for _, said := range x.ws.Said { // of a series that the refresh took out of state
		if id := leftoverOf(said); id != "" {
			if key, _ := x.key(id); x.thin[key.series()] {
				x.orphans[id] = true
			}
		}
	}
	mark := len(x.ws.Said)
	x.listed = len(x.w.Sim.Keys())
	err = x.ws.Apply(ctx, plan, x.settings(true, ""))
	if err != nil && !errors.Is(err, protocol.ErrFailed) {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Changes)) {
		x.note("after: %s is %s", name, describe(x.ws.State[name]))
	}
	if err := x.leaks(plan); err != nil {
		return err
	}
	x.promises(plan, before)
	if err := x.reported(plan, before, withheld, x.ws.Said[mark:], err == nil); err != nil {
		return err
	}
	if o.lost {
		x.forget(stored)
		return x.nothingUnknown()
	}
	if o.crash {
		x.forget(crashed)
		maps.Copy(x.thin, x.series())
		return x.nothingUnknown()
	}
	if err != nil {
		x.halfDestroyed(plan, before)
		if err := x.excuse(o, plan); err != nil {
			return err
		}
		return x.nothingUnknown()
	}
	if x.fired() && (x.lasting || x.hidden) {
		return x.nothingUnknown()
	}
	if x.fired() {
		x.seen.add("a single fault healed")
	}
	return x.clean(ctx, o, plan, before)
}

func describe(instance *protocol.Instance) string {
	if instance == nil || instance.Current == nil {
		return "nothing"
	}
	attributes := instance.Current.Attributes()
	return fmt.Sprintf("%v (generation %v, previous %v, deposed %d)", attributes["id"], attributes["generation"], previousIDs(attributes), len(instance.Deposed))
}

// halfDestroyed notes the keys that an announced destroy ended although it failed: its answers were lost, so state has
// them still, and an apply without a refresh takes them for keys that work.
func (x *trial) halfDestroyed(plan *protocol.Plan, before map[string]map[string]any) {
	for name, change := range plan.Changes {
		if change.Action != protocol.Delete && change.Action != protocol.DeleteThenCreate {
			continue
		}
		for _, id := range append(previousIDs(before[name]), text(before[name]["id"])) {
			if key, there := x.key(id); !there || key.Ended {
				x.touched[id] = true
			}
		}
	}
}
