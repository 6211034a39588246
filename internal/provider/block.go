// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// The arguments that every vendor's block has, beside its credential.
const (
	argBaseURL           = "base_url"
	argAllowHTTP         = "allow_http" // where the vendor allows it
	argCACertificate     = "ca_certificate"
	argRequestsPerMinute = "requests_per_minute"
	argBusyTimeout       = "busy_timeout"
)

// blockSchema is the schema of a vendor's block.
func blockSchema(b vendorblock.Block) schema.Attribute {
	attributes := map[string]schema.Attribute{
		b.Credential.Argument: schema.StringAttribute{
			Optional:            true,
			Sensitive:           true,
			MarkdownDescription: b.Credential.Description + " May be an ephemeral value. Default: `" + b.Credential.Env + "`.",
			Validators:          []validator.String{credential(b)},
		},
		argBaseURL: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: b.BaseURL.Description + " " + defaultAddress(b.BaseURL),
			Validators:          []validator.String{baseURL(b)},
		},
		argCACertificate: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Root certificates to trust beside the machine's own, as PEM text, one or several: for a proxy that intercepts TLS, or a private host. Usually `file(\"ca.pem\")`.",
			Validators:          []validator.String{caCertificate()},
		},
		argRequestsPerMinute: schema.Int64Attribute{
			Optional: true, CustomType: crud.Whole{},
			MarkdownDescription: "The highest number of requests per minute that may be sent to one endpoint. Unset: the pace adapts to what the server says, which is usually best.",
			Validators:          []validator.Int64{int64validator.AtLeast(1)},
		},
		argBusyTimeout: schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "How long a request is repeated while the server answers that it is busy (429), counted from the first such answer, such as `2h`. Where the server asks to wait longer than that (`Retry-After`), the request fails at once. Waiting for other requests does not count. A spending limit or a quota fails at once. Revocations, and the check after a lost answer, are repeated for at least three minutes. Default: `30m`.",
			Validators:          []validator.String{crud.DurationBetween(time.Second, 0)},
		},
	}
	if b.BaseURL.AllowHTTP {
		attributes[argAllowHTTP] = schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether `base_url` may be http on a host that is not a loopback address. The " + b.Credential.Noun + " and every new key then travel unencrypted; each run warns of it. Default: `false`.",
		}
	}
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "How to reach " + b.Reaches + ". Needed only for `orgkeys_" + b.Name + "_*` objects; every part may come from the environment. A value that is not known before apply never falls back to the environment.",
		Attributes:          attributes,
	}
}

func defaultAddress(base vendorblock.BaseURL) string {
	places := "`" + strings.Join(base.Env, "`, else `") + "`"
	if base.Default == "" {
		return "Default: " + places + "; without any of them there is no address, which is an error."
	}
	return "Default: " + places + ", else `" + base.Default + "`."
}
