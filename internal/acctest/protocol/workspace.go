// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Workspace plans and applies resources of one type with a state. It is fast enough for
// thousands of applies, and time stands still unless [Workspace.Tick] moves it.
//
// As in Terraform, each walk (validate, plan, apply) has a provider process of its own.
type Workspace struct {
	State map[string]*Instance // by name
	// Said are all diagnostics since the caller emptied it.
	Said []Said
	// Tick, when set, is called before every call that reads, plans or applies.
	Tick func()
	// PlansOrphansFirst: as in Terraform 1.11, what is not in the configuration any more is
	// planned to be destroyed before it is refreshed. Its destroy gets the values and the
	// private state that were stored, and nothing of what the refresh found. Terraform 1.15
	// refreshes first.
	PlansOrphansFirst bool

	first      *Process // knows what all of them offer
	serve      Serve
	typeName   string
	identities bool
}

// Instance is what state holds of one resource.
type Instance struct {
	Current *Held
	Deposed []*Held // replaced, but not destroyed yet
}

// Plan is a saved plan with the refreshed state it was made from.
type Plan struct {
	Changes map[string]*Change
	Prior   map[string]*Instance
}

// Quiet says that there is nothing to do.
func (p *Plan) Quiet() bool {
	for _, change := range p.Changes {
		if change.Action != NoOp {
			return false
		}
	}
	for _, instance := range p.Prior {
		if len(instance.Deposed) > 0 {
			return false
		}
	}
	return true
}

// NewWorkspace gives an empty one for resources of one type. Without identities it is a
// CLI that knows none.
func NewWorkspace(ctx context.Context, serve Serve, typeName string, identities bool) (*Workspace, error) {
	process, err := Start(ctx, serve)
	if err != nil {
		return nil, err
	}
	if _, err := process.Resource(typeName); err != nil {
		return nil, err
	}
	return &Workspace{State: map[string]*Instance{}, first: process, serve: serve, typeName: typeName, identities: identities}, nil
}

// TypeName is the type of the resources.
func (ws *Workspace) TypeName() string { return ws.typeName }

// walk starts a process and does something with it; what was said is kept.
func (ws *Workspace) walk(ctx context.Context, name string, do func(*Walk) error) error {
	process, err := ws.first.again(ws.serve)
	if err != nil {
		return err
	}
	process.Tick = ws.Tick
	resource, err := process.Resource(ws.typeName)
	if err != nil {
		return err
	}
	w := &Walk{Resource: resource, Name: name, Identities: ws.identities}
	defer func() { ws.Said = append(ws.Said, w.Said...) }()
	configure := process.Configure
	if name == "validate" {
		configure = process.validateOnly
	}
	said, err := configure(ctx, nil)
	if err == nil {
		err = w.Hear(said)
	}
	if err != nil {
		return err
	}
	return do(w)
}

// Plan validates, refreshes unless told not to, and plans. It changes no state.
func (ws *Workspace) Plan(ctx context.Context, want map[string]Settings, refresh bool) (*Plan, error) {
	err := ws.walk(ctx, "validate", func(w *Walk) error {
		for _, name := range slices.Sorted(maps.Keys(want)) {
			config, err := Value(w.Object, want[name].Attributes)
			if err == nil {
				err = w.validate(ctx, config)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var plan *Plan
	err = ws.walk(ctx, "plan", func(w *Walk) (err error) {
		plan, err = ws.plan(ctx, w, want, refresh)
		return err
	})
	return plan, err
}

func (ws *Workspace) plan(ctx context.Context, w *Walk, want map[string]Settings, refresh bool) (*Plan, error) {
	plan := &Plan{Changes: map[string]*Change{}, Prior: map[string]*Instance{}}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(ws.State)) {
		_, wanted := want[name]
		orphan := !wanted && ws.PlansOrphansFirst
		if err := carryOn(&failed, w.refreshInstance(ctx, plan, name, ws.State[name], orphan, refresh)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if failed != nil {
		return plan, failed
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		change, err := w.PlanChange(ctx, current(plan.Prior[name]), want[name])
		if err := carryOn(&failed, err); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		plan.Changes[name] = change
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Prior)) {
		_, wanted := want[name]
		if wanted || plan.Changes[name] != nil || plan.Prior[name].Current == nil {
			continue
		}
		change, err := w.PlanDestroy(ctx, plan.Prior[name].Current)
		if err := carryOn(&failed, err); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		plan.Changes[name] = change
	}
	return plan, failed
}

// refreshInstance refreshes one resource for a plan; an object that cannot be read stays. The
// destroy of an orphan is planned before.
func (w *Walk) refreshInstance(ctx context.Context, plan *Plan, name string, before *Instance, orphan, refresh bool) error {
	after := &Instance{}
	plan.Prior[name] = after
	var failed error
	for _, held := range before.Deposed {
		seen, err := w.Refresh(ctx, held, refresh)
		if err := carryOn(&failed, err); err != nil {
			return err
		}
		if seen == nil {
			continue
		}
		after.Deposed = append(after.Deposed, seen)
		_, err = w.PlanDestroy(ctx, seen) // an apply plans it again
		if err := carryOn(&failed, err); err != nil {
			return err
		}
	}
	var change *Change
	if orphan && before.Current != nil {
		planned, err := w.PlanDestroy(ctx, before.Current)
		if err := carryOn(&failed, err); err != nil {
			return err
		}
		change = planned
	}
	seen, err := w.Refresh(ctx, before.Current, refresh)
	if err := carryOn(&failed, err); err != nil {
		return err
	}
	if after.Current = seen; seen != nil && change != nil {
		plan.Changes[name] = change
	}
	return failed
}

// PlanDestroyAll plans a destroy of everything, which begins with an ordinary plan for the
// sake of its refresh.
func (ws *Workspace) PlanDestroyAll(ctx context.Context, want map[string]Settings, refresh bool) (*Plan, error) {
	prior := ws.State
	if refresh {
		plan, err := ws.Plan(ctx, want, true)
		if err != nil {
			return plan, err
		}
		prior = plan.Prior
	}
	plan := &Plan{Changes: map[string]*Change{}, Prior: prior}
	return plan, ws.walk(ctx, "plan", func(w *Walk) error {
		var failed error
		for _, name := range slices.Sorted(maps.Keys(prior)) {
			for i, held := range append([]*Held{prior[name].Current}, prior[name].Deposed...) {
				if held == nil {
					continue
				}
				change, err := w.PlanDestroy(ctx, held)
				if err := carryOn(&failed, err); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if i == 0 {
					plan.Changes[name] = change
				}
			}
		}
		return failed
	})
}

// carryOn keeps the walk going past an error diagnostic, and ends it for a broken rule.
func carryOn(failed *error, err error) error {
	if errors.Is(err, ErrFailed) {
		*failed = err
		return nil
	}
	return err
}

func current(instance *Instance) *Held {
	if instance == nil {
		return nil
	}
	return instance.Current
}

// Apply carries out a plan with a configuration in which everything is known. State
// keeps what was reached, also when it fails.
func (ws *Workspace) Apply(ctx context.Context, plan *Plan, want map[string]Settings) error {
	ws.State = plan.Prior
	return ws.walk(ctx, "apply", func(w *Walk) error {
		var failed error
		names := slices.Collect(maps.Keys(plan.Changes))
		names = append(names, slices.Collect(maps.Keys(ws.State))...)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if ws.State[name] == nil {
				ws.State[name] = &Instance{}
			}
			instance := ws.State[name]
			if err := carryOn(&failed, w.applyInstance(ctx, instance, plan.Changes[name], want[name])); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if instance.Current == nil && len(instance.Deposed) == 0 {
				delete(ws.State, name)
			}
		}
		return failed
	})
}

// applyInstance carries out the change of one resource, and destroys what is deposed. An
// object that this very change deposed goes only if the new one was created. Unlike the
// destroying half of a replacement, the destroy is planned with the private state of the
// deposed object itself.
func (w *Walk) applyInstance(ctx context.Context, instance *Instance, change *Change, want Settings) error {
	var failed error
	deposed := slices.Clone(instance.Deposed)
	if change != nil && change.Action != NoOp {
		err := w.ApplyChange(ctx, instance, change, want)
		if err := carryOn(&failed, err); err != nil {
			return err
		}
		if err == nil {
			deposed = slices.Clone(instance.Deposed)
		}
	}
	for _, held := range deposed {
		destroy, err := w.PlanDestroy(ctx, held)
		if err == nil {
			err = w.destroyDeposed(ctx, instance, held, destroy)
		}
		if err := carryOn(&failed, err); err != nil {
			return err
		}
	}
	return failed
}
