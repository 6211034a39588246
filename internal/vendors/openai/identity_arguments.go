// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// What identity providers and their rules share, and the checks of their arguments.

// description is the schema of what an object is for.
func description(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Validators: []validator.String{crud.NotEmpty()},
		MarkdownDescription: "What the " + noun + " is for. Default: nothing. Changed in place, and removed together with the argument.",
	}
}

// enabled is the schema of whether an object is in force.
func enabled(noun string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{trueAtFirst{}, boolplanmodifier.UseStateForUnknown()},
		MarkdownDescription: "Whether tokens are exchanged through the " + noun + ". Unset: created as `true`, and left alone afterwards, so that it can be disabled outside Terraform. Changed in place: `false` stops it without losing its id.",
	}
}

// trueAtFirst plans true for a creation whose configuration says nothing.
type trueAtFirst struct{}

func (trueAtFirst) Description(context.Context) string             { return "Unset: created as true." }
func (m trueAtFirst) MarkdownDescription(c context.Context) string { return m.Description(c) }

func (trueAtFirst) PlanModifyBool(_ context.Context, req planmodifier.BoolRequest, resp *planmodifier.BoolResponse) {
	if req.State.Raw.IsNull() && req.ConfigValue.IsNull() {
		resp.PlanValue = types.BoolValue(true)
	}
}

// change sends an update that may take texts away, and reads the object where nothing is to be sent.
func change[T any](ctx context.Context, objects *api.Objects[T], parent string, id, createdAt types.String, fields map[string]any, shown func(T, string) *string) (T, error) {
	created := crud.Born(ctx, createdAt)
	return crud.Clear(fields, func(fields map[string]any) (T, error) {
		if len(fields) == 0 {
			return objects.ReadAlone(ctx, parent, id.ValueString(), created)
		}
		return objects.Update(ctx, parent, id.ValueString(), created, fields)
	}, func(answer T, name string) string { return shownText(shown(answer, name)) })
}

// refusedAsItIs says that the server refuses a request because of what there is, or of what was sent.
func refusedAsItIs(err error) bool {
	return slices.Contains([]int{http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity}, apierr.Status(err))
}

// shownAs is an optional text as an answer shows it; what it does not show stays.
func shownAs(before types.String, shown *string) types.String {
	if shown == nil && !before.IsUnknown() {
		return before
	}
	return crud.Optional(shownText(shown))
}

// enabledAs is shownAs of enabled.
func enabledAs(before types.Bool, shown *bool) types.Bool {
	if shown == nil && !before.IsUnknown() {
		return before
	}
	return types.BoolPointerValue(shown)
}

func shownText(shown *string) string {
	if shown == nil {
		return ""
	}
	return *shown
}

// sameJSON compares texts as JSON, where both are.
func sameJSON(a, b string) bool {
	decode := func(text string) (value any, err error) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		return value, d.Decode(&value)
	}
	first, errA := decode(a)
	second, errB := decode(b)
	return a == b || errA == nil && errB == nil && reflect.DeepEqual(first, second)
}

// taken completes a refusal where another object has what only one may have; what says so of its id.
func taken[T any](ctx context.Context, all *api.Objects[T], parent string, refusal error, has func(T) bool, what string) error {
	if !refusedAsItIs(refusal) {
		return refusal
	}
	list, err := all.Fresh(ctx, parent)
	if err != nil {
		return refusal
	}
	for id, other := range list.ByID {
		if has(*other) {
			return apierr.Hinted(refusal, fmt.Sprintf(what, id)+" "+onceAdvice(strings.TrimPrefix(parent+"/"+id, "/")))
		}
	}
	return refusal
}

// webAddress checks an address that documents are read from; issuerAddress one that tokens name.
var webAddress, issuerAddress = crud.Text("an https address", checkAddress), crud.Text("an https address", func(text string) error {
	if at, err := url.Parse(text); err == nil && (at.RawQuery != "" || at.Fragment != "") {
		return fmt.Errorf("is %q, but an issuer has no query and no fragment: write what the claim iss of its tokens has", text)
	}
	return checkAddress(text)
})

func checkAddress(text string) error {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return errors.New("must be an address that begins with https://")
	case at.User != nil:
		return errors.New("has a user or a password in it, which would be stored in state: take it out")
	}
	return nil
}

// publicKeySet checks a key set without repeating any of it: it may have been mixed up with private keys.
var publicKeySet = crud.Text("a JSON Web Key Set of public keys", func(text string) error {
	var set struct{ Keys []map[string]any }
	if json.Unmarshal([]byte(text), &set) != nil {
		return errors.New(`must be a JSON object such as {"keys": [...]}: give what the issuer's jwks_uri answers, such as the output of kubectl get --raw /openid/v1/jwks`)
	}
	if len(set.Keys) == 0 {
		return errors.New("has no keys: without one no token can be verified")
	}
	seen := map[string]bool{}
	for n, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, has := key[private]; has {
				return fmt.Errorf("holds a private key (the element keys[%d] has %q): give the public ones only, and replace the key if it was stored in a repository", n, private)
			}
		}
		kid, _ := key["kid"].(string)
		if kid == "" || seen[kid] {
			return fmt.Errorf("has a key without a kid of its own (the element keys[%d]): a token names the key that signed it by the kid", n)
		}
		seen[kid] = true
	}
	return nil
})
