// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
	openai "github.com/orgkeys/terraform-provider-orgkeys/internal/vendors/openai/api"
)

// The environment variables this provider reads, and no others.
const (
	envAdminKey     = "OPENAI_ADMIN_KEY"
	envBaseURL      = "ORGKEYS_OPENAI_BASE_URL"
	envRecipients   = "ORGKEYS_SEAL_RECIPIENTS"
	envIdentity     = "ORGKEYS_SEAL_IDENTITY"
	envIdentityFile = "ORGKEYS_SEAL_IDENTITY_FILE"
)

// Configure never calls the API: a wrong key shows at the first object, with its name.
func (p *orgkeys) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var c config
	resp.Diagnostics.Append(req.Config.Get(ctx, &c)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.options.Clock == nil {
		p.options.Clock = clock.System()
	}
	if p.options.Getenv == nil {
		p.options.Getenv = os.Getenv
	}
	p.knowProxies()
	data := &providerdata.Data{}
	p.configureSeal(ctx, c, &data.Seal, &resp.Diagnostics)
	p.configureOpenAI(ctx, c, data, &resp.Diagnostics)
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.ListResourceData = data
}

func (p *orgkeys) configureOpenAI(ctx context.Context, c config, data *providerdata.Data, diags *diag.Diagnostics) {
	var block openaiConfig
	late := c.OpenAI.IsUnknown()
	if !late && !c.OpenAI.IsNull() {
		diags.Append(c.OpenAI.As(ctx, &block, basetypes.ObjectAsOptions{})...)
	}
	late = late || block.AdminKey.IsUnknown() || block.BaseURL.IsUnknown() || block.RequestsPerMinute.IsUnknown() || block.BusyTimeout.IsUnknown()
	if diags.HasError() {
		return
	}
	if late {
		data.OpenAIErr = crud.ErrNotYetKnown
		return
	}
	key, keyFrom := p.value(block.AdminKey, envAdminKey)
	base, baseFrom := p.value(block.BaseURL, envBaseURL)
	if isPlaceholder(key) || isPlaceholder(base) {
		data.OpenAIErr = fmt.Errorf("openai.admin_key is the placeholder of orgkeys_unsealed: %w", crud.ErrNotYetKnown)
		return
	}
	if key == "" {
		data.OpenAIErr = errors.New("there is no OpenAI admin key. Give one as openai.admin_key in the provider block, best from an ephemeral variable, or in " + envAdminKey + ". Admin keys (sk-admin-…) are made by organization owners in the dashboard under organization settings")
		return
	}
	if err := openai.CheckAdminKey(secret.New(key)); err != nil {
		diags.AddError("Invalid OpenAI admin key", fmt.Sprintf("The admin key from %s %s.", keyFrom, err))
	}
	if base != "" {
		if err := openai.CheckBaseURL(base); err != nil {
			diags.AddError("Invalid OpenAI base URL", fmt.Sprintf("The base URL from %s %s.", baseFrom, err))
		}
	}
	if diags.HasError() {
		return
	}
	busy, _ := span.Parse(block.BusyTimeout.ValueString()) // validated; unset is the client's default
	data.OpenAI, data.OpenAIErr = openai.New(openai.Config{
		BaseURL: base, AdminKey: secret.New(key),
		RequestsPerMinute: block.RequestsPerMinute.ValueInt64(), BusyTimeout: busy,
		UserAgent: "terraform-provider-orgkeys/" + p.version,
		Clock:     p.options.Clock, AttemptTimeout: p.options.AttemptTimeout,
		Transport: p.options.Transport, Naive: p.options.Naive,
	})
}

// knowProxies keeps the passwords of proxies out of messages: the network library repeats
// the address of one that it cannot use.
func (p *orgkeys) knowProxies() {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		_, rest, _ := strings.Cut(p.options.Getenv(name), "://")
		if end := strings.LastIndex(rest, "@"); end > 0 {
			_, password, _ := strings.Cut(rest[:end], ":")
			secret.Know(rest[:end])
			secret.Know(password)
		}
	}
}

// value is a setting, trimmed, and where it came from; an empty environment variable is
// none.
func (p *orgkeys) value(configured types.String, env string) (value, from string) {
	if !configured.IsNull() {
		return trimmed(configured.ValueString()), "the provider block"
	}
	return trimmed(p.options.Getenv(env)), env
}

func (p *orgkeys) configureSeal(ctx context.Context, c config, settings *seal.Settings, diags *diag.Diagnostics) {
	settings.Handoff = seal.NewHandoff()
	switch {
	case c.SecretStorage.IsUnknown():
	case c.SecretStorage.IsNull():
		settings.Storage = seal.Sealed
	default:
		settings.Storage = seal.Storage(c.SecretStorage.ValueString())
	}
	if c.Seal.IsUnknown() {
		settings.NotYetKnown, settings.IdentityLate = true, true
		return
	}
	var block sealConfig
	if !c.Seal.IsNull() {
		diags.Append(c.Seal.As(ctx, &block, basetypes.ObjectAsOptions{})...)
	}
	p.recipients(block.Recipients, settings, diags)
	p.identity(block.Identity, settings, diags)
}

func (p *orgkeys) recipients(configured types.List, settings *seal.Settings, diags *diag.Diagnostics) {
	if !configured.IsNull() {
		elements := configured.Elements()
		if configured.IsUnknown() || anyLate(elements) {
			settings.NotYetKnown = true
			return
		}
		for _, element := range elements {
			if text, ok := element.(types.String); ok {
				settings.Recipients = append(settings.Recipients, text.ValueString())
			}
		}
		return
	}
	text := p.options.Getenv(envRecipients)
	for _, line := range seal.Lines([]string{text}) {
		for one := range strings.SplitSeq(line, ",") {
			if one = strings.TrimSpace(one); one != "" {
				settings.Recipients = append(settings.Recipients, one)
			}
		}
	}
	if _, err := seal.ParseRecipients(settings.Recipients); err != nil {
		_ = secret.New(text) // nobody knows what it is
		diags.AddError("Invalid seal recipient", fmt.Sprintf("In %s, %s.", envRecipients, err))
	}
}

func (p *orgkeys) identity(configured types.String, settings *seal.Settings, diags *diag.Diagnostics) {
	if configured.IsUnknown() {
		settings.IdentityLate = true
		return
	}
	text, from := p.value(configured, envIdentity)
	if file := trimmed(p.options.Getenv(envIdentityFile)); text == "" && file != "" {
		content, err := seal.ReadIdentityFile(file)
		if err != nil {
			diags.AddError("Unable to read the identity file", fmt.Sprintf("%s names %s.", envIdentityFile, err))
			return
		}
		text, from = content.Reveal(), envIdentityFile
	}
	if text == "" {
		return
	}
	if isPlaceholder(text) {
		settings.IdentityLate = true
		return
	}
	identities, err := seal.ParseIdentities(secret.New(text))
	if err != nil {
		diags.AddError("Invalid seal identity", fmt.Sprintf("From %s: %s.", from, err))
		return
	}
	settings.Identities = identities
}

// anyLate tells whether an element is not known yet.
func anyLate(elements []attr.Value) bool {
	return slices.ContainsFunc(elements, func(element attr.Value) bool {
		text, ok := element.(types.String)
		return element.IsUnknown() || ok && isPlaceholder(text.ValueString())
	})
}
