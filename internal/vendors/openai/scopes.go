// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/pattern"
)

// scopeSet refuses what means the opposite of what it looks like, and what no scope is.
type scopeSet struct{}

func (scopeSet) Description(context.Context) string {
	return "not empty, without empty scopes or white space, and \"all\" only alone"
}

func (s scopeSet) MarkdownDescription(ctx context.Context) string { return s.Description(ctx) }

func (scopeSet) ValidateSet(ctx context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := req.ConfigValue.Elements()
	warnScopes(ctx, req, resp)
	if len(elements) == 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "scopes must not be empty",
			"At the API an empty list lifts every restriction: the key could do everything its service account may do. Leave scopes out, or write [\"all\"], if you mean that; for a key that only reads write [\"api.all.read\"].")
	}
	for _, element := range elements {
		text, ok := element.(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		if wrong := scopeFault(text.ValueString()); wrong != "" {
			at := req.Path.AtSetValue(element)
			resp.Diagnostics.AddAttributeError(at, "Invalid "+at.String(), "The scope "+wrong)
		}
		if text.ValueString() == all && len(elements) > 1 {
			resp.Diagnostics.AddAttributeError(req.Path, "\"all\" stands alone",
				"scopes = [\"all\"] means everything the service account may do, so other scopes beside it have no meaning.")
		}
	}
}

// usualScope is the form of every scope that was ever seen. No list of them is published.
var usualScope = pattern.Lazy(`^([a-z0-9_]+\.)+(read|write|request)$`)

// warnScopes warns of scopes that look unlike any known one. The server has the last word.
func warnScopes(ctx context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	var unusual []string
	for _, element := range req.ConfigValue.Elements() {
		if text, ok := element.(types.String); ok && !text.IsNull() && !text.IsUnknown() &&
			text.ValueString() != all && scopeFault(text.ValueString()) == "" && !usualScope().MatchString(text.ValueString()) {
			unusual = append(unusual, strconv.Quote(text.ValueString()))
		}
	}
	if unusual == nil {
		return
	}
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	slices.Sort(unusual)
	crud.WarnAt(&resp.Diagnostics, req.Path, crud.Named("scope list", name.ValueString(), ""), "has an unusual scope",
		"%s: known scopes have the form api.<area>.<read|write|request>, such as api.responses.write. The API may refuse a scope that it does not know, or the key can do less than was meant. Compare it with the permissions of a key in the dashboard.", strings.Join(unusual, ", "))
}

// scopeFault says what is wrong with one scope and what to do, "" if nothing is. It
// continues "The scope …".
func scopeFault(scope string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	bare := strings.TrimFunc(scope, blank)
	switch {
	case bare == "":
		return "is empty, and the API knows no such scope. Take it out. If no scope is left, leave scopes out for everything the service account may do, or write [\"api.all.read\"] for a key that only reads."
	case bare != scope:
		return fmt.Sprintf("%q has leading or trailing white space: write %q.", scope, bare)
	case strings.ContainsFunc(scope, blank):
		return fmt.Sprintf("%q contains white space, as no scope does: give each scope as an element of its own.", scope)
	case scope != all && strings.EqualFold(scope, all):
		return fmt.Sprintf("%q is not %q: the API distinguishes small letters from capitals. Write [%q] for everything the service account may do.", scope, all, all)
	}
	return ""
}
