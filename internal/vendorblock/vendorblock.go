// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package vendorblock is what a vendor declares to the provider: its block in the
// configuration, how a client comes from it, and the objects the vendor offers. The
// provider is built from a list of these.
package vendorblock

import (
	"crypto/x509"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyinventory"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// Block is one vendor.
type Block struct {
	Name    string // of the block, and in type names: orgkeys_<name>_…
	Title   string // of the vendor, in messages
	Reaches string // what the block gives access to: "the … organization"

	Credential Credential
	BaseURL    BaseURL

	// Connect gives the client that the vendor's objects get from providerdata.Client. It
	// sends nothing. Its error is reported by each object that needs the client.
	Connect func(Settings) (any, error)

	// APIKeys are the keys that the inventory over all vendors reads here; the zero value is
	// none. Its Place names what every key is in: "folder".
	APIKeys keyinventory.Kind

	Resources          []func() resource.Resource
	DataSources        []func() datasource.DataSource
	EphemeralResources []func() ephemeral.EphemeralResource
	Actions            []func() action.Action
	ListResources      []func() list.ListResource
}

// Credential is the secret that every request carries. Without one, the vendor's objects
// report an error and the other vendors' do not.
type Credential struct {
	Argument    string // in the block: "access_token"
	Noun        string // in messages: "access token"
	Env         string // the variable that is read when the argument is not set
	Description string // of the argument, in Markdown: what to give, in whole sentences
	Where       string // where users get one: a sentence without its full stop
	// Prefixes are how such a credential begins, as far as the vendor is known to keep to it:
	// another one is used, with a warning. None: nothing is known.
	Prefixes []string
	// Check refuses what cannot be such a credential. Its error continues "The access
	// token from … " and repeats nothing of the text. The text is trimmed; "" is refused, too.
	Check func(secret.Text) error
}

// BaseURL is the address of the vendor's API.
type BaseURL struct {
	Env         []string // variables that are read, in this order, when base_url is not set
	Default     string   // used when those are not set either; "" = an address is required
	Description string   // of the argument, in Markdown: what to give, in whole sentences
	AllowHTTP   bool     // the block has allow_http
	// Check refuses what cannot be such an address, and http to another host than a
	// loopback one unless allowHTTP. Its error continues "The base URL from … ". The
	// text is trimmed; "" is refused, too.
	Check func(base string, allowHTTP bool) error
}

// Settings are what a block and the environment come to, all of it known and checked.
type Settings struct {
	Credential secret.Text
	BaseURL    string // never empty
	AllowHTTP  bool
	// RequestsPerMinute is a ceiling per endpoint; 0 adapts to what the server says.
	RequestsPerMinute int64
	// BusyTimeout is how long a request is tried again while the server is busy; 0 is the
	// client's default.
	BusyTimeout time.Duration
	// RootCAs are the machine's root certificates and those of ca_certificate; nil = the
	// machine's alone.
	RootCAs *x509.CertPool

	UserAgent      string
	Clock          clock.Clock
	AttemptTimeout time.Duration     // of one request; 0 is the client's default
	Transport      http.RoundTripper // replaces the network in tests; nil is the network
}
