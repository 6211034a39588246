// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the provider block: its schema, its checks, and the list of
// what the provider offers.
package provider

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
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

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyresource"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/keyseries"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/presence"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/unsealed"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai"
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
	// Naive reads every object by a request of its own, as a yardstick for benchmarks.
	Naive bool
}

// New gives the provider's constructor.
func New(version string, options Options) func() provider.Provider {
	return func() provider.Provider { return &orgkeys{version: version, options: options} }
}

type orgkeys struct {
	version string
	options Options
}

var (
	_ provider.ProviderWithEphemeralResources = &orgkeys{}
	_ provider.ProviderWithActions            = &orgkeys{}
	_ provider.ProviderWithListResources      = &orgkeys{}
)

type config struct {
	OpenAI        types.Object `tfsdk:"openai"`
	Seal          types.Object `tfsdk:"seal"`
	SecretStorage types.String `tfsdk:"secret_storage"`
}

type openaiConfig struct {
	AdminKey          types.String `tfsdk:"admin_key"`
	BaseURL           types.String `tfsdk:"base_url"`
	RequestsPerMinute types.Int64  `tfsdk:"requests_per_minute"`
	BusyTimeout       types.String `tfsdk:"busy_timeout"`
}

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
			"openai": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "How to reach the OpenAI organization. Needed only for `orgkeys_openai_*` objects; every part may come from the environment. A value that is not known before apply never falls back to the environment.",
				Attributes: map[string]schema.Attribute{
					"admin_key": schema.StringAttribute{
						Optional:            true,
						Sensitive:           true,
						MarkdownDescription: "An organization admin key (`sk-admin-…`) with write access to \"Organization Administration\"; never a project key. May be an ephemeral value. Default: `OPENAI_ADMIN_KEY`.",
						Validators:          []validator.String{adminKey()},
					},
					"base_url": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Where the Administration API is: https, or http on a loopback address. The admin key is sent there, so `OPENAI_BASE_URL`, which people point at inference proxies, is not read. Default: `ORGKEYS_OPENAI_BASE_URL`, else `https://api.openai.com/v1`.",
						Validators:          []validator.String{baseURL()},
					},
					"requests_per_minute": schema.Int64Attribute{
						Optional:            true,
						MarkdownDescription: "The most requests per minute to send to any one endpoint. Unset: the pace adapts to what the server says, which is usually best.",
						Validators:          []validator.Int64{int64validator.AtLeast(1)},
					},
					"busy_timeout": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "How long a request is tried again while the server only says that it is busy (429), counted from its first refusal, such as `2h`. Where the server asks to wait longer than that (`Retry-After`), the request fails at once. Waiting for other requests does not count, a spending or quota limit fails at once, and revocations and the look after a lost answer are waited for at least three minutes. Default: `30m`.",
						Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
					},
				},
			},
			"seal": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Who can read the secrets in state.",
				Attributes: map[string]schema.Attribute{
					"recipients": schema.ListAttribute{
						Optional:            true,
						ElementType:         types.StringType,
						MarkdownDescription: "The public keys every secret is sealed to: age (`age1…`, from `age-keygen`; or `age1pq1…`, age 1.3, for all or for none) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). Blank lines and comments (`#`) are skipped, as in age's own files. Each of them alone can open it. A change never rotates a key: existing secrets are sealed again in place if the provider has an identity that opens them. Default: `ORGKEYS_SEAL_RECIPIENTS`, separated by commas or line breaks; an empty list is nobody, and does not ask the environment.",
						Validators:          []validator.List{keyresource.RecipientList()},
					},
					"identity": schema.StringAttribute{
						Optional:            true,
						Sensitive:           true,
						MarkdownDescription: "The private key that opens sealed secrets: the content of an age identity file (`AGE-SECRET-KEY-1…`) or of an unprotected SSH private key. May be an ephemeral value. Needed to hand a secret to a store in a later run than the one that made it, and to seal it to other recipients; never to create or rotate a key. Give it through the environment or an ephemeral variable, never on the command line. Default: `ORGKEYS_SEAL_IDENTITY`, else the file named by `ORGKEYS_SEAL_IDENTITY_FILE`.",
						Validators:          []validator.String{identity()},
					},
				},
			},
			"secret_storage": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "How secrets lie in state: `sealed` (default; age ciphertext, needs recipients) or `state` (plaintext, readable by everybody who can read the state). A resource can override it.",
				Validators:          []validator.String{stringvalidator.OneOf(string(seal.Sealed), string(seal.Plain))},
			},
		},
	}
}

func (p *orgkeys) Resources(context.Context) []func() resource.Resource { return openai.Resources() }

func (p *orgkeys) DataSources(context.Context) []func() datasource.DataSource {
	return openai.DataSources()
}

func (p *orgkeys) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return append(openai.EphemeralResources(), unsealed.New)
}

func (p *orgkeys) Actions(context.Context) []func() action.Action { return openai.Actions() }

func (p *orgkeys) ListResources(context.Context) []func() list.ListResource {
	return openai.ListResources()
}
