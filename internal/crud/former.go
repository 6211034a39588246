// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

// Some objects can be neither created nor deleted, only changed. What they were before
// Terraform wrote to them is kept in private state, by argument, for the destroy.

const writtenKey = "written"

// written is what private state knows about the arguments of such an object.
type written struct {
	// Configured are those of [Object.LeftAlone] that the configuration had at the last write.
	Configured []string `json:"configured,omitempty"`
	// Former are the values from before the first write here of those of [Object.Restores], as
	// [Plain] gives them.
	Former map[string]any `json:"former,omitempty"`
	// Equal are those that the server had already as they were written first. They become former values when other
	// ones are written: until then nothing was overwritten but what somebody else changed.
	Equal map[string]any `json:"equal,omitempty"`
	// Lost: what was there at the create may have been written by a resource that kept nothing, such
	// as a tainted one. No value counts as a former one.
	Lost bool `json:"lost,omitempty"`
}

// writtenOf reads private state. What cannot be read counts as nothing: the values are left
// as they are then.
func writtenOf(ctx context.Context, private privateState) (w written, diags diag.Diagnostics) {
	data, diags := private.GetKey(ctx, writtenKey)
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // or large numbers would lose digits
	if len(data) > 0 && decoder.Decode(&w) != nil {
		w = written{}
	}
	return w, diags
}

func (w written) write(ctx context.Context, private privateStore) diag.Diagnostics {
	data, err := json.Marshal(w)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to write the private state", Sentence(err.Error()))}
	}
	return private.SetKey(ctx, writtenKey, data)
}

// remembers reports whether anything of the object is kept for its destroy.
func (r *objectResource) remembers() bool {
	return len(r.object.LeftAlone)+len(r.object.Restores) > 0
}

// forgotten are the places of objects that this process destroyed without former values, by provider
// configuration: what a create finds there is what Terraform wrote.
var forgotten sync.Map

type forgottenPlace struct {
	data       any
	kind, name string
}

func (r *objectResource) place(ctx context.Context, from getter) forgottenPlace {
	return forgottenPlace{r.data, r.object.TypeName, r.object.Identity.known(ctx, from)}
}

func (r *objectResource) turn(client, plan any) (end func()) {
	if r.object.Turn == nil {
		return func() {}
	}
	return r.object.Turn(client, plan)
}

// before gives what to remember of a create: the values that it is about to overwrite.
func (r *objectResource) before(ctx context.Context, client, plan any, req resource.CreateRequest) (w written, err error) {
	w.Configured = configured(req.Config, r.object.LeftAlone)
	if r.object.Before == nil {
		return w, nil
	}
	if _, w.Lost = forgotten.Load(r.place(ctx, req.Plan)); w.Lost {
		return w, nil
	}
	has, err := r.object.Before(ctx, client, plan)
	if err != nil {
		return w, err
	}
	w.Former, w.Equal = formerOf(has, plan, configured(req.Config, r.object.Restores))
	return w, nil
}

// remind completes the error of a create that may have written all the same: nothing keeps what
// it overwrote, because the object is not in state.
func (w written) remind(err error) error {
	if len(w.Former) == 0 || !apierr.MayBeDone(err) {
		return err
	}
	return fmt.Errorf("%w. Before this apply it had: %s. Note these values: if they were overwritten, a later destroy cannot write them back", err, w.writesBack())
}

// overwrites completes what is remembered before an update: of what is written for the first
// time, the value at the server, because the state may be older.
func (r *objectResource) overwrites(ctx context.Context, client any, w written, plan, state any, config tfsdk.Config) (written, error) {
	w.Configured = configured(config, r.object.LeftAlone)
	if w.Lost || r.object.Before == nil {
		return w, nil
	}
	planned, has := argumentsOf(plan), argumentsOf(state)
	former, same := map[string]any{}, map[string]any{}
	maps.Copy(former, w.Former)
	maps.Copy(same, w.Equal)
	var first []string
	for _, name := range configured(config, r.object.Restores) {
		_, kept := former[name]
		equal, wasEqual := same[name]
		switch {
		case kept, planned[name].Equal(has[name]):
		case !wasEqual:
			first = append(first, name)
		case fmt.Sprint(Plain(planned[name])) != fmt.Sprint(equal): // a number comes back from private state in another type
			former[name] = equal
			delete(same, name)
		}
	}
	w.Former, w.Equal = former, same
	if len(first) == 0 {
		return w, nil
	}
	there, err := r.object.Before(ctx, client, plan)
	if err != nil {
		return w, err
	}
	overwritten, equal := formerOf(there, plan, first)
	maps.Copy(former, overwritten)
	maps.Copy(same, equal)
	return w, nil
}

// formerOf are those of the named arguments whose value a plan overwrites. Where it is the planned one
// already, a resource under a former address most likely wrote it: those are equal.
func formerOf(there, plan any, names []string) (former, equal map[string]any) {
	values, planned := argumentsOf(there), argumentsOf(plan)
	former, equal = map[string]any{}, map[string]any{}
	for _, name := range names {
		switch plain := Plain(values[name]); {
		case plain == nil:
		case values[name].Equal(planned[name]):
			equal[name] = plain
		default:
			former[name] = plain
		}
	}
	return former, equal
}

// configured are those of the named arguments that a configuration has.
func configured(config tfsdk.Config, names []string) (has []string) {
	values := attributesOf(config.Raw)
	for _, name := range names {
		if value, there := values[name]; there && !value.IsNull() {
			has = append(has, name)
		}
	}
	return has
}

// warnTakenAway names the arguments whose line was taken away: they stay as they are.
func (r *objectResource) warnTakenAway(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	w, diags := writtenOf(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	now, values := configured(req.Config, r.object.LeftAlone), attributesOf(req.State.Raw)
	var names, lines []string
	for _, name := range r.object.LeftAlone {
		if !slices.Contains(w.Configured, name) || slices.Contains(now, name) {
			continue
		}
		line := fmt.Sprintf("%s stays %s.", name, shown(values[name]))
		if former, kept := w.Former[name]; kept {
			line += fmt.Sprintf(" A destroy sets it back to %v.", former)
		}
		names, lines = append(names, name), append(lines, line)
	}
	if len(names) > 0 {
		Warn(ctx, r.named(ctx, req.State), "keeps its "+strings.Join(names, ", "),
			"The configuration no longer sets these values, so Terraform leaves them as they are and no longer manages them. %s To change a value, write it in the configuration.", strings.Join(lines, " "))
	}
}

// writesBack says what a destroy sets back, "" for nothing.
func (w written) writesBack() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(w.Former)) {
		lines = append(lines, fmt.Sprintf("%s = %v", name, w.Former[name]))
	}
	return strings.Join(lines, ", ")
}
