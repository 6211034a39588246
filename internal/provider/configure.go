// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/clock"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
)

// The environment variables this provider reads, beside those of its vendors.
const (
	envRecipients   = "ORGKEYS_SEAL_RECIPIENTS"
	envIdentity     = "ORGKEYS_SEAL_IDENTITY"
	envIdentityFile = "ORGKEYS_SEAL_IDENTITY_FILE"
)

// Configure never calls the API: a wrong key shows at the first object, with its name.
func (p *orgkeys) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	if p.options.Clock == nil {
		p.options.Clock = clock.System()
	}
	if p.options.Getenv == nil {
		p.options.Getenv = os.Getenv
	}
	p.knowProxies()
	data := &providerdata.Data{}
	p.configureSeal(ctx, req.Config, &data.Seal, &resp.Diagnostics)
	for _, b := range p.vendors {
		var configured types.Object
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(b.Name), &configured)...)
		p.connect(ctx, b, configured, data, &resp.Diagnostics)
	}
	resp.ResourceData = data
	resp.DataSourceData = data
	resp.EphemeralResourceData = data
	resp.ActionData = data
	resp.ListResourceData = data
}

// knowProxies keeps the passwords of proxies out of messages: the network library repeats
// the address of one that it cannot use.
func (p *orgkeys) knowProxies() {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		value := p.options.Getenv(name)
		_, rest, schemed := strings.Cut(value, "://")
		if !schemed { // http is meant
			rest = value
		}
		if end := strings.LastIndex(rest, "@"); end > 0 {
			_, password, _ := strings.Cut(rest[:end], ":")
			secret.Know(rest[:end])
			secret.Know(password)
		}
	}
}

func (p *orgkeys) configureSeal(ctx context.Context, config tfsdk.Config, settings *seal.Settings, diags *diag.Diagnostics) {
	var configured types.Object
	var storage types.String
	diags.Append(config.GetAttribute(ctx, path.Root("seal"), &configured)...)
	diags.Append(config.GetAttribute(ctx, path.Root("secret_storage"), &storage)...)
	settings.Handoff = seal.NewHandoff()
	switch {
	case storage.IsUnknown():
	case storage.IsNull():
		settings.Storage = seal.Sealed
	default:
		settings.Storage = seal.Storage(storage.ValueString())
	}
	if configured.IsUnknown() {
		settings.NotYetKnown, settings.IdentityLate = true, true
		return
	}
	var block sealConfig
	if !configured.IsNull() {
		diags.Append(configured.As(ctx, &block, basetypes.ObjectAsOptions{})...)
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
	if slices.ContainsFunc(settings.Recipients, isPlaceholder) {
		settings.NotYetKnown, settings.Recipients = true, nil
		return
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
	identity := p.given(configured, envIdentity)
	text, from := identity.value, identity.from
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

// anyLate reports whether an element is not known yet.
func anyLate(elements []attr.Value) bool {
	return slices.ContainsFunc(elements, func(element attr.Value) bool {
		text, ok := element.(types.String)
		return element.IsUnknown() || ok && isPlaceholder(text.ValueString())
	})
}
