// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// The forms of federation rules: in a configuration, in requests and in answers.

type federationRuleModel struct {
	ID               types.String `tfsdk:"id"`
	ProviderID       types.String `tfsdk:"workload_identity_provider_id"`
	ProjectID        types.String `tfsdk:"project_id"`
	ServiceAccountID types.String `tfsdk:"service_account_id"`
	Matchers         types.Map    `tfsdk:"attribute_matchers"`
	Scopes           types.Set    `tfsdk:"scopes"`
	Name             types.String `tfsdk:"name"`
	Description      types.String `tfsdk:"description"`
	Enabled          types.Bool   `tfsdk:"enabled"`
	CreatedAt        types.String `tfsdk:"created_at"`
}

func (m federationRuleModel) called() string {
	if m.Name.ValueString() == "" && m.ID.ValueString() == "" {
		return "federation rule for service account " + m.ServiceAccountID.ValueString()
	}
	return crud.Named("federation rule", m.Name.ValueString(), m.ID.ValueString())
}

// from is a rule as the server shows it, in the spelling that the model has already.
func (m federationRuleModel) from(r api.FederationRule) federationRuleModel {
	m.ID, m.CreatedAt = types.StringValue(r.ID), crud.Timestamp(r.CreatedAt)
	if r.ProviderID != "" {
		m.ProviderID = types.StringValue(r.ProviderID)
	}
	m.ProjectID, m.ServiceAccountID = crud.Optional(r.ProjectID), crud.Optional(r.ServiceAccountID)
	m.Name, m.Description, m.Enabled = shownAs(m.Name, r.Name), shownAs(m.Description, r.Description), enabledAs(m.Enabled, r.Enabled)
	m.Matchers, m.Scopes = m.matchers(r), m.scopes(r)
	return m
}

func (m federationRuleModel) matchers(r api.FederationRule) types.Map {
	if r.Matchers == nil && !m.Matchers.IsUnknown() && !m.Matchers.IsNull() {
		return m.Matchers
	}
	before, all := m.Matchers.Elements(), map[string]attr.Value{}
	for name, raw := range r.Matchers {
		written, _ := before[name].(types.String)
		all[name] = types.StringValue(spelled(raw))
		if before[name] != nil && sameScalar(matcher(written.ValueString()), raw) {
			all[name] = written
		}
	}
	return types.MapValueMust(types.StringType, all)
}

func (m federationRuleModel) scopes(r api.FederationRule) types.Set {
	switch {
	case r.Scopes == nil && !m.Scopes.IsUnknown() && !m.Scopes.IsNull():
		return m.Scopes
	case len(r.Scopes) == 0:
		return types.SetNull(types.StringType)
	}
	return crud.Texts(r.Scopes)
}

// fields are what differs from a state, as the API takes it.
func (m federationRuleModel) fields(state federationRuleModel) map[string]any {
	out := crud.Changes(m, state, "name", "description", "enabled")
	if !m.Matchers.Equal(state.Matchers) {
		all := map[string]any{}
		for name, value := range m.Matchers.Elements() {
			text, _ := value.(types.String)
			all[name] = matcher(text.ValueString())
		}
		out["attribute_matchers"] = all
	}
	switch scopes := crud.Changes(m, state, "scopes"); {
	case m.Scopes.IsNull() && !state.Scopes.IsNull():
		out["permissions"] = map[string]any{"type": "service_account_default"}
	case len(scopes) > 0:
		out["permissions"] = map[string]any{"type": "restricted", "scopes": scopes["scopes"]}
	}
	return out
}

// matcher is the value of an attribute as it is sent: a truth value, a number, a text in quotes
// without them, or the text as it is.
func matcher(text string) json.RawMessage {
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		switch value.(type) {
		case bool, float64, string:
			return json.RawMessage(strings.TrimSpace(text))
		}
	}
	return quoted(text)
}

func quoted(text string) json.RawMessage {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a text always has a form in JSON
	}
	return json.RawMessage(strings.TrimSpace(out.String()))
}

// spelled is a value that is sent as [matcher] writes it.
func spelled(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return strings.TrimSpace(string(raw))
	}
	if sameScalar(matcher(text), raw) {
		return text
	}
	return string(quoted(text)) // the text looks like a number or a truth value
}

// sameScalar compares values of JSON: numbers by what they are worth.
func sameScalar(a, b json.RawMessage) bool {
	first, isNumber := worth(a)
	second, isToo := worth(b)
	if isNumber && isToo {
		return first.Cmp(second) == 0
	}
	return sameJSON(string(a), string(b))
}

// worth is what a number is worth, as far as its exponent is not beyond all bounds.
func worth(raw json.RawMessage) (*big.Rat, bool) {
	text := string(raw)
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		if exponent, err := strconv.Atoi(text[at+1:]); err != nil || exponent < -400 || exponent > 400 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// sameMatchers reports whether two forms mean the same.
func sameMatchers(a, b types.Map) bool {
	if a.IsUnknown() || b.IsUnknown() || len(a.Elements()) != len(b.Elements()) {
		return false
	}
	for name, value := range a.Elements() {
		first, _ := value.(types.String)
		second, has := b.Elements()[name].(types.String)
		if !has || first.IsUnknown() || !sameScalar(matcher(first.ValueString()), matcher(second.ValueString())) {
			return false
		}
	}
	return true
}

// matcherText checks the value of an attribute.
var matcherText = crud.Text("a value, which may end in *", func(text string) error {
	sent := text
	_ = json.Unmarshal(matcher(text), &sent) // a number or a truth value is no text, and stays as it is written
	switch star := strings.Index(sent, "*"); {
	case sent == "":
		return errors.New("must not be empty: leave the attribute out if it does not matter")
	case star == 0:
		return fmt.Errorf("is %q, which would match any value: write what it must begin with before the *", text)
	case star > 0 && star < len(sent)-1:
		return fmt.Errorf("is %q, but a * can only be the last character", text)
	}
	return nil
})
