// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	openai "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
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

// isPlaceholder tells that a text stands for a secret that this plan could not open.
func isPlaceholder(text string) bool { return trimmed(text) == secret.Placeholder }

func adminKey() validator.String {
	return check{"OpenAI admin key", func(s string) error { return openai.CheckAdminKey(secret.New(s)) }}
}

func baseURL() validator.String { return check{"OpenAI base URL", openai.CheckBaseURL} }

func identity() validator.String {
	return check{"seal identity", func(s string) error {
		if _, err := seal.ParseIdentities(secret.New(s)); err != nil {
			return fmt.Errorf("is wrong: %w", err)
		}
		return nil
	}}
}
