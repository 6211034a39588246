// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What is written is sent as a value of JSON, and what comes back is written so that it would be
// sent again as it is.
func TestMatcherSpelling(t *testing.T) {
	t.Parallel()
	for written, sent := range map[string]string{
		"main": `"main"`, "true": `true`, `"true"`: `"true"`, "True": `"True"`, "7": `7`, `"7"`: `"7"`, "-1.5e3": `-1.5e3`, "007": `"007"`, "+7": `"+7"`,
		"null": `"null"`, "[1]": `"[1]"`, `{"a":1}`: `"{\"a\":1}"`, `say "x"`: `"say \"x\""`, `"`: `"\""`, "<a&b>": `"<a&b>"`, "é": `"é"`, "repo:a/*": `"repo:a/*"`,
	} {
		if got := string(matcher(written)); got != sent {
			t.Errorf("%s is sent as %s, want %s", written, got, sent)
		}
		if again := spelled(json.RawMessage(sent)); !sameScalar(matcher(again), json.RawMessage(sent)) {
			t.Errorf("%s comes back as %s", sent, again)
		}
	}
	for answered, want := range map[string]string{`"main"`: "main", `"true"`: `"true"`, `true`: "true", `"12"`: `"12"`, `"\"x\""`: `"\"x\""`} {
		if got := spelled(json.RawMessage(answered)); got != want {
			t.Errorf("%s is written as %s, want %s", answered, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true}, {"1500", "1.5e3", true}, {"1", `"1"`, false}, {"true", `"true"`, false}, {`"x"`, "x", true}, {"1e999999999", "1e999999999", true},
		{"1e999999999", "2e999999999", false}, {"12345678901234567890", "12345678901234567891", false}, {"a", "b", false},
	} {
		a := types.MapValueMust(types.StringType, map[string]attr.Value{"k": types.StringValue(c.a)})
		b := types.MapValueMust(types.StringType, map[string]attr.Value{"k": types.StringValue(c.b)})
		if got := sameMatchers(a, b); got != c.same {
			t.Errorf("%s and %s are the same: %t", c.a, c.b, got)
		}
	}
	empty, unknown := types.MapValueMust(types.StringType, map[string]attr.Value{}), types.MapValueMust(types.StringType, map[string]attr.Value{"k": types.StringUnknown()})
	if sameMatchers(empty, unknown) || sameMatchers(unknown, unknown) || sameMatchers(types.MapUnknown(types.StringType), empty) {
		t.Error("what is not known is taken for the same")
	}
}

// A value is checked as it is sent, so that quotes hide nothing.
func TestMatchersThatMatchAnything(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]string{
		"*": "would match any value", `"*"`: "would match any value", ` "*" `: "would match any value", `"\u002a"`: "would match any value", "": "must not be empty", `""`: "must not be empty",
		"a*b": "only be the last", `"a*b"`: "only be the last", `"a*" `: "", "a*": "", `"a*"`: "", "true": "", "7": "", "null": "", `"`: "",
	} {
		resp := validator.StringResponse{}
		matcherText.ValidateString(t.Context(), validator.StringRequest{ConfigValue: types.StringValue(text)}, &resp)
		said := ""
		for _, d := range resp.Diagnostics {
			said += d.Detail()
		}
		if (said == "") != (refused == "") || !strings.Contains(said, refused) {
			t.Errorf("%s: said %q, want %q", text, said, refused)
		}
	}
}

// What is not known yet is never taken for what is there.
func TestUnknownVerification(t *testing.T) {
	t.Parallel()
	how := func(url, set types.String) types.Object {
		return types.ObjectValueMust(verificationType.AttrTypes, map[string]attr.Value{"discovery_url": url, "jwks": set})
	}
	none := types.StringNull()
	issuer := types.StringValue("https://i.example/")
	for _, c := range []struct {
		a, b types.Object
		same bool
	}{
		{how(none, none), types.ObjectNull(verificationType.AttrTypes), true},
		{how(none, types.StringUnknown()), how(none, none), false},
		{types.ObjectUnknown(verificationType.AttrTypes), how(none, none), false},
		{how(types.StringValue("https://i.example/.well-known/openid-configuration"), none), how(none, none), true},
		{how(types.StringValue("https://i.example/other"), none), how(none, none), false},
		{how(none, types.StringValue(`{"a": 1, "b": [2]}`)), how(none, types.StringValue(`{"b":[2],"a":1}`)), true},
		{how(none, types.StringValue(`{"a":1}`)), how(none, types.StringValue(`{"a":2}`)), false},
	} {
		if got := sameVerification(c.a, c.b, issuer); got != c.same {
			t.Errorf("%s and %s are the same: %t", c.a, c.b, got)
		}
	}
}
