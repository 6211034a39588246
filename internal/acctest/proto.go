// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Workspace drives the provider through its protocol, call by call in the order of
// Terraform's core, and holds it to the rules of core. It is fast enough for thousands
// of applies, and time stands still unless the world moves it.
//
// As in Terraform, each walk (validate, plan, apply) has a provider process of its own.
type Workspace struct {
	State map[string]*Instance // by name
	// Said are all diagnostics since the caller emptied it.
	Said []Said
	// Tick, when set, is called before every call of the provider.
	Tick func()

	world      *World
	typeName   string
	schema     *tfprotov6.Schema
	object     tftypes.Object
	identities bool
}

// Instance is what state holds of one resource.
type Instance struct {
	Current *Held
	Deposed []*Held // replaced, but not destroyed yet
}

// Held is one object in state.
type Held struct {
	Value    tftypes.Value
	Private  []byte
	Identity *tfprotov6.ResourceIdentityData
	Tainted  bool
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
	Attributes          map[string]any // string, []string, map[string]string or [Unknown]; nil is null
	CreateBeforeDestroy bool
	Replace             bool // as -replace on the command line
}

// Unknown is a configured value that is known only during apply.
var Unknown = &struct{ _ byte }{}

// Plan is a saved plan with the refreshed state it was made from.
type Plan struct {
	Changes map[string]*Change
	Prior   map[string]*Instance
}

// Change is the plan for one resource.
type Change struct {
	Action   Action
	After    tftypes.Value
	before   *Held
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// Quiet tells that there is nothing to do.
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

// ErrFailed is returned by a walk in which the provider gave an error diagnostic.
var ErrFailed = errors.New("the provider reported an error")

// Workspace makes an empty one for resources of one type. Without identities it is a
// CLI that knows none.
func (w *World) Workspace(ctx context.Context, typeName string, identities bool) (*Workspace, error) {
	server, err := w.Server()
	if err != nil {
		return nil, err
	}
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	schema := all.ResourceSchemas[typeName]
	if schema == nil {
		return nil, fmt.Errorf("there is no %s", typeName)
	}
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		return nil, fmt.Errorf("the schema of %s is no object", typeName)
	}
	return &Workspace{State: map[string]*Instance{}, world: w, typeName: typeName, schema: schema, object: object, identities: identities}, nil
}

// walk is one process of the provider.
type walk struct {
	*Workspace
	name   string
	server tfprotov6.ProviderServer
}

func (ws *Workspace) walk(ctx context.Context, name string) (*walk, error) {
	server, err := ws.world.Server()
	if err != nil {
		return nil, err
	}
	w := &walk{Workspace: ws, name: name, server: server}
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	object, ok := all.Provider.ValueType().(tftypes.Object)
	if !ok {
		return nil, errors.New("the provider's schema is no object")
	}
	config, err := dynamic(tftypes.NewValue(object, nulls(object)))
	if err != nil {
		return nil, err
	}
	validated, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		return nil, err
	}
	if err := w.heard(validated.Diagnostics); err != nil || name == "validate" {
		return w, err
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.15.0", Config: validated.PreparedConfig})
	if err != nil {
		return nil, err
	}
	return w, w.heard(configured.Diagnostics)
}

// heard notes diagnostics; an error among them is [ErrFailed].
func (w *walk) heard(diagnostics []*tfprotov6.Diagnostic) error {
	var err error
	for _, one := range diagnostics {
		said := Said{Error: one.Severity == tfprotov6.DiagnosticSeverityError, Walk: w.name, Text: one.Summary + ": " + one.Detail}
		w.Said = append(w.Said, said)
		if said.Error {
			err = ErrFailed
		}
	}
	return err
}

func (w *walk) tick() {
	if w.Tick != nil {
		w.Tick()
	}
}

// Plan validates, refreshes unless told not to, and plans. It changes no state.
func (ws *Workspace) Plan(ctx context.Context, want map[string]Settings, refresh bool) (*Plan, error) {
	w, err := ws.walk(ctx, "validate")
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if err := w.validate(ctx, want[name]); err != nil {
			return nil, err
		}
	}
	if w, err = ws.walk(ctx, "plan"); err != nil {
		return nil, err
	}
	plan := &Plan{Changes: map[string]*Change{}, Prior: map[string]*Instance{}}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(ws.State)) {
		instance := &Instance{Current: ws.State[name].Current, Deposed: slices.Clone(ws.State[name].Deposed)}
		for i, held := range append([]*Held{instance.Current}, instance.Deposed...) {
			refreshed, err := w.read(ctx, held, refresh)
			if err := carryOn(&failed, err); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if i == 0 {
				instance.Current = refreshed
			} else {
				instance.Deposed[i-1] = refreshed
			}
		}
		instance.Deposed = slices.DeleteFunc(instance.Deposed, func(held *Held) bool { return held == nil })
		plan.Prior[name] = instance
	}
	if failed != nil {
		return plan, failed
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		change, err := w.plan(ctx, current(plan.Prior[name]), want[name])
		if err := carryOn(&failed, err); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		plan.Changes[name] = change
	}
	for name, instance := range plan.Prior {
		if _, wanted := want[name]; wanted || instance.Current == nil {
			continue
		}
		change, err := w.planDestroy(ctx, instance.Current)
		if err := carryOn(&failed, err); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		plan.Changes[name] = change
	}
	return plan, failed
}

// carryOn keeps the walk going past an error diagnostic, and ends it for a broken rule.
func carryOn(failed *error, err error) error {
	if errors.Is(err, ErrFailed) {
		*failed = ErrFailed
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
	w, err := ws.walk(ctx, "apply")
	if err != nil {
		return err
	}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(plan.Changes)) {
		change := plan.Changes[name]
		if change == nil || change.Action == NoOp {
			continue
		}
		if ws.State[name] == nil {
			ws.State[name] = &Instance{}
		}
		if err := carryOn(&failed, w.apply(ctx, ws.State[name], change, want[name])); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ws.State)) {
		instance := ws.State[name]
		for _, held := range slices.Clone(instance.Deposed) {
			destroy, err := w.planDestroy(ctx, held)
			if err == nil {
				err = w.destroyDeposed(ctx, instance, held, destroy)
			}
			if err := carryOn(&failed, err); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if instance.Current == nil && len(instance.Deposed) == 0 {
			delete(ws.State, name)
		}
	}
	return failed
}

func (w *walk) validate(ctx context.Context, want Settings) error {
	config, err := w.config(want)
	if err != nil {
		return err
	}
	sent, err := dynamic(config)
	if err != nil {
		return err
	}
	resp, err := w.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: w.typeName, Config: sent})
	if err != nil {
		return err
	}
	return w.heard(resp.Diagnostics)
}

// read decodes an object from the state file and refreshes it; nil when it is gone.
func (w *walk) read(ctx context.Context, held *Held, refresh bool) (*Held, error) {
	if held == nil {
		return nil, nil //nolint:nilnil // nothing there stays nothing
	}
	text, err := json.Marshal(plain(held.Value))
	if err != nil {
		return nil, err
	}
	upgraded, err := w.server.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: w.typeName, Version: w.schema.Version, RawState: &tfprotov6.RawState{JSON: text},
	})
	if err != nil {
		return nil, err
	}
	if err := w.heard(upgraded.Diagnostics); err != nil {
		return nil, err
	}
	same, err := upgraded.UpgradedState.Unmarshal(w.object)
	if err != nil {
		return nil, err
	}
	if !same.Equal(held.Value) {
		return nil, fmt.Errorf("the state file does not give back what was stored:\n%s\n%s", held.Value, same)
	}
	if !refresh {
		return held, nil
	}
	w.tick()
	resp, err := w.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: w.typeName, CurrentState: upgraded.UpgradedState, Private: held.Private, CurrentIdentity: held.Identity,
	})
	if err != nil {
		return nil, err
	}
	if err := w.heard(resp.Diagnostics); err != nil {
		return held, err
	}
	value, err := resp.NewState.Unmarshal(w.object)
	if err != nil {
		return nil, err
	}
	if value.IsNull() {
		return nil, nil //nolint:nilnil // gone
	}
	if !value.IsFullyKnown() {
		return nil, fmt.Errorf("after a refresh something is unknown: %s", value)
	}
	after := &Held{Value: value, Private: resp.Private, Identity: w.kept(resp.NewIdentity), Tainted: held.Tainted}
	return after, w.checkIdentity(after)
}

// kept is the identity as far as this CLI knows such a thing.
func (w *walk) kept(identity *tfprotov6.ResourceIdentityData) *tfprotov6.ResourceIdentityData {
	if !w.identities {
		return nil
	}
	return identity
}

// checkIdentity holds the identity against the attributes of the same names.
func (w *walk) checkIdentity(held *Held) error {
	if !w.identities {
		return nil
	}
	if held.Identity == nil {
		return errors.New("an object has no identity")
	}
	var attributes map[string]tftypes.Value
	if err := held.Value.As(&attributes); err != nil {
		return err
	}
	parts := map[string]tftypes.Type{}
	for _, name := range []string{"project_id", "id"} {
		if _, ok := attributes[name]; ok {
			parts[name] = tftypes.String
		}
	}
	value, err := held.Identity.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: parts})
	if err != nil {
		return err
	}
	var identity map[string]tftypes.Value
	if err := value.As(&identity); err != nil {
		return err
	}
	for name := range parts {
		if identity[name].IsNull() || !identity[name].IsKnown() {
			return fmt.Errorf("the identity has no %s", name)
		}
		if !attributes[name].IsNull() && !identity[name].Equal(attributes[name]) {
			return fmt.Errorf("the identity's %s is %s, the state's %s", name, identity[name], attributes[name])
		}
	}
	return nil
}

// plan is core's plan of one resource.
func (w *walk) plan(ctx context.Context, held *Held, want Settings) (*Change, error) {
	config, err := w.config(want)
	if err != nil {
		return nil, err
	}
	if err := w.validate(ctx, want); err != nil {
		return nil, err
	}
	prior, none := &Held{Value: tftypes.NewValue(w.object, nil)}, &Held{Value: tftypes.NewValue(w.object, nil)}
	if held != nil && !held.Tainted {
		prior = held
	}
	change, replaced, err := w.planOnce(ctx, prior, config)
	if err != nil {
		return nil, err
	}
	change.before = held
	switch {
	case prior.Value.IsNull() && held != nil:
		change.Action = replacing(want)
	case prior.Value.IsNull():
		change.Action = Create
	case replaced, want.Replace:
		none.Private, none.Identity = change.private, change.identity
		if change, _, err = w.planOnce(ctx, none, config); err != nil {
			return nil, err
		}
		change.before, change.Action = held, replacing(want)
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
func (w *walk) planOnce(ctx context.Context, prior *Held, config tftypes.Value) (*Change, bool, error) {
	var first *Change
	var replaced bool
	said, times := len(w.Said), 1
	if w.name == "plan" {
		times = 2
	}
	for range times {
		w.Said = w.Said[:said] // the second time says the same
		w.tick()
		proposed, err := w.proposed(prior.Value, config)
		if err != nil {
			return nil, false, err
		}
		req := &tfprotov6.PlanResourceChangeRequest{TypeName: w.typeName, PriorPrivate: prior.Private, PriorIdentity: prior.Identity}
		if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.PriorState: prior.Value, &req.ProposedNewState: proposed, &req.Config: config}); err != nil {
			return nil, false, err
		}
		resp, err := w.server.PlanResourceChange(ctx, req)
		if err != nil {
			return nil, false, err
		}
		if err := w.heard(resp.Diagnostics); err != nil {
			return nil, false, err
		}
		planned, err := resp.PlannedState.Unmarshal(w.object)
		if err != nil {
			return nil, false, err
		}
		if err := w.planValid(prior.Value, config, planned); err != nil {
			return nil, false, err
		}
		change := &Change{After: planned, private: resp.PlannedPrivate, identity: w.kept(resp.PlannedIdentity)}
		if first != nil && (!planned.Equal(first.After) || string(change.private) != string(first.private)) {
			return nil, false, fmt.Errorf("two plans with the same inputs differ:\n%s\n%s", first.After, planned)
		}
		first, replaced = change, len(resp.RequiresReplace) > 0 && !prior.Value.IsNull()
	}
	return first, replaced, nil
}

// planDestroy plans to destroy one object.
func (w *walk) planDestroy(ctx context.Context, held *Held) (*Change, error) {
	none := tftypes.NewValue(w.object, nil)
	req := &tfprotov6.PlanResourceChangeRequest{TypeName: w.typeName, PriorPrivate: held.Private, PriorIdentity: held.Identity}
	if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.PriorState: held.Value, &req.ProposedNewState: none, &req.Config: none}); err != nil {
		return nil, err
	}
	w.tick()
	resp, err := w.server.PlanResourceChange(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := w.heard(resp.Diagnostics); err != nil {
		return nil, err
	}
	planned, err := resp.PlannedState.Unmarshal(w.object)
	if err != nil {
		return nil, err
	}
	if !planned.IsNull() {
		return nil, errors.New("the plan to destroy is not null")
	}
	return &Change{Action: Delete, before: held, After: planned, private: resp.PlannedPrivate, identity: w.kept(resp.PlannedIdentity)}, nil
}

// apply carries out one change. As in core, the destroying half of a replacement gets
// the private state that the plan of the new object returned.
func (w *walk) apply(ctx context.Context, instance *Instance, change *Change, want Settings) error {
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
	config, err := w.config(want)
	if err != nil {
		return err
	}
	final, err := w.plan(ctx, instance.Current, want)
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

// matches is core's check of the plan made again during apply.
func matches(change, final *Change) error {
	planned, now := change.Action, final.Action
	switch {
	case planned == now, planned == Update && now == NoOp:
	case (planned == DeleteThenCreate || planned == CreateThenDelete) && now == Create:
	default:
		return fmt.Errorf("inconsistent final plan: %s became %s", planned, now)
	}
	if err := compatible(change.After, final.After); err != nil {
		return fmt.Errorf("inconsistent final plan: %w", err)
	}
	return nil
}

// set creates or updates the current object.
func (w *walk) set(ctx context.Context, instance *Instance, final *Change, config tftypes.Value) error {
	before := tftypes.NewValue(w.object, nil)
	if instance.Current != nil {
		before = instance.Current.Value
	}
	resp, err := w.change(ctx, before, final.After, config, final)
	if err != nil {
		return err
	}
	failed := w.heard(resp.Diagnostics)
	value, err := resp.NewState.Unmarshal(w.object)
	if err != nil {
		return err
	}
	if failed != nil && value.IsNull() {
		return failed // what was in state stays there
	}
	if !value.IsFullyKnown() {
		return fmt.Errorf("after an apply something is unknown: %s", value)
	}
	after := &Held{Value: value, Private: resp.Private, Identity: w.kept(resp.NewIdentity)}
	after.Tainted = failed != nil && before.IsNull()
	instance.Current = after
	if failed != nil {
		return failed
	}
	if err := compatible(final.After, value); err != nil {
		return fmt.Errorf("inconsistent result after apply: %w", err)
	}
	return w.checkIdentity(after)
}

func (w *walk) destroyCurrent(ctx context.Context, instance *Instance, change *Change) error {
	after, err := w.destroy(ctx, instance.Current, change)
	instance.Current = after
	return err
}

func (w *walk) destroyDeposed(ctx context.Context, instance *Instance, held *Held, change *Change) error {
	after, err := w.destroy(ctx, held, change)
	if after == nil {
		instance.Deposed = slices.DeleteFunc(instance.Deposed, func(h *Held) bool { return h == held })
	}
	return err
}

// destroy destroys one object and gives what is left of it.
func (w *walk) destroy(ctx context.Context, held *Held, change *Change) (*Held, error) {
	none := tftypes.NewValue(w.object, nil)
	resp, err := w.change(ctx, held.Value, none, none, change)
	if err != nil {
		return held, err
	}
	failed := w.heard(resp.Diagnostics)
	value, err := resp.NewState.Unmarshal(w.object)
	switch {
	case err != nil:
		return held, err
	case failed == nil && !value.IsNull():
		return held, errors.New("destroyed, but still in state")
	case failed == nil:
		return nil, nil
	case value.IsNull():
		return held, failed
	}
	return &Held{Value: value, Private: resp.Private, Identity: w.kept(resp.NewIdentity), Tainted: held.Tainted}, failed
}

func (w *walk) change(ctx context.Context, before, after, config tftypes.Value, change *Change) (*tfprotov6.ApplyResourceChangeResponse, error) {
	req := &tfprotov6.ApplyResourceChangeRequest{TypeName: w.typeName, PlannedPrivate: change.private, PlannedIdentity: change.identity}
	if err := encode(map[**tfprotov6.DynamicValue]tftypes.Value{&req.PriorState: before, &req.PlannedState: after, &req.Config: config}); err != nil {
		return nil, err
	}
	w.tick()
	return w.server.ApplyResourceChange(ctx, req)
}

// proposed is core's merge of configuration and prior state.
func (w *walk) proposed(prior, config tftypes.Value) (tftypes.Value, error) {
	var had, asked map[string]tftypes.Value
	if err := prior.As(&had); err != nil {
		return prior, err
	}
	if err := config.As(&asked); err != nil {
		return prior, err
	}
	merged := map[string]tftypes.Value{}
	for _, attribute := range w.schema.Block.Attributes {
		merged[attribute.Name] = asked[attribute.Name]
		if old, ok := had[attribute.Name]; ok && attribute.Computed && asked[attribute.Name].IsNull() {
			merged[attribute.Name] = old
		}
	}
	return tftypes.NewValue(w.object, merged), nil
}

// planValid is core's check that a plan keeps to the configuration.
func (w *walk) planValid(prior, config, planned tftypes.Value) error {
	var had, asked, will map[string]tftypes.Value
	for value, to := range map[*tftypes.Value]*map[string]tftypes.Value{&prior: &had, &config: &asked, &planned: &will} {
		if err := value.As(to); err != nil {
			return err
		}
	}
	for _, attribute := range w.schema.Block.Attributes {
		name := attribute.Name
		switch {
		case will[name].Equal(asked[name]), attribute.Computed && asked[name].IsNull():
		case had != nil && !had[name].IsNull() && !asked[name].IsNull() && will[name].Equal(had[name]):
		default:
			return fmt.Errorf("invalid plan: %s is planned as %s, but configured as %s", name, will[name], asked[name])
		}
	}
	return nil
}

// config is a configuration as a value of the resource's type.
func (w *walk) config(want Settings) (tftypes.Value, error) {
	attributes := nulls(w.object)
	for name, given := range want.Attributes {
		typ, ok := w.object.AttributeTypes[name]
		if !ok {
			return tftypes.Value{}, fmt.Errorf("there is no attribute %s", name)
		}
		attributes[name] = valueOf(typ, given)
	}
	return tftypes.NewValue(w.object, attributes), nil
}

func valueOf(typ tftypes.Type, given any) tftypes.Value {
	switch given := given.(type) {
	case []string:
		elements := make([]tftypes.Value, 0, len(given))
		for _, one := range given {
			elements = append(elements, tftypes.NewValue(tftypes.String, one))
		}
		return tftypes.NewValue(typ, elements)
	case map[string]string:
		elements := map[string]tftypes.Value{}
		for key, one := range given {
			elements[key] = tftypes.NewValue(tftypes.String, one)
		}
		return tftypes.NewValue(typ, elements)
	}
	if given == any(Unknown) {
		given = tftypes.UnknownValue
	}
	return tftypes.NewValue(typ, given)
}

// compatible tells where a value departs from what was known of it before.
func compatible(planned, actual tftypes.Value) error {
	if !planned.IsKnown() {
		return nil
	}
	parts := planned.Type().Is(tftypes.Object{}) // told apart, for the message
	if planned.IsNull() || planned.IsFullyKnown() && !parts {
		if !planned.Equal(actual) {
			return fmt.Errorf("was planned as %s, and is now %s", planned, actual)
		}
		return nil
	}
	if actual.IsNull() || !actual.IsKnown() {
		return fmt.Errorf("was planned as %s, and is now %s", planned, actual)
	}
	switch {
	case planned.Type().Is(tftypes.Object{}), planned.Type().Is(tftypes.Map{}):
		var before, after map[string]tftypes.Value
		if err := errors.Join(planned.As(&before), actual.As(&after)); err != nil {
			return err
		}
		if len(before) != len(after) {
			return fmt.Errorf("was planned as %s, and is now %s", planned, actual)
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			if err := compatible(before[name], after[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	default:
		var before, after []tftypes.Value
		if err := errors.Join(planned.As(&before), actual.As(&after)); err != nil {
			return err
		}
		if len(before) != len(after) {
			return fmt.Errorf("was planned as %s, and is now %s", planned, actual)
		}
		for i := range before {
			if err := compatible(before[i], after[i]); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	}
	return nil
}

func nulls(object tftypes.Object) map[string]tftypes.Value {
	out := map[string]tftypes.Value{}
	for name, typ := range object.AttributeTypes {
		out[name] = tftypes.NewValue(typ, nil)
	}
	return out
}

func dynamic(value tftypes.Value) (*tfprotov6.DynamicValue, error) {
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	return &encoded, err
}

func encode(values map[**tfprotov6.DynamicValue]tftypes.Value) error {
	for to, value := range values {
		encoded, err := dynamic(value)
		if err != nil {
			return err
		}
		*to = encoded
	}
	return nil
}

// plain is a value as JSON has it; what is unknown becomes the text "(unknown)".
func plain(value tftypes.Value) any {
	if value.IsNull() {
		return nil
	}
	if !value.IsKnown() {
		return "(unknown)"
	}
	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		var text string
		_ = value.As(&text)
		return text
	case typ.Is(tftypes.Bool):
		var yes bool
		_ = value.As(&yes)
		return yes
	case typ.Is(tftypes.Number):
		number := new(big.Float)
		_ = value.As(&number)
		return json.Number(strings.TrimSuffix(number.Text('f', -1), ".0"))
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var parts map[string]tftypes.Value
		_ = value.As(&parts)
		out := map[string]any{}
		for name, part := range parts {
			out[name] = plain(part)
		}
		return out
	default:
		var parts []tftypes.Value
		_ = value.As(&parts)
		out := []any{}
		for _, part := range parts {
			out = append(out, plain(part))
		}
		return out
	}
}

// Attributes are the values of an object as JSON has them; nil for none.
func (h *Held) Attributes() map[string]any {
	if h == nil {
		return nil
	}
	attributes, _ := plain(h.Value).(map[string]any)
	return attributes
}

// Attributes are the planned values as JSON has them; nil when the object is to go.
func (c *Change) Attributes() map[string]any {
	attributes, _ := plain(c.After).(map[string]any)
	return attributes
}
