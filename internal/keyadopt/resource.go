// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyadopt

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// look warns of what an adoption changes.
func (k Kind[M]) look(ctx context.Context, v Vendor, plan M) error {
	want := k.Parts(&plan)
	if want.ID.IsUnknown() {
		return nil
	}
	has, err := k.adopt(v.KeyAtStart(ctx, want.ID.ValueString()))
	if err != nil {
		return err
	}
	have := k.Parts(&has)
	for name, value := range changes(plan, has) {
		crud.Warn(ctx, k.object(have), fmt.Sprintf("will change its %s to %q", name, value), "Adopting it changes what it has now: its name is %q, its status %s.", have.Name.ValueString(), have.Status.ValueString())
	}
	k.warnUser(ctx, have)
	have.ReviewAfter = want.ReviewAfter
	k.warnReview(ctx, have, want, k.lookedAt(ctx, v, have))
	return nil
}

func (k Kind[M]) create(ctx context.Context, v Vendor, plan M) (M, error) {
	has, err := k.adopt(v.KeyAtStart(ctx, k.Parts(&plan).ID.ValueString()))
	if err != nil {
		return plan, err
	}
	return k.write(ctx, v, plan, has)
}

func (k Kind[M]) read(ctx context.Context, v Vendor, prior M) (M, error) {
	before := k.Parts(&prior)
	key, err := v.Key(ctx, before.ID.ValueString())
	fresh := before.OnDestroy.IsNull() // imported or moved
	if fresh {
		err = k.refuseDead(key, err)
		before.OnDestroy = types.StringValue(forget)
	}
	if err != nil {
		return prior, err
	}
	found := k.from(prior, key)
	has := k.Parts(&found)
	crud.NoteLook(ctx, k.lookedAt(ctx, v, has))
	if fresh {
		k.warnUser(ctx, has)
	}
	return found, nil
}

// write sends what differs, if anything does.
func (k Kind[M]) write(ctx context.Context, v Vendor, plan, has M) (M, error) {
	want, have := k.Parts(&plan), k.Parts(&has)
	id, sends := have.ID.ValueString(), changes(plan, has)
	if len(sends) == 0 {
		have.ReviewAfter, have.OnDestroy = want.ReviewAfter, want.OnDestroy
		return has, nil
	}
	if sends["status"] == k.Off {
		if err := k.Words.refuseOwn(ctx, v.AdoptedKeys, id, have.Hint.ValueString()); err != nil {
			return has, err
		}
	}
	key, err := v.Update(ctx, id, sends)
	if err == nil && key.Dead != "" {
		err = fmt.Errorf("the key %s meanwhile and cannot be brought back. Plan again", key.Dead)
	}
	if err != nil {
		return has, err
	}
	return k.from(plan, key), nil
}

func (k Kind[M]) destroy(ctx context.Context, v Vendor, state M) error {
	has := k.Parts(&state)
	end := k.end(has.OnDestroy)
	if end.Status == "" || k.dead(has.Status) != "" {
		return nil
	}
	if err := k.Words.refuseOwn(ctx, v.AdoptedKeys, has.ID.ValueString(), has.Hint.ValueString()); err != nil {
		return err
	}
	return v.SwitchOff(ctx, has.ID.ValueString(), end.Status)
}

// plan leaves a key that cannot be brought back as it is, and warns of what only a user can do.
func (k Kind[M]) plan(ctx context.Context, plan M, state *M) M {
	want := k.Parts(&plan)
	if state == nil {
		return plan
	}
	has := k.Parts(state)
	if !want.ID.IsUnknown() && !want.ID.Equal(has.ID) {
		return plan
	}
	out := *state
	planned := k.Parts(&out)
	planned.ID, planned.ReviewAfter, planned.OnDestroy = want.ID, want.ReviewAfter, want.OnDestroy
	if dead := k.dead(has.Status); dead != "" {
		crud.Warn(ctx, k.object(has), dead, "It no longer works and cannot be brought back, so nothing is sent for it. Create another key in %s and give its id, or take this resource out of the configuration.", k.Words.Console)
		return out
	}
	planned.Name, planned.Status = want.Name, want.Status
	k.warnReview(ctx, has, want, crud.LookedAt(ctx))
	return out
}

func (k Kind[M]) replaces(plan, has M) string {
	want, have := k.Parts(&plan), k.Parts(&has)
	if want.ID.IsUnknown() || want.ID.Equal(have.ID) {
		return ""
	}
	return fmt.Sprintf("on_destroy (%s) applies to the old key", have.OnDestroy.ValueString())
}

func (k Kind[M]) loss(_ context.Context, _ Vendor, state M) (what, detail string) {
	has := k.Parts(&state)
	end := k.end(has.OnDestroy)
	if end.Final == "" || k.dead(has.Status) != "" {
		return "", ""
	}
	others := []string{forget}
	for _, one := range k.Ends {
		if one.Final == "" {
			others = append(others, one.Name)
		}
	}
	return "will be " + end.Done, fmt.Sprintf("%s: the key stops working, and nothing brings it back. To keep it, set on_destroy to %s and apply that first.", end.Final, strings.Join(others, " or "))
}

// moves warns of what a destroy no longer does.
func (k Kind[M]) moves() []crud.Move {
	var out []crud.Move
	for _, one := range k.Moves {
		ids := one.IDs
		one.IDs = func(ctx context.Context, source crud.Attributes) []string {
			found := ids(ctx, source)
			crud.Warn(ctx, crud.Named(k.Noun, source.Text("name"), found[0]), "is left as it is by a destroy",
				"A destroy by the other provider may have %s it. Here on_destroy says what a destroy does, and its default is %s: set on_destroy to %s to go on as before.", k.Ends[0].Done, forget, k.Ends[0].Name)
			return found
		}
		out = append(out, one)
	}
	return out
}

// changes are what differs from the server's own, as the API takes it. Of a key that cannot be brought back a plan
// changes nothing.
func changes[M any](plan, has M) map[string]any {
	out := crud.Changes(plan, has, arguments...)
	maps.DeleteFunc(out, func(_ string, value any) bool { return value == nil })
	return out
}

// adopt is the model of a key that may be adopted.
func (k Kind[M]) adopt(key apiclient.AdoptedKey, err error) (M, error) {
	var none M
	return k.from(none, key), k.refuseDead(key, err)
}

// refuseDead refuses to adopt what cannot be brought back.
func (k Kind[M]) refuseDead(key apiclient.AdoptedKey, err error) error {
	if err != nil || key.Dead == "" {
		return err
	}
	return &crud.At{
		Path: path.Root("id"), Summary: crud.Named(k.Noun, key.Name, key.ID) + " " + key.Dead,
		Detail: fmt.Sprintf("%s %s %s. It no longer works and cannot be brought back, so it is not adopted. Give the id of a key that works, such as data.orgkeys_%ss lists; forget a moved one with a removed block (destroy = false).", k.Noun, key.ID, key.Dead, k.TypeName),
	}
}

func (k Kind[M]) warnUser(ctx context.Context, p Parts) {
	if p.OwnerType.ValueString() == keyinventory.OwnedByUser {
		crud.Warn(ctx, k.object(p), "belongs to a user", "It acts for user %s and stops working when that user leaves the organization. %s", p.OwnerID.ValueString(), k.Words.OfUser)
	}
}
