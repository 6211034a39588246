// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/openai"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// check is a validator whose messages never repeat the value.
type check struct {
	what string
	of   func(string) error
}

func (c check) Description(context.Context) string         { return c.what }
func (c check) MarkdownDescription(context.Context) string { return c.what }

func (c check) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := c.of(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+c.what, fmt.Sprintf("%s %s.", req.Path, err))
	}
}

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
