// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the provider block: its schema, its checks, and the list of
// what the provider offers.
package provider

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/allkeys"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/unsealed"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// Options replace parts of the world, for tests. The zero value is the real one.
type Options struct {
	// Clock is read and waited on; nil is the machine's own.
	Clock clock.Clock
	// AttemptTimeout ends one request that gets no answer; 0 is the client's default.
	AttemptTimeout time.Duration
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(string) string
	// Transport replaces the network; nil is the network.
	Transport http.RoundTripper
	// Presence is the presence of whoever made a call, by the call's context; nil is a
	// caller that is always there.
	Presence func(context.Context) presence.Presence
	// Open takes the keys that are open for one run, for whoever ends the process; nil is
	// nobody.
	Open *keyseries.Revocable
	// Vendors are the vendors that are offered; nil = those of the released provider.
	Vendors []vendorblock.Block
}

// New gives the provider's constructor.
func New(version string, options Options) func() provider.Provider {
	return func() provider.Provider {
		p := &orgkeys{version: version, options: options, vendors: options.Vendors}
		if p.vendors == nil {
			p.vendors = vendors()
		}
		return p
	}
}

type orgkeys struct {
	version string
	options Options
	vendors []vendorblock.Block
}

var (
	_ provider.ProviderWithEphemeralResources = &orgkeys{}
	_ provider.ProviderWithActions            = &orgkeys{}
	_ provider.ProviderWithListResources      = &orgkeys{}
)

type sealConfig struct {
	Recipients types.List   `tfsdk:"recipients"`
	Identity   types.String `tfsdk:"identity"`
}

func (p *orgkeys) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "orgkeys"
	resp.Version = p.version
}

func (p *orgkeys) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "API keys that belong to the organization: declared in code, owned by service accounts, rotated with an overlap, their secrets sealed in state.",
		Attributes: map[string]schema.Attribute{
			"seal": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Who can read the secrets in state.",
				Attributes: map[string]schema.Attribute{
					"recipients": schema.ListAttribute{
						Optional:            true,
						ElementType:         types.StringType,
						MarkdownDescription: "The public keys every secret is sealed to: age (`age1…`, from `age-keygen`), post-quantum age (`age1pq1…`, from age 1.3; then all must be of this kind) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). Blank lines and comments (`#`) are skipped, as in age's own files. Each of them alone can open it. A change never rotates a key: existing secrets are sealed again in place if the provider has an identity that opens them. Default: `ORGKEYS_SEAL_RECIPIENTS`, separated by commas or line breaks; an empty list means no recipient, and the environment is not read.",
						Validators:          []validator.List{keyresource.RecipientList()},
					},
					"identity": schema.StringAttribute{
						Optional:            true,
						Sensitive:           true,
						MarkdownDescription: "The private key that opens sealed secrets: the content of an age identity file (`AGE-SECRET-KEY-1…`) or of an unprotected SSH private key. May be an ephemeral value. Needed to hand a secret to a store in a later run than the one that created it, and to seal it to other recipients; never to create or rotate a key. Give it through the environment or an ephemeral variable, never on the command line. Default: `ORGKEYS_SEAL_IDENTITY`, else the file named by `ORGKEYS_SEAL_IDENTITY_FILE`.",
						Validators:          []validator.String{identity()},
					},
				},
			},
			"secret_storage": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "How secrets are stored in state: `sealed` (default; age ciphertext, needs recipients) or `state` (plaintext, readable by everyone who can read the state). A resource can override it.",
				Validators:          []validator.String{stringvalidator.OneOf(string(seal.Sealed), string(seal.Plain))},
			},
		},
	}
	for _, b := range p.vendors {
		resp.Schema.Attributes[b.Name] = blockSchema(b)
	}
}

// of collects one kind of objects of all vendors.
func of[T any](blocks []vendorblock.Block, kind func(vendorblock.Block) []T) []T {
	var all []T
	for _, b := range blocks {
		all = append(all, kind(b)...)
	}
	return all
}

func (p *orgkeys) Resources(context.Context) []func() resource.Resource {
	return of(p.vendors, func(b vendorblock.Block) []func() resource.Resource { return b.Resources })
}

func (p *orgkeys) DataSources(context.Context) []func() datasource.DataSource {
	return append(of(p.vendors, func(b vendorblock.Block) []func() datasource.DataSource { return b.DataSources }), allkeys.DataSource(p.vendors))
}

func (p *orgkeys) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return append(of(p.vendors, func(b vendorblock.Block) []func() ephemeral.EphemeralResource { return b.EphemeralResources }), unsealed.New)
}

func (p *orgkeys) Actions(context.Context) []func() action.Action {
	return of(p.vendors, func(b vendorblock.Block) []func() action.Action { return b.Actions })
}

func (p *orgkeys) ListResources(context.Context) []func() list.ListResource {
	return of(p.vendors, func(b vendorblock.Block) []func() list.ListResource { return b.ListResources })
}
