// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apierr"
)

func answerOf(status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"X-Request-Id": {"req_1"}}}
}

func TestDecodeError(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]apierr.Error{
		`{"error":{"message":"no","type":"t","param":"p","code":"c"}}`:                                                 {Message: "no", Type: "t", Param: "p", Code: "c"},
		`{"error":{"message":"no","type":"t","param":null,"code":null}}`:                                               {Message: "no", Type: "t"},
		`{"error":{"message":"no","code":404}}`:                                                                        {Message: "no", Code: "404"},
		`{"code":404,"message":"The project was not found"}`:                                                           {Message: "The project was not found", Code: "404"},
		`{"error":"plainly no"}`:                                                                                       {Message: "plainly no"},
		`{"error":{"message":"first\nsecond"}}`:                                                                        {Message: "first"},
		`{"error":{"message":"key sk-proj-abcdefgh12345 is wrong"}}`:                                                   {Message: "key (redacted) is wrong"},
		`{"error":{"message":"no","code":"sk-admin-abcdefgh","param":"sk-admin-abcdefgh","type":"sk-admin-abcdefgh"}}`: {Message: "no", Code: "(redacted)", Param: "(redacted)", Type: "(redacted)"},
		`{"error":{"message":["odd"],"code":{"a":1}}}`:                                                                 {},
		`{"error":[1,2]}`:                   {},
		`{"error":null,"message":"beside"}`: {},
		`{"error":null}`:                    {},
		`<html>sk-admin-abcdefgh</html>`:    {Message: "this is not the API's answer (HTML)"},
		`"text"`:                            {},
		`[]`:                                {},
		`null`:                              {},
		`{`:                                 {},
		``:                                  {},
	} {
		got := dialect.Decode(apiclient.Operation{Name: "read project"}, answerOf(503), []byte(body))
		if want.Message == "" {
			want.Message = "the server answered Service Unavailable without saying why"
		}
		if got.Message != want.Message || got.Type != want.Type || got.Param != want.Param || got.Code != want.Code {
			t.Errorf("%s became %+v", body, got)
		}
		if got.Status != 503 || got.RequestID != "req_1" || got.Operation != "read project" || !strings.Contains(got.Error(), "request id req_1") {
			t.Errorf("%s became %+v", body, got)
		}
		if strings.Contains(got.Error(), "sk-") {
			t.Errorf("%s: the error holds a key: %v", body, got)
		}
	}
}

func TestNamelessStatus(t *testing.T) {
	t.Parallel()
	got := dialect.Decode(apiclient.Operation{Name: "read project"}, answerOf(520), []byte(`{"error":{"message":"\n"}}`))
	if got.Message != "the server answered 520 without saying why" {
		t.Errorf("got %q", got.Message)
	}
}

func TestOutcomeByStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		kind   apiclient.Kind
		status int
		want   apierr.Outcome
	}{
		{opMint, apiclient.Create, 400, apierr.Refused},
		{opMint, apiclient.Create, 401, apierr.Refused},
		{opMint, apiclient.Create, 404, apierr.Refused},
		{opMint, apiclient.Create, 409, apierr.Refused},
		{opMint, apiclient.Create, 429, apierr.Refused},
		{opMint, apiclient.Create, 408, apierr.Unknown},
		{opMint, apiclient.Create, 500, apierr.Unknown},
		{opMint, apiclient.Create, 503, apierr.Unknown},
		{opMint, apiclient.Create, 599, apierr.Unknown},
		{"create project", apiclient.Create, 404, apierr.Refused},
		{opCreateAdminKey, apiclient.Create, 404, apierr.Unknown},
		{"read project", apiclient.Read, 500, apierr.Refused},
	} {
		got := dialect.Decode(apiclient.Operation{Name: c.name, Kind: c.kind}, answerOf(c.status), nil)
		if got.Outcome != c.want {
			t.Errorf("%s %d: outcome %d, want %d", c.name, c.status, got.Outcome, c.want)
		}
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	missing := "You have insufficient permissions for this operation. Missing scopes: api.management.read. Check the role."
	for _, c := range []struct {
		e    apierr.Error
		want string // "" = no hint
	}{
		{apierr.Error{Status: 401, Code: "invalid_api_key"}, "Admin keys begin with sk-admin-"},
		{apierr.Error{Status: 401}, "Admin keys begin with sk-admin-"},
		{apierr.Error{Status: 401, Code: "ip_not_authorized"}, "IP allowlist"},
		{apierr.Error{Status: 403, Code: "ip_not_authorized"}, "IP allowlist"},
		{apierr.Error{Status: 401, Message: missing}, "The admin key lacks api.management.read. Create"},
		{apierr.Error{Status: 403, Message: missing}, "The admin key lacks api.management.read. Create"},
		{apierr.Error{Status: 403, Message: "missing scope: a.b"}, "The admin key lacks a.b. Create"},
		{apierr.Error{Status: 403, Message: "Missing scopes: a.b, c-d.e_f,g:h"}, "The admin key lacks a.b, c-d.e_f,g:h. Create"},
		{apierr.Error{Status: 403, Message: "Missing scopes: "}, "may not do this"},
		{apierr.Error{Status: 403}, "may not do this"},
		{apierr.Error{Status: 429, Code: "insufficient_quota"}, "waiting does not help"},
		{apierr.Error{Status: 429, Code: "rate_limit_exceeded"}, "stayed busy"},
		{apierr.Error{Status: 409, Operation: opMint}, "one key per service account"},
		{apierr.Error{Status: 409, Operation: "create project"}, ""},
		{apierr.Error{Status: 400, Operation: opMint, Message: "API keys must expire"}, "key policy"},
		{apierr.Error{Status: 400, Operation: opMint, Message: "exceeds the maximum Lifetime"}, "key policy"},
		{apierr.Error{Status: 400, Operation: opMint, Message: "refused by Policy"}, "key policy"},
		{apierr.Error{Status: 400, Operation: opMint, Message: "The organization does not allow new API keys"}, "key policy"},
		{apierr.Error{Status: 400, Operation: opCreateAdminKey, Message: "refused by policy"}, "key policy"},
		{apierr.Error{Status: 400, Operation: opEndKey, Message: "expires_in_seconds is too large"}, "key policy"},
		{apierr.Error{Status: 400, Operation: "create service account", Message: "refused by policy"}, "key policy"},
		{apierr.Error{Status: 400, Operation: "set data retention", Message: "refused by policy"}, ""},
		{apierr.Error{Status: 400, Operation: "set model permissions", Message: "Your organization's policy does not allow this"}, ""},
		{apierr.Error{Status: 400, Operation: "create project", Message: "This residency is not allowed"}, ""},
		{apierr.Error{Status: 400, Message: "name is required"}, ""},
		{apierr.Error{Status: 404}, ""},
		{apierr.Error{Status: 500}, ""},
	} {
		got := hint(&c.e)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: hint %q, want %q", c.e, got, c.want)
		}
	}
}

func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{
		`{"error":{"message":"no","type":"t","param":null,"code":404}}`, `{"code":404,"message":"x"}`, `{"error":"plain"}`,
		`<html>`, ``, `{"error":{"message":"sk-admin-abcdefgh"}}`, `{"error":{"message":"Missing scopes: a.b. Ask"}}`,
		`{"error":{"message":"\ud800\n"}}`, `{"error":{"code":1e999}}`, `{"error":{"code":"sk-proj-\u0061bcdefgh"}}`, "\xff\xfe",
	} {
		f.Add(403, []byte(seed))
	}
	f.Add(429, []byte(`{"error":{"code":"insufficient_quota"}}`))
	f.Add(400, []byte(`{"error":{"message":"`+strings.Repeat("ü", 400)+`"}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, kind := range []apiclient.Kind{apiclient.Read, apiclient.Update, apiclient.Create} {
			e := dialect.Decode(apiclient.Operation{Name: opMint, Kind: kind}, answerOf(status), body)
			e.Hint = hint(e)
			shown := e.Error() + e.Hint + e.Type + e.Param
			if e.Message == "" || !utf8.ValidString(shown) || strings.ContainsRune(e.Message, '\n') || len(e.Message) > 310 {
				t.Errorf("%q became %+v", body, e)
			}
			for _, shape := range []string{"sk-aaaaaaaa", "AGE-SECRET-KEY-1"} {
				if strings.Contains(shown, shape) {
					t.Errorf("%q became %q", body, shown)
				}
			}
			if unknown := status == 408 || status >= 500; kind == apiclient.Create && (e.Outcome == apierr.Unknown) != unknown {
				t.Errorf("status %d: outcome %d", status, e.Outcome)
			}
			if kind != apiclient.Create && e.Outcome == apierr.Unknown {
				t.Errorf("an answered %d is unknown", kind)
			}
		}
		if !json.Valid(body) && status != 0 {
			if got := dialect.Decode(apiclient.Operation{}, answerOf(status), body).Message; !strings.Contains(got, "without saying why") && !strings.Contains(got, "not the API's answer") {
				t.Errorf("%q is not JSON, but was read as %q", body, got)
			}
		}
	})
}
