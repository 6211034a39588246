// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package crud_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
)

func TestAddError(t *testing.T) {
	t.Parallel()
	hinted := &apierr.Error{Operation: "create thing", Status: 409, Code: "taken", RequestID: "req_1", Message: "Name taken", Hint: "Take another name."}
	for _, c := range []struct {
		name            string
		err             error
		summary, detail string
		at              path.Path
	}{
		{"any error", errors.New("no luck"), "Unable to try", "No luck.", path.Empty()},
		{"the facts support asks for", &apierr.Error{Operation: "create thing", Status: 500, RequestID: "req_9", Message: "oops"}, "Unable to try",
			"Create thing: oops (HTTP 500 Internal Server Error, request id req_9).", path.Empty()},
		{"the hint comes first", hinted, "Unable to try", "Take another name.\n\nCreate thing: Name taken (HTTP 409 Conflict, code taken, request id req_1).", path.Empty()},
		{"what was wrapped around it stays", fmt.Errorf("while rotating: %w", hinted), "Unable to try",
			"Take another name.\n\nWhile rotating: create thing: Name taken (HTTP 409 Conflict, code taken, request id req_1).", path.Empty()},
		{"a broken connection", &apierr.Error{Operation: "create thing", Outcome: apierr.Unknown, Cause: errors.New("connection reset")}, "Unable to try",
			"Create thing: connection reset.", path.Empty()},
		{"what looks like a key is not shown", errors.New("bad key sk-svcacct-0123456789abcdef and AGE-SECRET-KEY-1QQQQQQQQQQ"), "Unable to try",
			"Bad key (redacted) and (redacted).", path.Empty()},
		{"an attribute", fmt.Errorf("planning: %w", &crud.At{Path: path.Root("name"), Summary: "Not that name", Detail: "Not sk-svcacct-0123456789abcdef."}), "Not that name",
			"Not (redacted).", path.Root("name")},
		{"an attribute of what was stored", &crud.Stored{Err: &crud.At{Path: path.Root("name"), Summary: "Not that name", Detail: "Take another."}}, "Not that name",
			"Take another.", path.Root("name")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			crud.AddError(&diags, "try", c.err)
			if len(diags) != 1 || diags[0].Severity() != diag.SeverityError || diags[0].Summary() != c.summary || diags[0].Detail() != c.detail {
				t.Fatalf("got %v\nwant %s: %s", diags, c.summary, c.detail)
			}
			at := path.Empty()
			if located, ok := diags[0].(diag.DiagnosticWithPath); ok {
				at = located.Path()
			}
			if !at.Equal(c.at) {
				t.Errorf("at %s, want %s", at, c.at)
			}
		})
	}
}

func TestErrorsShowTheirCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	if err := (&crud.Stored{Err: cause}); !errors.Is(err, cause) || err.Error() != "cause" {
		t.Errorf("got %v", err)
	}
	if err := (&crud.At{Summary: "Not that", Detail: "Take another."}); err.Error() != "Not that: Take another." {
		t.Errorf("got %v", err)
	}
}

func TestWarn(t *testing.T) {
	t.Parallel()
	crud.Warn(context.Background(), "thing", "is lost", "unheard") // and nothing breaks
	var diags diag.Diagnostics
	ctx := crud.WithWarnings(t.Context(), &diags)
	crud.Warn(ctx, "thing", "first", "key %s", "sk-svcacct-0123456789abcdef")
	crud.Warn(ctx, "thing", "second", "100%%")
	if len(diags) != 2 || diags.HasError() || diags[0].Detail() != "key (redacted)." || diags[1].Detail() != "100%." {
		t.Errorf("got %v", diags)
	}
}

func TestValidators(t *testing.T) {
	t.Parallel()
	w := serveThings(t, newThings())
	for _, c := range []struct {
		attribute, value string
		wrong            string // "" = accepted
	}{
		{"parent_id", "proj_abc123", ""},
		{"parent_id", "?", ""},
		{"parent_id", "", "parent_id is empty: give the object's id"},
		{"parent_id", "a/b", "contains a path separator"},
		{"parent_id", `a\b`, "contains a path separator"},
		{"parent_id", "..", `contains ".."`},
		{"parent_id", "a b", "contains white space"},
		{"parent_id", "a?b", "contains one of"},
		{"parent_id", "a\x00b", "invisible characters"},
		{"name", "one", ""},
		{"name", "a name", ""},
		{"name", " ", "with leading or trailing white space"},
		{"name", "a ", "with leading or trailing white space"},
		{"name", "\u00a0a", "with leading or trailing white space"},
		{"name", "a\x1b[31mb", `name is "a\x1b[31mb", which contains a control character`},
		{"name", "a\u0085b", "contains a control character"},
		{"name", "", "name must not be empty."},
		{"every", "1m", ""},
		{"every", "2d", ""},
		{"every", "1d12h", ""},
		{"every", "?", ""},
		{"every", "59s", "every is 59s, but must be at least 1m."},
		{"every", "49h", "every is 49h, but must be at most 2d."},
		{"every", "300y", "every is 300y, but must be at most 2d."},
		{"every", "0s", "must be at least 1m"},
		{"every", "-1h", "is not a duration"},
		{"every", "90", "is not a duration: write whole numbers with units"},
		{"every", "1.5h", "is not a duration"},
		{"every", "", "is not a duration"},
	} {
		got := w.validate(with(config, texts{c.attribute: c.value}))
		t.Run(c.attribute+"="+c.value, func(t *testing.T) {
			t.Parallel()
			if c.wrong == "" {
				got.expect(t, nil, nil, nil)
				return
			}
			if len(got.errors) != 1 || !strings.HasPrefix(got.errors[0], fmt.Sprintf("AttributeName(%q): Invalid %s\n", c.attribute, c.attribute)) || !strings.Contains(got.errors[0], c.wrong) {
				t.Errorf("got %q, want %q", got.errors, c.wrong)
			}
		})
	}
	w.validate(config).expect(t, nil, nil, nil) // null is no value to check
}

func TestDurationWithoutAnUpperBound(t *testing.T) {
	t.Parallel()
	check := crud.DurationBetween(0, 0)
	if check.Description(t.Context()) == "" || check.MarkdownDescription(t.Context()) == "" {
		t.Error("the validator tells nothing about itself")
	}
	resp := &validator.StringResponse{}
	check.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("every"), ConfigValue: types.StringValue("300y")}, resp)
	if said := resp.Diagnostics.Errors(); len(said) != 1 || !strings.Contains(said[0].Detail(), "is 300y, but must be at most 292y") {
		t.Errorf("says %v", said)
	}
}

func TestReserved(t *testing.T) {
	t.Parallel()
	for text, wrong := range map[string]bool{"ours": true, "theirs": false} {
		resp := &validator.StringResponse{}
		crud.Reserved("ours", "marks things").ValidateString(t.Context(), validator.StringRequest{Path: path.Root("tags").AtMapKey(text), ConfigValue: types.StringValue(text)}, resp)
		if said := resp.Diagnostics.Errors(); (len(said) == 1) != wrong || wrong && said[0].Detail() != `tags["ours"] is the entry of this provider, which marks things: choose another name.` {
			t.Errorf("%s: says %v", text, said)
		}
	}
}

func TestTimestampAndMoment(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)
	zone := time.FixedZone("east", 2*60*60)
	for _, c := range []struct {
		in   time.Time
		text types.String
		back time.Time
	}{
		{at, types.StringValue("2027-03-01T12:00:00Z"), at},
		{at.In(zone), types.StringValue("2027-03-01T12:00:00Z"), at},
		{at.Add(999 * time.Millisecond), types.StringValue("2027-03-01T12:00:00Z"), at}, // whole seconds, as the servers tell them
		{time.Time{}, types.StringNull(), time.Time{}},
	} {
		if got := crud.Timestamp(c.in); !got.Equal(c.text) {
			t.Errorf("Timestamp(%s) = %s", c.in, got)
		}
		if got := crud.Moment(crud.Timestamp(c.in)); !got.Equal(c.back) {
			t.Errorf("Moment(Timestamp(%s)) = %s", c.in, got)
		}
	}
	for _, s := range []types.String{types.StringNull(), types.StringUnknown(), types.StringValue(""), types.StringValue("yesterday")} {
		if got := crud.Moment(s); !got.IsZero() {
			t.Errorf("Moment(%s) = %s", s, got)
		}
	}
	if !crud.Optional("").IsNull() || crud.Optional("x").ValueString() != "x" {
		t.Error("Optional is null for the empty text alone")
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	want := &store{"first"}
	if got, err := crud.Client[*store](want); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	for _, wrong := range []any{nil, "text", store{}} {
		if _, err := crud.Client[*store](wrong); err == nil || !strings.Contains(err.Error(), "bug in the provider") {
			t.Errorf("Client(%v): %v", wrong, err)
		}
	}
}

func TestNullElements(t *testing.T) {
	t.Parallel()
	elements := []attr.Value{types.StringValue("a"), types.StringNull(), types.StringUnknown()}
	at := path.Root("x")
	var list validator.ListResponse
	crud.NoNulls().ValidateList(t.Context(), validator.ListRequest{Path: at, ConfigValue: types.ListValueMust(types.StringType, elements)}, &list)
	var set validator.SetResponse
	crud.NoNulls().ValidateSet(t.Context(), validator.SetRequest{Path: at, ConfigValue: types.SetValueMust(types.StringType, elements)}, &set)
	var table validator.MapResponse
	crud.NoNulls().ValidateMap(t.Context(), validator.MapRequest{Path: at, ConfigValue: types.MapValueMust(types.StringType, map[string]attr.Value{"a": elements[0], "b": elements[1], "c": elements[2]})}, &table)
	for what, diags := range map[string]diag.Diagnostics{"x[1] is null.": list.Diagnostics, "x[Value(<null>)] is null.": set.Diagnostics, `x["b"] is null.`: table.Diagnostics} {
		if len(diags) != 1 || !strings.HasPrefix(diags[0].Detail(), what) {
			t.Errorf("got %v, want %s", diags, what)
		}
	}
}
