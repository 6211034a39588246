// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// check is a validator whose messages never repeat the value. They name the argument but
// do not point to it: the CLI would print the line of the configuration, secret and all.
type check struct {
	what string
	of   func(string) error
}

func (c check) Description(context.Context) string         { return c.what }
func (c check) MarkdownDescription(context.Context) string { return c.what }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || isPlaceholder(req.ConfigValue.ValueString()) {
		return
	}
	if err := c.of(trimmed(req.ConfigValue.ValueString())); err != nil {
		resp.Diagnostics.AddError("Invalid "+c.what, fmt.Sprintf("%s %s.", req.Path, err))
	}
}

// trimmed drops what editors, shells and .env files with CRLF leave at the ends of a text.
func trimmed(text string) string { return strings.Trim(text, " \t\r\n\ufeff") }

// isPlaceholder reports whether a text stands for a secret that this plan could not open.
func isPlaceholder(text string) bool { return secret.IsPlaceholder(text) }

func credential(b vendorblock.Block) validator.String {
	return check{b.Title + " " + b.Credential.Noun, func(s string) error { return b.Credential.Check(secret.New(s)) }}
}

func caCertificate() validator.String {
	return check{certificateNoun, func(s string) error {
		_, err := certificates(s)
		return err
	}}
}

// baseURL is a [check] that knows whether the block beside it allows http.
func baseURL(b vendorblock.Block) validator.String {
	return address{check{what: b.Title + " base URL"}, b.BaseURL}
}

type address struct {
	check
	base vendorblock.BaseURL
}

func (a address) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var allowed types.Bool
	if a.base.AllowHTTP {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, req.Path.ParentPath().AtName(argAllowHTTP), &allowed)...)
	}
	a.of = func(s string) error { return a.base.Check(s, allowed.IsUnknown() || allowed.ValueBool()) }
	a.check.ValidateString(ctx, req, resp)
}

func identity() validator.String {
	return check{"seal identity", func(s string) error {
		if _, err := seal.ParseIdentities(secret.New(s)); err != nil {
			return fmt.Errorf("is wrong: %w", err)
		}
		return nil
	}}
}
