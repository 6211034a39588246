// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/pem"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Who uses one vendor needs no credential of another, and nothing is sent there.
func TestVendorsBesideEachOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.env["RED_TOKEN"] = redToken
	h.env["BLUE_URL"] = h.blue.URL
	one := h.configure(nil)
	if _, said := one.read("red"); one.said+said != "" {
		t.Errorf("says %q, %q", one.said, said)
	}
	if got := h.red.credentials(); !slices.Equal(got, []string{redToken}) {
		t.Errorf("red got %q", got)
	}
	const missing = "There is no Blue access token. Give one as blue.token in the provider block, best from an ephemeral variable, or in BLUE_TOKEN. Ask your administrator."
	if _, said := one.read("blue"); !strings.Contains(said, missing) {
		t.Errorf("says %q", said)
	}
	if got := append(h.red.credentials(), h.blue.credentials()...); got != nil {
		t.Errorf("a server got %q", got)
	}
	h.env["BLUE_TOKEN"] = blueToken
	both := h.configure(nil)
	for _, vendor := range []string{"red", "blue"} {
		if _, said := both.read(vendor); said != "" {
			t.Errorf("%s: says %q", vendor, said)
		}
	}
	if red, blue := h.red.credentials(), h.blue.credentials(); !slices.Equal(red, []string{redToken}) || !slices.Equal(blue, []string{blueToken}) {
		t.Errorf("red got %q, blue %q", red, blue)
	}
}

// Each alias has its own credential and address, and its own unknown values.
func TestAliases(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.env["RED_TOKEN"] = redToken
	other := startToy(t, httptest.NewServer)
	first := h.configure(nil)
	second := h.configure(map[string]any{"red": map[string]any{"token": "red-second-fake-01234567", "base_url": other.URL}})
	third := h.configure(map[string]any{"red": map[string]any{"token": protocol.Unknown}})
	for _, one := range []instance{second, first, second} {
		if _, said := one.read("red"); said != "" {
			t.Errorf("says %q", said)
		}
	}
	if _, said := third.read("red"); !strings.Contains(said, "not known before apply") {
		t.Errorf("the third says %q", said)
	}
	if got := h.red.credentials(); !slices.Equal(got, []string{redToken}) {
		t.Errorf("the first server got %q", got)
	}
	if got := other.credentials(); len(got) != 2 || slices.Contains(got, redToken) {
		t.Errorf("the second server got %q", got)
	}
}

// Where a setting comes from: the block, else the environment in its order, else the
// default. What is not known asks nobody.
func TestSettings(t *testing.T) {
	t.Parallel()
	const late = "not known before apply"
	at := "http://127.0.0.1:1/"
	for name, test := range map[string]struct {
		vendor string
		block  any // nil: none
		env    map[string]string
		url    string // "" for the vendor's server
		says   string // the object; "" when it can be read
	}{
		"all from the environment":     {"red", nil, map[string]string{"RED_TOKEN": redToken}, "", ""},
		"an empty block":               {"red", map[string]any{}, map[string]string{"RED_TOKEN": redToken}, "", ""},
		"white space in variables":     {"red", nil, map[string]string{"RED_TOKEN": " " + redToken + "\r\n"}, "", ""},
		"the block goes first":         {"red", map[string]any{"token": redToken}, map[string]string{"RED_TOKEN": "red-another", "ORGKEYS_RED_URL": " "}, "", ""},
		"the first variable":           {"blue", nil, map[string]string{"BLUE_TOKEN": blueToken, "ORGKEYS_BLUE_URL": "{blue}", "BLUE_URL": at}, "", ""},
		"the second variable":          {"blue", nil, map[string]string{"BLUE_TOKEN": blueToken, "BLUE_URL": "{blue}"}, "", ""},
		"the argument before both":     {"blue", map[string]any{"base_url": "{blue}"}, map[string]string{"BLUE_TOKEN": blueToken, "ORGKEYS_BLUE_URL": at, "BLUE_URL": at}, "", ""},
		"an empty variable is none":    {"red", nil, map[string]string{"RED_TOKEN": ""}, "", "There is no Red access token"},
		"no address":                   {"blue", nil, map[string]string{"BLUE_TOKEN": blueToken}, "", "There is no Blue base URL. Give one as blue.base_url in the provider block or in ORGKEYS_BLUE_URL or BLUE_URL."},
		"unknown block":                {"red", protocol.Unknown, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown token":                {"red", map[string]any{"token": protocol.Unknown}, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown address":              {"red", map[string]any{"base_url": protocol.Unknown}, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown certificate":          {"red", map[string]any{"ca_certificate": protocol.Unknown}, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown pace":                 {"red", map[string]any{"requests_per_minute": protocol.Unknown}, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown patience":             {"red", map[string]any{"busy_timeout": protocol.Unknown}, map[string]string{"RED_TOKEN": redToken}, "", late},
		"unknown allow_http":           {"blue", map[string]any{"allow_http": protocol.Unknown, "base_url": "http://proxy.internal"}, map[string]string{"BLUE_TOKEN": blueToken}, "", late},
		"placeholder for a token":      {"red", map[string]any{"token": secret.Placeholder}, map[string]string{"RED_TOKEN": redToken}, "", "red.token is the placeholder of orgkeys_unsealed"},
		"placeholder for an address":   {"red", map[string]any{"base_url": secret.Placeholder + "\n"}, map[string]string{"RED_TOKEN": redToken}, "", "red.base_url is the placeholder of orgkeys_unsealed"},
		"placeholder in a variable":    {"red", nil, map[string]string{"RED_TOKEN": secret.Placeholder}, "", late},
		"another vendor's block":       {"red", nil, map[string]string{"RED_TOKEN": redToken, "BLUE_TOKEN": "nonsense", "BLUE_URL": "nonsense"}, "", ""},
		"a wrong variable, no block":   {"red", nil, map[string]string{"RED_TOKEN": blueToken}, "", "Invalid Red access token. The access token from RED_TOKEN belongs to another vendor."},
		"a wrong variable, no block 2": {"blue", nil, map[string]string{"BLUE_TOKEN": blueToken, "BLUE_URL": "http://proxy.internal"}, "", "Invalid Blue base URL. The base URL from BLUE_URL uses http."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for variable, value := range test.env {
				h.env[variable] = strings.ReplaceAll(value, "{blue}", h.blue.URL)
			}
			blocks := map[string]any{}
			if arguments, ok := test.block.(map[string]any); ok {
				set := map[string]any{}
				for argument, value := range arguments {
					if value == "{blue}" {
						value = h.blue.URL
					}
					set[argument] = value
				}
				blocks[test.vendor] = set
			} else if test.block != nil {
				blocks[test.vendor] = test.block
			}
			one := h.configure(blocks)
			if one.said != "" {
				t.Fatalf("the configuration says %q", one.said)
			}
			_, said := one.read(test.vendor)
			sent := append(h.red.credentials(), h.blue.credentials()...)
			want := []string{map[string]string{"red": redToken, "blue": blueToken}[test.vendor]}
			if test.says != "" {
				want = nil
			}
			if !slices.Equal(sent, want) || (said == "") != (test.says == "") || !strings.Contains(said, test.says) {
				t.Errorf("sent %q, says %q", sent, said)
			}
		})
	}
}

// What is wrong in a written block is said at once, also where a variable completes it;
// nothing is sent and nothing of the value is repeated.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2-fake-hunter2"
	for name, test := range map[string]struct {
		block map[string]any
		env   map[string]string
		says  []string
	}{
		"token empty":              {map[string]any{"token": " "}, nil, []string{"Invalid Red access token: red.token is empty."}},
		"token wrong":              {map[string]any{"token": hidden}, nil, []string{"Invalid Red access token: red.token belongs to another vendor."}},
		"address empty":            {map[string]any{"base_url": ""}, nil, []string{"Invalid Red base URL: red.base_url is empty."}},
		"address wrong":            {map[string]any{"base_url": hidden}, nil, []string{"Invalid Red base URL: red.base_url is no URL."}},
		"http":                     {map[string]any{"base_url": "http://proxy.internal"}, nil, []string{"red.base_url uses http."}},
		"no pace":                  {map[string]any{"requests_per_minute": 0}, nil, []string{"must be at least 1"}},
		"no patience":              {map[string]any{"busy_timeout": "soon"}, nil, []string{"is not a duration"}},
		"certificate empty":        {map[string]any{"ca_certificate": "\n"}, nil, []string{"Invalid CA certificate: red.ca_certificate is empty"}},
		"certificate wrong":        {map[string]any{"ca_certificate": hidden}, nil, []string{"Invalid CA certificate: red.ca_certificate holds no certificate but text of 20 characters. Give the PEM text itself"}},
		"variables under a block":  {map[string]any{}, map[string]string{"RED_TOKEN": hidden, "ORGKEYS_RED_URL": hidden}, []string{"Invalid Red access token: The access token from RED_TOKEN belongs to another vendor.", "Invalid Red base URL: The base URL from ORGKEYS_RED_URL is no URL."}},
		"no fall-back of an empty": {map[string]any{"token": ""}, map[string]string{"RED_TOKEN": redToken}, []string{"red.token is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			maps.Copy(h.env, test.env)
			said := h.configure(map[string]any{"red": test.block}).said
			for _, want := range test.says {
				if !strings.Contains(said, want) || !strings.Contains(said, "ERROR") {
					t.Errorf("says %q, want %q", said, want)
				}
			}
			if strings.Contains(said, hidden) {
				t.Errorf("repeats the value: %q", said)
			}
			if got := append(h.red.credentials(), h.blue.credentials()...); got != nil {
				t.Errorf("a server got %q", got)
			}
		})
	}
}

// A credential that is missing is the summary of the error, with the object that needs it;
// so is a missing address.
func TestMissingSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vendor string
		env    map[string]string
		says   string
	}{
		"credential": {"red", nil, "Missing Red access token: unable to read Red organization: There is no Red access token. Give one as red.token in the provider block, best from an ephemeral variable, or in RED_TOKEN. Ask your administrator."},
		"address":    {"blue", map[string]string{"BLUE_TOKEN": blueToken}, "Missing Blue base URL: unable to read Blue organization: There is no Blue base URL. Give one as blue.base_url in the provider block or in ORGKEYS_BLUE_URL or BLUE_URL."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			maps.Copy(h.env, test.env)
			if _, said := h.configure(nil).read(test.vendor); !strings.Contains(said, test.says) {
				t.Errorf("says %q", said)
			}
		})
	}
}

// A credential that begins as none of the vendor's does is used, with a warning that does
// not repeat it.
func TestUnusualCredential(t *testing.T) {
	t.Parallel()
	const odd = "red-odd-fake-0123456789"
	for from, prepare := range map[string]func(*house) map[string]any{
		"block":       func(*house) map[string]any { return map[string]any{"red": map[string]any{"token": odd}} },
		"environment": func(h *house) map[string]any { h.env["RED_TOKEN"] = odd; return nil },
	} {
		h := newHouse(t)
		one := h.configure(prepare(h))
		const warning = `WARNING Provider block "red" has an unusual access token: As a rule the access token begins with red-token- or red-second-, and the given one does not`
		if !strings.HasPrefix(one.said, warning) || !strings.HasSuffix(strings.TrimSpace(one.said), "It is used as it is. Ask your administrator.") || strings.Contains(one.said, odd) {
			t.Errorf("%s: says %q", from, one.said)
		}
		if _, said := one.read("red"); said != "" {
			t.Errorf("%s: says %q", from, said)
		}
		if got := h.red.credentials(); !slices.Equal(got, []string{odd}) {
			t.Errorf("%s: the server got %q", from, got)
		}
	}
	h := newHouse(t)
	h.env["RED_TOKEN"] = redToken
	if said := h.configure(nil).said; said != "" {
		t.Errorf("a usual one: says %q", said)
	}
}

func TestSettingsReachTheClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one := h.configure(map[string]any{"red": map[string]any{"token": redToken, "requests_per_minute": 7, "busy_timeout": "2h"}})
	found, said := one.read("red")
	if one.said+said != "" {
		t.Fatalf("says %q, %q", one.said, said)
	}
	if textOf(t, found["base_url"]) != h.red.URL || textOf(t, found["busy_timeout"]) != "2h0m0s" || !found["requests_per_minute"].Equal(tftypes.NewValue(tftypes.Number, 7)) {
		t.Errorf("the client got %v", found)
	}
}

// http to another host is for vendors that declare it, for users who ask for it, and said.
func TestAllowHTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	block := map[string]any{"token": blueToken, "base_url": "http://proxy.internal", "allow_http": true}
	if said := h.configure(map[string]any{"blue": block}).said; !strings.HasPrefix(said, `WARNING Provider block "blue" allows http: With blue.allow_http the access token and every new key travel unencrypted.`) {
		t.Errorf("says %q", said)
	}
	block["base_url"] = h.blue.URL
	if said := h.configure(map[string]any{"blue": block}).said; said != "" {
		t.Errorf("loopback: says %q", said)
	}
	for _, no := range []any{false, nil} {
		block["allow_http"], block["base_url"] = no, "http://proxy.internal"
		if said := h.configure(map[string]any{"blue": block}).said; !strings.Contains(said, "Invalid Blue base URL: blue.base_url uses http.") {
			t.Errorf("%v: says %q", no, said)
		}
	}
	form, ok := h.configure(nil).Schemas().Provider.ValueType().(tftypes.Object)
	if red, is := form.AttributeTypes["red"].(tftypes.Object); !ok || !is || red.AttributeTypes["allow_http"] != nil {
		t.Error("red has allow_http")
	}
}

func TestCACertificate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	private := startToy(t, httptest.NewTLSServer)
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: private.Certificate().Raw}))
	block := map[string]any{"token": redToken, "base_url": private.URL}
	one := h.configure(map[string]any{"red": block})
	if _, said := one.read("red"); !strings.Contains(said, "The server's certificate is not trusted") || !strings.Contains(said, "ca_certificate") {
		t.Errorf("without its root: says %q", said)
	}
	if got := private.credentials(); got != nil {
		t.Errorf("the server got %q", got)
	}
	block["ca_certificate"] = root
	one = h.configure(map[string]any{"red": block})
	if _, said := one.read("red"); one.said+said != "" {
		t.Errorf("with its root: says %q, %q", one.said, said)
	}
	if got := private.credentials(); !slices.Equal(got, []string{redToken}) {
		t.Errorf("the server got %q", got)
	}
}
