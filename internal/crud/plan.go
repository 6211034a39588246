// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Namesakes are the objects that had a planned name when this process first looked.
type Namesakes struct {
	Where string   // what was looked through, for messages: "group g_1"
	IDs   []string // import ids
	Part  bool     // the list was too long to be looked through whole
}

// ModifyPlan is a pure function of configuration, state and private state, but for
// warnings, and for the error of a replacement that [Object.Parent] shows to go nowhere.
func (r *objectResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.warnDestroy(ctx, req, resp)
		return
	}
	object := r.named(ctx, req.Plan)
	client, connectErr := r.object.Connect(r.data)
	creates := req.State.Raw.IsNull()
	if creates && connectErr != nil && !errors.Is(connectErr, ErrNotYetKnown) {
		// Without a credential the apply would fail, in the middle of others' creates.
		AddError(&resp.Diagnostics, "plan "+object, connectErr)
		return
	}
	plan := r.model.read(ctx, req.Plan, &resp.Diagnostics)
	var state *any
	var look time.Time
	var known answers
	before := req.State
	if !creates {
		unread, diags := isUnread(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		if unread {
			AddError(&resp.Diagnostics, "plan "+object, ErrUnread)
			return
		}
		at, diags := momentOf(ctx, req.Private, lookKey)
		look = at
		resp.Diagnostics.Append(diags...)
		known, diags = knownAnswers(ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		before = r.caughtUp(before, req.Plan, known)
		has := r.model.read(ctx, before, &resp.Diagnostics)
		state = &has
	}
	if resp.Diagnostics.HasError() {
		return
	}
	warnings := WithWarnings(ctx, &resp.Diagnostics)
	if r.object.Plan != nil {
		planned, err := r.object.Plan(withLook(warnings, &look), plan, state)
		if err != nil {
			AddError(&resp.Diagnostics, "plan "+object, err)
			return
		}
		resp.Diagnostics.Append(resp.Plan.Set(ctx, planned)...)
	}
	switch {
	case !creates:
		if connectErr == nil {
			if err := r.parentMissing(ctx, req, client, &resp.Diagnostics); err != nil {
				AddError(&resp.Diagnostics, "replace "+r.named(ctx, req.State), NoSuchParent(err))
				return
			}
			if err := r.lookMoved(warnings, req, client, &resp.Diagnostics); err != nil {
				AddError(&resp.Diagnostics, "replace "+r.named(ctx, req.State), err)
				return
			}
		}
		r.warnReplace(warnings, req, resp, plan, *state)
		// An error would also stop -replace, the only way.
		if name, advice := r.setOnce(req.Plan.Raw, before.Raw, *state, known); name != "" {
			Warn(warnings, r.named(ctx, req.State), "cannot change its "+name, "%s", advice)
		}
		r.warnStanding(warnings, req, resp)
		r.warnTakenAway(warnings, req, resp)
		if connectErr == nil {
			resp.Diagnostics.Append(r.warnStrays(warnings, client, *state, req.Private)...)
		}
	case connectErr == nil:
		r.warnNamesakes(warnings, object, client, plan)
		if r.object.Look == nil {
			return
		}
		if err := r.object.Look(warnings, client, plan); err != nil {
			AddError(&resp.Diagnostics, "plan "+object, err)
		}
	}
}

// warnDestroy says what a destroy loses for good.
func (r *objectResource) warnDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	state := r.model.read(ctx, req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if what, detail := r.loss(ctx, state, req.Private); what != "" {
		Warn(WithWarnings(ctx, &resp.Diagnostics), r.named(ctx, req.State), what, "%s", detail)
	}
}

func (r *objectResource) loss(ctx context.Context, state any, private privateState) (what, detail string) {
	former, _ := writtenOf(ctx, private) // at worst it says less
	if back := former.writesBack(); back != "" {
		return "gets back its former values", "Destroying it writes back what the server had before Terraform wrote to it: " + back + ". All other values stay as they are."
	}
	client, err := r.object.Connect(r.data)
	if r.object.Loss == nil || err != nil {
		return "", ""
	}
	return r.object.Loss(ctx, client, state)
}

// places are the arguments that say where the object is or what it is about: those of its identity
// first.
func (r *objectResource) places() []string {
	places := r.object.Identity.attributes()
	for _, name := range slices.Sorted(maps.Keys(r.object.Schema.Attributes)) {
		if attribute := r.object.Schema.Attributes[name]; (movesWith(attribute) || movesIf(attribute) != nil) && !slices.Contains(places, name) {
			places = append(places, name)
		}
	}
	return slices.DeleteFunc(places, func(name string) bool { return !r.argument(name) })
}

// moved are the places that a plan changes.
func (r *objectResource) moved(ctx context.Context, req resource.ModifyPlanRequest) (names []string) {
	known, _ := knownAnswers(ctx, req.Private) // reported already
	planned, prior, has := attributesOf(req.Plan.Raw), attributesOf(req.State.Raw), attributesOf(answered(req.State, known).Raw)
	for _, name := range r.places() {
		now, before := planned[name], prior[name]
		if elsewhere := movesIf(r.object.Schema.Attributes[name]); elsewhere != nil && !elsewhere(Optional(shown(now)), Optional(shown(has[name]))) {
			continue // the same in another spelling
		}
		if now.IsKnown() && !before.IsNull() && !now.Equal(before) {
			names = append(names, name)
		}
	}
	return names
}

// moves are they as sentences have them.
func (r *objectResource) moves(ctx context.Context, req resource.ModifyPlanRequest) (moves []string) {
	planned, prior := attributesOf(req.Plan.Raw), attributesOf(req.State.Raw)
	for _, name := range r.moved(ctx, req) {
		moves = append(moves, fmt.Sprintf("its %s changes from %s to %s", name, shown(prior[name]), cmp.Or(shown(planned[name]), "none")))
	}
	return moves
}

// lookMoved looks at what a replacement will take over, while the object is still there: of the plan of
// the creation alone Terraform shows no warnings.
func (r *objectResource) lookMoved(ctx context.Context, req resource.ModifyPlanRequest, client any, diags *diag.Diagnostics) error {
	moved := r.moved(ctx, req)
	if r.object.Look == nil || len(moved) == 0 {
		return nil
	}
	config := r.model.read(ctx, req.Config, diags)
	return r.object.Look(withMoved(ctx, moved), client, config)
}

// parentMissing is why a replacement could not create its object: what it moves to is not there.
func (r *objectResource) parentMissing(ctx context.Context, req resource.ModifyPlanRequest, client any, diags *diag.Diagnostics) error {
	if r.object.Parent == nil || len(r.moved(ctx, req)) == 0 {
		return nil
	}
	planned := attributesOf(req.Plan.Raw)
	for _, name := range r.places() {
		if !planned[name].IsKnown() && movesIf(r.object.Schema.Attributes[name]) == nil {
			return nil // it is created in the same apply
		}
	}
	config := r.model.read(ctx, req.Config, diags)
	return Missing(func() error { return r.object.Parent(ctx, client, config) })
}

// warnReplace says why the plan replaces the object, and what is lost with it. Where a
// parent was unknown in the plan before, Terraform refuses this one as inconsistent.
func (r *objectResource) warnReplace(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan, state any) {
	why, unknown := r.moves(ctx, req), ""
	moves := len(why) > 0
	planned, prior := attributesOf(req.Plan.Raw), attributesOf(req.State.Raw)
	if r.object.Replaces != nil {
		known, _ := knownAnswers(ctx, req.Private)                                                    // reported already
		maps.DeleteFunc(known, func(name, _ string) bool { return planned[name].Equal(prior[name]) }) // what does not change replaces nothing
		has := r.model.read(ctx, answered(req.State, known), &resp.Diagnostics)
		if own := r.object.Replaces(plan, has); own != "" {
			why = append(why, own)
		}
	}
	if len(why) == 0 {
		return
	}
	refers := func(name string) bool { return !planned[name].Equal(prior[name]) }
	if moves || slices.ContainsFunc(r.object.Refers, refers) { // by itself an object is replaced in the plan already
		unknown = " If Terraform calls this plan inconsistent with the one before, this object was not changed, but what it belongs to may have been replaced: plan again and apply."
	}
	_, loss := r.loss(ctx, state, req.Private)
	Warn(ctx, r.named(ctx, req.State), "will be replaced", "The reason: %s.%s%s",
		strings.Join(why, ", and "), prefixed(" ", loss), unknown)
}

// warnStanding repeats in every plan what the server has instead of what is configured.
func (r *objectResource) warnStanding(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	known, diags := knownAnswers(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	warnDifferent(ctx, r.named(ctx, req.State), standing(req.Plan, req.State, req.Config, known), attributesOf(req.Plan.Raw), known)
}

// namedHere bounds how many equal names one warning lists.
const namedHere = 5

// warnNamesakes says that a create is planned beside an object of the same name: a
// lost state file or a killed run leaves one behind.
func (r *objectResource) warnNamesakes(ctx context.Context, object string, client, plan any) {
	if r.object.Namesakes == nil {
		return
	}
	found, err := r.object.Namesakes(ctx, client, plan)
	ids := slices.Sorted(slices.Values(found.IDs))
	switch {
	case len(ids) > 0:
		more := ""
		if len(ids) > namedHere {
			more = fmt.Sprintf(" and %d more", len(ids)-namedHere)
			ids = ids[:namedHere]
		}
		Warn(ctx, object, "exists already in "+found.Where, "In %s the same name belongs to %s%s. Unless this plan replaces that object, applying creates a second one of the same name, or is refused. To manage the existing one, import it instead: terraform import <address> %s",
			found.Where, strings.Join(ids, ", "), more, ids[0])
	case err != nil && !gone(err):
		Warn(ctx, found.Where, "was not checked for equal names", "The objects there could not be listed, so it is not known whether a %s of the same name exists already. %s", r.object.Noun, detail(err))
	case found.Part:
		Warn(ctx, found.Where, "was not checked whole for equal names", "It has too many objects to read them all, so it is not known whether a %s of the same name exists already.", r.object.Noun)
	}
}

func gone(err error) bool {
	_, ok := apierr.AsGone(err)
	return ok
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
