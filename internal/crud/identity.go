// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"context"
	"errors"
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

// Identity names the attributes that identify an object, outermost first. It is the identity
// schema, the import id (joined with "/") and the docs. "user_id|group_id" stands for exactly one
// of these attributes: the import id says which, as "user/<user_id>" or "group/<group_id>".
type Identity []string

// choices are the attributes of which an element of an identity has exactly one.
func choices(element string) []string { return strings.Split(element, "|") }

// word is what stands in an import id before an attribute that is one of several.
func word(attribute string) string { return strings.TrimSuffix(attribute, "_id") }

// attributes are all that the identity may name.
func (i Identity) attributes() []string {
	var all []string
	for _, element := range i {
		all = append(all, choices(element)...)
	}
	return all
}

// of gives the attribute and its value for the n-th element, from its part of an import id.
func (i Identity) of(n int, part string) (attribute, value string) {
	all := choices(i[n])
	if len(all) == 1 {
		return all[0], part
	}
	kind, value, _ := strings.Cut(part, "/")
	for _, one := range all {
		if word(one) == kind {
			return one, value
		}
	}
	return all[0], ""
}

// Schema is the identity schema.
func (i Identity) Schema() identityschema.Schema {
	attributes := map[string]identityschema.Attribute{}
	for _, element := range i {
		all := choices(element)
		for _, name := range all {
			attributes[name] = identityschema.StringAttribute{RequiredForImport: len(all) == 1, OptionalForImport: len(all) > 1}
		}
	}
	return identityschema.Schema{Attributes: attributes}
}

// only reports whether a state holds nothing but the identity, as after an import.
func (i Identity) only(state tfsdk.State) bool {
	all := i.attributes()
	for name, value := range attributesOf(state.Raw) {
		if !value.IsNull() && !slices.Contains(all, name) {
			return false
		}
	}
	return true
}

// NotFound completes the error about an import of what is not there, which may well be an
// object of another kind; other errors stay as they are. example is an import id.
func (i Identity) NotFound(err error, example string) error {
	err = apierr.Unmanaged(err) // nothing is in state yet
	gone, isGone := apierr.AsGone(err)
	switch status := apierr.Status(err); {
	case isGone && gone.Unset:
		return fmt.Errorf("%s cannot be imported: %s. Take the import out: applying the configuration sets it", gone.What, gone.Why)
	case isGone && !gone.Never:
		return fmt.Errorf("%s was not found. If it ever existed, then %s. %s", gone.What, gone.Why, i.check(example))
	case status == http.StatusNotFound:
		return fmt.Errorf("it was not found: %w. %s", err, i.check(example))
	case isGone, status == http.StatusBadRequest:
		return fmt.Errorf("%w. %s", err, i.check(example))
	}
	return err
}

// form is how an import id is written.
func (i Identity) form() string {
	forms := []string{""}
	for _, element := range i {
		var longer []string
		for _, name := range choices(element) {
			part := "<" + name + ">"
			if element != name {
				part = word(name) + "/" + part
			}
			for _, form := range forms {
				longer = append(longer, strings.TrimPrefix(form+"/"+part, "/"))
			}
		}
		forms = longer
	}
	return strings.Join(forms, " or ")
}

// split takes an import id apart, a part for each element.
func (i Identity) split(id string) ([]string, error) {
	parts, size := strings.Split(id, "/"), func(element string) int { return min(len(choices(element)), 2) } // one of several has its word before it
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("the import id must have the form %s, "+format, append([]any{i.form()}, args...)...)
	}
	whole := 0
	for _, element := range i {
		whole += size(element)
	}
	if len(parts) != whole {
		return nil, wrong("got %q", id)
	}
	var values []string
	for n, element := range i {
		values = append(values, strings.Join(parts[:size(element)], "/"))
		parts = parts[size(element):]
		name, value := i.of(n, values[n])
		if value == "" && size(element) > 1 {
			return nil, wrong("got %q", id)
		}
		if err := ident.Check(value); err != nil {
			return nil, wrong("but its %s %q %w", name, value, err)
		}
	}
	return values, nil
}

// check is what to do about a wrong import id.
func (i Identity) check(example string) string {
	return fmt.Sprintf("The import id has the form %s, such as %s. Check the id, and that the object is of this kind", i.form(), example)
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
	for _, element := range i {
		all := choices(element)
		for _, name := range all {
			var value types.String
			diags.Append(from.GetAttribute(ctx, path.Root(name), &value)...)
			if value.IsNull() && len(all) == 1 {
				value = types.StringValue(unfinished)
			}
			diags.Append(identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
	return diags
}

// known is the import id without the parts that are not known.
func (i Identity) known(ctx context.Context, from getter) string {
	var parts []string
	for _, element := range i {
		for _, name := range choices(element) {
			var value types.String
			from.GetAttribute(ctx, path.Root(name), &value)
			if value.ValueString() == "" {
				continue
			}
			if element != name {
				parts = append(parts, word(name))
			}
			parts = append(parts, value.ValueString())
		}
	}
	return strings.Join(parts, "/")
}

// Import fills the identifying attributes from an import id or an import identity.
// example is an import id.
func (i Identity) Import(ctx context.Context, example string, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	i.bring(ctx, example, req, resp, i.split, ident.Check)
}

// bring is [Identity.Import] with what takes an import id apart, and what checks a part of an identity.
func (i Identity) bring(ctx context.Context, example string, req resource.ImportStateRequest, resp *resource.ImportStateResponse, split func(string) ([]string, error), check func(string) error) {
	values := make([]string, len(i))
	if req.ID == "" && req.Identity != nil {
		for n, element := range i {
			var given []string
			for _, name := range choices(element) {
				var value types.String
				resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
				if value.IsNull() {
					continue
				}
				values[n] = value.ValueString()
				if element != name {
					values[n] = word(name) + "/" + values[n]
				}
				given = append(given, name)
			}
			name, value := i.of(n, values[n])
			err := check(value)
			if len(given) != 1 {
				name = strings.ReplaceAll(element, "|", " or ")
			}
			if len(given) > 1 {
				err = errors.New("has more than one of them")
			}
			if err != nil && !resp.Diagnostics.HasError() {
				resp.Diagnostics.AddError(fmt.Sprintf("Invalid import identity %q", strings.Join(values[:n+1], "/")), fmt.Sprintf("The identity's %s %s. The import id of such an object has the form %s, such as %s.", name, err, i.form(), example))
			}
		}
	} else {
		parts, err := split(req.ID)
		if err != nil {
			resp.Diagnostics.AddError(fmt.Sprintf("Invalid import id %q", req.ID), fmt.Sprintf("%s An example is %s.", Sentence(err.Error()), example))
			return
		}
		values = parts
	}
	if resp.Diagnostics.HasError() {
		return
	}
	i.assign(values, func(name string, value attr.Value) {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
		if resp.Identity != nil {
			resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(name), value)...)
		}
	})
}

// ImportNamed is [Identity.Import] for an object of one id that users may name in another way as
// well, for the Read after it to find.
func (i Identity) ImportNamed(ctx context.Context, example string, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	i.bring(ctx, example, req, resp, func(id string) ([]string, error) {
		if err := ident.CheckName(id); err != nil {
			return nil, fmt.Errorf("the import id must have the form %s, but its %s %q %w", i.form(), i[0], id, err)
		}
		return []string{id}, nil
	}, ident.CheckName)
}

// assign gives set each attribute of an object with these parts of an import id.
func (i Identity) assign(parts []string, set func(name string, value attr.Value)) {
	for n := range i {
		name, value := i.of(n, parts[n])
		set(name, types.StringValue(value))
	}
}
