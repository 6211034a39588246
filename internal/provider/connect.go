// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/crud"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/span"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/vendorblock"
)

// connect hands a vendor's client to its objects, or why there is none. What is wrong is
// an error at once only where the vendor's block is written: variables of a vendor that
// this configuration does not use must not stop it.
func (p *orgkeys) connect(ctx context.Context, b vendorblock.Block, configured types.Object, data *providerdata.Data, diags *diag.Diagnostics) {
	settings, err := p.settings(b, configured)
	var client any
	if err == nil {
		client, err = b.Connect(settings)
	}
	data.Connect(b.Name, providerdata.Connection{
		Client: client, Err: err, Absent: configured.IsNull() && p.given(nil, b.Credential.Env).from == "",
	})
	var wrong mistakes
	if errors.As(err, &wrong) && !configured.IsNull() {
		for _, one := range wrong {
			diags.AddError(one.summary, one.detail)
		}
	}
	if err == nil && !startsLike(settings.Credential, b.Credential.Prefixes) {
		crud.Warn(crud.WithWarnings(ctx, diags), crud.Named("provider block", b.Name, ""), "has an unusual "+b.Credential.Noun,
			"As a rule the %s begins with %s, and the given one does not: it may be another kind of key, or another vendor's. It is used as it is. %s.",
			b.Credential.Noun, strings.Join(b.Credential.Prefixes, " or "), b.Credential.Where)
	}
	if err == nil && settings.AllowHTTP && b.BaseURL.Check(settings.BaseURL, false) != nil {
		crud.Warn(crud.WithWarnings(ctx, diags), crud.Named("provider block", b.Name, ""), "allows http",
			"With %s.%s the %s and every new key travel unencrypted. Give the server a certificate and use https; with %s the provider trusts a certificate of your own.",
			b.Name, argAllowHTTP, b.Credential.Noun, argCACertificate)
	}
}

// reading is a vendor's block with what the environment adds to it.
type reading struct {
	vendorblock.Block
	arguments              map[string]attr.Value // nil where there is no block
	credential, base, root given
}

// settings are what a vendor's block and the environment come to. The error is
// [crud.ErrNotYetKnown], [mistakes], or what is missing.
func (p *orgkeys) settings(b vendorblock.Block, configured types.Object) (vendorblock.Settings, error) {
	block := configured.Attributes()
	r := reading{
		Block: b, arguments: block,
		credential: p.given(block[b.Credential.Argument], b.Credential.Env),
		base:       p.given(block[argBaseURL], b.BaseURL.Env...),
		root:       p.given(block[argCACertificate]),
	}
	settings := vendorblock.Settings{
		Credential:        secret.New(r.credential.value), // from here on no message has it
		AllowHTTP:         yes(block[argAllowHTTP]),
		RequestsPerMinute: number(block[argRequestsPerMinute]),
		UserAgent:         "terraform-provider-orgkeys/" + p.version,
		Clock:             p.options.Clock, AttemptTimeout: p.options.AttemptTimeout,
		Transport: p.options.Transport,
	}
	if configured.IsUnknown() || anyUnknown(block) {
		return settings, crud.ErrNotYetKnown
	}
	if err := r.complete(); err != nil {
		return settings, err
	}
	settings.BaseURL = r.base.value
	settings.BusyTimeout, _ = span.Parse(text(block[argBusyTimeout])) // validated; unset is the client's default
	return settings, r.check(&settings)
}

// complete puts the default in place of an address that is not given, and says what else
// is missing.
func (r *reading) complete() error {
	if r.base.from == "" {
		r.base.value = r.BaseURL.Default
	}
	for _, one := range []struct{ argument, value string }{
		{r.Credential.Argument, r.credential.value}, {argBaseURL, r.base.value}, {argCACertificate, r.root.value},
	} {
		if isPlaceholder(one.value) {
			return fmt.Errorf("%s.%s is the placeholder of orgkeys_unsealed: %w", r.Name, one.argument, crud.ErrNotYetKnown)
		}
	}
	switch {
	case r.credential.from == "":
		return missing(r.Title+" "+r.Credential.Noun, "Give one as %s.%s in the provider block, best from an ephemeral variable, or in %s. %s",
			r.Name, r.Credential.Argument, r.Credential.Env, r.Credential.Where)
	case r.base.from == "" && r.base.value == "":
		return missing(r.Title+" base URL", "Give one as %s.%s in the provider block or in %s", r.Name, argBaseURL, strings.Join(r.BaseURL.Env, " or "))
	}
	return nil
}

// missing is the error about a setting that is not there, and what to do.
func missing(what, remedy string, args ...any) error {
	return &crud.Titled{Summary: "Missing " + what, Err: fmt.Errorf("there is no "+what+". "+remedy, args...)}
}

// startsLike reports whether a credential begins as such ones do, as far as that is known.
func startsLike(credential secret.Text, prefixes []string) bool {
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(credential.Reveal(), prefix) })
}

// check is what the validators check, also of what comes from the environment.
func (r *reading) check(settings *vendorblock.Settings) error {
	var wrong mistakes
	if err := r.Credential.Check(settings.Credential); err != nil {
		wrong.add(r.Title+" "+r.Credential.Noun, "The %s from %s %s.", r.Credential.Noun, r.credential.from, err)
	}
	if err := r.BaseURL.Check(settings.BaseURL, settings.AllowHTTP); err != nil {
		wrong.add(r.Title+" base URL", "The base URL from %s %s.", r.base.from, err)
	}
	if r.root.from != "" {
		var err error
		if settings.RootCAs, err = rootCAs(r.root.value); err != nil {
			wrong.add(certificateNoun, "%s.%s %s.", r.Name, argCACertificate, err)
		}
	}
	if wrong == nil {
		return nil // not a nil of this type
	}
	return wrong
}

// mistakes are what is wrong with values that were given.
type mistakes []mistake

type mistake struct{ summary, detail string }

func (m *mistakes) add(what, format string, args ...any) {
	*m = append(*m, mistake{"Invalid " + what, fmt.Sprintf(format, args...)})
}

// Error implements error.
func (m mistakes) Error() string {
	all := make([]string, 0, len(m))
	for _, one := range m {
		all = append(all, one.summary+". "+one.detail)
	}
	return strings.Join(all, "\n\n")
}

// given is a setting, trimmed, and where it comes from: "" where it was not given.
type given struct{ value, from string }

// given reads a setting: as configured, else from the first of the environment variables
// that is not empty. What is not known is not given either.
func (p *orgkeys) given(configured attr.Value, env ...string) given {
	if configured != nil && !configured.IsNull() {
		return given{trimmed(text(configured)), "the provider block"}
	}
	for _, name := range env {
		if value := trimmed(p.options.Getenv(name)); value != "" {
			return given{value, name}
		}
	}
	return given{}
}

func anyUnknown(block map[string]attr.Value) bool {
	for _, one := range block {
		if one.IsUnknown() {
			return true
		}
	}
	return false
}

// text, number and yes read an argument of a block: the zero value where it has none.
func text(v attr.Value) string {
	s, _ := v.(types.String)
	return s.ValueString()
}

func number(v attr.Value) int64 {
	n, _ := v.(types.Int64)
	return n.ValueInt64()
}

func yes(v attr.Value) bool {
	b, _ := v.(types.Bool)
	return b.ValueBool()
}
