// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/acctest/protocol"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/apiclient"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/provider"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// Two toy vendors: red has an address by default and an organization's token, blue is
// run by its users, who must say where it is and may use http.
const (
	redToken  = "red-token-fake-0123456789"
	blueToken = "blue-token-fake-0123456789"
)

// toyClient sends one request with the settings it got.
type toyClient struct {
	settings vendorblock.Settings
	http     *apiclient.Client
}

type toyModel struct {
	BaseURL           types.String `tfsdk:"base_url"`
	RequestsPerMinute types.Int64  `tfsdk:"requests_per_minute"`
	BusyTimeout       types.String `tfsdk:"busy_timeout"`
}

func toyVendor(name, title string, base vendorblock.BaseURL) vendorblock.Block {
	base.Check = checkToyURL
	base.Description = "Where it is."
	return vendorblock.Block{
		Name: name, Title: title, Reaches: "the " + title + " organization",
		Credential: vendorblock.Credential{
			Argument: "token", Noun: "access token", Env: strings.ToUpper(name) + "_TOKEN",
			Description: "A token.", Where: "Ask your administrator", Prefixes: []string{name + "-token-", name + "-second-"},
			Check: func(token secret.Text) error {
				switch text := token.Reveal(); {
				case text == "":
					return errors.New("is empty")
				case !strings.HasPrefix(text, name+"-"):
					return errors.New("belongs to another vendor")
				}
				return nil
			},
		},
		BaseURL: base,
		Connect: func(s vendorblock.Settings) (any, error) {
			return &toyClient{s, apiclient.New(apiclient.Config{
				Dialect: apiclient.Dialect{Name: name, Quota: func(string) bool { return false }}, RootCAs: s.RootCAs, Clock: s.Clock,
			})}, nil
		},
		DataSources: []func() datasource.DataSource{crud.Lookup[*toyClient, toyModel]{
			TypeName: name + "_self", Noun: title + " organization",
			Schema: schema.Schema{Attributes: map[string]schema.Attribute{
				"base_url": schema.StringAttribute{Computed: true}, "busy_timeout": schema.StringAttribute{Computed: true},
				"requests_per_minute": schema.Int64Attribute{Computed: true},
			}},
			Connect: func(data any) (*toyClient, error) { return providerdata.Client[*toyClient](data, name) },
			Find:    findToy,
		}.DataSource()},
	}
}

func findToy(ctx context.Context, c *toyClient, _ toyModel) (toyModel, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.settings.BaseURL, nil)
	if err != nil {
		return toyModel{}, err
	}
	req.Header.Set("Authorization", c.settings.Credential.Reveal())
	_, err = apiclient.Call(ctx, c.http, apiclient.Operation{Name: "read organization"}, func(_ context.Context, via apiclient.Doer) (*toyModel, error) {
		resp, err := via.Do(req)
		if err != nil {
			return nil, err
		}
		return nil, resp.Body.Close()
	}, apiclient.Anything)
	return toyModel{
		types.StringValue(c.settings.BaseURL), types.Int64Value(c.settings.RequestsPerMinute), types.StringValue(c.settings.BusyTimeout.String()),
	}, err
}

func checkToyURL(base string, allowHTTP bool) error {
	u, err := url.Parse(base)
	switch {
	case base == "":
		return errors.New("is empty")
	case err != nil || u.Hostname() == "":
		return errors.New("is no URL")
	case u.Scheme == "http" && !allowHTTP && u.Hostname() != "127.0.0.1":
		return errors.New("uses http")
	}
	return nil
}

// toyServer records the credentials that it gets.
type toyServer struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func startToy(t *testing.T, start func(http.Handler) *httptest.Server) *toyServer {
	t.Helper()
	s := &toyServer{}
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.got = append(s.got, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(s.Close)
	return s
}

// credentials are what the server got since it was asked last.
func (s *toyServer) credentials() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// house is the provider with both toys, and their servers.
type house struct {
	t         *testing.T
	red, blue *toyServer
	env       map[string]string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{t, startToy(t, httptest.NewServer), startToy(t, httptest.NewServer), map[string]string{}}
}

// instance is one configured instance of the provider: one alias.
type instance struct {
	*house
	*protocol.Process
	said string // by its configuration: severity, summary and detail, a line each
}

// configure gives an instance of the provider. A block is what is set in it, or
// [protocol.Unknown].
func (h *house) configure(blocks map[string]any) instance {
	h.t.Helper()
	env := maps.Clone(h.env)
	p, err := protocol.Start(h.t.Context(), provider.NewServer("test", provider.Options{
		Getenv: func(name string) string { return env[name] },
		Vendors: []vendorblock.Block{
			toyVendor("red", "Red", vendorblock.BaseURL{Env: []string{"ORGKEYS_RED_URL"}, Default: h.red.URL}),
			toyVendor("blue", "Blue", vendorblock.BaseURL{Env: []string{"ORGKEYS_BLUE_URL", "BLUE_URL"}, AllowHTTP: true}),
		},
	}))
	if err != nil {
		h.t.Fatal(err)
	}
	config := map[string]any{}
	form, ok := p.Schemas().Provider.ValueType().(tftypes.Object)
	if !ok {
		h.t.Fatal("the provider's configuration is no object")
	}
	for name, block := range blocks {
		config[name] = block
		if arguments, ok := block.(map[string]any); ok {
			config[name] = whole(h.t, form.AttributeTypes[name], arguments)
		}
	}
	said, err := p.Configure(h.t.Context(), config)
	if err != nil {
		h.t.Fatal(err)
	}
	return instance{h, p, spoken(said)}
}

// whole is a block's value with null for what is left out.
func whole(t *testing.T, form tftypes.Type, arguments map[string]any) map[string]tftypes.Value {
	t.Helper()
	value, err := protocol.Value(form, arguments)
	all := map[string]tftypes.Value{}
	if err = errors.Join(err, value.As(&all)); err != nil {
		t.Fatal(err)
	}
	return all
}

func spoken(said []*tfprotov6.Diagnostic) string {
	var all []string
	for _, one := range said {
		all = append(all, one.Severity.String()+" "+one.Summary+": "+one.Detail)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// read reads a toy vendor's data source: what it found, and what was said.
func (i instance) read(vendor string) (map[string]tftypes.Value, string) {
	i.t.Helper()
	answer, err := i.Data(i.t.Context(), "orgkeys_"+vendor+"_self", nil)
	if err != nil {
		i.t.Fatal(err)
	}
	found := map[string]tftypes.Value{}
	if !answer.Value.IsNull() {
		if err := answer.Value.As(&found); err != nil {
			i.t.Fatal(err)
		}
	}
	return found, spoken(answer.Diagnostics)
}

func textOf(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var text string
	if err := v.As(&text); err != nil {
		t.Fatal(err)
	}
	return text
}
