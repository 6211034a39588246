// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The rules of core. One that is broken is an error of the driver, not of the provider:
// in Terraform it is a report to the provider's authors.

// planValid is core's check that a plan keeps to the configuration.
func (r *Resource) planValid(prior, config, planned tftypes.Value) error {
	return valid(r.Schema.Block.Attributes, prior, config, planned)
}

// valid is planValid for an object with these attributes.
func valid(attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value) error {
	var had, asked, will map[string]tftypes.Value
	if err := errors.Join(prior.As(&had), config.As(&asked), planned.As(&will)); err != nil {
		return err
	}
	for _, attribute := range attributes {
		name := attribute.Name
		switch {
		case will[name].Equal(asked[name]), attribute.Computed && asked[name].IsNull():
		case had != nil && !had[name].IsNull() && !asked[name].IsNull() && will[name].Equal(had[name]):
		case single(attribute) && whole(asked[name]) && whole(will[name]):
			before := tftypes.NewValue(asked[name].Type(), nil)
			if had != nil {
				before = had[name]
			}
			if err := valid(attribute.NestedType.Attributes, before, asked[name], will[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		default:
			return fmt.Errorf("invalid plan: %s is planned as %s, but configured as %s", name, will[name], asked[name])
		}
	}
	return nil
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

// checkIdentity: an object has a complete identity, which says what the attributes of the
// same names say.
func (w *Walk) checkIdentity(held *Held) error {
	if !w.Identities || w.Identity == nil {
		return nil
	}
	if held.Identity == nil {
		return errors.New("an object has no identity")
	}
	value, err := held.Identity.IdentityData.Unmarshal(w.Identity)
	if err != nil {
		return err
	}
	var identity, attributes map[string]tftypes.Value
	if err := errors.Join(value.As(&identity), held.Value.As(&attributes)); err != nil {
		return err
	}
	for name, part := range identity {
		if part.IsNull() && w.optional[name] {
			continue
		}
		if part.IsNull() || !part.IsKnown() {
			return fmt.Errorf("the identity has no %s", name)
		}
		if attribute, there := attributes[name]; there && !attribute.IsNull() && !part.Equal(attribute) {
			return fmt.Errorf("the identity's %s is %s, the state's %s", name, part, attribute)
		}
	}
	return nil
}

// checkPrivate: core takes what it gets, so a provider that answers nothing has lost it.
func checkPrivate(before, after []byte) error {
	if len(before) > 0 && len(after) == 0 {
		return errors.New("the private state is lost")
	}
	return nil
}

// compatible says where a value departs from what was known of it before.
func compatible(planned, actual tftypes.Value) error {
	if !planned.IsKnown() {
		return nil
	}
	differ := fmt.Errorf("was planned as %s, and is now %s", planned, actual)
	parts := planned.Type().Is(tftypes.Object{}) // told apart, for the message
	if planned.IsNull() || planned.IsFullyKnown() && !parts {
		if !planned.Equal(actual) {
			return differ
		}
		return nil
	}
	if actual.IsNull() || !actual.IsKnown() {
		return differ
	}
	if planned.Type().Is(tftypes.Object{}) || planned.Type().Is(tftypes.Map{}) {
		var before, after map[string]tftypes.Value
		if err := errors.Join(planned.As(&before), actual.As(&after)); err != nil {
			return err
		}
		if len(before) != len(after) {
			return differ
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			if err := compatible(before[name], after[name]); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	var before, after []tftypes.Value
	if err := errors.Join(planned.As(&before), actual.As(&after)); err != nil {
		return err
	}
	if len(before) != len(after) {
		return differ
	}
	for i := range before {
		if err := compatible(before[i], after[i]); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}
