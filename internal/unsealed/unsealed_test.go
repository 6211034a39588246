// Copyright (c) The orgkeys Authors
// SPDX-License-Identifier: MPL-2.0

package unsealed_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/orgkeys/terraform-provider-orgkeys/internal/providerdata"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/seal"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/secret"
	"github.com/orgkeys/terraform-provider-orgkeys/internal/unsealed"
)

// open opens a block with the given arguments; the value is "" if there is none.
func open(t *testing.T, settings seal.Settings, arguments map[string]string) (value string, errors []string) {
	t.Helper()
	ctx := context.Background()
	block := unsealed.New()
	var described ephemeral.SchemaResponse
	block.Schema(ctx, ephemeral.SchemaRequest{}, &described)
	configurable, ok := block.(ephemeral.EphemeralResourceWithConfigure)
	if !ok {
		t.Fatal("the block takes no settings")
	}
	if settings.Handoff == nil {
		settings.Handoff = seal.NewHandoff()
	}
	configurable.Configure(ctx, ephemeral.ConfigureRequest{ProviderData: &providerdata.Data{Seal: settings}}, &ephemeral.ConfigureResponse{})
	kind := described.Schema.Type().TerraformType(ctx)
	values := map[string]tftypes.Value{}
	for name := range described.Schema.Attributes {
		values[name] = tftypes.NewValue(tftypes.String, nil)
		if text, given := arguments[name]; given {
			values[name] = tftypes.NewValue(tftypes.String, text)
		}
	}
	raw := tftypes.NewValue(kind, values)
	resp := ephemeral.OpenResponse{Result: tfsdk.EphemeralResultData{Schema: described.Schema, Raw: raw}}
	block.Open(ctx, ephemeral.OpenRequest{Config: tfsdk.Config{Schema: described.Schema, Raw: raw}}, &resp)
	for _, d := range resp.Diagnostics {
		errors = append(errors, d.Summary()+"\n"+d.Detail())
	}
	var result map[string]tftypes.Value
	if err := resp.Result.Raw.As(&result); err != nil {
		t.Fatal(err)
	}
	if result["value"].IsNull() {
		return "", errors
	}
	if err := result["value"].As(&value); err != nil {
		t.Fatal(err)
	}
	return value, errors
}

// No error of the block repeats what one of its arguments holds.
func TestErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	own, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients, err := seal.ParseRecipients([]string{own.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := recipients.Seal(secret.New("sk-fake-begin-0123456789-end"))
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"sealed_value": sealed, "identity": own.String(), "redacted_value": "sk-fake...end"}
	if value, errors := open(t, seal.Settings{}, good); value != "sk-fake-begin-0123456789-end" || len(errors) != 0 {
		t.Fatalf("%q, %q", value, errors)
	}
	const marked = "fakemarked0123456789"
	armored := "-----BEGIN AGE ENCRYPTED FILE-----\n" + marked + "\n-----END AGE ENCRYPTED FILE-----"
	for argument, texts := range map[string][]string{
		"identity":       {marked, "AGE-SECRET-KEY-1" + strings.ToUpper(marked), "AGE-PLUGIN-" + marked, own.String() + marked, "age1" + marked, "-----BEGIN " + marked + "-----", "-----BEGIN OPENSSH PRIVATE KEY-----\n" + marked, armored, "Bearer " + secret.Placeholder + marked},
		"sealed_value":   {marked, armored, sealed + marked, marked + sealed, strings.Replace(sealed, "\n", "\n"+marked+"\n", 1), strings.Replace(sealed, "-----\n", "-----\nAAAA"+marked, 1), "age-encryption.org/" + marked},
		"redacted_value": {marked + "...end", "sk-fake..." + marked, marked + "***" + marked},
	} {
		for _, text := range texts {
			given := maps.Clone(good)
			given[argument] = text
			value, errors := open(t, seal.Settings{}, given)
			if value != "" || len(errors) != 1 {
				t.Errorf("%s = %q: opened %q, errors %q", argument, text, value, errors)
				continue
			}
			if strings.Contains(strings.ToLower(errors[0]), "marked0") {
				t.Errorf("%s = %q is repeated: %s", argument, text, errors[0])
			}
		}
	}
}

// The placeholder alone is a secret that is not known yet; inside other text it is wrong.
func TestPlaceholderAsIdentity(t *testing.T) {
	t.Parallel()
	for identity, want := range map[string]string{
		secret.Placeholder: "that one could not be opened", "\t" + secret.Placeholder + "\u00a0\n": "that one could not be opened",
		"'" + secret.Placeholder + "'": "The identity argument is wrong: the identity holds the placeholder",
	} {
		_, errors := open(t, seal.Settings{}, map[string]string{"sealed_value": "x", "identity": identity})
		if len(errors) != 1 || !strings.Contains(errors[0], want) {
			t.Errorf("%q: %q, want %q", identity, errors, want)
		}
	}
}
