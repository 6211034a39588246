// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Walk holds the calls of one process about resources of one type to the rules of core.
type Walk struct {
	*Resource
	Name       string // validate, plan or apply
	Identities bool   // the CLI knows resource identity
	Said       []Said
}

// Said is one diagnostic.
type Said struct {
	Error bool
	Walk  string
	Text  string
}

// Action is what a plan does to a resource.
type Action string

// The actions of core.
const (
	NoOp             Action = "no-op"
	Create           Action = "create"
	Update           Action = "update"
	DeleteThenCreate Action = "delete, then create"
	CreateThenDelete Action = "create, then delete"
	Delete           Action = "delete"
)

// Settings is the configuration of one resource.
type Settings struct {
	Attributes          map[string]any // as [Value] takes them
	CreateBeforeDestroy bool
	Replace             bool // as -replace on the command line
}

// Change is the plan for one resource.
type Change struct {
	Action   Action
	After    tftypes.Value
	Before   *Held
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// Attributes are the planned values as JSON has them; nil when the object is to go.
func (c *Change) Attributes() map[string]any { return Attributes(c.After) }

func (c *Change) answer() Answer {
	return Answer{Value: c.After, Private: c.private, Identity: c.identity}
}

// Hear notes diagnostics; an error among them is in the error, as [ErrFailed].
func (w *Walk) Hear(diagnostics []*tfprotov6.Diagnostic) error {
	for _, one := range diagnostics {
		w.Said = append(w.Said, Said{Error: one.Severity == tfprotov6.DiagnosticSeverityError, Walk: w.Name, Text: one.Summary + ": " + one.Detail})
	}
	return Failure(diagnostics)
}

func (w *Walk) validate(ctx context.Context, config tftypes.Value) error {
	said, err := w.ValidateConfig(ctx, config)
	if err != nil {
		return err
	}
	return w.Hear(said)
}

// Refresh decodes an object from the state file and reads it unless told not to; nil when
// it is gone.
func (w *Walk) Refresh(ctx context.Context, held *Held, read bool) (*Held, error) {
	if held == nil {
		return nil, nil //nolint:nilnil // nothing there stays nothing
	}
	said, err := w.Upgrade(ctx, held.Value)
	if err != nil {
		return nil, err
	}
	if err := w.Hear(said); err != nil || !read {
		return held, err
	}
	seen, err := w.Read(ctx, *held)
	if err != nil {
		return nil, err
	}
	if err := w.Hear(seen.Diagnostics); err != nil {
		return held, err
	}
	if seen.Value.IsNull() {
		return nil, nil //nolint:nilnil // gone
	}
	if !seen.Value.IsFullyKnown() {
		return nil, fmt.Errorf("after a refresh something is unknown: %s", seen.Value)
	}
	if err := checkPrivate(held.Private, seen.Private); err != nil {
		return nil, fmt.Errorf("after a refresh: %w", err)
	}
	after := &Held{Value: seen.Value, Private: seen.Private, Identity: w.kept(seen.Identity), Tainted: held.Tainted}
	return after, w.checkIdentity(after)
}

// kept is the identity as far as this CLI knows such a thing.
func (w *Walk) kept(identity *tfprotov6.ResourceIdentityData) *tfprotov6.ResourceIdentityData {
	if !w.Identities {
		return nil
	}
	return identity
}

// PlanChange is core's plan of one resource; held is nil when it is not in state.
func (w *Walk) PlanChange(ctx context.Context, held *Held, want Settings) (*Change, error) {
	config, err := Value(w.Object, want.Attributes)
	if err != nil {
		return nil, err
	}
	if err := w.validate(ctx, config); err != nil {
		return nil, err
	}
	// A tainted object is planned like one that is not there: the provider sees neither
	// its values nor its private state, and its destroy gets what this plan returns.
	prior, none := Held{Value: w.Null()}, Held{Value: w.Null()}
	if held != nil && !held.Tainted {
		prior = *held
	}
	change, replaced, err := w.planOnce(ctx, prior, config)
	if err != nil {
		return nil, err
	}
	change.Before = held
	switch {
	case prior.Value.IsNull() && held != nil:
		change.Action = replacing(want)
	case prior.Value.IsNull():
		change.Action = Create
	case replaced, want.Replace:
		none.Private, none.Identity = change.private, change.identity
		said := len(w.Said)
		if change, _, err = w.planOnce(ctx, none, config); err != nil {
			return nil, err
		}
		w.Said = w.Said[:said] // core drops the warnings of this plan
		change.Before, change.Action = held, replacing(want)
	case change.After.Equal(prior.Value):
		change.Action = NoOp
	default:
		change.Action = Update
	}
	return change, nil
}

func replacing(want Settings) Action {
	if want.CreateBeforeDestroy {
		return CreateThenDelete
	}
	return DeleteThenCreate
}

// planOnce asks for a plan and whether it replaces; while planning twice, to see that
// it is a pure function. An apply is the third time.
func (w *Walk) planOnce(ctx context.Context, prior Held, config tftypes.Value) (*Change, bool, error) {
	change, answer, err := w.ask(ctx, prior, config)
	if err != nil || w.Name != "plan" {
		return change, replaces(prior, answer), err
	}
	said := len(w.Said)
	again, _, err := w.ask(ctx, prior, config)
	if err != nil {
		return nil, false, err
	}
	w.Said = w.Said[:said] // the second time says the same
	if !again.After.Equal(change.After) || string(again.private) != string(change.private) {
		return nil, false, fmt.Errorf("two plans with the same inputs differ:\n%s\n%s", change.After, again.After)
	}
	return change, replaces(prior, answer), nil
}

func replaces(prior Held, answer Answer) bool {
	return len(answer.Replaces) > 0 && !prior.Value.IsNull()
}

func (w *Walk) ask(ctx context.Context, prior Held, config tftypes.Value) (*Change, Answer, error) {
	answer, err := w.Plan(ctx, prior, config)
	if err != nil {
		return nil, answer, err
	}
	if err := w.Hear(answer.Diagnostics); err != nil {
		return nil, answer, err
	}
	if err := w.planValid(prior.Value, config, answer.Value); err != nil {
		return nil, answer, err
	}
	return &Change{After: answer.Value, private: answer.Private, identity: w.kept(answer.Identity)}, answer, nil
}

// PlanDestroy plans to destroy one object.
func (w *Walk) PlanDestroy(ctx context.Context, held *Held) (*Change, error) {
	answer, err := w.Plan(ctx, *held, w.Null())
	if err != nil {
		return nil, err
	}
	if err := w.Hear(answer.Diagnostics); err != nil {
		return nil, err
	}
	if !answer.Value.IsNull() {
		return nil, errors.New("the plan to destroy is not null")
	}
	return &Change{Action: Delete, Before: held, After: answer.Value, private: answer.Private, identity: w.kept(answer.Identity)}, nil
}

// ApplyChange carries out one change of a resource whose configuration is known now. As in
// core, the destroying half of a replacement gets the private state that the plan of the
// new object returned.
func (w *Walk) ApplyChange(ctx context.Context, instance *Instance, change *Change, want Settings) error {
	switch change.Action {
	case Delete:
		return w.destroyCurrent(ctx, instance, change)
	case DeleteThenCreate:
		if err := w.destroyCurrent(ctx, instance, change); err != nil {
			return err
		}
	case CreateThenDelete:
		instance.Deposed = append(instance.Deposed, instance.Current)
		instance.Current = nil
	case NoOp, Create, Update:
	}
	config, err := Value(w.Object, want.Attributes)
	if err != nil {
		return err
	}
	final, err := w.PlanChange(ctx, instance.Current, want)
	if err == nil {
		err = matches(change, final)
	}
	if err == nil && final.Action != NoOp {
		err = w.set(ctx, instance, final, config)
	}
	if change.Action == CreateThenDelete && instance.Current == nil {
		last := len(instance.Deposed) - 1
		instance.Current, instance.Deposed = instance.Deposed[last], instance.Deposed[:last]
	}
	return err
}

// set creates or updates the current object.
func (w *Walk) set(ctx context.Context, instance *Instance, final *Change, config tftypes.Value) error {
	before := w.Null()
	if instance.Current != nil {
		before = instance.Current.Value
	}
	answer, err := w.Apply(ctx, before, config, final.answer())
	if err != nil {
		return err
	}
	failed := w.Hear(answer.Diagnostics)
	if failed != nil && answer.Value.IsNull() {
		return failed // what was in state stays there
	}
	if !answer.Value.IsFullyKnown() {
		return fmt.Errorf("after an apply something is unknown: %s", answer.Value)
	}
	after := &Held{Value: answer.Value, Private: answer.Private, Identity: w.kept(answer.Identity)}
	after.Tainted = failed != nil && before.IsNull()
	instance.Current = after
	if failed != nil {
		return failed
	}
	if err := compatible(final.After, answer.Value); err != nil {
		return fmt.Errorf("inconsistent result after apply: %w", err)
	}
	if err := checkPrivate(final.private, answer.Private); err != nil {
		return fmt.Errorf("after an apply: %w", err)
	}
	return w.checkIdentity(after)
}

func (w *Walk) destroyCurrent(ctx context.Context, instance *Instance, change *Change) error {
	after, err := w.Destroy(ctx, instance.Current, change)
	instance.Current = after
	return err
}

func (w *Walk) destroyDeposed(ctx context.Context, instance *Instance, held *Held, change *Change) error {
	after, err := w.Destroy(ctx, held, change)
	if after == nil {
		instance.Deposed = slices.DeleteFunc(instance.Deposed, func(h *Held) bool { return h == held })
	}
	return err
}

// Destroy destroys one object as it was when the change was planned, and gives what is left
// of it.
func (w *Walk) Destroy(ctx context.Context, held *Held, change *Change) (*Held, error) {
	planned := change.answer()
	planned.Value = w.Null()
	answer, err := w.Apply(ctx, change.Before.Value, w.Null(), planned)
	if err != nil {
		return held, err
	}
	failed := w.Hear(answer.Diagnostics)
	switch {
	case failed == nil && !answer.Value.IsNull():
		return held, errors.New("destroyed, but still in state")
	case failed == nil:
		return nil, nil
	case answer.Value.IsNull():
		return held, failed
	}
	return &Held{Value: answer.Value, Private: answer.Private, Identity: w.kept(answer.Identity), Tainted: held.Tainted}, failed
}
