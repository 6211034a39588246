// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package keyadopt is the Terraform resource over keys that users create by hand, because their vendor's API creates
// none: adopted, renamed, switched off, and watched for their age. It knows no vendor; a vendor gives it a [Kind].
package keyadopt

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
)

// Kind is a vendor's sort of adopted keys, whose model is M.
type Kind[M any] struct {
	TypeName string // after the provider's name: "acme_api_key"
	Title    string // of the vendor
	Noun     string // "API key"; its plural ends in s
	Place    string // what keys are in, such as "folder"; "" for the whole organization
	Example  string // an id, for messages
	About    string // what such a key is, a sentence
	Words    Words
	Owners   keyinventory.Owners
	Longest  int // of a name, in characters

	// On and Off are the statuses of a key that works, and of one that does not until it is on again.
	On, Off string
	// Dead says by its status why a key no longer works and never will: "is archived".
	Dead map[string]string
	// Ends are what a destroy may do to a key, the mildest first. The last one is final.
	Ends []End

	// Own are the vendor's own attributes; the API decides about all of them. Parts points into the model.
	Own   map[string]schema.Attribute
	Parts func(*M) Parts
	// Connect gets the calls from the provider's data.
	Connect func(providerData any) (Vendor, error)
	// Moves are what moved blocks of other providers may lead here; what their destroy did is warned of.
	Moves []crud.Move
}

// Words are a vendor's own in messages and descriptions.
type Words struct {
	Console string // where users create keys: "the Console"
	Died    string // what became of a dead key: "was archived or has expired"
	Idle    string // one that is off: "An inactive key"
	OfUser  string // what to do about a key of a user, as a sentence
	MayBe   string // how to switch off what may be the provider's own key, as a sentence without its stop
	MayHave string // how to destroy a place that may have it, likewise
}

// End is a value of on_destroy.
type End struct {
	Name   string // "archive"
	Status string // that the key has then
	Does   string // "archives it for good"
	Done   string // "archived"
	Final  string // that nothing brings the key back: "Archiving is final"; "" where something does
}

// forget is the value of on_destroy that does nothing.
const forget = "forget"

// Vendor are the calls for the keys of one configuration.
type Vendor struct {
	*apiclient.AdoptedKeys
	// Place reads one place of keys, and Names are those of all by their ids; nil where keys are in no place.
	Place func(ctx context.Context, id string) (keyinventory.Place, error)
	Names func(ctx context.Context) (map[string]string, error)
}

// In are the calls for keys in places, such as folders: read reads one of them, list has all.
func In[T any](keys *apiclient.AdoptedKeys, list *apiclient.Whole[T], facts func(T) (id, name string), read func(ctx context.Context, id string) (keyinventory.Place, error)) Vendor {
	return Vendor{
		AdoptedKeys: keys, Place: read,
		Names: func(ctx context.Context) (map[string]string, error) {
			all, err := list.All(ctx)
			if err != nil {
				return nil, err
			}
			names := map[string]string{}
			for id, one := range all.ByID {
				_, names[id] = facts(one)
			}
			return names, nil
		},
	}
}

// Key are the attributes that every adopted key has; a vendor's model embeds it.
type Key struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Status      types.String `tfsdk:"status"`
	ReviewAfter types.String `tfsdk:"review_after"`
	OnDestroy   types.String `tfsdk:"on_destroy"`
	OwnerType   types.String `tfsdk:"owner_type"`
	OwnerID     types.String `tfsdk:"owner_id"`
	CreatedAt   types.String `tfsdk:"created_at"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
}

// Parts are what all adopted keys have in a model: of the vendor's own attributes, where the key is (nil where keys are
// in no place) and what the API shows of its secret.
type Parts struct {
	*Key
	PlaceID, Hint *types.String
}

// Resource gives the framework's form.
func (k Kind[M]) Resource() func() resource.Resource { return k.Object().Resource() }

// Object is the resource as plain functions.
func (k Kind[M]) Object() crud.Object[Vendor, M] {
	return crud.Object[Vendor, M]{
		TypeName: k.TypeName, Noun: k.Noun, Example: k.Example, Identity: identity,
		Untold: arguments, Connect: k.Connect, Schema: k.schema(), Moves: k.moves(),
		Look: k.look, Create: k.create, Read: k.read, Update: k.write, Delete: k.destroy,
		Plan:     func(ctx context.Context, plan M, state *M) (M, error) { return k.plan(ctx, plan, state), nil },
		Replaces: k.replaces, Loss: k.loss,
		Ends: func(state M) string { return k.Parts(&state).OnDestroy.ValueString() },
	}
}

var (
	identity  = crud.Identity{"id"}
	arguments = []string{"name", "status"} // that are sent
)

// end is the way of a destroy that on_destroy names; the zero value for none.
func (k Kind[M]) end(onDestroy types.String) End {
	for _, one := range k.Ends {
		if one.Name == onDestroy.ValueString() {
			return one
		}
	}
	return End{}
}

// last is the final way.
func (k Kind[M]) last() End { return k.Ends[len(k.Ends)-1] }

// dead says why a key of that status can never work again, "" for another one.
func (k Kind[M]) dead(status types.String) string { return k.Dead[status.ValueString()] }

// object is how messages name the key.
func (k Kind[M]) object(p Parts) string {
	return crud.Named(k.Noun, p.Name.ValueString(), p.ID.ValueString())
}

// from gives a model what the API shows of its key.
func (k Kind[M]) from(m M, key apiclient.AdoptedKey) M {
	p := k.Parts(&m)
	p.ID, p.Name, p.Status = types.StringValue(key.ID), crud.Optional(key.Name), crud.Optional(key.Status)
	p.OwnerType, p.OwnerID = crud.Optional(key.OwnerType), crud.Optional(key.OwnerID)
	p.CreatedAt = crud.Timestamp(key.CreatedAt)
	if !key.EndHidden || p.ExpiresAt.IsUnknown() { // else it is the one that is known
		p.ExpiresAt = crud.Timestamp(key.ExpiresAt)
	}
	if p.PlaceID != nil {
		*p.PlaceID = crud.Optional(key.PlaceID)
	}
	*p.Hint = crud.Optional(key.Hint)
	return m
}
