// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	tfpath "github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// Move is a resource type of other providers from which a moved block may lead here.
// It is an import whose ids stand in the other provider's state: whatever else that
// state holds is dropped, and the next Read completes the rest.
type Move struct {
	Type      string   // of the source: "acme_group"
	Providers []string // the last parts its provider's address may have: "acme"
	// From names the source's attribute for each part of the id that has another name there.
	From map[string]string
	// IDs gives the parts of the import id, outermost first (see [Identity]), and [Warn]s about what is left
	// behind. It must be pure: Terraform may move before it configures the provider.
	IDs func(ctx context.Context, source Attributes) []string
}

// Attributes are those of a resource as a state holds them.
type Attributes map[string]any

// Text is the first of the named attributes that holds a text, "" if none does.
func (a Attributes) Text(names ...string) string {
	for _, name := range names {
		if text, ok := a[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// Movers give the framework's form of moves to an object with this identity.
func (i Identity) Movers(moves []Move) []resource.StateMover {
	movers := make([]resource.StateMover, 0, len(moves))
	for _, move := range moves {
		movers = append(movers, resource.StateMover{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			// Host and namespace are left open: registries differ between CLIs, forks and mirrors
			// have namespaces of their own, and older OpenTofu gives neither.
			if req.SourceTypeName == move.Type && slices.Contains(move.Providers, path.Base(req.SourceProviderAddress)) {
				i.move(ctx, move, req, resp)
			}
		}})
	}
	return movers
}

func (i Identity) move(ctx context.Context, move Move, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	var source Attributes
	if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
		resp.Diagnostics.AddError("Unable to move "+move.Type, "Its state is not a JSON object.")
		return
	}
	object := Named(move.Type, source.Text("name"), source.Text("id"))
	ids := move.IDs(WithWarnings(ctx, &resp.Diagnostics), source)
	for n := range i {
		name, value := i.of(n, ids[n])
		if err := ident.Check(value); err != nil {
			resp.Diagnostics.AddError("Unable to move "+object, fmt.Sprintf(
				"The %s in its state %s. Forget it with a removed block (destroy = false) and import the object instead.", cmp.Or(move.From[name], name), err))
			return
		}
		resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, tfpath.Root(name), value)...)
		if resp.TargetIdentity != nil {
			resp.Diagnostics.Append(resp.TargetIdentity.SetAttribute(ctx, tfpath.Root(name), value)...)
		}
	}
}

// WarnPlaintext says where a secret is still stored that a moved state held in one of the
// named attributes; key is the id of the key, "" for an unknown one.
func (a Attributes) WarnPlaintext(ctx context.Context, key string, names ...string) {
	if a.Text(names...) == "" {
		return
	}
	Warn(ctx, Named("key", "", key), "had a plaintext secret in the moved state",
		"The state of the other provider held the secret of key %s in plaintext. It is not taken over, but older versions and backups of the state still hold it: rotate the key once the move is applied.", cmp.Or(key, "(unknown id)"))
}
