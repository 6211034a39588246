// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/ident"
)

// Identity names the attributes that identify an object, outermost first; the last
// is "id". It is the identity schema, the import id (joined with "/") and the docs.
type Identity []string

// Schema is the identity schema.
func (i Identity) Schema() identityschema.Schema {
	attributes := map[string]identityschema.Attribute{}
	for _, name := range i {
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true}
	}
	return identityschema.Schema{Attributes: attributes}
}

// only reports whether a state holds nothing but the identity, as after an import.
func (i Identity) only(state tfsdk.State) bool {
	for name, value := range attributesOf(state.Raw) {
		if !value.IsNull() && !slices.Contains(i, name) {
			return false
		}
	}
	return true
}

// NotFound completes the error about an import of what is not there, which may well be an
// object of another kind; other errors stay as they are. example is an import id.
func (i Identity) NotFound(err error, example string) error {
	gone, isGone := apierr.AsGone(err)
	switch status := apierr.Status(err); {
	case isGone && !gone.Never:
		return fmt.Errorf("%s was not found. If it ever existed, then %s. %s", gone.What, gone.Why, i.check(example))
	case status == http.StatusNotFound:
		return fmt.Errorf("not found: %w. %s", err, i.check(example))
	case isGone, status == http.StatusBadRequest:
		return fmt.Errorf("%w. %s", err, i.check(example))
	}
	return err
}

// form is how an import id is written.
func (i Identity) form() string { return "<" + strings.Join(i, ">/<") + ">" }

// check is what to do about a wrong import id.
func (i Identity) check(example string) string {
	return fmt.Sprintf("The import id has the form %s, such as %s. Check the id, and that it is one of this kind of object", i.form(), example)
}

// unfinished stands for the id of an object whose creation was never settled: an
// identity must not be null.
const unfinished = "unfinished"

// getter is a plan or state to copy the identity from.
type getter interface {
	GetAttribute(ctx context.Context, path path.Path, target any) diag.Diagnostics
}

// Set copies the identity from state; CLIs that know no identity send none.
func (i Identity) Set(ctx context.Context, identity *tfsdk.ResourceIdentity, from getter) diag.Diagnostics {
	var diags diag.Diagnostics
	if identity == nil {
		return diags
	}
	for _, name := range i {
		var value types.String
		diags.Append(from.GetAttribute(ctx, path.Root(name), &value)...)
		if value.IsNull() {
			value = types.StringValue(unfinished)
		}
		diags.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
	}
	return diags
}

// Import fills the identifying attributes from an import id or an import identity.
// example is an import id.
func (i Identity) Import(ctx context.Context, example string, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values := make([]string, len(i))
	if req.ID == "" && req.Identity != nil {
		for n, name := range i {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			values[n] = value.ValueString()
			if err := ident.Check(values[n]); err != nil && !resp.Diagnostics.HasError() {
				resp.Diagnostics.AddError(fmt.Sprintf("Invalid import identity %q", strings.Join(values[:n+1], "/")), fmt.Sprintf("The identity's %s %s. As an import id the object is %s, such as %s.", name, err, i.form(), example))
			}
		}
	} else {
		parts, err := ident.Split(req.ID, i)
		if err != nil {
			resp.Diagnostics.AddError(fmt.Sprintf("Invalid import id %q", req.ID), fmt.Sprintf("%s. An example is %s.", capital(err.Error()), example))
			return
		}
		values = parts
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for n, name := range i {
		var value attr.Value = types.StringValue(values[n])
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
		if resp.Identity != nil {
			resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
}
