// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package keyinventory

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Revocation is the action that revokes a key now, whoever owns it and whether it is managed.
type Revocation struct {
	TypeName string // after the provider's name: "acme_revoke_key"
	Kind
	// About describes the action; which Terraform it needs is added.
	About string
	// In describes the argument for the key's place; "" = keys are found without it.
	In string
	// Bind gives the calls for one key, [keyseries.Guarded] where it may be the vendor's own.
	Bind func(providerData any, row Row) (Revoker, error)
	// Example is what ids look like, and Check what else to check where there is no key of
	// the given one; for messages.
	Example, Check string
}

// Revoker is the part of a [keyseries.Vendor] that revokes.
type Revoker interface {
	Revoke(ctx context.Context, id string, created time.Time) error
}

const (
	keyArgument      = "key_id"
	keyAbout         = "The id of the key, as the API or the inventory shows it. A key that is not found is an error: the id may be mistyped, and the key that was meant may still work."
	needsForAnAction = "\n\nNeeds Terraform 1.14 or newer."
)

// Action gives the framework's form.
func (r Revocation) Action() func() action.Action {
	attributes := map[string]schema.Attribute{keyArgument: schema.StringAttribute{Required: true, MarkdownDescription: keyAbout, Validators: oneID}}
	if r.In != "" {
		attributes[r.argument()] = schema.StringAttribute{Required: true, MarkdownDescription: r.In, Validators: oneID}
	}
	return crud.Invocation[connected, types.Object]{
		TypeName: r.TypeName, Does: "revoke " + r.Noun, Connect: r.connect,
		Schema: schema.Schema{MarkdownDescription: r.About + needsForAnAction, Attributes: attributes},
		Target: func(asked types.Object) string { return textIn(asked, keyArgument).ValueString() },
		Invoke: func(ctx context.Context, s connected, asked types.Object, progress func(string)) error {
			return r.invoke(ctx, s, r.placeIn(asked), textIn(asked, keyArgument), progress)
		},
	}.Action()
}

func (r Revocation) invoke(ctx context.Context, s connected, placeID, keyID types.String, progress func(string)) error {
	place, id := Place{ID: placeID.ValueString()}, keyID.ValueString()
	// Values from variables come only now, past the validators of the plan.
	checked := keyArgument
	if !placeID.IsNull() {
		if err := r.check(r.argument(), place.ID); err != nil {
			return err
		}
		checked = r.argument() + ", " + keyArgument
	}
	if err := r.check(keyArgument, id); err != nil {
		return err
	}
	row, err := s.Key(ctx, place, id)
	switch {
	case apierr.IsGone(err):
		return fmt.Errorf("%w. Nothing was revoked. Check %s, and %s. If another key was meant, it still works", err, checked, r.Check)
	case err != nil:
		return fmt.Errorf("%w. Nothing was revoked", err)
	}
	vendor, err := r.Bind(s.data, row)
	if guarded, ok := vendor.(keyseries.Guarded); ok && err == nil {
		err = guarded.InUse(ctx, id, "")
	}
	if err != nil {
		return fmt.Errorf("%w. Nothing was revoked", err)
	}
	of := ""
	if owner := row.Owner.called(); owner != "" {
		of = " of " + owner
	}
	progress(secret.ShownLine(fmt.Sprintf("Revoking key %s (%q)%s…", id, row.Key.Name, of)))
	if err := vendor.Revoke(ctx, id, row.Key.CreatedAt); err != nil {
		return fmt.Errorf("%w. The key may still work: invoke the action again once the cause is removed", err)
	}
	return nil
}

func (r Revocation) check(argument, id string) error {
	err := ident.Check(id)
	if err == nil {
		return nil
	}
	return &crud.At{Path: path.Root(argument), Summary: "Invalid " + argument, Detail: fmt.Sprintf("%s %v. Nothing was revoked. Give the id as the API shows it, such as %s.", argument, err, r.Example)}
}
